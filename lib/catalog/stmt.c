/* stmt.c: every statement of the catalog, and how it is run. */
#include "catalog/internal.h"

#include <string.h>

#define JOB_COLUMNS "SELECT job.id, host, source.name, target, job.name," \
	" rebuilt, started, ended, outcome, exit, snapshot, sequence, files," \
	" directories, others, bytes, new_bytes, read_bytes, wire_in," \
	" wire_out, job.stored, issues, text, remedy, delta.job, mode, why," \
	" line, rate, chunks, by_delta, again, given_up, raw_bytes," \
	" basis_bytes, delta_bytes, signature_bytes, delta.stored," \
	" target_read, cache_read" \
	" FROM job JOIN source ON source.id = source" \
	" LEFT JOIN delta ON delta.job = job.id "
#define SNAPSHOT_COLUMNS "SELECT host, source.name, target, job," \
	" snapshot.id, sequence, started, outcome, files, directories," \
	" others, bytes, new_bytes" \
	" FROM snapshot JOIN source ON source.id = source "

static const char *const texts[STMT_COUNT] = {
	[STMT_BEGIN] = "BEGIN IMMEDIATE",
	[STMT_COMMIT] = "COMMIT",
	[STMT_ROLLBACK] = "ROLLBACK",
	[STMT_SOURCE_ADD] = "INSERT INTO source (host, name, since)"
	    " VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
	[STMT_JOB_BEGIN] = "INSERT INTO job"
	    " (source, target, name, rebuilt, started, outcome)"
	    " SELECT id, ?3, ?4, 0, ?5, 0 FROM source"
	    " WHERE host = ?1 AND name = ?2",
	[STMT_JOB_END] = "UPDATE job SET ended = ?2, outcome = ?3, exit = ?4,"
	    " snapshot = ?5, sequence = ?6, files = ?7, directories = ?8,"
	    " others = ?9, bytes = ?10, new_bytes = ?11, read_bytes = ?12,"
	    " wire_in = ?13, wire_out = ?14, stored = ?15, issues = ?16,"
	    " text = ?17, remedy = ?18,"
	    " target_read = ?19, cache_read = ?20,"
	    " started = iif(?21 > 0, ?21, started) WHERE id = ?1",
	[STMT_JOB_DELTA] = "INSERT OR REPLACE INTO delta (job, mode, why,"
	    " line, rate, chunks, by_delta, again, given_up, raw_bytes,"
	    " basis_bytes, delta_bytes, signature_bytes, stored)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[STMT_JOB_ISSUE] = "INSERT INTO issue"
	    " (job, number, code, path, text)"
	    " SELECT ?1, n + 1, ?2, ?3, ?4 FROM (SELECT"
	    " coalesce(max(number), 0) AS n FROM issue WHERE job = ?1)"
	    " WHERE n < ?5",
	[STMT_JOB_HOOK] = "INSERT INTO hook"
	    " (job, number, after, name, state, status, ms, how, output)"
	    " SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6,"
	    " ?7, ?8 FROM hook WHERE job = ?1",
	[STMT_HOOK_RAN] = "DELETE FROM hook WHERE job = ?1 AND state = 0",
	[STMT_JOB_INTERRUPT] = "UPDATE job SET outcome = 4, exit = 1,"
	    " issues = (SELECT count(*) FROM issue WHERE job = ?1)"
	    " WHERE id = ?1",
	[STMT_SNAPSHOT_ADD] = "INSERT OR REPLACE INTO snapshot (target, id,"
	    " source, sequence, job, started, outcome, files, directories,"
	    " others, bytes, new_bytes)"
	    " SELECT target, snapshot, source, sequence, name, started,"
	    " iif(outcome = 1, 1, 2), files, directories, others, bytes,"
	    " new_bytes"
	    " FROM job WHERE id = ?1",
	[STMT_ACCESS_PUT] = "INSERT INTO access"
	    " (host, identity, host_key, since, used)"
	    " VALUES (?1, ?2, ?3, ?4, ?4)"
	    " ON CONFLICT DO UPDATE SET used = max(used, ?4)",
	[STMT_USAGE_PUT] = "INSERT OR REPLACE INTO usage"
	    " (target, hour, time, total, free)"
	    " VALUES (?1, ?2 / 3600, ?2, ?3, ?4)",

	[STMT_PAUSE_PUT] = "INSERT OR REPLACE INTO pause"
	    " (host, since, until, reason, uid) VALUES (?, ?, ?, ?, ?)",
	[STMT_PAUSE_END] = "DELETE FROM pause WHERE host = ?1",

	[STMT_VERIFIED_PUT] = "INSERT OR REPLACE INTO verified"
	    " (target, time, sample, bytes, snapshots, packs, alarms)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?)",
	[STMT_COPY_BEGIN] = "INSERT INTO copy (target, origin, begun, outcome)"
	    " VALUES (?, ?, ?, 0)",
	[STMT_COPY_END] = "UPDATE copy SET ended = ?2, outcome = ?3,"
	    " exit = ?4, objects = ?5, bytes = ?6, all_objects = ?7,"
	    " all_bytes = ?8, damaged = ?9, snapshots = ?10, text = ?11,"
	    " remedy = ?12 WHERE id = ?1",
	[STMT_COPY_INTERRUPT] = "UPDATE copy SET outcome = 4, exit = 1"
	    " WHERE id = ?1",
	[STMT_DISK_PUT] = "INSERT INTO disk (target, label, volume, attached)"
	    " VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
	    " label = excluded.label, volume = excluded.volume,"
	    " attached = excluded.attached, ejected = 0",
	[STMT_DISK_EJECTED] = "UPDATE disk SET ejected = ?2 WHERE target = ?1",
	[STMT_DISK] = "SELECT label, volume, attached, ejected FROM disk"
	    " WHERE target = ?",
	[STMT_HELD_PUT] = "INSERT OR REPLACE INTO held"
	    " (target, source, sequence, time, seen)"
	    " SELECT ?1, id, ?4, ?5, ?6 FROM source"
	    " WHERE host = ?2 AND name = ?3",
	[STMT_SEEN_ADD] = "INSERT OR REPLACE INTO temp.seen VALUES"
	    " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[STMT_SEEN_SOURCES] = "INSERT INTO source (host, name, since)"
	    " SELECT host, name, min(started) FROM temp.seen WHERE true"
	    " GROUP BY host, name ON CONFLICT DO NOTHING",
	[STMT_SEEN_FORGET] = "DELETE FROM snapshot WHERE target = ?1",
	[STMT_SEEN_SNAPSHOTS] = "INSERT INTO snapshot (target, id, source,"
	    " sequence, job, started, outcome, files, directories, others,"
	    " bytes, new_bytes)"
	    " SELECT ?1, seen.id, source.id, sequence, job, started, outcome,"
	    " files, directories, others, bytes, new_bytes"
	    " FROM temp.seen JOIN source USING (host, name)",
	[STMT_SEEN_ADOPT] = "UPDATE job SET ended = s.ended,"
	    " outcome = s.outcome, exit = iif(s.outcome = 1, 0, 3),"
	    " snapshot = s.id, sequence = s.sequence, files = s.files,"
	    " directories = s.directories, others = s.others,"
	    " bytes = s.bytes, new_bytes = s.new_bytes"
	    " FROM (SELECT source.id AS source, seen.* FROM temp.seen"
	    " JOIN source USING (host, name)) AS s"
	    " WHERE job.outcome = 4 AND job.target = ?1"
	    " AND job.source = s.source AND job.name = s.job",
	[STMT_SEEN_JOBS] = "INSERT INTO job (source, target, name, rebuilt,"
	    " started, ended, outcome, exit, snapshot, sequence, files,"
	    " directories, others, bytes, new_bytes)"
	    " SELECT source.id, ?1, s.job, 1, s.started, s.ended, s.outcome,"
	    " iif(s.outcome = 1, 0, 3), s.id, s.sequence, s.files,"
	    " s.directories, s.others, s.bytes, s.new_bytes"
	    " FROM temp.seen AS s JOIN source USING (host, name)"
	    " WHERE NOT EXISTS (SELECT 1 FROM job WHERE"
	    " job.source = source.id AND job.target = ?1 AND"
	    " (job.snapshot = s.id OR (job.name = s.job AND"
	    " job.outcome = 0)))"
	    " ORDER BY s.started, s.sequence",

	[STMT_RUNNING] = "SELECT id FROM job WHERE outcome = 0",
	[STMT_JOB_BY_ID] = JOB_COLUMNS "WHERE job.id = ?",
	[STMT_JOBS] = JOB_COLUMNS "WHERE started >= ?"
	    " ORDER BY started DESC, job.id DESC LIMIT ?",
	[STMT_JOBS_OF_HOST] = JOB_COLUMNS "WHERE started >= ?1"
	    " AND source IN (SELECT id FROM source WHERE host = ?3"
	    " AND (?4 IS NULL OR name = ?4))"
	    " ORDER BY started DESC, job.id DESC LIMIT ?2",
	[STMT_ISSUES] = "SELECT code, path, text FROM issue WHERE job = ?"
	    " ORDER BY number",
	[STMT_HOOKS] = "SELECT after, name, state, status, ms, how, output"
	    " FROM hook WHERE job = ? ORDER BY number",
	[STMT_SNAPSHOTS] = SNAPSHOT_COLUMNS
	    "ORDER BY host, source.name, target, sequence",
	[STMT_SNAPSHOTS_OF_HOST] = SNAPSHOT_COLUMNS "WHERE host = ?"
	    " ORDER BY host, source.name, target, sequence",
	[STMT_SOURCES] = "SELECT host, source.name, since,"
	    " coalesce(job.id, 0), coalesce(started, 0),"
	    " coalesce(outcome, 0),"
	    " coalesce((SELECT max(started) FROM snapshot"
	    " WHERE source = source.id), 0),"
	    " coalesce((SELECT max(started) FROM snapshot"
	    " WHERE source = source.id AND outcome = 1), 0)"
	    " FROM source LEFT JOIN job ON job.id = (SELECT id FROM job AS j"
	    " WHERE j.source = source.id"
	    " ORDER BY j.started DESC, j.id DESC LIMIT 1)"
	    " ORDER BY host, source.name",
	[STMT_ACCESSES] = "SELECT host, identity, host_key, since, used"
	    " FROM access ORDER BY host, since, used",
	[STMT_USAGES] = "SELECT target, time, total, free FROM usage"
	    " WHERE time >= ?1 AND (?2 IS NULL OR target = ?2)"
	    " ORDER BY target, hour",
	[STMT_PAUSES] = "SELECT host, since, until, reason, uid FROM pause"
	    " ORDER BY host",
	[STMT_VERIFIED_LAST] = "SELECT time, sample, bytes, snapshots, packs,"
	    " alarms FROM verified WHERE target = ? ORDER BY time DESC"
	    " LIMIT 1",
	[STMT_COPIES_RUNNING] = "SELECT id FROM copy WHERE target = ?"
	    " AND outcome = 0",
	[STMT_COPIES] = "SELECT id, target, origin, begun, ended, outcome,"
	    " exit, objects, bytes, all_objects, all_bytes, damaged,"
	    " snapshots, text, remedy FROM copy WHERE (?1 = 0 OR id = ?1)"
	    " AND (?2 IS NULL OR target = ?2) AND begun >= ?3"
	    " ORDER BY begun DESC, id DESC LIMIT ?4",
	[STMT_COPY_GOOD] = "SELECT g.ended, (SELECT count(*) FROM copy"
	    " WHERE target = ?1 AND outcome NOT IN (0, 1) AND begun > g.begun)"
	    " FROM (SELECT coalesce(max(ended), 0) AS ended,"
	    " coalesce(max(begun), 0) AS begun FROM copy"
	    " WHERE target = ?1 AND outcome = 1) AS g",
	[STMT_HELDS] = "SELECT target, host, name, sequence, time, seen"
	    " FROM held JOIN source ON source.id = source"
	    " WHERE ?1 IS NULL OR target = ?1"
	    " ORDER BY target, host, name",
	[STMT_BEHIND] = "SELECT count(*), count(DISTINCT s.source),"
	    " coalesce(min(s.started), 0) FROM snapshot AS s"
	    " LEFT JOIN held AS h ON h.source = s.source AND h.target = ?2"
	    " WHERE s.target = ?1 AND s.sequence > coalesce(h.sequence, 0)"
};

void
query_start(struct query *q, struct catalog *c, enum stmt which)
{
	q->c = c;
	q->at = 0;
	q->rc = SQLITE_OK;
	if (c->stmts[which] == NULL)
		q->rc = sqlite3_prepare_v3(c->db, texts[which], -1,
		    SQLITE_PREPARE_PERSISTENT, &c->stmts[which], NULL);
	q->st = c->stmts[which];
}

void
query_cursor(struct query *q, struct catalog *c, enum stmt which)
{
	q->c = c;
	q->at = 0;
	q->st = NULL;
	q->rc = sqlite3_prepare_v2(c->db, texts[which], -1, &q->st, NULL);
}

void
query_int(struct query *q, int64_t v)
{
	q->at++;
	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_int64(q->st, q->at, v);
}

void
query_count(struct query *q, uint64_t v)
{
	query_int(q, v > INT64_MAX ? INT64_MAX : (int64_t)v);
}

void
query_text(struct query *q, const char *v)
{
	q->at++;
	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_text64(q->st, q->at, v,
		    v != NULL ? strlen(v) : 0, SQLITE_STATIC, SQLITE_UTF8);
}

void
query_blob(struct query *q, const void *v, size_t len)
{
	q->at++;
	if (q->rc != SQLITE_OK)
		return;
	/* Without a pointer SQLite would take an empty one for null. */
	if (v != NULL && len == 0)
		q->rc = sqlite3_bind_zeroblob(q->st, q->at, 0);
	else
		q->rc = sqlite3_bind_blob64(q->st, q->at, v, len,
		    SQLITE_STATIC);
}

int
query_run(struct query *q)
{
	int r = 0;

	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_step(q->st);
	else if (q->st == NULL)
		return catalog_fail(q->c, q->rc, "prepare a statement");
	if (q->rc != SQLITE_DONE)
		r = catalog_fail(q->c, q->rc, "write");
	sqlite3_reset(q->st);
	sqlite3_clear_bindings(q->st);
	return r;
}

int
query_next(struct query *q)
{
	if (q->rc == SQLITE_OK || q->rc == SQLITE_ROW)
		q->rc = sqlite3_step(q->st);
	if (q->rc == SQLITE_ROW)
		return 1;
	return q->rc == SQLITE_DONE ? 0 : catalog_fail(q->c, q->rc, "read");
}

void
query_cursor_end(struct query *q)
{
	sqlite3_finalize(q->st);
	q->st = NULL;
}

int64_t
column_int(const struct query *q, int i)
{
	return sqlite3_column_int64(q->st, i);
}

uint64_t
column_count(const struct query *q, int i)
{
	int64_t v = sqlite3_column_int64(q->st, i);

	return v > 0 ? (uint64_t)v : 0;
}

const char *
column_text(const struct query *q, int i)
{
	const unsigned char *s = sqlite3_column_text(q->st, i);

	return s != NULL ? (const char *)s : "";
}

const uint8_t *
column_blob(const struct query *q, int i, size_t *lenp)
{
	const void *p = sqlite3_column_blob(q->st, i);

	*lenp = (size_t)sqlite3_column_bytes(q->st, i);
	return p != NULL ? p : (const void *)"";
}

bool
column_hash(const struct query *q, int i, uint8_t hash[32])
{
	const void *p = sqlite3_column_blob(q->st, i);

	if (p == NULL || sqlite3_column_bytes(q->st, i) != 32)
		return false;
	memcpy(hash, p, 32);
	return true;
}
