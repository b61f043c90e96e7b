/* manifest.h: the list of what a restore made, to be checked later. */
#ifndef RESTORE_MANIFEST_H
#define RESTORE_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/attr.h"

/*
 * A text, DIR/.kho-restore/manifest:
 *
 *	KHO-MANIFEST-1
 *	snapshot <64 hexadecimal digits>
 *	made <time>
 *	whole yes|no		yes: the directory held nothing else
 *	reason <escaped text>	if one was given
 *	<type> <mode> <uid> <gid> <size> <mtime> <hash> <path>
 *	...
 *	end <number of entries> <SHA-256 of all lines before>
 *
 * Types are f d l p s c b.  Mode is octal; mtime is seconds, a dot and nine
 * digits of nanoseconds, counted up from the seconds even before 1970.  The
 * size of a device is major:minor.  The hash is a file's SHA-256, or for
 * files with large holes "z" and the digest of hash.h, or that of a link's
 * target.  "-" stands for what is not known or was not restored.  In a path
 * (below DIR, "." for DIR itself), bytes are written as in the log: \xNN
 * where they are not plain.
 */
#define MANIFEST_NAME "manifest"

enum manifest_have {
	MANIFEST_HASH = 1u << 16,	/* beside ATTR_ bits in attr.have */
	MANIFEST_SPARSE = 1u << 17	/* hash is that of blocks */
};

struct manifest_line {
	struct attr attr;		/* have: what is to be compared */
	uint32_t have;			/* MANIFEST_ */
	uint8_t	 hash[32];
	const uint8_t *path;		/* not terminated */
	size_t	 path_len;
};

/* Append the line, with its newline, to out.  Pure. */
struct buf;
int	 manifest_line_format(const struct manifest_line *l, struct buf *out)
	    ERR_MUST_USE;

/*
 * Parse a line without its newline, in place: l->path borrows from text.
 * ERR_FORMAT if it is none.  Pure.
 */
int	 manifest_line_parse(char *text, size_t len, struct manifest_line *lp)
	    ERR_MUST_USE;

struct manifest_info {
	uint8_t	 snapshot[32];
	int64_t	 made;
	bool	 whole;
	const char *reason;		/* NULL: none */
};

/* Writing: begin, every line, end puts it in place as one step. */
struct manifest_writer;
int	 manifest_begin(int dirfd, const struct manifest_info *info,
	    struct manifest_writer **wp) ERR_MUST_USE;
int	 manifest_add(struct manifest_writer *w,
	    const struct manifest_line *l) ERR_MUST_USE;
int	 manifest_commit(struct manifest_writer *w) ERR_MUST_USE;

/* Free w, which may be NULL; what was not committed is removed. */
void	 manifest_writer_free(struct manifest_writer *w);

/*
 * Reading: open checks the digest of the whole first (ERR_CORRUPT).  info's
 * reason is not kept.
 */
struct manifest_reader;
int	 manifest_open(int dirfd, struct manifest_info *infop,
	    struct manifest_reader **rp) ERR_MUST_USE;

/* 1 and the next line, whose path is borrowed until the next call. */
int	 manifest_next(struct manifest_reader *r, struct manifest_line *lp)
	    ERR_MUST_USE;
void	 manifest_close(struct manifest_reader *r);

#endif /* RESTORE_MANIFEST_H */
