# backupctl: the officer's commands.
bin_PROGRAMS += backupctl/backupctl
backupctl_backupctl_SOURCES = \
	%D%/advice.c %D%/advice.h \
	%D%/ask.c %D%/ask.h \
	%D%/catalog.c \
	%D%/check.c \
	%D%/child.c %D%/child.h \
	%D%/command.c %D%/command.h \
	%D%/completion.c \
	%D%/copies.c \
	%D%/enrol.h %D%/enrol_change.c %D%/enrol_key.c %D%/enrol_site.c \
	%D%/enrol_diff.c \
	%D%/diff.c \
	%D%/disk.c \
	%D%/doctor.c %D%/doctor.h %D%/doctor_target.c \
	%D%/enrol_try.c \
	%D%/heal.c \
	%D%/history.c %D%/history.h \
	%D%/host.c %D%/host_test.c \
	%D%/job.c \
	%D%/key.c \
	%D%/main.c \
	%D%/metrics.c \
	%D%/moment.c %D%/moment.h \
	%D%/outlook.c %D%/outlook.h \
	%D%/picture.c %D%/picture.h \
	%D%/pin.c \
	%D%/policy.c %D%/policy_edit.c \
	%D%/posture.c %D%/posture.h %D%/stands.c \
	%D%/policy_sample.c %D%/policy_show.c \
	%D%/review.c \
	%D%/run.c %D%/run.h \
	%D%/service.c \
	%D%/snap.c \
	%D%/status.c %D%/status_json.c %D%/status_json.h \
	%D%/sync.c %D%/sync.h \
	%D%/promises.c %D%/promises.h \
	%D%/target.c %D%/target_list.c %D%/target_test.c \
	%D%/verify.c \
	%D%/when.c \
	backupd/copy.c backupd/copy.h \
	backupd/disk.c backupd/disk.h \
	backupd/planner.c backupd/planner.h \
	backupd/limits.c backupd/limits.h \
	backupd/target.c backupd/target.h \
	backupd/tell.c backupd/tell.h
backupctl_backupctl_CPPFLAGS = $(AM_CPPFLAGS) \
	-DPOLICY_FILE='"$(sysconfdir)/backupd/policy.cfg"'
backupctl_backupctl_LDADD = $(KHO_ALL_LIBS) $(KHO_ALL_EXT)
