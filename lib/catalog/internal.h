/* internal.h: statements and transactions, private to lib/catalog. */
#ifndef CATALOG_INTERNAL_H
#define CATALOG_INTERNAL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/catalog.h"

#define CATALOG_NAME "catalog.db"
#define CATALOG_APPLICATION 0x4b686f43		/* "KhoC" */

/* Statements that are prepared once; stmt.c has their texts. */
enum stmt {
	STMT_BEGIN,
	STMT_COMMIT,
	STMT_ROLLBACK,
	STMT_SOURCE_ADD,
	STMT_JOB_BEGIN,
	STMT_JOB_END,
	STMT_JOB_DELTA,
	STMT_JOB_ISSUE,
	STMT_JOB_HOOK,
	STMT_HOOK_RAN,
	STMT_JOB_INTERRUPT,
	STMT_SNAPSHOT_ADD,
	STMT_ACCESS_PUT,
	STMT_USAGE_PUT,
	STMT_PAUSE_PUT,
	STMT_PAUSE_END,
	STMT_VERIFIED_PUT,
	STMT_COPY_BEGIN,
	STMT_COPY_END,
	STMT_COPY_INTERRUPT,
	STMT_HELD_PUT,
	STMT_DISK_PUT,
	STMT_DISK_EJECTED,
	STMT_SEEN_ADD,
	STMT_SEEN_SOURCES,
	STMT_SEEN_FORGET,
	STMT_SEEN_SNAPSHOTS,
	STMT_SEEN_ADOPT,
	STMT_SEEN_JOBS,
	/* Cursors; each has a statement of its own. */
	STMT_RUNNING,
	STMT_JOB_BY_ID,
	STMT_JOBS,
	STMT_JOBS_OF_HOST,
	STMT_ISSUES,
	STMT_HOOKS,
	STMT_SNAPSHOTS,
	STMT_SNAPSHOTS_OF_HOST,
	STMT_SOURCES,
	STMT_ACCESSES,
	STMT_USAGES,
	STMT_PAUSES,
	STMT_VERIFIED_LAST,
	STMT_COPIES_RUNNING,
	STMT_COPIES,
	STMT_COPY_GOOD,
	STMT_HELDS,
	STMT_DISK,
	STMT_BEHIND,
	STMT_COUNT
};

struct catalog {
	sqlite3	*db;
	char	*path;
	int	 lock_fd;		/* holds ours; -1: a reader */
	int	 look_fd;		/* sees ours, too; -1: there are none */
	bool	 open_txn;		/* rows wait to be committed */
	unsigned int waiting;		/* how many */
	int64_t	 waiting_ms;		/* since, monotonic */
	sqlite3_stmt *stmts[STMT_COUNT];
};

/* A statement about to run; the first failure of binding sticks. */
struct query {
	struct catalog *c;
	sqlite3_stmt *st;
	int	 at;
	int	 rc;
};

/* One state of the schema after the one before it. */
struct schema_step {
	const char *sql;		/* sets user_version, too */
};

/* The steps of this version of Kho, *np of them. */
const struct schema_step *schema_steps(size_t *np);

/* Bring db to the last of n steps.  ERR_VERSION if it is past that. */
int	 schema_migrate(struct catalog *c, const struct schema_step *steps,
	    size_t n) ERR_MUST_USE;

/* Refuse what is no catalog, or newer than n steps. */
int	 schema_check(struct catalog *c, size_t n) ERR_MUST_USE;

/* Log a failure of SQLite, doing what; its ERR_ code. */
int	 catalog_fail(const struct catalog *c, int rc, const char *what);

/* Begin a transaction, unless one is open. */
int	 catalog_begin(struct catalog *c) ERR_MUST_USE;

/* Commit it if r is 0, else roll it back; r, or why commit failed. */
int	 catalog_finish(struct catalog *c, int r) ERR_MUST_USE;

/* As catalog_finish, but rows that can wait are stored with later ones. */
int	 catalog_wait(struct catalog *c, int r) ERR_MUST_USE;

/* Start the prepared statement; bind its parameters in their order. */
void	 query_start(struct query *q, struct catalog *c, enum stmt which);
void	 query_int(struct query *q, int64_t v);
void	 query_count(struct query *q, uint64_t v);
void	 query_text(struct query *q, const char *v);	/* NULL: null */
void	 query_blob(struct query *q, const void *v, size_t len);

/* Run it to its end. */
int	 query_run(struct query *q) ERR_MUST_USE;

/* A new statement, for a cursor. */
void	 query_cursor(struct query *q, struct catalog *c, enum stmt which);

/* The next row of a cursor: 1, 0 at the end. */
int	 query_next(struct query *q) ERR_MUST_USE;
void	 query_cursor_end(struct query *q);

/* Columns of a row; texts are borrowed until the next one, never NULL. */
int64_t	 column_int(const struct query *q, int i);
uint64_t column_count(const struct query *q, int i);
const char *column_text(const struct query *q, int i);
const uint8_t *column_blob(const struct query *q, int i, size_t *lenp);
bool	 column_hash(const struct query *q, int i, uint8_t hash[32]);

/* Write down that the running jobs that nobody holds were interrupted. */
int	 catalog_find_interrupted(struct catalog *c) ERR_MUST_USE;

#endif /* CATALOG_INTERNAL_H */
