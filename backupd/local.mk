# backupd: the program that runs jobs; its workers are the same program.
sbin_PROGRAMS += backupd/backupd
backupd_backupd_SOURCES = \
	%D%/access.c %D%/access.h \
	%D%/align.c %D%/align.h \
	%D%/answer.c \
	%D%/arrive.c \
	%D%/basis.c %D%/basis.h \
	%D%/batch.c %D%/batch.h %D%/batch_impl.h \
	%D%/bounds.c %D%/bounds.h \
	%D%/choice.c %D%/choice.h \
	%D%/content.c %D%/content.h \
	%D%/copier.c %D%/copier.h \
	%D%/copies.c \
	%D%/copy.c %D%/copy.h \
	%D%/disk.c %D%/disk.h \
	%D%/copyist.c %D%/copyist.h \
	%D%/daemon.c %D%/daemon.h %D%/daemon_impl.h \
	%D%/directory.c %D%/directory.h \
	%D%/event.c %D%/event.h \
	%D%/hooks.c %D%/hooks.h \
	%D%/job.c %D%/job.h \
	%D%/jobs.c \
	%D%/keeper.c %D%/keeper.h \
	%D%/ladder.c %D%/ladder.h \
	%D%/limits.c %D%/limits.h \
	%D%/link.c %D%/link.h \
	%D%/loop.c %D%/loop.h \
	%D%/main.c \
	%D%/merge.c \
	%D%/moved.c %D%/moved.h \
	%D%/older.c \
	%D%/notify.c %D%/notify.h \
	%D%/once.c %D%/once.h \
	%D%/outcome.c %D%/outcome.h \
	%D%/pace.c %D%/pace.h \
	%D%/patch.c %D%/patch.h \
	%D%/peer.c %D%/peer.h \
	%D%/planner.c %D%/planner.h \
	%D%/puller.c %D%/puller.h \
	%D%/queue.c %D%/queue.h \
	%D%/reader.c %D%/reader.h \
	%D%/record.c %D%/record.h \
	%D%/rehearse.c %D%/rehearse.h \
	%D%/request.c \
	%D%/roots.c \
	%D%/runner.c %D%/runner.h \
	%D%/screen.c %D%/screen.h \
	%D%/server.c %D%/server.h \
	%D%/setup.c %D%/setup.h \
	%D%/shrink.c \
	%D%/target.c %D%/target.h \
	%D%/tell.c %D%/tell.h \
	%D%/tools.c %D%/tools.h \
	%D%/trial.c %D%/trial.h \
	%D%/unpack.c %D%/unpack.h \
	%D%/session.c %D%/session.h \
	%D%/weak.c \
	%D%/worker.c %D%/worker.h
backupd_backupd_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) \
	-DPOLICY_DIR='"$(sysconfdir)/backupd"' \
	-DSTATE_DIR='"$(localstatedir)/lib/backupd"'
backupd_backupd_LDADD = reader/libreader.a agents/libagent.a \
	$(KHO_ALL_LIBS) $(KHO_ALL_EXT) $(EVENT_LIBS)
