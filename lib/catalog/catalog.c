/* catalog.c: open, check and close the catalog; its transactions. */
#include "config.h"

#include "catalog/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/path.h"
#include "catalog/claim.h"

#define BUSY_MS 5000		/* how long another process is waited for */
#define SETTLE_MS 1000
#define WAITING_MAX 256		/* rows of one transaction */

/* ERR_ codes of SQLite's primary result codes. */
static int
code_of(const struct catalog *c, int rc)
{
	int e;

	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_NOMEM:
		return ERR_NOMEM;
	case SQLITE_FULL:
		return ERR_NOSPACE;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_CONSTRAINT:
		return ERR_CORRUPT;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return ERR_DENIED;
	case SQLITE_TOOBIG:
		return ERR_TOOBIG;
	default:
		e = c->db != NULL ? sqlite3_system_errno(c->db) : 0;
		return e != 0 ? err_from_errno(e) : ERR_IO;
	}
}

int
catalog_fail(const struct catalog *c, int rc, const char *what)
{
	int r = code_of(c, rc);

	log_warn("catalog %s: cannot %s: %s%s", c->path, what,
	    c->db != NULL ? sqlite3_errmsg(c->db) : sqlite3_errstr(rc),
	    r == ERR_CORRUPT ? "; it is damaged, rebuild it with: backupctl"
	    " catalog rebuild" : "");
	return r;
}

int
catalog_begin(struct catalog *c)
{
	struct query q;
	int r;

	if (c->open_txn)
		return 0;
	query_start(&q, c, STMT_BEGIN);
	if ((r = query_run(&q)) == 0)
		c->open_txn = true;
	return r;
}

int
catalog_finish(struct catalog *c, int r)
{
	struct query q;

	if (!c->open_txn)
		return r;
	if (r == 0) {
		query_start(&q, c, STMT_COMMIT);
		r = query_run(&q);
	}
	/* Of some failures SQLite has rolled back already. */
	if (r != 0 && sqlite3_get_autocommit(c->db) == 0) {
		query_start(&q, c, STMT_ROLLBACK);
		if (query_run(&q) != 0)
			log_warn("catalog %s: cannot roll back", c->path);
	}
	c->open_txn = false;
	c->waiting = 0;
	return r;
}

int
catalog_wait(struct catalog *c, int r)
{
	if (r != 0)
		return catalog_finish(c, r);
	if (c->waiting++ == 0)
		c->waiting_ms = clock_mono_ms();
	if (c->waiting >= WAITING_MAX)
		return catalog_finish(c, 0);
	return catalog_settle(c);
}

int
catalog_settle(struct catalog *c)
{
	if (c->waiting == 0 || clock_mono_ms() - c->waiting_ms < SETTLE_MS)
		return 0;
	return catalog_finish(c, 0);
}

/* Make the file, so that only its owner can read it. */
static int
file_make(const struct catalog *c)
{
	int fd = open(c->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd == -1) {
		log_warn("catalog %s: %s", c->path, strerror(errno));
		return err_from_errno(errno);
	}
	close(fd);
	return 0;
}

static int
db_open(struct catalog *c, int flags)
{
	int rc;

	rc = sqlite3_open_v2(c->path, &c->db, flags | SQLITE_OPEN_NOMUTEX |
	    SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE, NULL);
	if (rc != SQLITE_OK)
		return catalog_fail(c, rc, "open");
	sqlite3_busy_timeout(c->db, BUSY_MS);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	return 0;
}

/* The text that a check gives: "ok" or the first complaint. */
static int
check_run(struct catalog *c, const char *sql, char text[CATALOG_TEXT_MAX])
{
	sqlite3_stmt *st = NULL;
	int r = 0, rc;

	text[0] = '\0';
	if ((rc = sqlite3_prepare_v2(c->db, sql, -1, &st, NULL)) !=
	    SQLITE_OK || ((rc = sqlite3_step(st)) != SQLITE_ROW &&
	    rc != SQLITE_DONE)) {
		r = code_of(c, rc);
		snprintf(text, CATALOG_TEXT_MAX, "%s",
		    sqlite3_errmsg(c->db));
	} else if (rc == SQLITE_ROW &&
	    strcmp((const char *)sqlite3_column_text(st, 0), "ok") != 0) {
		snprintf(text, CATALOG_TEXT_MAX, "%s",
		    (const char *)sqlite3_column_text(st, 0));
		r = ERR_CORRUPT;
	}
	sqlite3_finalize(st);
	return r;
}

/*
 * A writer that died in the middle of a commit leaves a journal, that only a
 * writer may play back: a reader who has the right to does that, once.
 */
static int
reader_recover(struct catalog *c)
{
	char text[CATALOG_TEXT_MAX];
	int r, rc;

	rc = sqlite3_exec(c->db, "SELECT count(*) FROM sqlite_schema", NULL,
	    NULL, NULL);
	if (rc != SQLITE_READONLY_ROLLBACK && rc != SQLITE_READONLY_RECOVERY &&
	    rc != SQLITE_READONLY_CANTINIT)
		return 0;
	sqlite3_close(c->db);
	c->db = NULL;
	if ((r = db_open(c, SQLITE_OPEN_READWRITE)) != 0)
		return r;
	if ((r = check_run(c, "SELECT 'ok' FROM sqlite_schema", text)) != 0)
		log_warn("catalog %s: cannot recover it: %s", c->path, text);
	sqlite3_close(c->db);
	c->db = NULL;
	return r != 0 ? r : db_open(c, SQLITE_OPEN_READONLY);
}

static int
reader_open(struct catalog *c, const char *dir)
{
	struct stat st;
	size_t n;
	int r;

	if (stat(c->path, &st) == -1) {
		r = err_from_errno(errno);
		if (r != ERR_NOENT)
			log_warn("catalog %s: %s", c->path, strerror(errno));
		return r;
	}
	if ((r = claim_open(dir, false, &c->look_fd)) != 0 && r != ERR_NOENT) {
		log_err(r, "catalog %s: its locks", c->path);
		return r;
	}
	if ((r = db_open(c, SQLITE_OPEN_READONLY)) != 0 ||
	    (r = reader_recover(c)) != 0)
		return r;
	schema_steps(&n);
	return schema_check(c, n);
}

static int
writer_open(struct catalog *c, const char *dir)
{
	static const char settings[] = "PRAGMA synchronous = EXTRA;"
	    "PRAGMA cell_size_check = ON; PRAGMA cache_spill = OFF;"
	    "PRAGMA journal_mode = DELETE;";
	const struct schema_step *steps;
	char text[CATALOG_TEXT_MAX];
	size_t n;
	int r, rc;

	if ((r = claim_open(dir, true, &c->lock_fd)) != 0 ||
	    (r = claim_open(dir, false, &c->look_fd)) != 0 ||
	    (r = claim_take(c->lock_fd, CLAIM_WRITERS, true)) != 0) {
		log_warn("catalog %s: its locks: %s", c->path, err_text(r));
		return r;
	}
	if ((r = file_make(c)) != 0 ||
	    (r = db_open(c, SQLITE_OPEN_READWRITE)) != 0)
		return r;
	if ((r = check_run(c, "PRAGMA quick_check(1)", text)) != 0) {
		log_warn("catalog %s: %s%s", c->path, text,
		    r == ERR_CORRUPT ? "; it is damaged, rebuild it with:"
		    " backupctl catalog rebuild" : "");
		return r;
	}
	if ((rc = sqlite3_exec(c->db, settings, NULL, NULL, NULL)) != SQLITE_OK)
		return catalog_fail(c, rc, "open");
	steps = schema_steps(&n);
	if ((r = schema_migrate(c, steps, n)) != 0)
		return r;
	return catalog_find_interrupted(c);
}

int
catalog_open(const char *dir, enum catalog_mode mode, struct catalog **cp)
{
	struct catalog *c;
	int r;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return ERR_NOMEM;
	c->lock_fd = c->look_fd = -1;
	if ((r = path_join(dir, CATALOG_NAME, &c->path)) == 0)
		r = mode == CATALOG_WRITE ? writer_open(c, dir) :
		    reader_open(c, dir);
	if (r != 0)
		catalog_close(c);
	else
		*cp = c;
	return r;
}

void
catalog_close(struct catalog *c)
{
	size_t i;

	if (c == NULL)
		return;
	if (c->open_txn && catalog_finish(c, 0) != 0)
		log_warn("catalog %s: the last issues are lost", c->path);
	for (i = 0; i < STMT_COUNT; i++)
		sqlite3_finalize(c->stmts[i]);
	sqlite3_close(c->db);
	if (c->lock_fd != -1)
		close(c->lock_fd);
	if (c->look_fd != -1)
		close(c->look_fd);
	free(c->path);
	free(c);
}

int
catalog_check(struct catalog *c, char text[CATALOG_TEXT_MAX])
{
	int r;

	if ((r = check_run(c, "PRAGMA integrity_check(1)", text)) != 0)
		return r;
	r = check_run(c, "SELECT 'a row of ' || \"table\" || ' refers to none"
	    " of ' || parent FROM pragma_foreign_key_check LIMIT 1", text);
	return r;
}

const char *
catalog_path(const struct catalog *c)
{
	return c->path;
}

/* Rename dir/from, if it is there, to dir/to. */
static int
move(const char *from, const char *to)
{
	if (rename(from, to) == 0 || errno == ENOENT)
		return 0;
	log_warn("catalog %s: %s", from, strerror(errno));
	return err_from_errno(errno);
}

/* The journal goes first: it must never meet another file of that name. */
static int
move_aside(const char *path, const char *to)
{
	char *journal = NULL, *journal_to = NULL;
	int r;

	if (asprintf(&journal, "%s-journal", path) == -1 ||
	    asprintf(&journal_to, "%s-journal", to) == -1)
		r = ERR_NOMEM;
	else if ((r = move(journal, journal_to)) == 0)
		r = move(path, to);
	free(journal);
	free(journal_to);
	return r;
}

int
catalog_set_aside(const char *dir, char **namep)
{
	char *path = NULL, *to = NULL;
	int fd = -1, r;

	if ((r = claim_open(dir, true, &fd)) != 0)
		return r;
	if ((r = claim_take(fd, CLAIM_WRITERS, false)) != 0 ||
	    (r = path_join(dir, CATALOG_NAME, &path)) != 0)
		goto out;
	if (asprintf(&to, "%s.damaged-%lld", path,
	    (long long)clock_wall()) == -1) {
		to = NULL;
		r = ERR_NOMEM;
		goto out;
	}
	if ((r = move_aside(path, to)) == 0) {
		*namep = to;
		to = NULL;	/* the caller's now */
	}
 out:
	close(fd);
	free(path);
	free(to);
	return r;
}

int
catalog_daemon_lock(const char *dir, int *fdp)
{
	int fd, r;

	if ((r = claim_open(dir, true, &fd)) != 0)
		return r;
	if ((r = claim_take(fd, CLAIM_DAEMON, false)) != 0) {
		close(fd);
		return r;
	}
	*fdp = fd;
	return 0;
}

bool
catalog_daemon_runs(const char *dir)
{
	int fd = -1;
	bool runs;

	if (claim_open(dir, false, &fd) != 0)
		return false;
	runs = claim_held(fd, CLAIM_DAEMON);
	close(fd);
	return runs;
}
