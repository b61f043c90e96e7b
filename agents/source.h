/* source.h: the files of this machine, reached by descriptor only. */
#ifndef AGENTS_SOURCE_H
#define AGENTS_SOURCE_H

#include <sys/stat.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Every name is opened below an open directory, one at a time, and never
 * through a symbolic link, so that a path of any length works and a link put
 * in its way leads nowhere.  Nothing but regular files and directories is
 * opened.  Access times stay as they are where that is permitted.
 *
 * Failures are ERR_ codes; errnum tells the system's own number, for people.
 */
struct buf;

struct source {
	int	 errnum;	/* of the last failure */
	bool	 noatime;	/* O_NOATIME is permitted */
	char	*target;	/* owns; the last link target */
	struct buf *xattrs;	/* owns; the last ones, encoded */
};

/* Make s ready. */
int	 source_init(struct source *s) ERR_MUST_USE;

/* Free what s owns. */
void	 source_clear(struct source *s);

/* Open the directory at path, name by name below dirfd; "" is dirfd. */
int	 source_open_path(struct source *s, int dirfd, const uint8_t *path,
	    size_t len, int *fdp) ERR_MUST_USE;

/* Open a directory. */
int	 source_open_dir(struct source *s, int dirfd, const char *name,
	    int *fdp) ERR_MUST_USE;

/* Open what should be a regular file, without waiting for a FIFO's writer. */
int	 source_open_file(struct source *s, int dirfd, const char *name,
	    int *fdp) ERR_MUST_USE;

/* The attributes of name, which is not followed; of an open file. */
int	 source_stat(struct source *s, int dirfd, const char *name,
	    struct stat *stp) ERR_MUST_USE;
int	 source_fstat(struct source *s, int fd, struct stat *stp)
	    ERR_MUST_USE;

/*
 * Tell whether it changed so lately (doc/protocol.md, section 5) that a later
 * change may not show in its times.  To be called right after the stat.
 */
bool	 source_racy(const struct stat *st);

/* The target of a link, borrowed until the next call. */
int	 source_readlink(struct source *s, int dirfd, const char *name,
	    size_t *lenp) ERR_MUST_USE;

/*
 * Leave the extended attributes of name in s->xattrs, empty if it has none
 * or the file system knows none.  ERR_TOOBIG over the limit.
 */
int	 source_xattrs(struct source *s, int dirfd, const char *name)
	    ERR_MUST_USE;

/* Tell whether the directory holds a CACHEDIR.TAG with its signature. */
bool	 source_is_cache(struct source *s, int dirfd, const char *name);

#endif /* AGENTS_SOURCE_H */
