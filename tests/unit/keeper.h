/* keeper.h: a minimal keeper, to drive backup-agent in tests. */
#ifndef TESTS_KEEPER_H
#define TESTS_KEEPER_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "wire/content.h"
#include "wire/reply.h"
#include "wire/wire.h"

/*
 * It keeps all it is told in memory.  Anything that breaks the protocol is
 * returned as a negative ERR_ code; nothing is asserted here.
 */
struct buf;
struct decompressor;

struct kpiece {
	uint64_t len;
	bool	 hole;
	uint8_t	 sha256[32];
};

/* An entry that was listed. */
struct kentry {
	char	*path;		/* below the root */
	uint64_t dir;		/* it stands in */
	uint32_t page, number;
	uint64_t own;		/* its own number, if a directory */
	unsigned int flags;
	struct attr attr;
	char	*target;
	uint8_t	*xattrs;
	size_t	 xattrs_len;
	bool	 has_digest;
	uint8_t	 digest[16];
	struct kpiece *pieces;
	size_t	 npieces;
	bool	 ended;
	int	 status;
	unsigned int end_flags;
	struct attr end;
};

/* A list, asked for or announced by an entry. */
struct kdir {
	uint64_t dir;
	uint32_t root;
	char	*path;
	bool	 recurse;
	bool	 ended;
	int	 status;
	bool	 has_digest;
	uint8_t	 digest[16];
	unsigned int pages;
};

struct kchunk {
	uint8_t	 sha256[32];
	uint8_t	*data;		/* NULL: announced, not arrived */
	uint32_t len;
};

struct kbatch {
	uint64_t number;
	uint32_t n;
	uint8_t	 (*sums)[32];
	uint32_t *lens;
	uint8_t	*needed;	/* one a chunk */
};

struct kissue {
	int	 code;
	char	*path, *text;
};

struct keeper {
	pid_t	 pid;
	int	 in, out;	/* the agent's output, its input */
	struct wire_reader *reader;
	struct decompressor *decompressor;
	struct kentry *entries;
	size_t	 nentries;
	struct kdir *dirs;
	size_t	 ndirs;
	struct kchunk *chunks;	/* a hash table */
	size_t	 nchunks, used;
	struct kissue *issues;
	size_t	 nissues;
	struct kbatch *batches;
	size_t	 nbatches;
	struct wire_root roots[8];	/* pointers in it are not kept */
	unsigned int nroots;
	unsigned int frames;	/* announced and not arrived */
	unsigned int deltas;	/* the same */
	uint64_t features;	/* offered, then agreed */
	const uint8_t *basis;	/* of every chunk; NULL: none is signed */
	size_t	 basis_len;
	bool	 holds;		/* back with its NEED */
	unsigned int fail_each;	/* of so many deltas one is asked again */
	unsigned int parts, framed, packed;	/* that came */
	size_t	 delta_bytes, packed_bytes, unpacked_bytes;
	struct kentry *file;	/* whose pieces come */
	bool	 want;		/* ask for all files of a page */
	bool	 done;
	int	 error;		/* of ERROR */
	struct wire_done totals;
	void	(*paged)(struct keeper *k, void *arg);	/* after a PAGE */
	void	*arg;
};

struct kstart {
	const char *const *roots;	/* NULL ends them, and the excludes */
	const char *const *excludes;
	unsigned int flags;
	uint32_t frame_max;		/* 0: 1 MiB */
	uint64_t features;
};

/* Start "backup-agent serve" with these --root, NULL ends them. */
int	 keeper_spawn(struct keeper *k, const char *const *bases);

/* Say HELLO and START. */
int	 keeper_start(struct keeper *k, const struct kstart *s);

/* Ask. */
int	 keeper_digest(struct keeper *k, uint32_t root);
int	 keeper_list(struct keeper *k, uint64_t dir, uint32_t root,
	    bool recurse, const char *path);
int	 keeper_send(struct keeper *k, const void *data, size_t len);

/* Begin a message in a new buffer; end and send it unless r, and free it. */
int	 keeper_send_begin(enum wire_type type, struct buf **bp,
	    size_t *markp);
int	 keeper_send_end(struct keeper *k, struct buf *b, size_t mark, int r);

/* Note a directory whose end must come.  Takes path. */
struct kdir *keeper_dir(struct keeper *k, uint64_t dir, uint32_t root,
	    char *path);

/* What CHUNKS, FRAME and DELTA say; NEED and AGAIN are sent. */
int	 keeper_chunks(struct keeper *k, struct buf *body);
int	 keeper_frame(struct keeper *k, struct buf *body);
int	 keeper_delta(struct keeper *k, struct buf *body);

/* The place of a chunk in the table. */
struct kchunk *keeper_chunk(struct keeper *k, const uint8_t sum[32]);

/* An array of n with room for one more. */
void	*keeper_grown(void *p, size_t n, size_t size);

/* Take messages until all that was asked for is there. */
int	 keeper_run(struct keeper *k);

/* Take one message. */
int	 keeper_step(struct keeper *k);

/* BYE and DONE; the agent's exit status. */
int	 keeper_bye(struct keeper *k, int *statusp);

/* Close the pipes, wait for the agent: its exit status. */
int	 keeper_close(struct keeper *k);

/* Find an entry, or NULL. */
struct kentry *keeper_entry(struct keeper *k, const char *path);

/* Tell whether a file's content, as it came, is that of the file at path. */
bool	 keeper_same(struct keeper *k, const struct kentry *e,
	    const char *path);

/* Free all. */
void	 keeper_clear(struct keeper *k);

#endif /* TESTS_KEEPER_H */
