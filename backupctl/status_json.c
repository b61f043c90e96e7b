/* status_json.c: a picture in one word, and as the answer of status. */
#include "backupctl/status_json.h"

#include "backupctl/command.h"
#include "backupctl/history.h"
#include "backupctl/posture.h"
#include "catalog/forecast.h"
#include "cli/json.h"

const char *
status_verdict(const struct picture *p)
{
	if (picture_attention(p))
		return "NEEDS ATTENTION";
	if (p->sources.n == 0)
		return "NOTHING TO PROTECT";
	if (p->counts[PICTURE_NEW] > 0)
		return "NOT ALL BACKED UP YET";
	return "ALL PROTECTED";
}

static const char *
overall(const struct picture *p)
{
	if (picture_attention(p))
		return "attention";
	return p->counts[PICTURE_NEW] > 0 ? "new" : "ok";
}

static void
number(struct cli_json *j, const char *key, bool known, int64_t v)
{
	if (known)
		cli_json_int(j, key, v);
	else
		cli_json_str(j, key, NULL);
}

static void
text(struct cli_json *j, const char *key, const char *v)
{
	cli_json_str(j, key, v != NULL && v[0] != '\0' ? v : NULL);
}

static void
daemon_json(struct cli_json *j, const struct picture *p)
{
	const struct control_server *sv = &p->server.u.server;

	cli_json_object(j, "daemon");
	cli_json_bool(j, "alive", p->alive);
	number(j, "pid", p->alive, (int64_t)sv->pid);
	history_json_time(j, "started", (int64_t)sv->started);
	text(j, "policy", sv->policy);
	history_json_time(j, "loaded", (int64_t)sv->loaded);
	text(j, "problem", sv->problem);
	cli_json_bool(j, "stopping", sv->stopping != 0);
	cli_json_bool(j, "simulated", sv->simulated != 0);
	cli_json_int(j, "running", (int64_t)sv->running);
	cli_json_int(j, "waiting", (int64_t)sv->waiting);
	cli_json_end(j);
}

static void
source_json(struct cli_json *j, const struct picture *p,
    const struct control_source *s)
{
	static const char *const activity[] = { "idle", "waiting",
	    "running" };

	cli_json_object(j, NULL);
	cli_json_str(j, "host", s->host);
	cli_json_str(j, "set", s->set);
	cli_json_str(j, "state", picture_word(picture_state(s)));
	cli_json_str(j, "activity", s->state <= CONTROL_RUNNING ?
	    activity[s->state] : NULL);
	cli_json_bool(j, "paused", s->paused != 0);
	history_json_time(j, "paused_until", s->paused == CONTROL_EVER ? 0 :
	    (int64_t)s->paused);
	text(j, "paused_why", s->paused_why);
	history_json_time(j, "last_good", (int64_t)s->last_good);
	number(j, "age_s", s->last_good != 0, p->now -
	    (int64_t)s->last_good);
	number(j, "rpo_s", s->rpo != 0, (int64_t)s->rpo);
	history_json_time(j, "due", (int64_t)s->due);
	number(j, "job", s->job != 0, (int64_t)s->job);
	number(j, "code", s->ended != 0, (int64_t)s->code);
	history_json_time(j, "ended", (int64_t)s->ended);
	history_json_time(j, "next", (int64_t)s->next);
	text(j, "error", s->text);
	text(j, "help", s->remedy);
	cli_json_end(j);
}

static void
target_json(struct cli_json *j, const struct picture *p,
    const struct control_target *t)
{
	static const char *const outlooks[] = { "unknown", "steady",
	    "fills" };

	cli_json_object(j, NULL);
	cli_json_str(j, "target", t->name);
	text(j, "path", t->path);
	history_json_time(j, "measured", (int64_t)t->measured);
	number(j, "total", t->measured != 0, (int64_t)t->total);
	number(j, "free", t->measured != 0, (int64_t)t->free);
	number(j, "min_free", t->min_free != 0, (int64_t)t->min_free);
	cli_json_str(j, "outlook", t->outlook <= FORECAST_FILLS ?
	    outlooks[t->outlook] : NULL);
	history_json_time(j, "full", (int64_t)t->full);
	number(j, "bytes_per_day", t->outlook != FORECAST_UNKNOWN,
	    (int64_t)t->per_day);
	cli_json_bool(j, "low", picture_low(t));
	cli_json_bool(j, "fills_soon", picture_fills(t, p->now));
	cli_json_end(j);
}

static void
copy_json(struct cli_json *j, const struct picture *p,
    const struct control_copy *y)
{
	cli_json_object(j, NULL);
	cli_json_str(j, "target", y->name);
	history_json_time(j, "started", (int64_t)y->begun);
	history_json_time(j, "ended", (int64_t)y->ended);
	cli_json_str(j, "outcome", y->begun != 0 ? history_outcome(
	    (enum catalog_outcome)y->outcome) : NULL);
	number(j, "code", y->ended != 0, (int64_t)y->code);
	history_json_time(j, "last_complete", (int64_t)y->good);
	cli_json_int(j, "snapshots_lacking", (int64_t)y->snapshots);
	cli_json_int(j, "sources_lacking", (int64_t)y->sources);
	cli_json_int(j, "lag_s", y->oldest != 0 ? p->now -
	    (int64_t)y->oldest : 0);
	cli_json_int(j, "max_age_s", (int64_t)y->max_age);
	cli_json_bool(j, "late", y->late != 0);
	cli_json_bool(j, "offline", y->offline != 0);
	text(j, "error", y->text);
	text(j, "help", y->remedy);
	cli_json_end(j);
}

static void
posture_json(const struct cli *cli, struct cli_json *j,
    const struct picture *p)
{
	size_t n, lacking;
	bool known = stands_sum(cli, p->now, &n, &lacking);

	cli_json_object(j, "posture");
	number(j, "sources", known, known ? (int64_t)n : 0);
	number(j, "short", known, known ? (int64_t)lacking : 0);
	cli_json_end(j);
}

static void
lists_json(struct cli_json *j, const struct picture *p)
{
	const struct control_key *k;
	size_t i;

	cli_json_array(j, "targets");
	for (i = 0; i < p->targets.n; i++)
		target_json(j, p, &p->targets.v[i].u.target);
	cli_json_end(j);
	cli_json_array(j, "copies");
	for (i = 0; i < p->copies.n; i++)
		copy_json(j, p, &p->copies.v[i].u.copy);
	cli_json_end(j);
	cli_json_array(j, "unused_keys");
	for (i = 0; i < p->keys.n; i++) {
		k = &p->keys.v[i].u.key;
		cli_json_object(j, NULL);
		cli_json_str(j, "host", k->host);
		cli_json_str(j, "identity", k->identity);
		history_json_time(j, "used", (int64_t)k->used);
		cli_json_end(j);
	}
	cli_json_end(j);
	cli_json_array(j, "hosts");
	for (i = 0; i < p->sources.n; i++)
		source_json(j, p, &p->sources.v[i].u.source);
	cli_json_end(j);
}

enum cli_exit
status_json(const struct cli *cli, const struct picture *p,
    const struct advice_list *a, enum cli_exit code)
{
	struct cli_json *j;
	size_t i;

	if (cli_json_new(&j) != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "%s",
		    err_text(ERR_NOMEM));
	cli_json_str(j, "overall", overall(p));
	daemon_json(j, p);
	cli_json_object(j, "counts");
	for (i = 0; i < PICTURE_STATES; i++)
		cli_json_int(j, picture_word((enum picture_state)i),
		    (int64_t)p->counts[i]);
	cli_json_end(j);
	lists_json(j, p);
	posture_json(cli, j, p);
	cli_json_array(j, "todo");
	for (i = 0; i < a->n; i++) {
		cli_json_object(j, NULL);
		cli_json_str(j, "text", a->v[i].text);
		text(j, "command", a->v[i].command);
		cli_json_int(j, "sources", (int64_t)a->v[i].sources);
		cli_json_end(j);
	}
	cli_json_end(j);
	if (code == CLI_EXIT_UNREACHABLE)
		cli_json_str(j, "error", "no backupd runs");
	return command_answer(cli, j, code);
}
