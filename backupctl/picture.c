/* picture.c: how everything stands, as the daemon or the catalog tells it. */
#include "backupctl/picture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupctl/ask.h"
#include "backupctl/moment.h"
#include "backupd/planner.h"
#include "backupd/tell.h"
#include "base/buf.h"
#include "base/clock.h"
#include "catalog/catalog.h"
#include "catalog/forecast.h"
#include "catalog/job.h"
#include "policy/policy.h"
#include "policy/report.h"
#include "policy/zone.h"

enum picture_state
picture_state(const struct control_source *s)
{
	bool away = s->code == CLI_EXIT_UNREACHABLE && s->rpo != 0 &&
	    s->last_good != 0;

	if (s->enabled == 0)
		return PICTURE_OFF;
	if (s->paused != 0)
		return PICTURE_PAUSED;
	if (away)
		return s->late != 0 ? PICTURE_LATE : PICTURE_AWAY;
	if (s->ended != 0 && s->code != CLI_EXIT_OK &&
	    s->code != CLI_EXIT_INCOMPLETE)
		return PICTURE_FAILED;
	if (s->late != 0)
		return PICTURE_LATE;
	if (s->ended == 0)
		return PICTURE_NEW;
	return s->code == CLI_EXIT_INCOMPLETE ? PICTURE_INCOMPLETE :
	    PICTURE_PROTECTED;
}

const char *
picture_word(enum picture_state state)
{
	static const char *const words[PICTURE_STATES] = { "protected",
	    "off", "paused", "new", "away", "incomplete", "late", "failed" };

	return words[state];
}

bool
picture_low(const struct control_target *t)
{
	uint64_t least = t->min_free != 0 ? t->min_free : t->total / 20;

	return t->measured != 0 && t->free < least;
}

bool
picture_fills(const struct control_target *t, int64_t now)
{
	return t->outlook == FORECAST_FILLS &&
	    (int64_t)t->full < now + PICTURE_SOON;
}

bool
picture_copy_bad(const struct control_copy *y)
{
	switch (y->code) {
	case CLI_EXIT_INCOMPLETE:
	case CLI_EXIT_POLICY:
	case CLI_EXIT_IDENTITY:
	case CLI_EXIT_DAMAGED:
	case CLI_EXIT_REFUSED:
	case CLI_EXIT_KEY:
		return true;
	default:
		return false;
	}
}

void
picture_copy(const struct control_copy *y, int64_t now,
    char out[PICTURE_COPY_MAX])
{
	char age[MOMENT_MAX];

	moment_age((int64_t)y->oldest, now, age);
	if (y->begun != 0 && y->outcome == CATALOG_RUNNING)
		snprintf(out, PICTURE_COPY_MAX, "is being copied to; lacked %"
		    PRIu64 " snapshot%s", y->snapshots, y->snapshots == 1 ?
		    "" : "s");
	else if (y->snapshots == 0)
		snprintf(out, PICTURE_COPY_MAX, "has all%s", y->good == 0 ?
		    " there is to copy" : "");
	else
		snprintf(out, PICTURE_COPY_MAX, "%s%" PRIu64 " snapshot%s of %"
		    PRIu64 " source%s, the oldest %s old%s", y->good == 0 &&
		    y->begun == 0 ? "was never made; lacks " : "lacks ",
		    y->snapshots, y->snapshots == 1 ? "" : "s", y->sources,
		    y->sources == 1 ? "" : "s", age, y->late != 0 ?
		    ": LATE" : "");
}

void
picture_outlook(uint64_t outlook, int64_t full, int64_t now,
    char out[PICTURE_OUTLOOK_MAX])
{
	char when[MOMENT_MAX];

	moment_short(full, now, when);
	if (outlook == FORECAST_FILLS)
		snprintf(out, PICTURE_OUTLOOK_MAX, "full about %s", when);
	else
		snprintf(out, PICTURE_OUTLOOK_MAX, "%s", outlook ==
		    FORECAST_STEADY ? "not filling up" :
		    "not enough history to say when it is full");
}

bool
picture_attention(const struct picture *p)
{
	const struct control_target *t;
	size_t i;

	for (i = PICTURE_INCOMPLETE; i < PICTURE_STATES; i++)
		if (p->counts[i] > 0)
			return true;
	for (i = 0; i < p->targets.n; i++) {
		t = &p->targets.v[i].u.target;
		if (picture_low(t) || picture_fills(t, p->now))
			return true;
	}
	for (i = 0; i < p->copies.n; i++)
		if (p->copies.v[i].u.copy.late != 0 ||
		    picture_copy_bad(&p->copies.v[i].u.copy))
			return true;
	return !p->alive || p->keys.n > 0 ||
	    p->server.u.server.stopping != 0 ||
	    p->server.u.server.problem[0] != '\0';
}

/* Keep a record, whose texts are l's if it succeeds. */
static int
list_add(struct picture_list *l, const struct control *c)
{
	struct control *v;
	size_t room;

	if (l->n == l->room) {
		room = l->room * 2 + 64;
		if ((v = realloc(l->v, room * sizeof(*v))) == NULL)
			return ERR_NOMEM;
		l->v = v;
		l->room = room;
	}
	l->v[l->n++] = *c;
	return 0;
}

/* Put a record where it belongs, and take it; what is unknown goes. */
static int
keep(struct picture *p, struct control *c)
{
	int r = 0;

	switch (c->type) {
	case CONTROL_SERVER:
		control_clear(&p->server);
		p->server = *c;
		return 0;
	case CONTROL_SOURCE:
		r = list_add(&p->sources, c);
		if (r == 0)
			p->counts[picture_state(&c->u.source)]++;
		break;
	case CONTROL_TARGET:
		r = list_add(&p->targets, c);
		break;
	case CONTROL_COPY:
		r = list_add(&p->copies, c);
		break;
	case CONTROL_KEY:
		r = list_add(&p->keys, c);
		break;
	default:
		control_clear(c);
		return 0;
	}
	if (r != 0)
		control_clear(c);
	return r;
}

/* Take all of the daemon's answer. */
static enum cli_exit
take_answer(const struct cli *cli, struct control_client *client,
    struct picture *p)
{
	enum cli_exit code;
	struct control a;

	for (;;) {
		if ((code = ask_next(cli, client, false, &a)) != CLI_EXIT_OK)
			return code;
		if (a.type == CONTROL_DONE)
			break;
		if (keep(p, &a) != 0)
			return cli_fail(cli, CLI_EXIT_FAILED, "%s",
			    err_text(ERR_NOMEM));
	}
	code = ask_done(cli, &a);
	control_clear(&a);
	if (code == CLI_EXIT_OK && p->server.u.server.zone == NULL)
		code = cli_fail(cli, CLI_EXIT_FAILED, "backupd says nothing"
		    " of itself");
	if (code != CLI_EXIT_OK)
		return code;
	p->alive = true;
	p->now = (int64_t)p->server.u.server.now;
	/* One that is not known here leaves the system's. */
	(void)!zone_use(p->server.u.server.zone);
	return CLI_EXIT_OK;
}

/* A copy of a record, made to be kept; the first failure stays. */
struct copying {
	struct picture *p;
	int	 r;
};

static void
copy(void *arg, const struct control *c)
{
	struct copying *to = arg;
	struct buf *b = NULL;
	struct control own;
	int r;

	if (to->r != 0)
		return;
	if ((r = buf_new(CONTROL_REPLY_MAX, &b)) == 0 &&
	    (r = control_encode(c, b)) == 0 &&
	    (r = control_decode(b, CONTROL_REPLY_MAX, &own)) == 1)
		r = keep(to->p, &own);
	buf_free(b);
	to->r = r;
}

/* What the policy and the catalog say, as the daemon would. */
static int
remember(const struct policy *policy, struct catalog *c, const char *host,
    struct picture *p)
{
	struct copying to = { p, 0 };
	const struct tell_call call = { copy, &to };
	const struct policy_host *h;
	struct planner *planner = NULL;
	struct control record;
	size_t i, k;
	int r;

	if ((r = planner_new(c, &planner)) != 0 ||
	    (r = planner_policy(planner, policy, p->now)) != 0)
		goto out;
	tell_targets(c, policy, p->now, &call);
	tell_copies(c, policy, p->now, &call);
	if (host == NULL)
		tell_keys(c, policy, p->now, &call);
	for (i = 0; i < policy->nhosts; i++) {
		h = &policy->hosts[i];
		for (k = 0; k < h->nsources; k++) {
			if (!tell_names(host != NULL ? host : "", h))
				continue;
			tell_source(planner_find(planner, h->name,
			    h->sources[k].set->name), h, &h->sources[k],
			    p->now, &record);
			record.u.source.next = 0;	/* who would run it? */
			copy(&to, &record);
		}
	}
	r = to.r;
 out:
	planner_free(planner);
	return r;
}

/* Without a daemon: false if there is nothing to tell. */
static bool
take_remembered(const struct cli *cli, const char *host, struct picture *p)
{
	struct policy_report *report = NULL;
	const struct policy *policy = NULL;
	struct catalog *c = NULL;
	char *dir = NULL;
	bool filled = false;

	p->now = clock_wall();
	if (policy_report_new(&report) != 0 ||
	    policy_load(cli->config, report, &policy) != 0 ||
	    policy_state_dir(cli->config, cli_option_get(cli, "state", 0),
	    &dir) != 0)
		goto out;
	(void)!zone_use(policy->office.timezone);
	/* Without one, nothing is known but the policy. */
	if (catalog_open(dir, CATALOG_READ, &c) != 0)
		c = NULL;
	filled = remember(policy, c, host, p) == 0 &&
	    (p->sources.n > 0 || host == NULL);
 out:
	catalog_close(c);
	policy_free(policy);
	policy_report_free(report);
	free(dir);
	return filled;
}

enum cli_exit
picture_take(const struct cli *cli, const char *host, struct picture *p,
    bool *filledp)
{
	struct control c = { .type = CONTROL_STATUS };
	struct control_client *client = NULL;
	enum cli_exit code;

	memset(p, 0, sizeof(*p));
	p->server.type = CONTROL_SERVER;
	p->config = cli->config;
	c.u.status.host = host;
	*filledp = false;
	code = ask_if_there(cli, &c, &client);
	if (code == CLI_EXIT_UNREACHABLE)
		*filledp = take_remembered(cli, host, p);
	else if (code == CLI_EXIT_OK) {
		code = take_answer(cli, client, p);
		*filledp = code == CLI_EXIT_OK;
	}
	control_close(client);
	return code;
}

static void
list_clear(struct picture_list *l)
{
	while (l->n > 0)
		control_clear(&l->v[--l->n]);
	free(l->v);
	memset(l, 0, sizeof(*l));
}

void
picture_clear(struct picture *p)
{
	control_clear(&p->server);
	list_clear(&p->sources);
	list_clear(&p->targets);
	list_clear(&p->copies);
	list_clear(&p->keys);
}
