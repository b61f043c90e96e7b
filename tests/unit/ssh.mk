# Unit tests of ssh.
if CMOCKA
ssh_tests = \
	%D%/test_b64 %D%/test_client_text %D%/test_identity \
	%D%/test_kexinit %D%/test_key %D%/test_ssh
check_PROGRAMS += $(ssh_tests)
TESTS += $(ssh_tests)

ssh_test_libs = lib/ssh/libssh.a lib/hash/libhash.a lib/base/libbase.a \
	$(LIBSSH2_LIBS) $(CRYPTO_LIBS) $(SECCOMP_LIBS) $(CMOCKA_LIBS)
%C%_test_b64_LDADD = $(ssh_test_libs)
%C%_test_client_text_LDADD = $(ssh_test_libs)
%C%_test_identity_LDADD = $(ssh_test_libs)
%C%_test_kexinit_LDADD = $(ssh_test_libs)
%C%_test_key_LDADD = $(ssh_test_libs)
%C%_test_ssh_LDADD = $(ssh_test_libs)
endif
