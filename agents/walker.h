/* walker.h: the thread that reads the files. */
#ifndef AGENTS_WALKER_H
#define AGENTS_WALKER_H

#include <stdint.h>

#include "agents/batch.h"
#include "agents/hub.h"
#include "agents/job.h"
#include "agents/outq.h"
#include "agents/reqs.h"
#include "agents/source.h"
#include "base/err.h"

/*
 * It takes requests in the order they came in.  Listing goes before content;
 * when nothing is asked for, what was gathered is sent.
 */
struct walker;

/* All borrowed; started idle, before the process enters its sandbox. */
int	 walker_start(struct hub *h, struct outq *q, struct reqs *reqs,
	    struct source *src, struct walker **wp) ERR_MUST_USE;

/* Give it the job, once, before the first request.  Both are borrowed. */
int	 walker_job(struct walker *w, const struct job *job,
	    struct batches *batches) ERR_MUST_USE;

/*
 * After hub_end: wait until the thread is gone, free w, which may be NULL,
 * and tell how many files and bytes were read.  ERR_TIMEOUT, and nothing is
 * freed, if it hangs in a system call for seconds.
 */
int	 walker_end(struct walker *w, uint64_t *filesp, uint64_t *bytesp)
	    ERR_MUST_USE;

#endif /* AGENTS_WALKER_H */
