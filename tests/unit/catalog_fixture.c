/* catalog_fixture.c: a catalog in a directory of its own, for tests. */
#include "config.h"

#include "catalog_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

/* What is said in tests of failures is of no interest. */
static void
quiet(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

int
catalog_setup(void **state)
{
	struct catalog_fixture *f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return -1;
	snprintf(f->dir, sizeof(f->dir), "/tmp/kho-catalog-XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	log_sink(quiet, NULL);
	*state = f;
	return catalog_open(f->dir, CATALOG_WRITE, &f->c);
}

int
catalog_teardown(void **state)
{
	struct catalog_fixture *f = *state;
	char command[128];

	catalog_close(f->c);
	snprintf(command, sizeof(command), "rm -rf %s", f->dir);
	if (system(command) != 0)
		return -1;
	free(f);
	return 0;
}

void
catalog_reopen(struct catalog_fixture *f)
{
	catalog_close(f->c);
	f->c = NULL;
	assert_int_equal(catalog_open(f->dir, CATALOG_WRITE, &f->c), 0);
}

int64_t
job_started(struct catalog *c, const char *host, int64_t started)
{
	char name[32];
	struct catalog_job j = { .host = host, .set = "s", .target = "t",
	    .name = name, .started = started };
	int64_t id = 0;

	snprintf(name, sizeof(name), "job of %lld", (long long)started);
	assert_int_equal(catalog_job_begin(c, &j, &id), 0);
	return id;
}

void
job_ended(struct catalog *c, int64_t id, uint8_t snapshot)
{
	struct catalog_job j = { .id = id, .ended = 900 + id,
	    .outcome = snapshot != 0 ? CATALOG_COMPLETE : CATALOG_FAILED,
	    .exit = snapshot != 0 ? 0 : 7, .has_snapshot = snapshot != 0,
	    .sequence = snapshot, .text = snapshot != 0 ? "" : "no route",
	    .remedy = "" };

	memset(j.snapshot, snapshot, sizeof(j.snapshot));
	j.counts.files = 10u * snapshot;
	j.counts.bytes = 1000u * snapshot;
	assert_int_equal(catalog_job_end(c, &j), 0);
}

int
job_outcome(struct catalog *c, int64_t id)
{
	struct catalog_filter f = { .id = id };
	struct catalog_jobs *l = NULL;
	struct catalog_job j;
	int r, outcome = -1;

	assert_int_equal(catalog_jobs_new(c, &f, &l), 0);
	r = catalog_jobs_next(l, &j);
	if (r == 1)
		outcome = (int)j.outcome;
	assert_true(r >= 0);
	catalog_jobs_free(l);
	return outcome;
}

char *
snapshots_text(struct catalog *c)
{
	struct catalog_snapshots *l = NULL;
	struct catalog_snapshot s;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int r;

	assert_non_null(f);
	assert_int_equal(catalog_snapshots_new(c, NULL, &l), 0);
	while ((r = catalog_snapshots_next(l, &s)) == 1)
		fprintf(f, "%s/%s %s %s %02x%02x %llu %lld %d %llu %llu %llu"
		    " %llu %llu\n", s.host, s.set, s.target, s.job, s.id[0],
		    s.id[31], (unsigned long long)s.sequence,
		    (long long)s.started, (int)s.outcome,
		    (unsigned long long)s.files,
		    (unsigned long long)s.directories,
		    (unsigned long long)s.others,
		    (unsigned long long)s.bytes,
		    (unsigned long long)s.new_bytes);
	assert_int_equal(r, 0);
	catalog_snapshots_free(l);
	fclose(f);
	return text;
}
