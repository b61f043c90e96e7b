/* entry.h: one line of a directory, as it is stored. */
#ifndef REPO_ENTRY_H
#define REPO_ENTRY_H

#include "base/attr.h"
#include "repo/repo.h"

struct buf;

enum {
	ENTRY_CHANGED = 1,	/* content kept although it changed */
	ENTRY_UNREAD = 2,	/* content is not whole: could not be read */
	ENTRY_RACY = 4		/* read the content again next time */
};

#define ENTRY_INLINE_MAX 4	/* content items kept in the entry itself */
#define ENTRY_TARGET_MAX (64u << 10)
#define ENTRY_ENCODED_MAX (68u << 10)	/* no entry is longer */

/* A cut of content: a chunk, or a hole when id is of no account. */
struct content_item {
	bool	 hole;
	uint64_t len;
	uint8_t	 id[32];
};

#define LIST_ROOT_LEN 33
#define LIST_LEVEL_MAX 15	/* a node below this level has 500 children */

/* The root node of a list; an empty list has none. */
struct list_root {
	bool	 present;
	uint8_t	 id[32];
	uint8_t	 level;
};

/*
 * A target belongs to symbolic links, content to files (a list or inline,
 * never both), subtree and digest to directories.
 *
 * name, target and the like are borrowed: from the caller's memory when
 * encoding, from the decoded bytes when decoding.
 */
struct entry {
	const uint8_t *name;
	size_t	 name_len;
	struct attr attr;
	unsigned int flags;		/* ENTRY_ */
	const uint8_t *target;		/* symbolic links */
	size_t	 target_len;
	struct list_root content;	/* files with more than inline items */
	size_t	 ninline;
	struct content_item inl[ENTRY_INLINE_MAX];
	bool	 has_subtree;		/* a directory that was listed */
	struct list_root subtree;	/* not present: empty */
	bool	 has_xattrs;
	uint8_t	 xattrs[32];
	bool	 has_digest;
	uint8_t	 digest[16];
};

/*
 * Append e to b.  ERR_FORMAT if it is no entry: a name of no or too many
 * bytes, content of what is not a file, and the like.
 */
int	 entry_encode(const struct entry *e, struct buf *b) ERR_MUST_USE;

/*
 * Consume one entry.  name_any allows the "/" and last names of roots;
 * otherwise a name that path_name_ok refuses is ERR_FORMAT.  After a failure
 * b stands anywhere.
 */
int	 entry_decode(struct buf *b, bool name_any, struct entry *ep)
	    ERR_MUST_USE;

/* Append a root as 33 bytes, zeros if there is none; consume one. */
int	 list_root_encode(const struct list_root *root, struct buf *b)
	    ERR_MUST_USE;
int	 list_root_decode(struct buf *b, struct list_root *rootp)
	    ERR_MUST_USE;

/* Append a content item; consume one.  ERR_FORMAT for a length of 0, or of
 * more than a frame in a chunk. */
int	 content_encode(const struct content_item *i, struct buf *b)
	    ERR_MUST_USE;
int	 content_decode(struct buf *b, struct content_item *ip) ERR_MUST_USE;

#endif /* REPO_ENTRY_H */
