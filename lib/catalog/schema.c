/* schema.c: the tables of the catalog, and how they came to be. */
#include "catalog/internal.h"

#include "base/log.h"

/*
 * Steps are only added: the number of a step is the user_version that it
 * leaves.  A path is bytes; whatever a source or a file said is a value,
 * never a part of a statement.
 */
static const struct schema_step steps[] = {
	{ "CREATE TABLE source ("
	"	id INTEGER PRIMARY KEY,"
	"	host TEXT NOT NULL,"
	"	name TEXT NOT NULL,"
	"	since INTEGER NOT NULL,"
	"	UNIQUE (host, name)"
	") STRICT;"
	"CREATE TABLE job ("
	"	id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"	source INTEGER NOT NULL REFERENCES source,"
	"	target TEXT NOT NULL,"
	"	name TEXT NOT NULL,"
	"	rebuilt INTEGER NOT NULL,"
	"	started INTEGER NOT NULL,"
	"	ended INTEGER NOT NULL DEFAULT 0,"
	"	outcome INTEGER NOT NULL,"
	"	exit INTEGER NOT NULL DEFAULT 0,"
	"	snapshot BLOB CHECK (length(snapshot) = 32),"
	"	sequence INTEGER NOT NULL DEFAULT 0,"
	"	files INTEGER NOT NULL DEFAULT 0,"
	"	directories INTEGER NOT NULL DEFAULT 0,"
	"	others INTEGER NOT NULL DEFAULT 0,"
	"	bytes INTEGER NOT NULL DEFAULT 0,"
	"	new_bytes INTEGER NOT NULL DEFAULT 0,"
	"	read_bytes INTEGER NOT NULL DEFAULT 0,"
	"	wire_in INTEGER NOT NULL DEFAULT 0,"
	"	wire_out INTEGER NOT NULL DEFAULT 0,"
	"	stored INTEGER NOT NULL DEFAULT 0,"
	"	issues INTEGER NOT NULL DEFAULT 0,"
	"	text TEXT NOT NULL DEFAULT '',"
	"	remedy TEXT NOT NULL DEFAULT ''"
	") STRICT;"
	"CREATE INDEX job_started ON job (started);"
	"CREATE INDEX job_source ON job (source, started);"
	"CREATE INDEX job_running ON job (id) WHERE outcome = 0;"
	"CREATE TABLE delta ("
	"	job INTEGER PRIMARY KEY REFERENCES job ON DELETE CASCADE,"
	"	mode TEXT NOT NULL,"
	"	why TEXT NOT NULL,"
	"	line TEXT NOT NULL,"
	"	rate INTEGER NOT NULL,"
	"	chunks INTEGER NOT NULL,"
	"	by_delta INTEGER NOT NULL,"
	"	again INTEGER NOT NULL,"
	"	given_up INTEGER NOT NULL,"
	"	raw_bytes INTEGER NOT NULL,"
	"	basis_bytes INTEGER NOT NULL,"
	"	delta_bytes INTEGER NOT NULL,"
	"	signature_bytes INTEGER NOT NULL,"
	"	stored INTEGER NOT NULL"
	") STRICT;"
	"CREATE TABLE issue ("
	"	job INTEGER NOT NULL REFERENCES job ON DELETE CASCADE,"
	"	number INTEGER NOT NULL,"
	"	code INTEGER NOT NULL,"
	"	path BLOB NOT NULL,"
	"	text TEXT NOT NULL,"
	"	PRIMARY KEY (job, number)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE snapshot ("
	"	target TEXT NOT NULL,"
	"	id BLOB NOT NULL CHECK (length(id) = 32),"
	"	source INTEGER NOT NULL REFERENCES source,"
	"	sequence INTEGER NOT NULL,"
	"	job TEXT NOT NULL,"
	"	started INTEGER NOT NULL,"
	"	outcome INTEGER NOT NULL,"
	"	files INTEGER NOT NULL,"
	"	directories INTEGER NOT NULL,"
	"	others INTEGER NOT NULL,"
	"	bytes INTEGER NOT NULL,"
	"	new_bytes INTEGER NOT NULL,"
	"	PRIMARY KEY (target, id)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX snapshot_source ON snapshot (source, started);"
	"CREATE TABLE access ("
	"	host TEXT NOT NULL,"
	"	identity TEXT NOT NULL,"
	"	host_key TEXT NOT NULL,"
	"	since INTEGER NOT NULL,"
	"	used INTEGER NOT NULL,"
	"	PRIMARY KEY (host, identity, host_key)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE usage ("
	"	target TEXT NOT NULL,"
	"	hour INTEGER NOT NULL,"
	"	time INTEGER NOT NULL,"
	"	total INTEGER NOT NULL,"
	"	free INTEGER NOT NULL,"
	"	PRIMARY KEY (target, hour)"
	") STRICT, WITHOUT ROWID;"
	"PRAGMA application_id = 0x4b686f43;"
	"PRAGMA user_version = 1;" },
	{ "CREATE TABLE pause ("
	"	host TEXT PRIMARY KEY,"
	"	since INTEGER NOT NULL,"
	"	until INTEGER NOT NULL,"
	"	reason TEXT NOT NULL,"
	"	uid INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;"
	"PRAGMA user_version = 2;" },
	{ "CREATE TABLE verified ("
	"	target TEXT NOT NULL,"
	"	time INTEGER NOT NULL,"
	"	sample INTEGER NOT NULL,"
	"	bytes INTEGER NOT NULL,"
	"	snapshots INTEGER NOT NULL,"
	"	packs INTEGER NOT NULL,"
	"	alarms INTEGER NOT NULL,"
	"	PRIMARY KEY (target, time)"
	") STRICT, WITHOUT ROWID;"
	"PRAGMA user_version = 3;" },
	{ "CREATE TABLE hook ("
	"	job INTEGER NOT NULL REFERENCES job ON DELETE CASCADE,"
	"	number INTEGER NOT NULL,"
	"	after INTEGER NOT NULL,"
	"	name TEXT NOT NULL,"
	"	state INTEGER NOT NULL,"
	"	status INTEGER NOT NULL,"
	"	ms INTEGER NOT NULL,"
	"	how TEXT NOT NULL,"
	"	output BLOB NOT NULL,"
	"	PRIMARY KEY (job, number)"
	") STRICT, WITHOUT ROWID;"
	"PRAGMA user_version = 4;" },
	{ "CREATE TABLE copy ("
	"	id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"	target TEXT NOT NULL,"
	"	origin TEXT NOT NULL,"
	"	begun INTEGER NOT NULL,"
	"	ended INTEGER NOT NULL DEFAULT 0,"
	"	outcome INTEGER NOT NULL,"
	"	exit INTEGER NOT NULL DEFAULT 0,"
	"	objects INTEGER NOT NULL DEFAULT 0,"
	"	bytes INTEGER NOT NULL DEFAULT 0,"
	"	all_objects INTEGER NOT NULL DEFAULT 0,"
	"	all_bytes INTEGER NOT NULL DEFAULT 0,"
	"	damaged INTEGER NOT NULL DEFAULT 0,"
	"	snapshots INTEGER NOT NULL DEFAULT 0,"
	"	text TEXT NOT NULL DEFAULT '',"
	"	remedy TEXT NOT NULL DEFAULT ''"
	") STRICT;"
	"CREATE INDEX copy_target ON copy (target, begun);"
	"CREATE TABLE held ("
	"	target TEXT NOT NULL,"
	"	source INTEGER NOT NULL REFERENCES source,"
	"	sequence INTEGER NOT NULL,"
	"	time INTEGER NOT NULL,"
	"	seen INTEGER NOT NULL,"
	"	PRIMARY KEY (target, source)"
	") STRICT, WITHOUT ROWID;"
	"PRAGMA user_version = 5;" },
	{ "ALTER TABLE job ADD COLUMN target_read INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE job ADD COLUMN cache_read INTEGER NOT NULL DEFAULT 0;"
	"PRAGMA user_version = 6;" },
	{ "CREATE TABLE disk ("
	"	target TEXT PRIMARY KEY,"
	"	label TEXT NOT NULL,"
	"	volume TEXT NOT NULL,"
	"	attached INTEGER NOT NULL,"
	"	ejected INTEGER NOT NULL DEFAULT 0"
	") STRICT, WITHOUT ROWID;"
	"PRAGMA user_version = 7;" }
};

const struct schema_step *
schema_steps(size_t *np)
{
	*np = sizeof(steps) / sizeof(steps[0]);
	return steps;
}

/* The one number that a constant statement gives. */
static int
number_get(struct catalog *c, const char *sql, int64_t *vp)
{
	sqlite3_stmt *st = NULL;
	int r = 0, rc;

	if ((rc = sqlite3_prepare_v2(c->db, sql, -1, &st, NULL)) !=
	    SQLITE_OK || (rc = sqlite3_step(st)) != SQLITE_ROW)
		r = catalog_fail(c, rc, "read its version");
	else
		*vp = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return r;
}

/* Give the step that db is at; *freshp if there is nothing in it at all. */
static int
version_get(struct catalog *c, int64_t *versionp, bool *freshp)
{
	int64_t app, version, tables;
	int r;

	if ((r = number_get(c, "PRAGMA application_id", &app)) != 0 ||
	    (r = number_get(c, "PRAGMA user_version", &version)) != 0 ||
	    (r = number_get(c, "SELECT count(*) FROM sqlite_schema",
	    &tables)) != 0)
		return r;
	*freshp = app == 0 && version == 0 && tables == 0;
	if (!*freshp && (app != CATALOG_APPLICATION || version < 1)) {
		log_warn("catalog %s: not a catalog of Kho", c->path);
		return ERR_FORMAT;
	}
	*versionp = version;
	return 0;
}

int
schema_check(struct catalog *c, size_t n)
{
	int64_t version;
	bool fresh;
	int r;

	if ((r = version_get(c, &version, &fresh)) != 0)
		return r;
	if (fresh)		/* its maker has not come further yet */
		return ERR_NOENT;
	if (version > (int64_t)n) {
		log_warn("catalog %s: made by a newer Kho (version %lld)",
		    c->path, (long long)version);
		return ERR_VERSION;
	}
	/* Older ones are brought up to date by backupd only. */
	if (version < (int64_t)n) {
		log_warn("catalog %s: of an older Kho; backupd brings it up"
		    " to date when it runs next", c->path);
		return ERR_VERSION;
	}
	return 0;
}

int
schema_migrate(struct catalog *c, const struct schema_step *s, size_t n)
{
	int64_t version;
	bool fresh;
	int r, rc;

	if ((r = catalog_begin(c)) != 0)
		return r;
	if ((r = version_get(c, &version, &fresh)) == 0 &&
	    version > (int64_t)n) {
		log_warn("catalog %s: made by a newer Kho (version %lld)",
		    c->path, (long long)version);
		r = ERR_VERSION;
	}
	for (; r == 0 && version < (int64_t)n; version++)
		if ((rc = sqlite3_exec(c->db, s[version].sql, NULL, NULL,
		    NULL)) != SQLITE_OK)
			r = catalog_fail(c, rc, "bring it up to date");
	return catalog_finish(c, r);
}
