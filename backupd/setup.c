/* setup.c: from a policy to the job records of its sources. */
#include "backupd/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupd/job.h"
#include "backupd/limits.h"
#include "base/clock.h"
#include "cli/text.h"
#include "policy/policy.h"
#include "policy/report.h"
#include "wire/hook.h"

enum cli_exit
setup_policy(struct cli *cli, const struct policy **pp)
{
	struct policy_report *report = NULL;
	enum cli_exit code = CLI_EXIT_OK;
	const struct policy_diag *d;
	int r;

	if ((r = policy_report_new(&report)) != 0)
		return cli_fail(cli, cli_exit_from_err(r), "%s", err_text(r));
	r = policy_load(cli->config, report, pp);
	if (!cli->json && (r != 0 || !cli->quiet))
		policy_report_print(report, stderr, cli_color_on(cli, stderr));
	if (r != 0)
		code = r == ERR_NOENT ? CLI_EXIT_NOT_FOUND : CLI_EXIT_POLICY;
	d = policy_report_get(report, 0);
	if (r != 0 && (cli->json || d == NULL))
		cli_fail(cli, code, "policy %s: %s", cli->config,
		    d != NULL ? d->message : err_text(r));
	policy_report_free(report);
	return code;
}

static char **
list_copy(const struct policy_list *l)
{
	char **v;
	size_t i;

	if ((v = calloc(l->n + 1, sizeof(*v))) == NULL)
		return NULL;
	for (i = 0; i < l->n; i++)
		if ((v[i] = strdup(l->v[i])) == NULL)
			break;
	if (i == l->n)
		return v;
	while (i > 0)
		free(v[--i]);
	free(v);
	return NULL;
}

static enum job_delta
delta_of(enum policy_delta d)
{
	switch (d) {
	case POLICY_DELTA_ALWAYS:
		return JOB_DELTA_ALWAYS;
	case POLICY_DELTA_NEVER:
		return JOB_DELTA_NEVER;
	case POLICY_DELTA_AUTO:
		break;
	}
	return JOB_DELTA_AUTO;
}

/* The limits of the days to come; several jobs of a host share them. */
static int
link_limits(struct job_link *l, const struct policy_host *h)
{
	uint64_t share = 1;

	/* As many as may run at once, each of another source. */
	if (h->max_parallel > 1)
		share = (uint64_t)h->max_parallel < h->nsources ?
		    (uint64_t)h->max_parallel : h->nsources;
	l->limits = calloc(JOB_LIMITS_MAX, sizeof(*l->limits));
	if (l->limits == NULL)
		return ERR_NOMEM;
	l->began = clock_mono_ns();
	l->nlimits = limits_from(&h->bandwidth, share, l->limits);
	return 0;
}

/*
 * How long nothing may come of a job.  While a hook runs, nothing does: it
 * has its own time.
 */
static uint64_t
stall_of(const struct policy_source *s)
{
	const struct policy_hooks *hooks[] = { &s->before, &s->after };
	int64_t longest = 0;
	size_t i, k;

	for (i = 0; i < 2; i++)
		for (k = 0; k < hooks[i]->n; k++)
			if (hooks[i]->v[k].timeout > longest)
				longest = hooks[i]->v[k].timeout;
	return (uint64_t)(s->max_stall + longest);
}

static int
hooks_fill(const struct policy_hooks *from, struct job_hook **vp, size_t *np)
{
	const struct policy_hook *h;

	if ((*vp = calloc(from->n + 1, sizeof(**vp))) == NULL)
		return ERR_NOMEM;
	for (; *np < from->n; (*np)++) {
		h = &from->v[*np];
		(*vp)[*np] = (struct job_hook){ .name = strdup(h->use),
		    .timeout = (uint32_t)h->timeout, .warns = h->warns,
		    .always = h->always };
		if ((*vp)[*np].name == NULL)
			return ERR_NOMEM;
	}
	return 0;
}

static void
load_fill(const struct policy_load *from, struct job_load *l)
{
	static const enum wire_io io[] = {
		[POLICY_IO_NORMAL] = WIRE_IO_AS_IT_IS,
		[POLICY_IO_LOW] = WIRE_IO_LOW,
		[POLICY_IO_IDLE] = WIRE_IO_IDLE
	};

	l->any = from->nice > 0 || from->io != POLICY_IO_NORMAL;
	l->nice = (uint8_t)from->nice;
	l->io = (uint8_t)io[from->io];
	l->threads = (uint8_t)from->threads;
}

static int
text_copy(const char *from, char **top)
{
	*top = from != NULL ? strdup(from) : NULL;
	return from != NULL && *top == NULL ? ERR_NOMEM : 0;
}

/* How the target is reached. */
static int
access_fill(const struct policy_target *t, struct job_access *a)
{
	a->lock_s = (uint64_t)t->lock;
	a->connections = (uint32_t)t->max_connections;
	a->cache = (uint64_t)t->cache;
	/* Not divided: the jobs share them as they go (store/pace.h). */
	a->limits = calloc(JOB_LIMITS_MAX, sizeof(*a->limits));
	if (a->limits == NULL)
		return ERR_NOMEM;
	a->began = clock_mono_ns();
	a->nlimits = limits_from(&t->bandwidth, 1, a->limits);
	if (text_copy(t->identity, &a->identity) != 0 ||
	    text_copy(t->host_key, &a->host_key) != 0 ||
	    text_copy(t->credentials, &a->credentials) != 0 ||
	    text_copy(t->ca_file, &a->ca_file) != 0)
		return ERR_NOMEM;
	return text_copy(t->region, &a->region);
}

int
setup_job(const struct setup *place, const struct policy_host *h,
    const struct policy_source *s, struct job **jp)
{
	struct job *j;
	int level;

	if ((j = calloc(1, sizeof(*j))) == NULL)
		return ERR_NOMEM;
	level = strcmp(s->compression.method, "none") == 0 ? 0 :
	    s->compression.level;
	j->level = (uint8_t)level;
	j->delta = delta_of(s->delta);
	j->one_file_system = s->one_file_system;
	j->bounds = (struct job_bounds){
	    .max_file = (uint64_t)s->limits.max_file,
	    .max_host = (uint64_t)s->limits.max_host,
	    .max_growth = (uint32_t)s->limits.max_growth,
	    .min_files = (uint32_t)s->limits.min_files,
	    .fails = s->limits.fails };
	j->min_free = (uint32_t)place->target->min_free;
	j->exclude_caches = s->exclude_caches;
	j->link.port = h->port;
	j->link.stall = stall_of(s);
	j->link.clock = clock_stands();
	j->link.sftp = h->sftp;
	j->reread = (uint64_t)h->reread;
	j->link.openssh = h->transport == POLICY_TRANSPORT_OPENSSH;
	load_fill(&h->load, &j->load);
	if (link_limits(&j->link, h) != 0 ||
	    hooks_fill(&s->before, &j->before, &j->nbefore) != 0 ||
	    hooks_fill(&s->after, &j->after, &j->nafter) != 0 ||
	    (j->id = strdup(place->id)) == NULL ||
	    (j->host = strdup(h->name)) == NULL ||
	    (j->set = strdup(s->set->name)) == NULL ||
	    (j->link.address = strdup(h->address)) == NULL ||
	    (j->link.user = strdup(h->user)) == NULL ||
	    (j->link.identity = strdup(h->identity)) == NULL ||
	    (j->link.host_key = strdup(h->host_keys.v[0])) == NULL ||
	    (j->link.agent = strdup(h->agent)) == NULL ||
	    (j->paths = list_copy(&s->set->paths)) == NULL ||
	    (j->excludes = list_copy(&s->exclude)) == NULL ||
	    (j->target_name = strdup(place->target->name)) == NULL ||
	    (j->target = strdup(place->target->url)) == NULL ||
	    access_fill(place->target, &j->access) != 0 ||
	    (j->key_file = strdup(place->target->key_file)) == NULL ||
	    (j->state_dir = strdup(place->state_dir)) == NULL) {
		job_free(j);
		return ERR_NOMEM;
	}
	j->npaths = s->set->paths.n;
	j->nexcludes = s->exclude.n;
	*jp = j;
	return 0;
}
