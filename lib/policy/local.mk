# lib/policy: base, libconfig.
noinst_LIBRARIES += lib/policy/libpolicy.a
lib_policy_libpolicy_a_SOURCES = \
	%D%/arena.c \
	%D%/build.c \
	%D%/calendar.c \
	%D%/check.c \
	%D%/code.c %D%/code.h \
	%D%/hostkey.c \
	%D%/internal.h \
	%D%/lookup.c \
	%D%/parse.c \
	%D%/policy.c %D%/policy.h \
	%D%/quantity.c %D%/quantity.h \
	%D%/report.c %D%/report.h \
	%D%/rules.c \
	%D%/schema.c %D%/schema.h \
	%D%/token.c
lib_policy_libpolicy_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBCONFIG_CFLAGS)
