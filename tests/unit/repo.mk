# Unit tests of repo.
repo_test_libs = lib/repo/librepo.a lib/store/libstore.a \
	lib/codec/libcodec.a lib/crypto/libcrypto.a lib/hash/libhash.a \
	lib/base/libbase.a $(CMOCKA_LIBS) $(ZSTD_LIBS) $(RSYNC_LIBS) $(XXHASH_LIBS) \
	$(SODIUM_LIBS) $(CRYPTO_LIBS)
repo_test_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
repo_test_fixture = %D%/repo_fixture.c %D%/repo_fixture.h

# The lower half: objects, keys, frames, packs, index.
if CMOCKA
repo_lower_tests = tests/unit/test_object tests/unit/test_repo \
	tests/unit/test_keys tests/unit/test_frame tests/unit/test_pack \
	tests/unit/test_index tests/unit/test_index_cache
check_PROGRAMS += $(repo_lower_tests)
TESTS += $(repo_lower_tests)
tests_unit_test_object_SOURCES = %D%/test_object.c $(repo_test_fixture)
tests_unit_test_object_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_object_LDADD = $(repo_test_libs)
tests_unit_test_repo_SOURCES = %D%/test_repo.c $(repo_test_fixture)
tests_unit_test_repo_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_repo_LDADD = $(repo_test_libs)
tests_unit_test_keys_SOURCES = %D%/test_keys.c $(repo_test_fixture)
tests_unit_test_keys_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_keys_LDADD = $(repo_test_libs)
tests_unit_test_frame_SOURCES = %D%/test_frame.c $(repo_test_fixture)
tests_unit_test_frame_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_frame_LDADD = $(repo_test_libs)
tests_unit_test_pack_SOURCES = %D%/test_pack.c $(repo_test_fixture)
tests_unit_test_pack_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_pack_LDADD = $(repo_test_libs)
tests_unit_test_index_SOURCES = %D%/test_index.c $(repo_test_fixture) \
	%D%/index_fixture.c %D%/index_fixture.h
tests_unit_test_index_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_index_LDADD = $(repo_test_libs)
tests_unit_test_index_cache_SOURCES = %D%/test_index_cache.c \
	$(repo_test_fixture) %D%/index_fixture.c %D%/index_fixture.h
tests_unit_test_index_cache_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_index_cache_LDADD = $(repo_test_libs)

# The upper half: lists, refs, snapshots, writer, verify.
repo_upper_tests = tests/unit/test_entry tests/unit/test_list \
	tests/unit/test_refs tests/unit/test_snapshot \
	tests/unit/test_commit_late tests/unit/test_verify \
	tests/unit/test_writer \
	tests/unit/test_deltas tests/unit/test_mirror tests/unit/test_heal \
	tests/unit/test_scale
repo_job_fixture = $(repo_test_fixture) \
	%D%/job_fixture.c %D%/job_fixture.h
check_PROGRAMS += $(repo_upper_tests)
TESTS += $(repo_upper_tests)
tests_unit_test_entry_SOURCES = %D%/test_entry.c
tests_unit_test_entry_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_entry_LDADD = $(repo_test_libs)
tests_unit_test_list_SOURCES = %D%/test_list.c
tests_unit_test_list_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_list_LDADD = $(repo_test_libs)
tests_unit_test_commit_late_SOURCES = %D%/test_commit_late.c \
	$(repo_job_fixture)
tests_unit_test_commit_late_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_commit_late_LDADD = $(repo_test_libs)
tests_unit_test_writer_SOURCES = %D%/test_writer.c $(repo_job_fixture)
tests_unit_test_writer_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_writer_LDADD = $(repo_test_libs)
tests_unit_test_verify_SOURCES = %D%/test_verify.c $(repo_job_fixture)
tests_unit_test_verify_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_verify_LDADD = $(repo_test_libs)
tests_unit_test_deltas_SOURCES = %D%/test_deltas.c $(repo_job_fixture)
tests_unit_test_deltas_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_deltas_LDADD = $(repo_test_libs)
tests_unit_test_refs_SOURCES = %D%/test_refs.c $(repo_test_fixture)
tests_unit_test_refs_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_refs_LDADD = $(repo_test_libs)
tests_unit_test_snapshot_SOURCES = %D%/test_snapshot.c $(repo_job_fixture)
tests_unit_test_snapshot_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_snapshot_LDADD = $(repo_test_libs)
repo_mirror_fixture = $(repo_job_fixture) \
	%D%/mirror_fixture.c %D%/mirror_fixture.h
tests_unit_test_mirror_SOURCES = %D%/test_mirror.c $(repo_mirror_fixture)
tests_unit_test_mirror_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_mirror_LDADD = $(repo_test_libs)
tests_unit_test_heal_SOURCES = %D%/test_heal.c $(repo_mirror_fixture)
tests_unit_test_heal_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_heal_LDADD = $(repo_test_libs)
tests_unit_test_scale_SOURCES = %D%/test_scale.c $(repo_job_fixture) \
	%D%/count_store.c %D%/count_store.h
tests_unit_test_scale_CPPFLAGS = $(repo_test_cppflags)
tests_unit_test_scale_LDADD = $(repo_test_libs)
endif
