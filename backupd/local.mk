# backupd: the program that runs jobs; its workers are the same program.
sbin_PROGRAMS += backupd/backupd
backupd_backupd_SOURCES = \
	%D%/align.c %D%/align.h \
	%D%/arrive.c \
	%D%/basis.c %D%/basis.h \
	%D%/batch.c %D%/batch.h %D%/batch_impl.h \
	%D%/choice.c %D%/choice.h \
	%D%/content.c %D%/content.h \
	%D%/directory.c %D%/directory.h \
	%D%/event.c %D%/event.h \
	%D%/job.c %D%/job.h \
	%D%/keeper.c %D%/keeper.h \
	%D%/ladder.c %D%/ladder.h \
	%D%/link.c %D%/link.h \
	%D%/main.c \
	%D%/merge.c \
	%D%/moved.c %D%/moved.h \
	%D%/older.c \
	%D%/once.c %D%/once.h \
	%D%/outcome.c %D%/outcome.h \
	%D%/pace.c %D%/pace.h \
	%D%/patch.c %D%/patch.h \
	%D%/puller.c %D%/puller.h \
	%D%/record.c %D%/record.h \
	%D%/request.c \
	%D%/roots.c \
	%D%/screen.c %D%/screen.h \
	%D%/shrink.c \
	%D%/tools.c %D%/tools.h \
	%D%/trial.c %D%/trial.h \
	%D%/unpack.c %D%/unpack.h \
	%D%/session.c %D%/session.h \
	%D%/worker.c %D%/worker.h
backupd_backupd_CPPFLAGS = $(AM_CPPFLAGS) \
	-DPOLICY_DIR='"$(sysconfdir)/backupd"' \
	-DSTATE_DIR='"$(localstatedir)/lib/backupd"'
backupd_backupd_LDADD = $(KHO_ALL_LIBS) $(KHO_ALL_EXT)
