/* control.h: what backupctl and a running backupd say to each other. */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Records over a local stream socket, each behind its length as u32.  The
 * client sends one request; the server answers with records, of which
 * CONTROL_DONE is the last, and whoever closes first ends it.  A record
 * begins with the version and its type; its members follow in the order of
 * the structs below, numbers as varints, texts behind their lengths.
 *
 * Texts that control_decode gives are owned by the record and freed by
 * control_clear; those to be encoded are borrowed, and NULL goes as "".
 * They hold no NUL, but else any bytes: whoever prints them escapes them.
 */
#define CONTROL_VERSION 1
#define CONTROL_REQUEST_MAX (64u << 10)	/* bytes of a request */
#define CONTROL_REPLY_MAX (256u << 10)	/* bytes of any other record */
#define CONTROL_TEXT_MAX (60u << 10)	/* bytes of a text */
#define CONTROL_HEAD 4			/* bytes of the length */

enum control_type {
	/* Requests. */
	CONTROL_STATUS = 1,
	CONTROL_RUN = 2,
	CONTROL_CANCEL = 3,
	CONTROL_RELOAD = 4,
	CONTROL_STOP = 5,
	CONTROL_CLOCK = 6,
	CONTROL_PAUSE = 7,
	CONTROL_WATCH = 8,

	/* Answers. */
	CONTROL_DONE = 64,		/* the last one */
	CONTROL_SERVER = 65,
	CONTROL_SOURCE = 66,
	CONTROL_JOB = 67,
	CONTROL_PROGRESS = 68,
	CONTROL_ISSUE = 69,
	CONTROL_END = 70,
	CONTROL_TARGET = 71,
	CONTROL_KEY = 72,
	CONTROL_HOOK = 73,
	CONTROL_COPY = 74
};

/*
 * Tell of the server (CONTROL_SERVER), its targets, its copies, keys that
 * nobody uses (unless one host is asked for), then of each source.
 */
struct control_status {
	const char *host;		/* of this one only; "": of all */
};

/* Run jobs now. */
struct control_run {
	uint64_t all;			/* 1: of every enabled host */
	uint64_t detach;		/* 1: do not wait for their ends */
	uint64_t dry;			/* 1: tell what they would do */
	uint64_t force;			/* 1: also of hosts that are paused */
	const char *names;		/* HOST[/SET], one a line */
	const char *set;		/* of each named host; "": all sets */
};

/* By its number or, where that is 0, by name. */
struct control_cancel {
	uint64_t job;
	const char *name;		/* HOST/SET */
};

/* Tell of a job that runs (CONTROL_JOB), then what is told of it to its end. */
struct control_watch {
	uint64_t job;
};

/* Move the clock of a rehearsal (backupd/rehearse.h). */
struct control_clock {
	uint64_t time;			/* to there; 0: tell where it is */
	uint64_t jump;			/* 1: at once, as if it was set */
};

/* Plan nothing for these hosts, or, with until 0, plan them again. */
struct control_pause {
	uint64_t until;			/* CONTROL_EVER: until further notice */
	const char *names;		/* one a line */
	const char *reason;		/* the officer's words, or "" */
};

#define CONTROL_EVER UINT64_C(0x7fffffffffffffff)

struct control_done {
	uint64_t code;			/* exit code of the command */
	const char *text;		/* what happened, "" if nothing */
	const char *remedy;
};

struct control_server {
	uint64_t pid;
	uint64_t started;		/* wall time, as all below */
	uint64_t loaded;		/* when the policy was read */
	uint64_t now;			/* by its clock */
	uint64_t simulated;		/* 1: that is a rehearsal's */
	uint64_t stopping;		/* 1: no new job begins */
	uint64_t running, waiting;	/* jobs */
	const char *policy;		/* its file */
	const char *problem;		/* of the last reload, or "" */
	const char *zone;		/* the office's; "": the system's */
	const char *version;		/* of the daemon */
};

enum control_state {
	CONTROL_IDLE = 0,
	CONTROL_WAITING = 1,
	CONTROL_RUNNING = 2
};

struct control_source {
	uint64_t state;			/* enum control_state */
	uint64_t enabled;
	uint64_t job;			/* the newest one's number; 0: none */
	uint64_t code;			/* exit code of the last that ended */
	uint64_t ended;			/* when it did; 0: never */
	uint64_t last_good;		/* when a snapshot was made; 0: never */
	uint64_t next;			/* when it will run; 0: not planned */
	uint64_t late;			/* 1: older than the policy allows */
	uint64_t due;			/* when it becomes late; 0: never */
	uint64_t rpo;			/* seconds; 0: none */
	uint64_t paused;		/* until then; 0: it is not */
	const char *host, *set;
	const char *text, *remedy;	/* of the last end */
	const char *paused_why;		/* the officer's words, or "" */
};

/*
 * A job that was asked for; told again when it begins, for it has a number
 * only then.
 */
struct control_job {
	uint64_t job;			/* 0: it waits */
	uint64_t state;			/* enum control_state */
	const char *host, *set;
};

struct control_progress {
	uint64_t job;
	uint64_t files, bytes;		/* settled; read, and here if new */
	uint64_t wire_in, stored;
	uint64_t problems;
	uint64_t bytes_total;		/* to be read, as far as is known, or
					   as the last job had it; 0: not */
	uint64_t listed;		/* 1: the source was listed: exact */
	const char *host, *set;
};

struct control_issue {
	uint64_t job;
	const char *host, *set;
	const char *text;
	const char *path;
};

/* A hook of the source begins or has ended. */
struct control_hook {
	uint64_t job;
	uint64_t runs;			/* 1: it begins */
	const char *host, *set;
	const char *text;		/* one line of words */
};

struct control_end {
	uint64_t job;			/* 0: it did not begin */
	uint64_t code;			/* exit code */
	uint64_t started, ended;
	uint64_t sequence;
	uint64_t files, directories, bytes;
	uint64_t new_bytes, wire_in, stored, problems;
	uint64_t changed_files, changed_bytes;
	const char *host, *set;
	const char *snapshot;		/* in hexadecimal, or "" */
	const char *text, *remedy;
};

/* How full a target is, as measured last, and will be. */
struct control_target {
	uint64_t total, free;		/* bytes of its file system */
	uint64_t measured;		/* when; 0: never */
	uint64_t min_free;		/* bytes; 0: the policy asks for none */
	uint64_t outlook;		/* enum forecast_outlook */
	uint64_t full;			/* when; 0 unless it fills */
	uint64_t per_day;		/* bytes that it grows */
	uint64_t days;			/* of history that count */
	const char *name, *path;
};

/* How a target with role "copy" stands. */
struct control_copy {
	uint64_t begun, ended;		/* of the last copy; 0: none */
	uint64_t outcome;		/* enum catalog_outcome of it */
	uint64_t code;			/* its exit code */
	uint64_t good;			/* end of the last complete one */
	uint64_t snapshots, sources;	/* that it lacks, of so many */
	uint64_t oldest;		/* of these, when begun; 0: none */
	uint64_t max_age;		/* seconds that it may lack any */
	uint64_t late;			/* 1: it does for longer */
	uint64_t offline;		/* 1: it is not always there */
	const char *name;
	const char *text, *remedy;	/* of the last copy */
};

/* A key of the policy that has not been used for long. */
struct control_key {
	uint64_t since, used;		/* first and last time */
	const char *host, *identity;
};

struct control {
	enum control_type type;
	union {
		struct control_status status;
		struct control_run run;
		struct control_cancel cancel;
		struct control_clock clock;
		struct control_watch watch;
		struct control_pause pause;
		struct control_done done;
		struct control_server server;
		struct control_source source;
		struct control_job job;
		struct control_progress progress;
		struct control_issue issue;
		struct control_end end;
		struct control_hook hook;
		struct control_target target;
		struct control_key key;
		struct control_copy copy;
	} u;
};

struct buf;

/* Append c as a record, its length included. */
int	 control_encode(const struct control *c, struct buf *b) ERR_MUST_USE;

/*
 * Take the first record off b, which holds what has come so far: 1 and
 * *cp, to be cleared by the caller, or 0 if it is not whole yet.
 * ERR_TOOBIG if it will be longer than max, ERR_VERSION if it is another
 * version's, ERR_FORMAT if no correct writer makes it.
 */
int	 control_decode(struct buf *b, size_t max, struct control *cp)
	    ERR_MUST_USE;

/* Free the texts of a record that came from control_decode. */
void	 control_clear(struct control *c);

/*
 * The socket of the backupd that serves the policy file of that name: in
 * /run for the installed one, else in the directory "state" beside it.
 * Caller owns *pathp.
 */
int	 control_socket(const char *policy, char **pathp) ERR_MUST_USE;

/*
 * Fill in the address of a socket.  ERR_TOOBIG if path is too long for
 * one.
 */
struct sockaddr_un;
int	 control_address(const char *path, struct sockaddr_un *ap)
	    ERR_MUST_USE;

#endif /* CONTROL_CONTROL_H */
