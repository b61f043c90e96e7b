# Unit tests of sftp.
if CMOCKA
check_PROGRAMS += %D%/test_sftp
TESTS += %D%/test_sftp
sftp_test_libs = lib/sftp/libsftp.a lib/ssh/libssh.a lib/hash/libhash.a \
	lib/base/libbase.a $(LIBSSH2_LIBS) $(CRYPTO_LIBS) $(SECCOMP_LIBS) \
	$(CMOCKA_LIBS)
%C%_test_sftp_SOURCES = %D%/test_sftp.c \
	%D%/sftp_fixture.c %D%/sftp_fixture.h
%C%_test_sftp_LDADD = $(sftp_test_libs)
endif
