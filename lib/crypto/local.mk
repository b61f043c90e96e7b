# lib/crypto: the only user of sodium.h.
noinst_LIBRARIES += lib/crypto/libcrypto.a
lib_crypto_libcrypto_a_SOURCES = \
	%D%/aead.c %D%/aead.h \
	%D%/id.c %D%/id.h \
	%D%/kdf.c %D%/kdf.h \
	%D%/phrase.c %D%/phrase.h \
	%D%/secret.c %D%/secret.h \
	%D%/sign.c %D%/sign.h
lib_crypto_libcrypto_a_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS)
