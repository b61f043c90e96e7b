/* session.h: an opened repository, and how commands of restore fail. */
#ifndef RESTORE_SESSION_H
#define RESTORE_SESSION_H

#include "cli/options.h"
#include "repo/reader.h"
#include "repo/snapshot.h"
#include "restore/access.h"

struct session {
	struct store *store;
	struct repo *repo;
	struct index *index;
	struct reader *reader;
	struct access access;		/* what store borrows from */
};

/* The options that name a repository and a key, for tables. */
#define SESSION_OPTIONS \
	ACCESS_OPTIONS, \
	{ "key", 'k', "FILE", "a key file, or a file with a recovery key " \
	    "or passphrase" }

/*
 * Open the repository that access_find gives with the key that --key or
 * KHO_KEY_FILE names, that of the target's policy, or one that is asked for.
 * On failure it is told and the exit code returned; s is closed then.
 */
enum cli_exit session_open(const struct cli *cli, struct session *s);

/* Load the index too. */
enum cli_exit session_load(const struct cli *cli, struct session *s);

/* Close what is open; harmless when nothing is. */
void	 session_close(struct session *s);

/* Find a snapshot by what the officer gave; told on failure. */
enum cli_exit session_find(const struct cli *cli, struct session *s,
	    const char *selector, struct snapshot **snp);

/*
 * Tell a failure.  Commands that write JSON lines end with an "end" record
 * whatever happens; the others use cli_fail's envelope.  Returns code.
 */
enum cli_exit session_fail(const struct cli *cli, enum cli_exit code,
	    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* From now on SIGINT and SIGTERM are noted instead of ending the program. */
void	 session_catch(void);

/* The noted signal's exit code, or CLI_EXIT_OK. */
enum cli_exit session_stopped(void);

/* How many threads decode and hash. */
unsigned int session_threads(void);

#endif /* RESTORE_SESSION_H */
