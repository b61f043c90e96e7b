/* choice.h: whether a chunk goes over the link faster whole or as a delta. */
#ifndef BACKUPD_CHOICE_H
#define BACKUPD_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "backupd/event.h"
#include "backupd/job.h"

/*
 * Knows what the puller has measured, and how well chunks and deltas have
 * compressed so far.  Ratios are of bytes sent to raw bytes.  Pure.
 */
struct choice {
	enum job_delta mode;
	bool	 agent;			/* it makes deltas */
	uint64_t rate;			/* bytes a second; 0: not known */
	uint64_t sign_ns;		/* for 1 MiB */
	uint64_t whole_raw, whole_wire;	/* of frames */
	uint64_t delta_raw, delta_wire;	/* of deltas */
	unsigned int batches;		/* decided upon */
	bool	 measuring;		/* one goes whole for that */
};

/* What is to be sent: whole, or as deltas. */
struct choice_question {
	uint64_t raw;			/* bytes of the chunks */
	uint64_t signatures;		/* bytes that they would take */
	uint64_t file_raw, file_wire;	/* deltas of the same file so far */
};

enum choice_answer {
	CHOICE_WHOLE,
	CHOICE_MEASURE,			/* whole: it shows what the link does */
	CHOICE_DELTA,
	CHOICE_WAIT			/* until what measures has come */
};

/* Answer for one batch, and say why. */
enum choice_answer choice_ask(struct choice *p, const struct choice_question *q,
	    enum event_why *whyp);

/*
 * Tell whether chunks that were written in place go as deltas.  To compare
 * them costs so little (codec/places.h) that it is always the faster way.
 */
bool	 choice_places(const struct choice *p, enum event_why *whyp);

/* The batch that measured has come. */
void	 choice_measured(struct choice *p);

/* Note what raw bytes took on the wire whole, or would take as deltas. */
void	 choice_whole(struct choice *p, uint64_t raw, uint64_t wire);
void	 choice_delta(struct choice *p, uint64_t raw, uint64_t wire);

#endif /* BACKUPD_CHOICE_H */
