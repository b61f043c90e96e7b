/* page.h: PAGE, a part of a directory's entries in name order. */
#ifndef WIRE_PAGE_H
#define WIRE_PAGE_H

#include "base/attr.h"
#include "base/err.h"
#include "wire/limits.h"
#include "wire/wire.h"

enum {
	WIRE_LAST = 1			/* of a page: no other follows */
};

/* Entries are encoded elsewhere first (items), or follow by the cursor. */
struct wire_page {
	uint64_t dir;
	uint32_t page;			/* from 0 */
	unsigned int flags;		/* WIRE_LAST */
	uint32_t n;
	const uint8_t *items;		/* the encoded entries */
	size_t	 items_len;
	uint32_t left;			/* private to the cursor, as is last */
	const uint8_t *last;
	size_t	 last_len;
};

enum {
	WIRE_UNREADABLE = 1,		/* not listed or read further */
	WIRE_KEPT_EMPTY = 2,		/* a mount point or a cache */
	WIRE_RACY = 4			/* read it again next time */
};

struct wire_entry {
	const uint8_t *name;
	size_t	 name_len;
	unsigned int flags;
	struct attr attr;
	const uint8_t *target;		/* of a symbolic link, else empty */
	size_t	 target_len;
	const uint8_t *xattrs;		/* encoded; empty if none */
	size_t	 xattrs_len;
	uint64_t dir;			/* directories; 0 without recurse */
	bool	 has_digest;		/* directories */
	uint8_t	 digest[WIRE_DIGEST_LEN];
};

/* n entries stand in items. */
int	 wire_page_encode(const struct wire_page *m, struct buf *b)
	    ERR_MUST_USE;

/* Consumes the head; items is what is left of b, for wire_page_next. */
int	 wire_page_decode(struct buf *b, struct wire_page *mp) ERR_MUST_USE;

/*
 * After _decode, from the same b: 1 and the next entry, 0 at the end.  Names
 * are checked: fit to stand in a directory, and ascending within the page.
 */
int	 wire_page_next(struct buf *b, struct wire_page *m,
	    struct wire_entry *ep) ERR_MUST_USE;

/* Append e to the items of a PAGE body. */
int	 wire_entry_encode(const struct wire_entry *e, struct buf *b)
	    ERR_MUST_USE;

#endif /* WIRE_PAGE_H */
