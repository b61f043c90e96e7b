# backupctl: its part of the Makefile.
