# restore: getting files back; all but main in a library for its tests.
noinst_LIBRARIES += restore/librestore.a
restore_librestore_a_SOURCES = \
	%D%/content.c %D%/internal.h \
	%D%/deltas.c %D%/deltas.h \
	%D%/dest.c %D%/dest.h \
	%D%/escape.c %D%/escape.h \
	%D%/fetch.c %D%/fetch.h \
	%D%/hash.c %D%/hash.h \
	%D%/manifest.c %D%/manifest.h %D%/manifest_line.c \
	%D%/meta.c %D%/meta.h \
	%D%/plan.c %D%/plan.h \
	%D%/problems.c %D%/problems.h \
	%D%/state.c %D%/state.h \
	%D%/streams.c %D%/streams.h \
	%D%/survey.c %D%/survey.h \
	%D%/walk.c %D%/walk.h \
	%D%/write.c %D%/write.h

bin_PROGRAMS += restore/restore
restore_restore_SOURCES = \
	%D%/access.c %D%/access.h \
	%D%/cmd.h \
	%D%/cmd_check.c \
	%D%/cmd_list.c \
	%D%/cmd_ls.c \
	%D%/cmd_run.c \
	%D%/cmd_verify.c \
	%D%/compare.c %D%/compare.h \
	%D%/main.c \
	%D%/report.c %D%/report.h \
	%D%/run.c %D%/run.h \
	%D%/session.c %D%/session.h
restore_restore_CPPFLAGS = $(AM_CPPFLAGS) \
	-DPOLICY_FILE='"$(sysconfdir)/backupd/policy.cfg"'
restore_restore_LDADD = restore/librestore.a $(KHO_ALL_LIBS) $(KHO_ALL_EXT)
