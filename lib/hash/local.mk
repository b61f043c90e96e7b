# lib/hash: the only user of openssl/evp.h.
noinst_LIBRARIES += lib/hash/libhash.a
lib_hash_libhash_a_SOURCES = \
	%D%/hmac.c %D%/hmac.h \
	%D%/hostcode.c %D%/hostcode.h \
	%D%/sha256.c %D%/sha256.h
lib_hash_libhash_a_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
