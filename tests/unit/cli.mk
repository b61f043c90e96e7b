# Unit tests of cli, and of the manual pages of what is built on it.
if CMOCKA
cli_tests = \
	%D%/test_eta %D%/test_exit %D%/test_json %D%/test_options %D%/test_text
check_PROGRAMS += $(cli_tests)
TESTS += $(cli_tests)

cli_test_libs = lib/cli/libcli.a lib/base/libbase.a \
	$(JANSSON_LIBS) $(SECCOMP_LIBS) $(CMOCKA_LIBS)
%C%_test_eta_LDADD = $(cli_test_libs)
%C%_test_exit_LDADD = $(cli_test_libs)
%C%_test_json_LDADD = $(cli_test_libs)
%C%_test_options_LDADD = $(cli_test_libs)
%C%_test_text_LDADD = $(cli_test_libs)
endif

EXTRA_DIST += %D%/backupctl.sh
TESTS += %D%/backupctl.sh
