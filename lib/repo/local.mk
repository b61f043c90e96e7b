# lib/repo: no libraries of its own.
noinst_LIBRARIES += lib/repo/librepo.a
lib_repo_librepo_a_SOURCES = \
	%D%/core.h %D%/internal.h \
	%D%/config.c %D%/epoch.c %D%/object.c %D%/repo.c %D%/repo.h \
	%D%/key.c %D%/key.h %D%/key_file.c %D%/signer.c %D%/slot.c \
	%D%/frame.c %D%/frame.h \
	%D%/pack.c %D%/pack.h %D%/pack_format.h %D%/pack_read.c \
	%D%/index.c %D%/index.h %D%/index_impl.h %D%/index_format.h \
	%D%/index_cache.c %D%/index_decode.c %D%/index_encode.c \
	%D%/index_merge.c %D%/index_table.c \
	%D%/affected.c %D%/affected.h \
	%D%/chain.c %D%/chain.h

# The upper half: lists, trees, refs, snapshots, writer, verify.
lib_repo_librepo_a_SOURCES += \
	%D%/entry.c %D%/entry.h \
	%D%/heal.c %D%/heal.h \
	%D%/list.c %D%/list.h %D%/list_cursor.c \
	%D%/mirror.c %D%/mirror.h %D%/mirror_impl.h \
	%D%/mirror_plan.c %D%/mirror_publish.c \
	%D%/pending.h \
	%D%/pin.c %D%/pin.h \
	%D%/reader.c %D%/reader.h \
	%D%/idset.c %D%/idset.h \
	%D%/refs.c %D%/refs.h %D%/refs_impl.h %D%/refs_object.c \
	%D%/snapshot.c %D%/snapshot.h %D%/snapshot_find.c \
	%D%/count.c %D%/count.h \
	%D%/marker.c %D%/marker.h \
	%D%/seen.c %D%/seen.h %D%/sequence.c %D%/sequence.h \
	%D%/stored.c %D%/stored.h \
	%D%/tree.c %D%/tree.h \
	%D%/writer.c %D%/writer.h %D%/writer_impl.h \
	%D%/writer_commit.c %D%/writer_meta.c %D%/writer_pack.c \
	%D%/verify.c %D%/verify.h %D%/verify_deltas.c \
	%D%/verify_full.c %D%/verify_impl.h \
	%D%/verify_lineage.h %D%/verify_walk.c \
	%D%/verify_packs.c %D%/verify_snapshots.c
