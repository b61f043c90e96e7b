# lib/store: libc.
noinst_LIBRARIES += lib/store/libstore.a
lib_store_libstore_a_SOURCES = \
	%D%/dir.h %D%/impl.h %D%/internal.h %D%/remote.h %D%/sftp.h \
	%D%/cache.c %D%/cache.h \
	%D%/cache_copy.c %D%/cache_copy.h \
	%D%/cache_gen.c %D%/cache_gen.h \
	%D%/pace.c %D%/pace.h \
	%D%/store_cache.c %D%/store_cache.h \
	%D%/remote_record.c \
	%D%/remote_serve.c \
	%D%/remote_spawn.c \
	%D%/store.c %D%/store.h \
	%D%/store_dir.c \
	%D%/store_dir_list.c \
	%D%/store_dir_share.c \
	%D%/store_dir_sweep.c \
	%D%/store_dry.c \
	%D%/store_fault.c \
	%D%/store_mem.c \
	%D%/store_remote.c \
	%D%/store_sftp.c \
	%D%/store_sftp_get.c \
	%D%/store_sftp_link.c \
	%D%/store_sftp_list.c \
	%D%/store_sftp_put.c \
	%D%/store_sftp_url.c
lib_store_libstore_a_CPPFLAGS = $(AM_CPPFLAGS)
