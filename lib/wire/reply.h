/* reply.h: what the agent tells beside entries: ROOT, DIREND, ISSUE, ends. */
#ifndef WIRE_REPLY_H
#define WIRE_REPLY_H

#include "base/attr.h"
#include "base/err.h"
#include "wire/limits.h"
#include "wire/wire.h"

/*
 * A status is 0 or an ERR_ code; on the wire it is negated.  With a status
 * other than 0, attr is of type ATTR_DIR and knows nothing.
 */
struct wire_root {
	uint32_t root;
	int	 status;
	struct attr attr;
	const uint8_t *xattrs;
	size_t	 xattrs_len;
	const uint8_t *target;		/* of a symbolic link */
	size_t	 target_len;
	bool	 has_digest;
	uint8_t	 digest[WIRE_DIGEST_LEN];
};

struct wire_dirend {
	uint64_t dir;
	int	 status;
	bool	 has_digest;
	uint8_t	 digest[WIRE_DIGEST_LEN];
};

struct wire_issue {
	int	 code;			/* an ERR_ code, never 0 */
	uint32_t errnum;		/* errno, or 0 */
	uint32_t root;
	const uint8_t *path;		/* below the root */
	size_t	 path_len;
	const uint8_t *text;
	size_t	 text_len;
};

struct wire_done {
	uint64_t files;			/* whose content was read */
	uint64_t bytes;
	uint64_t cpu_ms;
	uint64_t peak_kib;
};

struct wire_error {
	int	 code;			/* an ERR_ code, never 0 */
	const uint8_t *text;
	size_t	 text_len;
};

/* What stands at a root, or why it cannot be read. */
int	 wire_root_encode(const struct wire_root *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_root_decode(struct buf *b, struct wire_root *mp) ERR_MUST_USE;

/* A directory has been listed to its end. */
int	 wire_dirend_encode(const struct wire_dirend *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_dirend_decode(struct buf *b, struct wire_dirend *mp)
	    ERR_MUST_USE;

/* Something was left out, and why. */
int	 wire_issue_encode(const struct wire_issue *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_issue_decode(struct buf *b, struct wire_issue *mp)
	    ERR_MUST_USE;

/* The agent has nothing left to do. */
int	 wire_done_encode(const struct wire_done *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_done_decode(struct buf *b, struct wire_done *mp) ERR_MUST_USE;

/* The agent ends: it cannot go on. */
int	 wire_error_encode(const struct wire_error *m, struct buf *b)
	    ERR_MUST_USE;
int	 wire_error_decode(struct buf *b, struct wire_error *mp)
	    ERR_MUST_USE;

#endif /* WIRE_REPLY_H */
