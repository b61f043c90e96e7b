/* event.h: what a worker tells backupd while its job runs. */
#ifndef BACKUPD_EVENT_H
#define BACKUPD_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backupd/job.h"
#include "base/err.h"

/*
 * Records go one way, over a pipe, each behind its length.  A worker that
 * dies leaves a pipe without an end event: the job failed.
 */
struct buf;

enum event_type {
	EVENT_LOG = 1,		/* a finished line of the worker's log */
	EVENT_PROGRESS = 2,
	EVENT_ISSUE = 3,	/* one file or directory with a problem */
	EVENT_END = 4,		/* the last */
	EVENT_HOOK = 5,		/* one begins or has ended */
	EVENT_HELD = 6		/* what a copy has of a source */
};

#define EVENT_MAX (2u << 20)	/* bytes of a record */

struct event_progress {
	uint64_t files, directories;	/* settled so far */
	uint64_t read;			/* content bytes read on the source */
	uint64_t wire_in, wire_out;	/* protocol bytes */
	uint64_t stored;		/* bytes written to the repository */
	uint64_t issues;
	uint64_t waiting;		/* of these, needed and not here yet */
	uint64_t want;			/* content bytes that are new, as far
					   as the source was listed */
	uint64_t listed;		/* 1: it was, to its end */
};

struct event_issue {
	int	 code;			/* ERR_ */
	const uint8_t *path;		/* borrowed, of any bytes */
	size_t	 path_len;
	const char *text;		/* what is wrong; borrowed */
};

/* How a hook is, or how it ended. */
enum event_hook_state {
	EVENT_HOOK_RUNS = 0,
	EVENT_HOOK_EXITED = 1,
	EVENT_HOOK_SIGNAL = 2,
	EVENT_HOOK_TIMEOUT = 3,
	EVENT_HOOK_HALTED = 4,
	EVENT_HOOK_REFUSED = 5,		/* the host does not allow it */
	EVENT_HOOK_OLD = 6		/* the agent knows no hooks */
};

struct event_hook {
	bool	 after;			/* it runs after saving, not before */
	enum event_hook_state state;
	uint32_t status;		/* exit status, or signal's number */
	uint64_t ms;			/* how long it took */
	char	*name;			/* borrowed */
	const uint8_t *output;		/* its last words, of any bytes */
	size_t	 output_len;
};

/* The newest snapshot of a source that is in a copy. */
struct event_held {
	char	*host, *set;		/* borrowed */
	uint64_t sequence;
	int64_t	 time;			/* when it was begun */
};

/* Why deltas were sent or not, as it was decided last. */
enum event_why {
	EVENT_WHY_NONE = 0,	/* there was nothing to decide */
	EVENT_WHY_POLICY = 1,	/* always, never */
	EVENT_WHY_AGENT = 2,	/* it makes none */
	EVENT_WHY_SLOW = 3,	/* the link is slower than the diff: deltas */
	EVENT_WHY_FAST = 4,	/* the link is faster: whole chunks */
	EVENT_WHY_PLACES = 5	/* written in place: a delta costs nothing */
};

/* What deltas did for a job; all but mode and why are counts of it. */
struct event_delta {
	enum job_delta mode;
	enum event_why why;
	uint64_t rate;			/* bytes a second, 0: not measured */
	uint64_t chunks;		/* needed, with an older version */
	uint64_t by_delta;		/* of these, came as deltas and good */
	uint64_t again;			/* came whole after a bad delta */
	uint64_t given_up;		/* files */
	uint64_t raw_bytes;		/* of the chunks by_delta */
	uint64_t basis_bytes;		/* in BASIS */
	uint64_t delta_bytes;		/* DELTA messages on the wire */
	uint64_t signature_bytes;	/* SIGNATURE messages on the wire */
	uint64_t stored;		/* chunks stored as deltas */
};

/* How far a job got with its host. */
enum event_reached {
	EVENT_REACHED_NONE = 0,
	EVENT_REACHED_HOST = 1,	/* it has the pinned key, and lets us not in */
	EVENT_REACHED_LOGIN = 2,
	EVENT_REACHED_AGENT = 3	/* which has said what it is */
};

/* How a job ended.  Texts are borrowed, from the record when decoded. */
struct event_end {
	int	 exit;			/* a code of cli/exit.h */
	char	*text;			/* one line: cause, or "" */
	char	*remedy;		/* what to do, or "" */
	char	*agent;			/* what it says it is, or "" */
	enum event_reached reached;
	char	 snapshot[65];		/* its id in hexadecimal, or "" */
	uint64_t sequence;
	uint64_t files, directories, others, bytes;
	uint64_t new_bytes;		/* raw bytes of new chunks */
	uint64_t changed_files;		/* new, or not as they were */
	uint64_t changed_bytes;		/* of these, as they were listed */
	uint64_t room_total, room_free;	/* of the target; 0: not known */
	uint64_t target_read;		/* bytes of objects read back from it */
	uint64_t cache_read;		/* that were read from the cache */
	struct event_progress last;
	struct event_delta delta;
	int64_t	 started, ended;
};

struct event {
	enum event_type type;
	union {
		struct {
			int level;	/* enum log_level */
			char *line;
		} log;
		struct event_progress progress;
		struct event_issue issue;
		struct event_end end;
		struct event_hook hook;
		struct event_held held;
	} u;
	char	*owned[3];		/* freed by event_clear */
};

/* Write one record to fd. */
int	 event_write_log(int fd, int level, const char *line) ERR_MUST_USE;
int	 event_write_progress(int fd, const struct event_progress *p)
	    ERR_MUST_USE;
int	 event_write_issue(int fd, const struct event_issue *i) ERR_MUST_USE;
int	 event_write_hook(int fd, const struct event_hook *h) ERR_MUST_USE;
int	 event_write_held(int fd, const struct event_held *h) ERR_MUST_USE;
int	 event_write_end(int fd, const struct event_end *e) ERR_MUST_USE;

/* Decode a record, all of b, from which *ep borrows bytes. */
int	 event_decode(struct buf *b, struct event *ep) ERR_MUST_USE;

/*
 * Read the next record from fd, waiting for it.  scratch is used for its
 * bytes, which *ep borrows until the next call.  ERR_CLOSED at the end.
 */
int	 event_read(int fd, struct buf *scratch, struct event *ep)
	    ERR_MUST_USE;

/* Free what e owns. */
void	 event_clear(struct event *e);

#endif /* BACKUPD_EVENT_H */
