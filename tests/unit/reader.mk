# Unit tests of reader.
if CMOCKA
check_PROGRAMS += tests/unit/test_reader
TESTS += tests/unit/test_reader
tests_unit_test_reader_SOURCES = %D%/test_reader.c
tests_unit_test_reader_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_reader_LDADD = reader/libreader.a agents/libagent.a \
	$(KHO_ALL_LIBS) $(KHO_ALL_EXT) $(CMOCKA_LIBS)
endif
