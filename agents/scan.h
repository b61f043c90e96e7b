/* scan.h: a directory's entries, from names to what is sent. */
#ifndef AGENTS_SCAN_H
#define AGENTS_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agents/digest.h"
#include "agents/job.h"
#include "agents/names.h"
#include "agents/outq.h"
#include "agents/source.h"
#include "base/attr.h"
#include "base/err.h"
#include "wire/page.h"

/*
 * What all walks share: both the listing and the digests are made here, so
 * that they cannot differ.  What goes wrong is told as ISSUE and in the item;
 * only what ends the job is returned.
 */
struct scan {
	const struct job *job;	/* borrows, as the next three */
	struct outq *outq;
	struct compressor *packer;	/* for pages; NULL: they go plain */
	struct source *src;
	uint64_t dev;		/* of the root, for one_file_system */
	bool	 silent;	/* no ISSUE: a listing will tell it */
	struct dirhash empty;	/* owns; for directories kept empty */
};

/* Where a walk is; all borrowed. */
struct scan_dir {
	int	 fd;
	uint32_t root;
	const uint8_t *path;	/* below the root, "" for it */
	size_t	 path_len;
};

/* An entry. */
struct item {
	uint32_t name;		/* its number in the directory's names */
	unsigned int flags;	/* WIRE_UNREADABLE and so on */
	bool	 enter;		/* a directory that is not kept empty */
	bool	 has_digest;	/* directories */
	uint8_t	 digest[WIRE_DIGEST_LEN];
	uint64_t dir;		/* the number it is listed under, or 0 */
	struct attr attr;
};

/* Read, filter and sort the names of a directory. */
int	 scan_names(struct scan *s, const struct scan_dir *d,
	    struct names *n) ERR_MUST_USE;

/*
 * 1 and the item of a name; 0 if it is gone, or told as issue because
 * nothing at all is known of it.
 */
int	 scan_item(struct scan *s, const struct scan_dir *d,
	    const struct name *name, struct item *ip) ERR_MUST_USE;

/* Append the entry to out, with link target and extended attributes. */
int	 scan_entry(struct scan *s, const struct scan_dir *d,
	    const struct name *name, const struct item *i, struct buf *out)
	    ERR_MUST_USE;

/* Add an item to its directory's digest. */
int	 scan_digest(struct dirhash *h, const struct name *name,
	    const struct item *i) ERR_MUST_USE;

/* Tell an issue below d, unless silent; src->errnum says why. */
int	 scan_trouble(struct scan *s, const struct scan_dir *d, int code,
	    const char *name, const char *text) ERR_MUST_USE;

#endif /* AGENTS_SCAN_H */
