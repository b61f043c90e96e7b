# lib/catalog: base, SQLite.
noinst_LIBRARIES += lib/catalog/libcatalog.a
lib_catalog_libcatalog_a_SOURCES = \
	%D%/catalog.c %D%/catalog.h \
	%D%/claim.c %D%/claim.h \
	%D%/copy.c %D%/copy.h \
	%D%/disk.c %D%/disk.h \
	%D%/forecast.c %D%/forecast.h \
	%D%/hook.c %D%/hook.h \
	%D%/history.c %D%/history.h \
	%D%/internal.h \
	%D%/job.c %D%/job.h \
	%D%/pause.c %D%/pause.h \
	%D%/rebuild.c %D%/rebuild.h \
	%D%/schema.c \
	%D%/stmt.c \
	%D%/usage.c %D%/usage.h \
	%D%/verified.c %D%/verified.h
lib_catalog_libcatalog_a_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
