# Unit tests of restore, and the repositories that its scenarios use.
check_PROGRAMS += tests/lib/mkrepo
tests_lib_mkrepo_SOURCES = tests/lib/mkrepo.c
tests_lib_mkrepo_LDADD = $(KHO_ALL_LIBS) $(KHO_ALL_EXT)
