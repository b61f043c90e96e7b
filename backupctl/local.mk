# backupctl: the officer's commands.
bin_PROGRAMS += backupctl/backupctl
backupctl_backupctl_SOURCES = \
	%D%/command.c %D%/command.h \
	%D%/key.c \
	%D%/main.c \
	%D%/policy.c \
	%D%/target.c \
	%D%/when.c
backupctl_backupctl_CPPFLAGS = $(AM_CPPFLAGS) \
	-DPOLICY_FILE='"$(sysconfdir)/backupd/policy.cfg"'
backupctl_backupctl_LDADD = $(KHO_ALL_LIBS) $(KHO_ALL_EXT)
