# doc: its part of the Makefile.
dist_man_MANS += %D%/man/backupd.8
dist_man_MANS += %D%/man/backupctl.1 %D%/man/kho-policy.5
dist_man_MANS += %D%/man/backup-agent.8
