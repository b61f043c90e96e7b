/* record.c: what becomes of jobs, written into the catalog. */
#include "backupd/record.h"

#include <stdlib.h>
#include <string.h>

#include "backupd/outcome.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/log.h"
#include "catalog/copy.h"
#include "catalog/hook.h"
#include "catalog/job.h"
#include "catalog/pause.h"
#include "catalog/usage.h"
#include "cli/exit.h"

struct record {
	struct catalog *c;
	char	*target;
};

struct record *
record_open(const char *state_dir, const char *target)
{
	struct record *r;

	if ((r = calloc(1, sizeof(*r))) == NULL ||
	    (r->target = strdup(target)) == NULL ||
	    catalog_open(state_dir, CATALOG_WRITE, &r->c) != 0) {
		log_warn("jobs are run, but not written into the catalog");
		record_close(r);
		return NULL;
	}
	return r;
}

int
record_target(struct record *r, const char *target)
{
	char *copy;

	if (r == NULL || strcmp(r->target, target) == 0)
		return 0;
	if ((copy = strdup(target)) == NULL)
		return ERR_NOMEM;
	free(r->target);
	r->target = copy;
	return 0;
}

void
record_close(struct record *r)
{
	if (r == NULL)
		return;
	catalog_close(r->c);
	free(r->target);
	free(r);
}

struct catalog *
record_catalog(struct record *r)
{
	return r != NULL ? r->c : NULL;
}

int64_t
record_begin(struct record *r, const struct job *j)
{
	struct catalog_job cj = { .host = j->host, .set = j->set,
	    .name = j->id };
	int64_t id;

	if (r == NULL)
		return 0;
	cj.target = r->target;
	cj.started = clock_wall();
	if (catalog_job_begin(r->c, &cj, &id) != 0)
		return 0;
	return id;
}

/*
 * The catalog logs why something cannot be written, and the job goes on: the
 * results of its functions are not needed here.
 */
static void
told(int r)
{
	(void)r;
}

void
record_issue(struct record *r, int64_t id, const struct event_issue *i)
{
	struct catalog_issue ci = { .code = i->code, .path = i->path,
	    .path_len = i->path_len, .text = i->text };

	if (r != NULL && id != 0)
		told(catalog_job_issue(r->c, id, &ci));
}

int
record_pause(struct record *r, const struct catalog_pause *p)
{
	if (r == NULL)
		return ERR_NOENT;
	if (p->until == 0)
		return catalog_pause_end(r->c, p->host);
	return catalog_pause_put(r->c, p);
}

void
record_hook(struct record *r, int64_t id, const struct event_hook *h)
{
	struct catalog_hook ch = { .after = h->after, .name = h->name,
	    .state = (int)h->state, .status = h->status, .ms = h->ms,
	    .output = h->output, .output_len = h->output_len };
	char how[OUTCOME_TEXT_MAX];

	if (r == NULL || id == 0)
		return;
	outcome_hook(h, how);
	ch.how = how;
	told(catalog_hook_put(r->c, id, &ch));
}

int
record_copy_begin(struct record *r, const struct catalog_copy *y,
    int64_t *idp)
{
	int err;

	*idp = 0;
	if (r == NULL)
		return 0;
	if ((err = catalog_copy_begin(r->c, y, idp)) == ERR_BUSY)
		return err;
	return 0;
}

void
record_copy_end(struct record *r, int64_t id, const struct catalog_copy *y)
{
	struct catalog_copy own = *y;

	own.id = id;
	if (r != NULL && id != 0)
		told(catalog_copy_end(r->c, &own));
}

void
record_held(struct record *r, const struct catalog_held *h)
{
	if (r != NULL)
		told(catalog_held_put(r->c, h));
}

void
record_settle(struct record *r)
{
	if (r != NULL)
		told(catalog_settle(r->c));
}

uint64_t
record_read(struct record *r, int64_t id)
{
	const struct catalog_filter f = { .id = id };
	struct catalog_jobs *l = NULL;
	struct catalog_job j;
	uint64_t n = 0;

	if (r == NULL || id == 0 || catalog_jobs_new(r->c, &f, &l) != 0)
		return 0;
	if (catalog_jobs_next(l, &j) == 1)
		n = j.counts.read;
	catalog_jobs_free(l);
	return n;
}

static enum catalog_outcome
outcome_of(int code)
{
	switch (code) {
	case CLI_EXIT_OK:
		return CATALOG_COMPLETE;
	case CLI_EXIT_INCOMPLETE:
		return CATALOG_INCOMPLETE;
	case CLI_EXIT_SIGINT:
	case CLI_EXIT_SIGTERM:
		return CATALOG_CANCELLED;
	default:
		return CATALOG_FAILED;
	}
}

/*
 * Who sent a byte of the protocol has shown the pinned key and has accepted
 * ours.
 */
static void
access_note(struct record *r, const struct job *j, const struct event_end *e)
{
	const struct catalog_access a = { .host = j->host,
	    .identity = j->link.identity, .host_key = j->link.host_key,
	    .used = e->ended };

	if (e->last.wire_in > 0)
		told(catalog_access_put(r->c, &a));
}

/* Only of a target that has just taken a snapshot. */
static void
usage_note(struct record *r, const struct event_end *e)
{
	const struct catalog_usage u = { .target = r->target,
	    .time = e->ended, .total = e->room_total, .free = e->room_free };

	if (e->snapshot[0] != '\0' && e->room_total > 0)
		told(catalog_usage_put(r->c, &u));
}

static void
delta_fill(const struct event_delta *d, const char *line,
    struct catalog_delta *out)
{
	*out = (struct catalog_delta){ .mode = outcome_mode(d->mode),
	    .why = outcome_why(d->why), .line = line, .rate = d->rate,
	    .chunks = d->chunks, .by_delta = d->by_delta, .again = d->again,
	    .given_up = d->given_up, .raw_bytes = d->raw_bytes,
	    .basis_bytes = d->basis_bytes, .delta_bytes = d->delta_bytes,
	    .signature_bytes = d->signature_bytes, .stored = d->stored };
}

void
record_end(struct record *r, int64_t id, const struct job *j,
    const struct event_end *e)
{
	const struct event_progress *p = &e->last;
	struct catalog_job cj = { .id = id, .started = e->started,
	    .ended = e->ended, .exit = e->exit, .sequence = e->sequence,
	    .text = e->text, .remedy = e->remedy };
	char line[OUTCOME_TEXT_MAX];

	if (r == NULL || id == 0)
		return;
	cj.outcome = outcome_of(e->exit);
	cj.counts = (struct catalog_counts){ .files = e->files,
	    .directories = e->directories, .others = e->others,
	    .bytes = e->bytes, .new_bytes = e->new_bytes, .read = p->read,
	    .wire_in = p->wire_in, .wire_out = p->wire_out,
	    .stored = p->stored, .issues = p->issues,
	    .target_read = e->target_read, .cache_read = e->cache_read };
	cj.has_snapshot = hex_parse(e->snapshot, cj.snapshot,
	    sizeof(cj.snapshot)) == 0;
	outcome_delta(&e->delta, line);
	delta_fill(&e->delta, line, &cj.delta);
	cj.has_delta = line[0] != '\0';
	access_note(r, j, e);
	usage_note(r, e);
	told(catalog_job_end(r->c, &cj));
}
