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
endif
