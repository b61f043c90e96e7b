# lib/repo: no libraries of its own.
noinst_LIBRARIES += lib/repo/librepo.a
lib_repo_librepo_a_SOURCES = \
	%D%/frame.h %D%/index.h %D%/internal.h %D%/key.h %D%/pack.h \
	%D%/repo.h

# The upper half: lists, trees, refs, snapshots, writer, verify.
lib_repo_librepo_a_SOURCES += \
	%D%/entry.c %D%/entry.h \
	%D%/list.c %D%/list.h %D%/list_cursor.c \
	%D%/pending.h \
	%D%/reader.c %D%/reader.h \
	%D%/grow.c %D%/grow.h \
	%D%/idset.c %D%/idset.h \
	%D%/refs.c %D%/refs.h %D%/refs_impl.h %D%/refs_object.c \
	%D%/snapshot.c %D%/snapshot.h %D%/snapshot_find.c \
	%D%/tree.h %D%/verify.h %D%/writer.h
