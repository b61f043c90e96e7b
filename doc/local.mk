# doc: its part of the Makefile.
dist_man_MANS += %D%/man/backupd.8
