# lib/wire: base, hash.
noinst_LIBRARIES += lib/wire/libwire.a
lib_wire_libwire_a_SOURCES = \
	%D%/content.c %D%/content.h \
	%D%/delta.c %D%/delta.h \
	%D%/hook.c %D%/hook.h \
	%D%/fields.c %D%/internal.h \
	%D%/limits.h \
	%D%/page.c %D%/page.h \
	%D%/reply.c %D%/reply.h \
	%D%/request.c %D%/request.h \
	%D%/start.c %D%/start.h \
	%D%/weak.c %D%/weak.h \
	%D%/wire.c %D%/wire.h
