# doc: its part of the Makefile.
dist_man_MANS += %D%/man/backupd.8
dist_man_MANS += %D%/man/backupctl.1 %D%/man/kho-policy.5
dist_man_MANS += %D%/man/backup-agent.8
EXTRA_DIST += CONTRIBUTING.md NEWS.md SECURITY.md STYLE.md \
	%D%/benchmarks.md %D%/design.md %D%/format.md %D%/protocol.md %D%/targets.md \
	%D%/scale.md %D%/sources.md %D%/threats.md \
	%D%/decisions %D%/json
dist_man_MANS += %D%/man/restore.1
