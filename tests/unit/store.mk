# Unit tests of store, and the suite that every kind of store passes.
if CMOCKA
check_PROGRAMS += tests/conformance/store tests/unit/test_store_dir \
	tests/unit/test_store_dir_share \
	tests/unit/test_store_dry tests/unit/test_store_fault \
	tests/unit/test_store_pace tests/unit/test_store_remote \
	tests/unit/test_s3_sign tests/unit/test_s3_xml \
	tests/unit/test_store_s3
TESTS += tests/conformance/store tests/unit/test_store_dir \
	tests/unit/test_store_dir_share \
	tests/unit/test_store_dry tests/unit/test_store_fault \
	tests/unit/test_store_pace tests/unit/test_store_remote \
	tests/unit/test_s3_sign tests/unit/test_s3_xml \
	tests/unit/test_store_s3
store_test_libs = lib/store/libstore.a lib/http/libhttp.a \
	lib/sftp/libsftp.a lib/ssh/libssh.a \
	lib/hash/libhash.a lib/base/libbase.a $(LIBSSH2_LIBS) \
	$(EXPAT_LIBS) \
	$(CRYPTO_LIBS) $(SECCOMP_LIBS) $(CMOCKA_LIBS)
tests_conformance_store_SOURCES = tests/conformance/store.c \
	tests/unit/share.c tests/unit/share.h
tests_conformance_store_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_conformance_store_LDADD = $(store_test_libs)
tests_unit_test_store_dir_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_store_dir_LDADD = $(store_test_libs)
tests_unit_test_store_dir_share_SOURCES = \
	tests/unit/test_store_dir_share.c tests/unit/share.c \
	tests/unit/share.h
tests_unit_test_store_dir_share_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_store_dir_share_LDADD = $(store_test_libs)
tests_unit_test_store_dry_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_store_dry_LDADD = $(store_test_libs)
tests_unit_test_store_fault_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_store_fault_LDADD = $(store_test_libs)
tests_unit_test_store_pace_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_store_pace_LDADD = $(store_test_libs)
tests_unit_test_store_s3_SOURCES = tests/unit/test_store_s3.c \
	tests/unit/s3_server.c tests/unit/s3_server.h
tests_unit_test_store_s3_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_store_s3_LDADD = $(store_test_libs)
tests_unit_test_s3_xml_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_s3_xml_LDADD = $(store_test_libs)
tests_unit_test_s3_sign_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_s3_sign_LDADD = $(store_test_libs)
tests_unit_test_store_remote_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_store_remote_LDADD = $(store_test_libs)

check_PROGRAMS += tests/unit/test_store_cache tests/unit/test_cache
TESTS += tests/unit/test_store_cache tests/unit/test_cache
tests_unit_test_store_cache_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_store_cache_LDADD = $(store_test_libs)
tests_unit_test_cache_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_cache_LDADD = $(store_test_libs)
endif
# A share that misbehaves; what needs it skips where there is no FUSE.
if FUSE
check_PROGRAMS += tests/lib/badfs
tests_lib_badfs_SOURCES = tests/lib/badfs.c
tests_lib_badfs_CPPFLAGS = $(AM_CPPFLAGS) $(FUSE_CFLAGS)
tests_lib_badfs_LDADD = $(FUSE_LIBS)
endif
