/* source.h: the files that are backed up, by whatever way they are reached. */
#ifndef AGENTS_SOURCE_H
#define AGENTS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A table of functions, behind which the walker finds files: those of this
 * machine (local.h), or those of another one.  Numbers stand for what is
 * open, as descriptors do; a name is always one name below an open directory.
 *
 * Failures are ERR_ codes; errnum tells the system's own number, for people.
 * What a source does not know of a file has no bit in its attributes.  One
 * thread, the walker, calls all but source_expect.
 */
struct attr;
struct buf;
struct job;
struct names;
struct source;

/* A walk that was asked for and will come. */
enum source_walk {
	SOURCE_DIGEST,		/* of all directories, for their attributes */
	SOURCE_LIST,		/* of this one */
	SOURCE_RECURSE		/* of all, with the content of all files */
};

/* A directory that was asked for; all borrowed. */
struct source_where {
	const struct job *job;
	int	 base;		/* an open directory */
	const char *below;	/* the root's path below it */
	const uint8_t *path;	/* below the root */
	size_t	 len;
};

/* What was read long ago is read again, a part of it each time. */
struct source_again {
	int64_t	 since, now;	/* of the job before, of this one; seconds */
	uint64_t period;	/* in which all is; 0: nothing is */
};

struct source_ops {
	int	 (*open_dir)(struct source *s, int dir, const char *name,
		    int *fdp);
	int	 (*open_file)(struct source *s, int dir, const char *name,
		    int *fdp);
	void	 (*close)(struct source *s, int fd);
	int	 (*stat)(struct source *s, int dir, const char *name,
		    struct attr *ap);
	int	 (*fstat)(struct source *s, int fd, struct attr *ap);
	int	 (*names)(struct source *s, int fd, struct names *n);
	int	 (*readlink)(struct source *s, int dir, const char *name,
		    size_t *lenp);
	int	 (*xattrs)(struct source *s, int dir, const char *name);
	bool	 (*is_cache)(struct source *s, int dir, const char *name);
	int	 (*read)(struct source *s, int fd, uint64_t off,
		    uint8_t *data, size_t *lenp);
	void	 (*extent)(struct source *s, int fd, uint64_t off,
		    uint64_t *datap, uint64_t *endp);
	bool	 (*racy)(struct source *s, int dir, const char *name,
		    const struct attr *a);
	/* These may be NULL. */
	int	 (*expect)(struct source *s, const struct source_where *w,
		    enum source_walk how);
	int	 (*expect_file)(struct source *s, int dir, const char *name);
	int	 (*again)(struct source *s, const struct source_again *a);
};

struct source {
	const struct source_ops *ops;	/* borrows */
	int	 errnum;	/* of the last failure */
	bool	 noatime;	/* O_NOATIME is permitted */
	char	*target;	/* owns; the last link target */
	struct buf *xattrs;	/* owns; the last ones, encoded */
	size_t	 unnamed;	/* names of the last directory that the wire
				   cannot carry */
};

/* Make s ready. */
int	 source_init(struct source *s, const struct source_ops *ops)
	    ERR_MUST_USE;

/* Free what s owns. */
void	 source_clear(struct source *s);

/*
 * Open the directory at path, name by name below dir; "" is dir itself.
 * ERR_FORMAT for a path that cannot be.
 */
int	 source_open_path(struct source *s, int dir, const uint8_t *path,
	    size_t len, int *fdp) ERR_MUST_USE;

/* Open a directory. */
int	 source_open_dir(struct source *s, int dir, const char *name,
	    int *fdp) ERR_MUST_USE;

/* Open what should be a regular file, without waiting for a FIFO's writer. */
int	 source_open_file(struct source *s, int dir, const char *name,
	    int *fdp) ERR_MUST_USE;

/* Close what is open, and set it to -1; no harm if it is that. */
void	 source_close(struct source *s, int *fdp);

/* The attributes of name, which is not followed; of what is open. */
int	 source_stat(struct source *s, int dir, const char *name,
	    struct attr *ap) ERR_MUST_USE;
int	 source_fstat(struct source *s, int fd, struct attr *ap)
	    ERR_MUST_USE;

/*
 * Tell whether it changed so lately (doc/protocol.md, section 5) that a later
 * change may not show in its times.  To be called right after its attributes
 * were had; name is NULL for what is open as dir.
 */
bool	 source_racy(struct source *s, int dir, const char *name,
	    const struct attr *a);

/* Add all names of the open directory but "." and "..", unsorted. */
int	 source_names(struct source *s, int fd, struct names *n)
	    ERR_MUST_USE;

/* The target of a link, in s->target until the next call. */
int	 source_readlink(struct source *s, int dir, const char *name,
	    size_t *lenp) ERR_MUST_USE;

/*
 * Leave the extended attributes of name in s->xattrs, empty if it has none
 * or they cannot be known.  ERR_TOOBIG over the limit.
 */
int	 source_xattrs(struct source *s, int dir, const char *name)
	    ERR_MUST_USE;

/* Tell whether the directory holds a CACHEDIR.TAG with its signature. */
bool	 source_is_cache(struct source *s, int dir, const char *name);
#define SOURCE_CACHE_TAG "CACHEDIR.TAG"
#define SOURCE_CACHE_SIGNATURE "Signature: 8a477f597d28d172789f06886806bc55"

/* Read *lenp bytes at off; less only at the end of the file. */
int	 source_read(struct source *s, int fd, uint64_t off, uint8_t *data,
	    size_t *lenp) ERR_MUST_USE;

/*
 * Find the next data at or after off: [*datap, *endp).  *endp comes in as
 * the size of the file.
 */
void	 source_extent(struct source *s, int fd, uint64_t off,
	    uint64_t *datap, uint64_t *endp);

/*
 * What will be asked for soon, in the order in which it comes: whoever has
 * far to go may begin at once.  By the main thread, when a request has come.
 */
int	 source_expect(struct source *s, const struct source_where *w,
	    enum source_walk how) ERR_MUST_USE;

/* The same for the content of a file; by the walker. */
int	 source_expect_file(struct source *s, int dir, const char *name)
	    ERR_MUST_USE;

/*
 * What source_racy tells from now on of files that are due too.  ERR_FORMAT
 * if the source knows more of its files than that.
 */
int	 source_again(struct source *s, const struct source_again *a)
	    ERR_MUST_USE;

/* Tell whether t lies within the distance of now, both in nanoseconds. */
bool	 source_near(int64_t seconds, uint32_t ns, int64_t now,
	    int64_t distance);

#endif /* AGENTS_SOURCE_H */
