/* marker.h: what a writer leaves under writers/, from beginning to end. */
#ifndef REPO_MARKER_H
#define REPO_MARKER_H

#include "repo/repo.h"

struct buf;

/*
 * doc/format.md section 9.  A writer is called <seq>-<16 hexadecimal
 * digits>; its objects are writers/<source>/<writer>, the same with .1, .2
 * and so on, and with .end.
 */
#define MARKER_NAME_MAX 96
#define MARKER_OBJECT_MAX (4u << 20)
#define MARKER_RUNS_MAX 65536		/* index objects in a checkpoint */
#define MARKER_TEXT_MAX 256

enum marker_outcome {
	MARKER_COMMITTED = 0,
	MARKER_GIVEN_UP = 1,
	MARKER_ENDED = 2		/* by an operator */
};

enum marker_kind {
	MARKER_BEGIN,
	MARKER_CHECKPOINT,
	MARKER_END
};

/* What a name below writers/ says. */
struct marker_name {
	enum marker_kind kind;
	char	 source[33];
	char	 writer[28];		/* <seq>-<random> */
	uint64_t seq;
	uint32_t n;			/* of a checkpoint */
};

/* Take a name apart.  ERR_FORMAT if it is none of these. */
int	 marker_name_parse(const char *name, struct marker_name *mp)
	    ERR_MUST_USE;

/* The beginning of a writer. */
struct marker {
	char	 source[33];
	uint64_t seq;
	uint8_t	 signer[32];
	int64_t	 started;
	const char *host, *boot;	/* borrowed; not set by decode */
	uint64_t pid;
};

/* Append the object of a beginning; read one. */
int	 marker_encode(const struct repo *r, const struct marker *m,
	    struct buf *out) ERR_MUST_USE;
int	 marker_decode(const struct repo *r, const uint8_t *object,
	    size_t len, struct marker *mp) ERR_MUST_USE;

/* Append the object of checkpoint n, which names count index objects. */
int	 checkpoint_encode(const struct repo *r, uint32_t n,
	    const uint8_t (*runs)[32], size_t count, struct buf *out)
	    ERR_MUST_USE;

/* Read one; *runsp is the caller's (free(3)), NULL if there are none. */
int	 checkpoint_decode(const struct repo *r, const uint8_t *object,
	    size_t len, uint32_t *np, uint8_t (**runsp)[32], size_t *countp)
	    ERR_MUST_USE;

/* Append the object of an end; read one. */
int	 marker_end_encode(const struct repo *r, enum marker_outcome outcome,
	    int64_t ended, struct buf *out) ERR_MUST_USE;
int	 marker_end_decode(const struct repo *r, const uint8_t *object,
	    size_t len, enum marker_outcome *outcomep) ERR_MUST_USE;

#endif /* REPO_MARKER_H */
