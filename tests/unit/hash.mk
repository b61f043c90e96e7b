# Unit tests of hash.
if CMOCKA
check_PROGRAMS += tests/unit/test_hmac tests/unit/test_hostcode \
	tests/unit/test_sha256
TESTS += tests/unit/test_hmac tests/unit/test_hostcode \
	tests/unit/test_sha256

tests_unit_test_hostcode_SOURCES = %D%/test_hostcode.c
tests_unit_test_hostcode_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_hostcode_LDADD = lib/hash/libhash.a lib/base/libbase.a \
	$(CRYPTO_LIBS) $(CMOCKA_LIBS)

tests_unit_test_hmac_SOURCES = %D%/test_hmac.c
tests_unit_test_hmac_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_hmac_LDADD = lib/hash/libhash.a lib/base/libbase.a \
	$(CRYPTO_LIBS) $(CMOCKA_LIBS)

tests_unit_test_sha256_SOURCES = %D%/test_sha256.c
tests_unit_test_sha256_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_sha256_LDADD = lib/hash/libhash.a lib/base/libbase.a \
	$(CRYPTO_LIBS) $(CMOCKA_LIBS)
endif
