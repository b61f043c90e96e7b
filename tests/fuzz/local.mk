# tests/fuzz: a harness for each decoder of bytes from outside.  With
# --enable-fuzzers they are libFuzzer's; otherwise they replay the corpus.
check_LIBRARIES = %D%/libfuzz.a
%C%_libfuzz_a_SOURCES = \
	%D%/file.c %D%/file.h \
	%D%/fuzz.c %D%/fuzz.h \
	%D%/wire.c %D%/wire.h
if !FUZZERS
%C%_libfuzz_a_SOURCES += %D%/replay.c
endif

fuzz_tests = \
	%D%/fuzz_amend \
	%D%/fuzz_attr \
	%D%/fuzz_calendar \
	%D%/fuzz_checkpoint \
	%D%/fuzz_config \
	%D%/fuzz_content \
	%D%/fuzz_control \
	%D%/fuzz_decompress \
	%D%/fuzz_delta \
	%D%/fuzz_end \
	%D%/fuzz_entry \
	%D%/fuzz_epoch \
	%D%/fuzz_event \
	%D%/fuzz_exclude \
	%D%/fuzz_hex \
	%D%/fuzz_index \
	%D%/fuzz_job \
	%D%/fuzz_key_file \
	%D%/fuzz_key_input \
	%D%/fuzz_list \
	%D%/fuzz_manifest \
	%D%/fuzz_marker \
	%D%/fuzz_object_name \
	%D%/fuzz_pack_footer \
	%D%/fuzz_patch \
	%D%/fuzz_phrase \
	%D%/fuzz_policy \
	%D%/fuzz_prefix \
	%D%/fuzz_quantity \
	%D%/fuzz_refs \
	%D%/fuzz_s3 \
	%D%/fuzz_sftp \
	%D%/fuzz_signature \
	%D%/fuzz_signer \
	%D%/fuzz_slot \
	%D%/fuzz_snapshot \
	%D%/fuzz_ssh_identity \
	%D%/fuzz_ssh_kexinit \
	%D%/fuzz_ssh_key \
	%D%/fuzz_wire_agent \
	%D%/fuzz_wire_chunks \
	%D%/fuzz_wire_delta \
	%D%/fuzz_wire_frame \
	%D%/fuzz_wire_keeper \
	%D%/fuzz_wire_local \
	%D%/fuzz_wire_page \
	%D%/fuzz_wire_patched \
	%D%/fuzz_wire_puller \
	%D%/fuzz_xattrs
check_PROGRAMS += $(fuzz_tests)
if !FUZZERS
TESTS += $(fuzz_tests)
endif

fuzz_libs = tests/fuzz/libfuzz.a $(KHO_ALL_LIBS) $(KHO_ALL_EXT) \
	$(FUZZER_LIBS)
%C%_fuzz_amend_LDADD = $(fuzz_libs)
%C%_fuzz_attr_LDADD = $(fuzz_libs)
%C%_fuzz_calendar_LDADD = $(fuzz_libs)
%C%_fuzz_checkpoint_LDADD = $(fuzz_libs)
%C%_fuzz_config_LDADD = $(fuzz_libs)
%C%_fuzz_content_LDADD = $(fuzz_libs)
%C%_fuzz_control_LDADD = $(fuzz_libs)
%C%_fuzz_decompress_LDADD = $(fuzz_libs)
%C%_fuzz_delta_LDADD = $(fuzz_libs)
%C%_fuzz_end_LDADD = $(fuzz_libs)
%C%_fuzz_entry_LDADD = $(fuzz_libs)
%C%_fuzz_epoch_LDADD = $(fuzz_libs)
%C%_fuzz_event_SOURCES = %D%/fuzz_event.c \
	backupd/event.c backupd/job.c
%C%_fuzz_event_LDADD = $(fuzz_libs)
%C%_fuzz_exclude_LDADD = agents/libagent.a $(fuzz_libs)
%C%_fuzz_hex_LDADD = $(fuzz_libs)
%C%_fuzz_index_LDADD = $(fuzz_libs)
%C%_fuzz_job_SOURCES = %D%/fuzz_job.c \
	backupd/event.c backupd/job.c
%C%_fuzz_job_LDADD = $(fuzz_libs)
%C%_fuzz_key_file_LDADD = $(fuzz_libs)
%C%_fuzz_key_input_LDADD = $(fuzz_libs)
%C%_fuzz_list_LDADD = $(fuzz_libs)
%C%_fuzz_manifest_LDADD = restore/librestore.a $(fuzz_libs)
%C%_fuzz_marker_LDADD = $(fuzz_libs)
%C%_fuzz_object_name_LDADD = $(fuzz_libs)
%C%_fuzz_pack_footer_LDADD = $(fuzz_libs)
%C%_fuzz_patch_SOURCES = %D%/fuzz_patch.c \
	backupd/patch.c backupd/screen.c
%C%_fuzz_patch_LDADD = $(fuzz_libs)
%C%_fuzz_phrase_LDADD = $(fuzz_libs)
%C%_fuzz_policy_LDADD = $(fuzz_libs)
%C%_fuzz_prefix_LDADD = $(fuzz_libs)
%C%_fuzz_quantity_LDADD = $(fuzz_libs)
%C%_fuzz_refs_LDADD = $(fuzz_libs)
%C%_fuzz_s3_LDADD = $(fuzz_libs)
%C%_fuzz_sftp_LDADD = $(fuzz_libs)
%C%_fuzz_signature_LDADD = $(fuzz_libs)
%C%_fuzz_signer_LDADD = $(fuzz_libs)
%C%_fuzz_slot_LDADD = $(fuzz_libs)
%C%_fuzz_snapshot_LDADD = $(fuzz_libs)
%C%_fuzz_ssh_identity_LDADD = $(fuzz_libs)
%C%_fuzz_ssh_kexinit_LDADD = $(fuzz_libs)
%C%_fuzz_ssh_key_LDADD = $(fuzz_libs)
%C%_fuzz_wire_agent_LDADD = $(fuzz_libs)
%C%_fuzz_wire_chunks_LDADD = $(fuzz_libs)
%C%_fuzz_wire_delta_LDADD = $(fuzz_libs)
%C%_fuzz_wire_frame_LDADD = $(fuzz_libs)
%C%_fuzz_wire_keeper_LDADD = $(fuzz_libs)
%C%_fuzz_wire_local_LDADD = $(fuzz_libs)
%C%_fuzz_wire_page_LDADD = $(fuzz_libs)
%C%_fuzz_wire_patched_LDADD = $(fuzz_libs)
%C%_fuzz_wire_puller_LDADD = $(fuzz_libs)
%C%_fuzz_xattrs_LDADD = restore/librestore.a $(fuzz_libs)

# Writes the seeds of binary formats: tests/fuzz/seeds DIRECTORY.
EXTRA_PROGRAMS = %D%/seeds
%C%_seeds_SOURCES = %D%/seeds.c %D%/seeds.h \
	%D%/seeds_codec.c %D%/seeds_entry.c %D%/seeds_hook.c \
	%D%/seeds_job.c %D%/seeds_object.c %D%/seeds_sftp.c \
	%D%/seeds_wire.c %D%/seeds_wire_delta.c backupd/event.c backupd/job.c
%C%_seeds_LDADD = tests/fuzz/libfuzz.a $(KHO_ALL_LIBS) $(KHO_ALL_EXT)

EXTRA_DIST += %D%/corpus
