# lib/policy: base, libconfig.
noinst_LIBRARIES += lib/policy/libpolicy.a
lib_policy_libpolicy_a_SOURCES = \
	%D%/account.c %D%/account.h \
	%D%/amend.c %D%/amend.h \
	%D%/arena.c \
	%D%/bandwidth.c %D%/bandwidth.h \
	%D%/build.c \
	%D%/calendar.c %D%/calendar.h \
	%D%/check.c \
	%D%/code.c %D%/code.h \
	%D%/cron.c \
	%D%/effective.c %D%/effective.h \
	%D%/hostkey.c \
	%D%/internal.h \
	%D%/level.c %D%/level.h \
	%D%/lookup.c \
	%D%/parse.c \
	%D%/policy.c %D%/policy.h \
	%D%/posture.c %D%/posture.h \
	%D%/quantity.c %D%/quantity.h \
	%D%/report.c %D%/report.h \
	%D%/rules.c %D%/rules.h \
	%D%/rules_agent.c \
	%D%/rules_office.c \
	%D%/rules_target.c \
	%D%/rules_time.c \
	%D%/schedule.c %D%/schedule.h \
	%D%/schema.c %D%/schema.h \
	%D%/settle.c %D%/settle.h \
	%D%/state.c \
	%D%/token.c \
	%D%/value.c \
	%D%/window.c %D%/window.h \
	%D%/workday.c %D%/workday.h \
	%D%/zone.c %D%/zone.h
lib_policy_libpolicy_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBCONFIG_CFLAGS) \
	-DPOLICY_DIR='"$(sysconfdir)/backupd"' \
	-DSTATE_DIR='"$(localstatedir)/lib/backupd"'
