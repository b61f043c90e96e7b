# Unit tests of codec.
if CMOCKA
codec_tests = tests/unit/test_chunker tests/unit/test_compress \
	tests/unit/test_compress_prefix tests/unit/test_delta \
	tests/unit/test_places
check_PROGRAMS += $(codec_tests)
TESTS += $(codec_tests)
codec_test_libs = lib/codec/libcodec.a lib/hash/libhash.a \
	lib/base/libbase.a $(ZSTD_LIBS) $(RSYNC_LIBS) $(XXHASH_LIBS) $(CRYPTO_LIBS) \
	$(CMOCKA_LIBS)

tests_unit_test_chunker_SOURCES = %D%/test_chunker.c
tests_unit_test_chunker_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_chunker_LDADD = $(codec_test_libs)

tests_unit_test_compress_SOURCES = %D%/test_compress.c
tests_unit_test_compress_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_compress_LDADD = $(codec_test_libs)

tests_unit_test_compress_prefix_SOURCES = %D%/test_compress_prefix.c
tests_unit_test_compress_prefix_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_compress_prefix_LDADD = $(codec_test_libs)

tests_unit_test_delta_SOURCES = %D%/test_delta.c
tests_unit_test_delta_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_delta_LDADD = $(codec_test_libs)
tests_unit_test_places_SOURCES = %D%/test_places.c
tests_unit_test_places_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_places_LDADD = $(codec_test_libs)
endif
