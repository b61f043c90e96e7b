/* job.h: what START asked for. */
#ifndef AGENTS_JOB_H
#define AGENTS_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agents/exclude.h"
#include "base/err.h"
#include "codec/chunker.h"

struct buf;

/* A directory of the command line (--root), open. */
struct base {
	char	*path;		/* owns; clean and absolute */
	int	 fd;		/* owns */
};

/* A root of the job. */
struct job_root {
	char	*path;		/* owns; clean and absolute */
	int	 base;		/* borrows; -1: not below any --root */
	const char *below;	/* borrows; path below the base, "" for it */
};

/* Never changes once read: both threads look at it. */
struct job {
	unsigned int flags;	/* WIRE_ONE_FILE_SYSTEM and so on */
	int	 level;
	unsigned int threads;	/* 0: as many as there are */
	struct chunker_params chunks;
	struct chunker chunker;
	uint32_t frame_max;
	bool	 pack;		/* as HELLO agreed: PACKED may be sent */
	size_t	 nroots;
	struct job_root *roots;	/* owns */
	struct exclude *excludes;	/* owns */
	struct buf *digest_head;	/* owns; how each digest begins */
};

/*
 * Decode START.  ERR_CONFIG for roots, chunker or level that cannot be; a
 * root outside the bases is no failure here.  Caller owns *jp.
 */
int	 job_read(struct buf *body, const struct base *bases, size_t nbases,
	    struct job **jp) ERR_MUST_USE;

/* Free j, which may be NULL. */
void	 job_end(struct job *j);

#endif /* AGENTS_JOB_H */
