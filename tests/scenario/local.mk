# tests/scenario: whole programs, driven by POSIX sh; 77 means skipped.
check_PROGRAMS += tests/lib/holes tests/lib/sshcat tests/lib/mute
tests_lib_holes_SOURCES = tests/lib/holes.c
tests_lib_sshcat_SOURCES = tests/lib/sshcat.c
tests_lib_sshcat_LDADD = lib/ssh/libssh.a lib/hash/libhash.a \
	lib/base/libbase.a $(LIBSSH2_LIBS) $(CRYPTO_LIBS) $(SECCOMP_LIBS)
tests_lib_mute_SOURCES = tests/lib/mute.c

SCENARIOS = \
	%D%/10-ssh-transport.sh \
	%D%/20-backup-restore.sh \
	%D%/21-kill-anywhere.sh \
	%D%/22-hostile-agent.sh \
	%D%/23-refusals.sh \
	%D%/30-torture-tree.sh \
	%D%/31-changing-files.sh \
	%D%/32-excludes.sh \
	%D%/33-restore-modes.sh \
	%D%/34-transport-openssh.sh \
	%D%/35-bigfile.sh \
	%D%/40-restore-tree.sh \
	%D%/41-restore-trouble.sh \
	%D%/42-restore-deltas.sh %D%/43-far-repository.sh %D%/44-far-trouble.sh

TESTS += $(SCENARIOS)
EXTRA_DIST += $(SCENARIOS) tests/lib/compare.sh tests/lib/kho.sh \
	tests/lib/lib.sh tests/lib/rgw.sh tests/lib/sshd.sh \
	tests/lib/swift.sh tests/lib/tree.sh
check_PROGRAMS += tests/lib/hostile
tests_lib_hostile_SOURCES = tests/lib/hostile.c tests/lib/liar.c \
	tests/lib/liar.h
tests_lib_hostile_LDADD = lib/wire/libwire.a lib/hash/libhash.a \
	lib/base/libbase.a $(CRYPTO_LIBS) $(SECCOMP_LIBS)
SCENARIOS += %D%/24-change-tree.sh
SCENARIOS += %D%/24-no-space.sh
SCENARIOS += %D%/25-interrupt.sh
SCENARIOS += %D%/50-deltas.sh
SCENARIOS += %D%/58-damaged-base.sh
SCENARIOS += %D%/60-old-repositories.sh
SCENARIOS += %D%/61-independent-reader.sh
check_PROGRAMS += tests/lib/forger
tests_lib_forger_SOURCES = tests/lib/forger.c tests/lib/liar.c \
	tests/lib/liar.h
tests_lib_forger_LDADD = lib/wire/libwire.a lib/codec/libcodec.a \
	lib/hash/libhash.a lib/base/libbase.a $(ZSTD_LIBS) $(RSYNC_LIBS) $(XXHASH_LIBS) \
	$(CRYPTO_LIBS) $(SECCOMP_LIBS)
SCENARIOS += %D%/26-hostile-deltas.sh
SCENARIOS += %D%/51-append.sh
SCENARIOS += %D%/52-pages.sh
SCENARIOS += %D%/53-insert.sh
SCENARIOS += %D%/54-nights.sh
SCENARIOS += %D%/55-moved.sh
SCENARIOS += %D%/56-interrupt-delta.sh
SCENARIOS += %D%/28-deadlines.sh
SCENARIOS += %D%/86-idle.sh
EXTRA_DIST += tests/lib/change.py tests/lib/delta.sh
check_PROGRAMS += tests/lib/almanac
tests_lib_almanac_SOURCES = tests/lib/almanac.c
tests_lib_almanac_LDADD = lib/policy/libpolicy.a lib/base/libbase.a \
	$(LIBCONFIG_LIBS) $(SECCOMP_LIBS)
SCENARIOS += %D%/70-when.sh
SCENARIOS += %D%/71-almanac.sh
EXTRA_DIST += tests/lib/almanac.py
SCENARIOS += %D%/75-catalog.sh
SCENARIOS += %D%/27-policy-commands.sh
SCENARIOS += %D%/72-daemon.sh
SCENARIOS += %D%/73-month.sh
EXTRA_DIST += tests/lib/month.py tests/lib/month.sh
SCENARIOS += %D%/74-dry-run.sh
SCENARIOS += %D%/76-bandwidth.sh
SCENARIOS += %D%/78-hooks.sh
SCENARIOS += %D%/79-load.sh
SCENARIOS += %D%/77-limits.sh
SCENARIOS += %D%/80-hosts.sh
SCENARIOS += %D%/85-roles.sh
SCENARIOS += %D%/87-kill-daemon.sh
SCENARIOS += %D%/88-snap-diff.sh
SCENARIOS += %D%/90-pins.sh
SCENARIOS += %D%/94-copies.sh
SCENARIOS += %D%/95-removable.sh
SCENARIOS += %D%/96-cache.sh
EXTRA_DIST += tests/lib/daemon.sh tests/lib/many.sh
SCENARIOS += %D%/82-status.sh
EXTRA_DIST += tests/lib/exposition.py tests/lib/past.py
SCENARIOS += %D%/81-json.sh
EXTRA_DIST += tests/lib/contract.py
SCENARIOS += %D%/83-doctor.sh
SCENARIOS += %D%/83-targets.sh
SCENARIOS += %D%/84-progress.sh
EXTRA_DIST += tests/lib/arrival.py
check_PROGRAMS += tests/lib/storecat
tests_lib_storecat_SOURCES = tests/lib/storecat.c
tests_lib_storecat_LDADD = lib/store/libstore.a lib/http/libhttp.a \
	lib/sftp/libsftp.a lib/ssh/libssh.a lib/hash/libhash.a \
	lib/base/libbase.a $(LIBSSH2_LIBS) $(EXPAT_LIBS) \
	$(CRYPTO_LIBS) $(SECCOMP_LIBS)
SCENARIOS += %D%/91-sftp-store.sh
EXTRA_DIST += tests/lib/cutter.py tests/lib/sftp-asyncssh.py \
	tests/lib/sftp-servers.sh
SCENARIOS += %D%/92-s3-store.sh
SCENARIOS += %D%/97-mounted-share.sh
SCENARIOS += %D%/98-servers.sh
EXTRA_DIST += tests/lib/servers.py
SCENARIOS += %D%/93-sftp-hostile.sh
SCENARIOS += %D%/93-sftp-source.sh
EXTRA_DIST += tests/lib/sftpliar.py
