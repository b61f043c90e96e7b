/* snapshot.h: the signed root record of a job. */
#ifndef REPO_SNAPSHOT_H
#define REPO_SNAPSHOT_H

#include "repo/entry.h"
#include "repo/frame.h"

enum snapshot_outcome {
	SNAPSHOT_COMPLETE = 0,
	SNAPSHOT_INCOMPLETE = 3
};

struct snapshot_head {
	uint8_t	 signer[32];
	uint64_t seq;
	uint8_t	 hash[32];
};

struct snapshot_root {
	char	*path;			/* whole path on the source */
	uint8_t	*bytes;			/* the encoded entry */
	size_t	 bytes_len;
	struct entry entry;		/* borrows from bytes */
};

/* Everything a snapshot object says.  Owned text and arrays. */
struct snapshot {
	uint8_t	 hash[32];		/* of the stored object: its id */
	char	 source[33];
	uint64_t seq;
	uint8_t	 previous[32];
	uint8_t	 signer[32];
	uint64_t signer_seq;
	uint8_t	 signer_previous[32];
	char	*writer;
	uint8_t	 refs[32];
	size_t	 nheads;
	struct snapshot_head *heads;

	char	*host, *set, *job, *agent;
	int64_t	 started, ended, source_time;
	uint8_t	 outcome;		/* enum snapshot_outcome */
	uint64_t files, directories, others, bytes, new_bytes, issues;
	size_t	 nroots;
	struct snapshot_root *roots;
};

#define SNAPSHOT_ROOTS_MAX 1024
#define SNAPSHOT_TEXT_MAX 1024		/* bytes of host, set, job, agent */
#define SNAPSHOT_OBJECT_MAX (8u << 20)	/* no snapshot object is longer */
#define SNAPSHOT_SEQ_MAX UINT64_C(9999999999)
#define SNAPSHOT_NAME_MAX 64

/* An empty snapshot.  Caller owns *snp and fills it in. */
int	 snapshot_new(struct snapshot **snp) ERR_MUST_USE;

/*
 * Add a root: path is clean and absolute, e's name its last name ("/" for
 * "/").  Both are copied.  ERR_FORMAT; ERR_EXIST if path is one already;
 * ERR_TOOBIG.
 */
int	 snapshot_add_root(struct snapshot *sn, const char *path,
	    const struct entry *e) ERR_MUST_USE;

/* Free what sn owns, and sn, which may be NULL. */
void	 snapshot_free(struct snapshot *sn);

/* The name "snapshots/<source>/<seq>". */
void	 snapshot_name(const char *source, uint64_t seq,
	    char namep[SNAPSHOT_NAME_MAX]);

/* Take such a name apart.  ERR_FORMAT if it is none. */
int	 snapshot_name_parse(const char *name, char sourcep[33],
	    uint64_t *seqp) ERR_MUST_USE;

/*
 * Encode and sign sn, sealing its record under e.  sign_seed is the
 * Ed25519 seed of sn->signer.  Appends the object to out.
 */
int	 snapshot_encode(struct repo *r, const struct snapshot *sn,
	    const struct frame_epoch *e, const uint8_t sign_seed[32],
	    struct buf *out) ERR_MUST_USE;

/*
 * Decode and check an object: signature, known signer, and that it stands
 * under the name of its own source and sequence.  ERR_CORRUPT otherwise.
 */
int	 snapshot_decode(struct repo *r, const char *name,
	    const uint8_t *object, size_t len, struct snapshot **snp)
	    ERR_MUST_USE;

/* Read snapshots/<source>/<seq>. */
int	 snapshot_get(struct repo *r, const char *source, uint64_t seq,
	    struct snapshot **snp) ERR_MUST_USE;

/*
 * Give the highest sequence of a source, readable or not; 0 if it has no
 * snapshot.
 */
int	 snapshot_last_seq(struct repo *r, const char *source,
	    uint64_t *seqp) ERR_MUST_USE;

/* A cursor over all snapshots, by source and sequence. */
struct snapshot_list;
int	 snapshot_list_new(struct repo *r, struct snapshot_list **lp)
	    ERR_MUST_USE;

/* 1 and the next one, which the caller owns; 0 at the end.  An error is
 * about one object, named in the log; the cursor has passed it. */
int	 snapshot_list_next(struct snapshot_list *l, struct snapshot **snp)
	    ERR_MUST_USE;

/* Pass over what is left of the source of the object passed last: all
 * snapshots of a source are of one host and set. */
void	 snapshot_list_skip(struct snapshot_list *l);
void	 snapshot_list_free(struct snapshot_list *l);

/*
 * Find what an officer means: "latest" (of the only source), an id or its
 * unique prefix (at least 4 digits), HOST, or HOST/SET (the latest of it).
 * ERR_NOENT; ERR_EXIST if several match (HOST with several sets, a short
 * prefix).  ERR_CORRUPT if a later one of that source, or one of unknown id,
 * cannot be read.  All snapshots are read only for what may be an id; for a
 * name it is the latest of each source, and for HOST/SET of that one.
 */
int	 snapshot_find(struct repo *r, const char *selector,
	    struct snapshot **snp) ERR_MUST_USE;

#endif /* REPO_SNAPSHOT_H */
