/* session.h: one job's conversation with an agent, as the keeper leads it. */
#ifndef BACKUPD_SESSION_H
#define BACKUPD_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backupd/event.h"
#include "backupd/hooks.h"
#include "backupd/job.h"
#include "base/err.h"
#include "repo/snapshot.h"
#include "repo/writer.h"

/*
 * The keeper sends requests and takes what comes, in whatever order the
 * protocol allows (doc/protocol.md section 3).  directory.c holds what was
 * listed until its content has come, content.c tells what content there is,
 * batch.c holds what of it is to come.  Nothing that comes is trusted.  One
 * thread, but for jobs in the pool (batch.h).
 */
struct batches;
struct buf;
struct content;
struct directories;
struct link;
struct moved;
struct pool;
struct wire_reader;

/* Where a root of the job stands. */
struct session_root {
	const struct snapshot_root *previous;	/* NULL: new; borrowed */
	bool	 settled;
	struct buf *name;		/* the entry's name and link target */
	struct entry entry;		/* borrows from name */
};

#define SESSION_TEXT_MAX 4096

/* How far the conversation is. */
enum session_state {
	SESSION_HELLO,
	SESSION_BEFORE,			/* hooks run */
	SESSION_WORK,
	SESSION_AFTER,			/* hooks run */
	SESSION_BYE,
	SESSION_LAST,			/* hooks run, the job has failed */
	SESSION_DONE
};

struct session {
	/* given */
	const struct job *job;
	struct repo *repo;
	struct writer *w;
	struct pool *pool;
	struct link *link;
	int	 event_fd;
	unsigned int threads;
	volatile const int *cancelled;	/* set by a signal */
	int64_t	 began;			/* the job: wall clock */

	/* private */
	struct wire_reader *in;
	struct buf *out;
	struct directories *dirs;
	struct content *content;
	struct batches *batches;
	struct moved *moved;
	struct session_root *roots;
	enum session_state state;
	int64_t	 heard, said, shown;	/* monotonic milliseconds */
	int64_t	 state_since;		/* likewise */
	struct event_progress last_shown;
	struct hooks hooks;
	uint64_t unread;		/* files whose content was not had */
	bool	 lost;			/* the link has ended, or is broken */
	bool	 weak;			/* all it knows is size and mtime */

	/* results */
	struct event_progress progress;
	struct event_delta delta;
	uint64_t files, directories, others, bytes;
	uint64_t changed_files, changed_bytes;	/* new, or not as they were */
	int64_t	 source_time;
	char	*agent;			/* its version and system */
	char	 reason[SESSION_TEXT_MAX];	/* why it failed, or "" */
	char	 remedy[SESSION_TEXT_MAX];
	char	 warning[SESSION_TEXT_MAX];	/* of what went well, or "" */
	char	 warning_remedy[SESSION_TEXT_MAX];
};

/*
 * Talk until the agent's DONE and the end of its stream.  All content is
 * then with the writer; roots are settled.  On failure s->reason says why.
 */
int	 session_run(struct session *s) ERR_MUST_USE;

/* Free what session_run made; s itself is the caller's. */
void	 session_clear(struct session *s);

/* For directory.c and content.c: begin and end a message to the agent. */
int	 session_begin(struct session *s, unsigned int type, size_t *markp)
	    ERR_MUST_USE;
int	 session_end(struct session *s, size_t mark) ERR_MUST_USE;

/* Set the reason of a failure, unless one is set; returns code. */
int	 session_fail(struct session *s, int code, const char *reason,
	    const char *remedy);

/* Tell of a file that is saved all the same: it does not count as a problem. */
void	 session_remark(struct session *s, const struct event_issue *i);

/* weak.c: a source without an agent says what it is. */
int	 weak_begin(struct session *s, const char *system) ERR_MUST_USE;

/* roots.c: ask for every root, by digest where there is something to compare
 * with; take ROOT. */
struct wire_msg;
int	 roots_begin(struct session *s) ERR_MUST_USE;
int	 roots_message(struct session *s, struct wire_msg *m) ERR_MUST_USE;

/* The root r's own entry is complete. */
int	 session_root_settle(struct session *s, uint32_t root,
	    const struct entry *e) ERR_MUST_USE;

#endif /* BACKUPD_SESSION_H */
