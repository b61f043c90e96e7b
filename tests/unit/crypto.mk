# Unit tests of crypto.
if CMOCKA
crypto_tests = \
	tests/unit/test_aead \
	tests/unit/test_id \
	tests/unit/test_kdf \
	tests/unit/test_phrase \
	tests/unit/test_secret \
	tests/unit/test_sign
check_PROGRAMS += $(crypto_tests)
TESTS += $(crypto_tests)
crypto_test_libs = lib/crypto/libcrypto.a lib/hash/libhash.a \
	lib/base/libbase.a $(SODIUM_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)

tests_unit_test_aead_SOURCES = %D%/test_aead.c
tests_unit_test_aead_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_aead_LDADD = $(crypto_test_libs)

tests_unit_test_id_SOURCES = %D%/test_id.c
tests_unit_test_id_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_id_LDADD = $(crypto_test_libs)

tests_unit_test_kdf_SOURCES = %D%/test_kdf.c
tests_unit_test_kdf_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_kdf_LDADD = $(crypto_test_libs)

tests_unit_test_phrase_SOURCES = %D%/test_phrase.c
tests_unit_test_phrase_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_phrase_LDADD = $(crypto_test_libs)

tests_unit_test_secret_SOURCES = %D%/test_secret.c
tests_unit_test_secret_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_secret_LDADD = $(crypto_test_libs)

tests_unit_test_sign_SOURCES = %D%/test_sign.c
tests_unit_test_sign_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_sign_LDADD = $(crypto_test_libs)
endif
