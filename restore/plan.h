/* plan.h: what a restore will make, entry by entry and chunk by chunk. */
#ifndef RESTORE_PLAN_H
#define RESTORE_PLAN_H

#include "base/attr.h"
#include "repo/entry.h"
#include "repo/chain.h"

/*
 * Entries are numbered in tree order, parents before children; an entry
 * names its parent by number, so that no path is ever longer than memory.
 * Everything lives in spools.  What a plan says came from a source: names
 * are checked, nothing else is believed.
 */
#define PLAN_NONE UINT64_MAX		/* no entry: the destination itself */

enum plan_state {
	PLAN_TODO,
	PLAN_DONE,
	PLAN_FAILED,			/* a problem names it */
	PLAN_SKIPPED,			/* what was there stays */
	PLAN_REFUSED			/* left out because of --safe */
};

enum plan_flag {
	PLAN_MADE = 1,			/* directory above a root */
	PLAN_HASHED = 2,		/* hash is the content's */
	PLAN_SPARSE = 4,		/* hash leaves out blocks of zeros */
	PLAN_HOLES = 8,			/* content has holes */
	PLAN_EXISTS = 16,		/* something has the name: replace */
	PLAN_MATCHES = 32,		/* what is there has this content */
	PLAN_REREAD = 64,		/* content did not arrive in order */
	PLAN_NO_OWNER = 128,		/* owner could not be restored */
	PLAN_CREATED = 256		/* the file has been created by us */
};

struct plan_entry {
	uint64_t parent;
	uint64_t name, target, xattrs;	/* places in the texts; 0: none */
	uint32_t name_len, target_len, xattrs_len;
	uint32_t flags;			/* enum plan_flag */
	struct attr attr;
	uint64_t size;			/* of the content, from its items */
	uint64_t holes;			/* bytes of it in holes */
	uint64_t first, items;		/* data items, before plan_sort only */
	uint64_t left;			/* items still to be written */
	uint64_t link;			/* first entry of its hard links */
	uint8_t	 state;			/* enum plan_state */
	uint8_t	 hash[32];
};

/*
 * A piece of one file's content, and where it is stored.  A delta stands
 * beside the whole chunk that it builds on in the end, so that a frame is
 * opened once for everything that comes out of it.
 */
struct plan_item {
	uint32_t pack;			/* number; PLAN_DROPPED: not needed */
	uint32_t frame;			/* its offset in the pack */
	uint32_t offset;		/* in the raw frame */
	uint32_t delta_pack;		/* the delta that gives the piece; */
	uint32_t delta_frame;		/* both 0 if it is stored whole */
	uint32_t len;			/* of the piece */
	uint64_t entry;
	uint64_t at;			/* in the file */
	uint32_t frame_len;		/* its stored bytes */
	uint32_t links;			/* for plan_links; 0: stored whole */
	uint64_t hole;			/* bytes of hole just before it */
	uint8_t	 id[32];
};

/* A chunk on the way to a piece, and the frame that has it. */
struct plan_link {
	uint32_t pack, frame, frame_len;
	uint32_t len;			/* of the chunk */
	uint32_t more;			/* links that follow */
};

#define PLAN_DROPPED UINT32_MAX

struct plan;

/* Make an empty plan.  Caller owns *pp. */
int	 plan_new(struct plan **pp) ERR_MUST_USE;

/* Free p, which may be NULL. */
void	 plan_free(struct plan *p);

/*
 * Add the entry at path (whole, as on the source), after its parent.
 * Directories above it that were not added are made up (PLAN_MADE).
 * ERR_FORMAT for a path that is not clean.
 */
int	 plan_add(struct plan *p, const uint8_t *path, size_t len,
	    const struct entry *e, uint64_t *indexp) ERR_MUST_USE;

/*
 * Add the next piece of content of the entry added last, stored as c says
 * (NULL: a hole).  ERR_FORMAT where lengths do not agree or add up.
 */
int	 plan_add_item(struct plan *p, const struct content_item *i,
	    const struct chain *c) ERR_MUST_USE;

/* Copy len bytes of encoded attributes and give their place. */
int	 plan_add_text(struct plan *p, const void *data, size_t len,
	    uint64_t *placep) ERR_MUST_USE;

/* Find hard links: each but the first of a group gets its link, and its
 * items are dropped. */
void	 plan_link(struct plan *p);

/* Drop all items of entry i. */
void	 plan_drop(struct plan *p, uint64_t i);

/* Order the items as packs hold them, without those dropped. */
void	 plan_sort(struct plan *p);

/* Entries: how many, and the i-th, which callers may mark. */
uint64_t plan_count(const struct plan *p);
struct plan_entry *plan_entry(const struct plan *p, uint64_t i);

/* All items, borrowed until one is added. */
const struct plan_item *plan_items(const struct plan *p, uint64_t *np);

/*
 * The links of an item that is a delta, borrowed: first the chunk that is
 * stored whole, then each delta on the one before, the piece itself last.
 */
const struct plan_link *plan_links(const struct plan *p,
	    const struct plan_item *item);

/* The hash of a pack by its number. */
const uint8_t *plan_pack(const struct plan *p, uint32_t pack);

/* The bytes at a place of the texts; names are terminated. */
const char *plan_text(const struct plan *p, uint64_t place);

struct buf;

/* Append entry i's path below the destination: "srv/a/b". */
int	 plan_path(const struct plan *p, uint64_t i, struct buf *out)
	    ERR_MUST_USE;

#endif /* RESTORE_PLAN_H */
