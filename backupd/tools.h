/* tools.h: what a pool job works with, shared by the jobs that run. */
#ifndef BACKUPD_TOOLS_H
#define BACKUPD_TOOLS_H

#include <stdint.h>

#include "base/err.h"

/*
 * Compressors and large buffers are made once for each thread, however many
 * jobs wait.  A job takes a tool when it starts and gives it back before it
 * ends; as no more jobs run than there are threads, there is always one.
 * tools_take and tools_give may be called from any thread.
 */
struct compressor;
struct decompressor;
struct tools;

struct tool {
	struct compressor *c;		/* owned by the tools, as all here */
	struct decompressor *d;
	uint8_t	*raw;			/* FRAME_RAW_MAX bytes */
	uint8_t	*spare[2];		/* FRAME_RAW_MAX bytes each */
	struct tool *next;		/* private */
};

/* Make one tool for each of n threads; level 1 or more.  Caller owns *tp. */
int	 tools_new(unsigned int n, int level, struct tools **tp)
	    ERR_MUST_USE;

/* All tools must have been given back.  t may be NULL. */
void	 tools_free(struct tools *t);

/* Borrow one; give it back. */
struct tool *tools_take(struct tools *t);
void	 tools_give(struct tools *t, struct tool *tool);

#endif /* BACKUPD_TOOLS_H */
