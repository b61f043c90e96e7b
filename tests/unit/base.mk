# Unit tests of base.
if CMOCKA
base_tests = \
	%D%/test_attr %D%/test_buf %D%/test_clock %D%/test_err \
	%D%/test_fdio %D%/test_hex %D%/test_log %D%/test_path \
	%D%/test_pool %D%/test_sandbox \
	%D%/test_sandbox_process %D%/test_spool \
	%D%/test_throttle
check_PROGRAMS += $(base_tests)
TESTS += $(base_tests)

base_test_libs = lib/base/libbase.a $(SECCOMP_LIBS) $(CMOCKA_LIBS)
%C%_test_attr_LDADD = $(base_test_libs)
%C%_test_buf_LDADD = $(base_test_libs)
%C%_test_clock_LDADD = $(base_test_libs)
%C%_test_err_LDADD = $(base_test_libs)
%C%_test_fdio_LDADD = $(base_test_libs)
%C%_test_hex_LDADD = $(base_test_libs)
%C%_test_log_LDADD = $(base_test_libs)
%C%_test_path_LDADD = $(base_test_libs)
%C%_test_pool_LDADD = $(base_test_libs)
%C%_test_sandbox_LDADD = $(base_test_libs)
%C%_test_sandbox_process_LDADD = $(base_test_libs)
%C%_test_spool_LDADD = $(base_test_libs)
%C%_test_throttle_LDADD = $(base_test_libs)
endif
