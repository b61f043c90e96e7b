# lib/store: the only user of expat.h.
noinst_LIBRARIES += lib/store/libstore.a
lib_store_libstore_a_SOURCES = \
	%D%/dir.h %D%/impl.h %D%/internal.h %D%/remote.h %D%/sftp.h \
	%D%/cache.c %D%/cache.h \
	%D%/cache_copy.c %D%/cache_copy.h \
	%D%/cache_gen.c %D%/cache_gen.h \
	%D%/pace.c %D%/pace.h \
	%D%/store_cache.c %D%/store_cache.h \
	%D%/remote_conn.c %D%/remote_conn.h \
	%D%/remote_record.c \
	%D%/remote_serve.c \
	%D%/remote_spawn.c \
	%D%/s3.h \
	%D%/s3_call.c \
	%D%/s3_error.c \
	%D%/s3_list.c \
	%D%/s3_parts.c \
	%D%/s3_put.c \
	%D%/s3_sign.c %D%/s3_sign.h \
	%D%/s3_url.c \
	%D%/s3_xml.c %D%/s3_xml.h \
	%D%/store.c %D%/store.h \
	%D%/store_dir.c \
	%D%/store_dir_list.c \
	%D%/store_dir_share.c \
	%D%/store_dir_sweep.c \
	%D%/store_dry.c \
	%D%/store_fault.c \
	%D%/store_mem.c \
	%D%/store_remote.c \
	%D%/store_s3.c \
	%D%/store_sftp.c \
	%D%/store_sftp_get.c \
	%D%/store_sftp_link.c \
	%D%/store_sftp_list.c \
	%D%/store_sftp_put.c \
	%D%/store_sftp_url.c
lib_store_libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(EXPAT_CFLAGS)
