# lib/base: libc, seccomp.
noinst_LIBRARIES += lib/base/libbase.a
lib_base_libbase_a_SOURCES = \
	%D%/attr.c %D%/attr.h \
	%D%/buf.c %D%/buf.h \
	%D%/clock.c %D%/clock.h \
	%D%/err.c %D%/err.h \
	%D%/fdio.c %D%/fdio.h \
	%D%/hex.c %D%/hex.h \
	%D%/log.c %D%/log.h \
	%D%/path.c %D%/path.h \
	%D%/pool.c %D%/pool.h \
	%D%/sandbox.c %D%/sandbox.h \
	%D%/spool.c %D%/spool.h \
	%D%/suggest.c %D%/suggest.h \
	%D%/throttle.c %D%/throttle.h
lib_base_libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(SECCOMP_CFLAGS)
