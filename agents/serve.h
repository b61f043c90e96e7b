/* serve.h: the agent's side of the pull protocol, on descriptors 0 and 1. */
#ifndef AGENTS_SERVE_H
#define AGENTS_SERVE_H

#include <stddef.h>
#include <stdint.h>

#include "agents/job.h"
#include "agents/source.h"
#include "base/err.h"
#include "base/sandbox.h"

struct hooks;
struct hub;

/*
 * A source that has descriptors of its own is served by the main thread too:
 * it waits for them with all else, and calls turn whenever it has waited.
 */
struct serve_pump {
	/* All is ready, the process in its sandbox: greet the far side.  It
	 * may wait.  h wakes the main thread, and is borrowed. */
	int	 (*begin)(struct source *s, struct hub *h, const char **whyp);

	/* The descriptor to wait for, or -1, and for what; no longer than
	 * *msp, which may be lowered. */
	int	 (*wait)(struct source *s, short *eventsp, int *msp);

	/* Do what can be done; a failure ends the job, *whyp is its text. */
	int	 (*turn)(struct source *s, const char **whyp);

	/* What it is, for HELLO. */
	const char *(*system)(const struct source *s);
};

struct serve_params {
	const struct base *bases;	/* borrows, as all of these */
	size_t	 nbases;		/* below which may be read */
	struct hooks *hooks;		/* NULL: none may be run */
	struct source *src;
	const struct serve_pump *pump;	/* NULL: src needs none */
	uint64_t features;		/* that may be agreed */
	enum sandbox_profile sandbox;
};

/* What an agent can do on its own machine. */
#define SERVE_AGENT_FEATURES (WIRE_FEATURE_DELTAS | WIRE_FEATURE_PACKED | \
	WIRE_FEATURE_HOOKS | WIRE_FEATURE_LOAD)

/*
 * Serve one keeper until it says BYE (0) or anything goes wrong.  The process
 * is sandboxed from here on.  What goes wrong is told to the keeper and
 * logged.
 */
int	 serve_run(const struct serve_params *p) ERR_MUST_USE;

#endif /* AGENTS_SERVE_H */
