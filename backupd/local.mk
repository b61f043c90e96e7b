# backupd: its part of the Makefile.
