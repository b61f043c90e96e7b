# Unit tests of restore, and the repositories that its scenarios use.
check_PROGRAMS += tests/lib/mkrepo
tests_lib_mkrepo_SOURCES = tests/lib/mkrepo.c
tests_lib_mkrepo_LDADD = $(KHO_ALL_LIBS) $(KHO_ALL_EXT)

if CMOCKA
restore_tests = \
	%D%/test_escape %D%/test_fetch %D%/test_hash %D%/test_manifest \
	%D%/test_manifest_line %D%/test_plan \
	%D%/test_state %D%/test_streams %D%/test_write
check_PROGRAMS += $(restore_tests)
TESTS += $(restore_tests)

restore_test_libs = restore/librestore.a $(KHO_ALL_LIBS) $(KHO_ALL_EXT) \
	$(CMOCKA_LIBS)
%C%_test_escape_LDADD = $(restore_test_libs)
%C%_test_fetch_SOURCES = %D%/test_fetch.c %D%/repo_fixture.c \
	%D%/repo_fixture.h
%C%_test_fetch_LDADD = $(restore_test_libs)
%C%_test_hash_LDADD = $(restore_test_libs)
%C%_test_manifest_LDADD = $(restore_test_libs)
%C%_test_manifest_line_LDADD = $(restore_test_libs)
%C%_test_plan_LDADD = $(restore_test_libs)
%C%_test_state_LDADD = $(restore_test_libs)
%C%_test_streams_SOURCES = %D%/test_streams.c %D%/repo_fixture.c \
	%D%/repo_fixture.h
%C%_test_streams_LDADD = $(restore_test_libs)
%C%_test_write_LDADD = $(restore_test_libs)
endif
