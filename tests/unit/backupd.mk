# Unit tests of backupd.
if CMOCKA
check_PROGRAMS += tests/unit/test_job
TESTS += tests/unit/test_job
tests_unit_test_job_SOURCES = tests/unit/test_job.c \
	backupd/job.c backupd/event.c
tests_unit_test_job_LDADD = lib/base/libbase.a $(CMOCKA_LIBS) \
	$(SECCOMP_LIBS)

check_PROGRAMS += tests/unit/test_outcome
TESTS += tests/unit/test_outcome
tests_unit_test_outcome_SOURCES = tests/unit/test_outcome.c \
	backupd/outcome.c
tests_unit_test_outcome_LDADD = lib/cli/libcli.a lib/base/libbase.a \
	$(CMOCKA_LIBS) $(JANSSON_LIBS) $(SECCOMP_LIBS)

check_PROGRAMS += tests/unit/test_pace
TESTS += tests/unit/test_pace
tests_unit_test_pace_SOURCES = tests/unit/test_pace.c backupd/pace.c
tests_unit_test_pace_LDADD = lib/wire/libwire.a lib/base/libbase.a \
	$(CMOCKA_LIBS) $(SECCOMP_LIBS)

check_PROGRAMS += tests/unit/test_bounds
TESTS += tests/unit/test_bounds
tests_unit_test_bounds_SOURCES = tests/unit/test_bounds.c backupd/bounds.c
tests_unit_test_bounds_LDADD = lib/cli/libcli.a lib/base/libbase.a \
	$(CMOCKA_LIBS) $(JANSSON_LIBS) $(SECCOMP_LIBS)

check_PROGRAMS += tests/unit/test_patch
TESTS += tests/unit/test_patch
tests_unit_test_patch_SOURCES = tests/unit/test_patch.c \
	backupd/patch.c backupd/screen.c
tests_unit_test_patch_LDADD = lib/wire/libwire.a lib/codec/libcodec.a \
	lib/base/libbase.a $(CMOCKA_LIBS) $(ZSTD_LIBS) $(RSYNC_LIBS) $(XXHASH_LIBS) \
	$(SECCOMP_LIBS)
backupd_tests = tests/unit/test_align tests/unit/test_moved
check_PROGRAMS += $(backupd_tests)
TESTS += $(backupd_tests)
tests_unit_test_align_SOURCES = %D%/test_align.c %D%/align_fixture.c \
	%D%/align_fixture.h backupd/align.c
tests_unit_test_align_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_align_LDADD = $(repo_test_libs)
tests_unit_test_moved_SOURCES = %D%/test_moved.c backupd/moved.c
tests_unit_test_moved_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_moved_LDADD = $(repo_test_libs)

# The daemon's queue and planner.
daemon_tests = tests/unit/test_planner tests/unit/test_queue \
	tests/unit/test_server tests/unit/test_copier
check_PROGRAMS += $(daemon_tests)
TESTS += $(daemon_tests)
tests_unit_test_planner_SOURCES = %D%/test_planner.c backupd/planner.c
tests_unit_test_planner_LDADD = lib/catalog/libcatalog.a \
	lib/policy/libpolicy.a lib/hash/libhash.a lib/base/libbase.a \
	$(CMOCKA_LIBS) $(SQLITE_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS) \
	$(SECCOMP_LIBS)
tests_unit_test_copier_SOURCES = %D%/test_copier.c backupd/copier.c \
	%D%/catalog_fixture.c %D%/catalog_fixture.h
tests_unit_test_copier_LDADD = lib/catalog/libcatalog.a \
	lib/policy/libpolicy.a lib/hash/libhash.a lib/base/libbase.a \
	$(CMOCKA_LIBS) $(SQLITE_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS) \
	$(SECCOMP_LIBS)
tests_unit_test_queue_SOURCES = %D%/test_queue.c backupd/queue.c
tests_unit_test_queue_LDADD = $(CMOCKA_LIBS)
tests_unit_test_server_SOURCES = %D%/test_server.c backupd/access.c \
	backupd/loop.c backupd/server.c
tests_unit_test_server_LDADD = lib/policy/libpolicy.a \
	lib/control/libcontrol.a lib/cli/libcli.a lib/base/libbase.a \
	$(CMOCKA_LIBS) $(EVENT_LIBS) $(JANSSON_LIBS) \
	$(SECCOMP_LIBS) $(LIBCONFIG_LIBS)

# How deltas are chosen.
delta_tests = tests/unit/test_choice tests/unit/test_ladder \
	tests/unit/test_trial
check_PROGRAMS += $(delta_tests)
TESTS += $(delta_tests)
tests_unit_test_choice_SOURCES = %D%/test_choice.c backupd/choice.c
tests_unit_test_choice_LDADD = $(CMOCKA_LIBS)
tests_unit_test_ladder_SOURCES = %D%/test_ladder.c backupd/ladder.c
tests_unit_test_ladder_LDADD = $(CMOCKA_LIBS)
tests_unit_test_trial_SOURCES = %D%/test_trial.c backupd/trial.c
tests_unit_test_trial_LDADD = $(CMOCKA_LIBS)
endif
