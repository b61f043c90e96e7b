/* seen.h: what a server has seen of the other servers' snapshots. */
#ifndef REPO_SEEN_H
#define REPO_SEEN_H

#include "base/spool.h"
#include "repo/snapshot.h"

/*
 * A file beside that of the server's own sequence (repo/sequence.h), under the
 * same lock.  With it a commit reads no more than what is new: without, it
 * would read a snapshot of every source there is.  It is a memory, not the
 * truth: a server that has lost it looks at all sources again.
 */
struct seen {
	int64_t	 looked;	/* wall time of the last look; 0: none */
	struct spool heads;		/* struct snapshot_head */
	struct spool sources;		/* struct seen_source, by name */
};

/* The last snapshot of a source that was looked at. */
struct seen_source {
	char	 source[32];		/* without a NUL */
	uint64_t seq;
};

/* Make s empty, in the caller's memory; free what it holds. */
void	 seen_init(struct seen *s);
void	 seen_clear(struct seen *s);

/*
 * Read the file of that signer into s, which is empty.  ERR_NOENT if there is
 * none that can be used; s is empty then.
 */
int	 seen_read(const char *path, const uint8_t signer[32],
	    struct seen *s) ERR_MUST_USE;

/* Write it, in place of what is there. */
int	 seen_write(const char *path, const uint8_t signer[32],
	    const struct seen *s) ERR_MUST_USE;

/* The last snapshot of source that was looked at; 0 if none was. */
uint64_t seen_seq(const struct seen *s, const char source[33]);

#endif /* REPO_SEEN_H */
