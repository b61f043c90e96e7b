# Unit tests of sftp, and of what store has of it alone.
if CMOCKA
sftp_tests = %D%/test_sftp %D%/test_sftp_hostile %D%/test_store_sftp_url
check_PROGRAMS += $(sftp_tests)
TESTS += $(sftp_tests)
sftp_test_libs = lib/store/libstore.a lib/sftp/libsftp.a lib/ssh/libssh.a \
	lib/hash/libhash.a lib/base/libbase.a $(LIBSSH2_LIBS) \
	$(CRYPTO_LIBS) $(SECCOMP_LIBS) $(CMOCKA_LIBS)
sftp_test_fixture = %D%/sftp_fixture.c %D%/sftp_fixture.h
%C%_test_sftp_SOURCES = %D%/test_sftp.c $(sftp_test_fixture)
%C%_test_sftp_LDADD = $(sftp_test_libs)
%C%_test_sftp_hostile_SOURCES = %D%/test_sftp_hostile.c $(sftp_test_fixture)
%C%_test_sftp_hostile_LDADD = $(sftp_test_libs)
%C%_test_store_sftp_url_LDADD = $(sftp_test_libs)
endif
