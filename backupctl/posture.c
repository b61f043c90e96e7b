/* posture.c: backupctl posture: has each source the copies it should have? */
#include "backupctl/posture.h"

#include <stdio.h>
#include <string.h>

#include "backupctl/command.h"
#include "backupctl/history.h"
#include "base/clock.h"
#include "cli/json.h"
#include "cli/text.h"

#define COLUMNS 7

static const char *const digits[POSTURE_DIGITS] = { "copies", "media",
    "offsite", "offline", "unverified" };

static void
fact_json(struct cli_json *j, const struct stand *s,
    const struct posture_fact *f)
{
	enum posture_why why = posture_why(f, &s->when);

	cli_json_object(j, NULL);
	cli_json_str(j, "target", f->target);
	cli_json_str(j, "type", f->kind);
	cli_json_bool(j, "counts", why == POSTURE_COUNTS);
	cli_json_str(j, "why", posture_word(why));
	cli_json_bool(j, "offsite", f->offsite);
	cli_json_bool(j, "offline", f->offline);
	history_json_time(j, "holds", f->held);
	history_json_time(j, "seen", f->seen);
	history_json_time(j, "verified", f->verified);
	cli_json_int(j, "alarms", (int64_t)f->alarms);
	cli_json_end(j);
}

static void
stand_json(struct cli_json *j, const struct stands *all,
    const struct stand *s)
{
	size_t i;

	cli_json_object(j, NULL);
	cli_json_str(j, "host", s->host);
	cli_json_str(j, "set", s->set);
	history_json_time(j, "newest", s->when.newest);
	cli_json_int(j, "score", s->p.score);
	cli_json_bool(j, "good", s->p.score == POSTURE_DIGITS);
	for (i = 0; i < POSTURE_DIGITS; i++) {
		cli_json_object(j, digits[i]);
		cli_json_int(j, "have", s->p.have[i]);
		cli_json_int(j, "need", s->p.need[i]);
		cli_json_bool(j, "good", s->p.good[i]);
		cli_json_end(j);
	}
	history_json_time(j, "verified", s->p.verified);
	cli_json_array(j, "targets");
	for (i = 0; i < all->nfacts; i++)
		fact_json(j, s, &s->facts[i]);
	cli_json_end(j);
	cli_json_end(j);
}

static int
answer_json(struct cli *cli, const struct stands *all)
{
	struct cli_json *j = NULL;
	size_t i;
	int r;

	if ((r = cli_json_new(&j)) != 0)
		return r;
	cli_json_int(j, "short", (int64_t)stands_short(all));
	cli_json_array(j, "sources");
	for (i = 0; i < all->n; i++)
		stand_json(j, all, &all->v[i]);
	cli_json_end(j);
	return command_answer(cli, j, CLI_EXIT_OK) == CLI_EXIT_OK ? 0 :
	    ERR_IO;
}

/* "3 of 3", with a mark where it is not enough. */
static void
digit_cell(struct cli_table *t, const struct posture *p,
    enum posture_digit d)
{
	char text[64];

	if (d == POSTURE_ZERO)
		snprintf(text, sizeof(text), "%d%s", p->have[d],
		    p->good[d] ? "" : " !");
	else
		snprintf(text, sizeof(text), "%d of %d%s", p->have[d],
		    p->need[d], p->good[d] ? "" : " !");
	cli_table_cell(t, text);
}

static void
row(struct cli_table *t, const struct stand *s)
{
	char text[600];
	int d;

	snprintf(text, sizeof(text), "%s/%s", s->host, s->set);
	cli_table_cell(t, text);
	snprintf(text, sizeof(text), "%d/%d", s->p.score, POSTURE_DIGITS);
	cli_table_cell(t, text);
	for (d = 0; d < POSTURE_DIGITS; d++)
		digit_cell(t, &s->p, (enum posture_digit)d);
}

/* Which target it is that does not count, and why. */
static void
reasons(const struct stands *all, const struct stand *s)
{
	const struct posture_fact *f;
	enum posture_why why;
	char when[HISTORY_TIME_MAX];
	size_t i;

	for (i = 0; i < all->nfacts; i++) {
		f = &s->facts[i];
		if ((why = posture_why(f, &s->when)) != POSTURE_COUNTS) {
			history_time(f->held, when);
			printf("%s/%s: target %s: %s (its newest: %s)\n",
			    s->host, s->set, f->target, posture_word(why),
			    when);
		} else if (f->verified == 0 ||
		    s->when.now - f->verified > POSTURE_VERIFIED_S) {
			history_time(f->verified, when);
			printf("%s/%s: target %s: not verified lately"
			    " (%s): backupctl verify --target %s\n", s->host,
			    s->set, f->target, when, f->target);
		}
	}
	if (s->when.newest == 0)
		printf("%s/%s: there is no backup yet\n", s->host, s->set);
	else if (!s->p.good[POSTURE_OFFLINE] && s->p.have[POSTURE_TOTAL] > 0)
		printf("%s/%s: no disk that is away holds it: backupctl"
		    " target eject NAME, after its copy\n", s->host, s->set);
}

static int
answer_text(const struct stands *all)
{
	static const char *const heads[COLUMNS] = { "HOST/SET", "SCORE",
	    "COPIES", "MEDIA", "OFF-SITE", "OFFLINE", "UNVERIFIED" };
	struct cli_table *t = NULL;
	size_t i;
	int r;

	if ((r = cli_table_new(COLUMNS, 0, &t)) != 0)
		return r;
	for (i = 0; i < COLUMNS; i++)
		cli_table_cell(t, heads[i]);
	for (i = 0; i < all->n; i++)
		row(t, &all->v[i]);
	r = cli_table_print(t, stdout, 0);
	cli_table_free(t);
	for (i = 0; i < all->n; i++)
		if (all->v[i].p.score < POSTURE_DIGITS)
			reasons(all, &all->v[i]);
	return r;
}

enum cli_exit
command_posture(struct cli *cli)
{
	const struct policy *p = NULL;
	struct stands all = { .v = NULL };
	struct catalog *c = NULL;
	enum cli_exit code;
	int r;

	if ((code = command_load_policy(cli, &p)) != CLI_EXIT_OK)
		return code;
	if (cli->nargs > 0 && policy_host_find(p, cli->args[0]) == NULL) {
		code = cli_fail(cli, CLI_EXIT_NOT_FOUND, "the policy has no"
		    " host %s", cli->args[0]);
		goto out;
	}
	if ((code = history_open(cli, &c)) != CLI_EXIT_OK)
		goto out;
	if ((r = stands_load(p, c, cli->nargs > 0 ? cli->args[0] : NULL,
	    clock_wall(), &all)) == 0)
		r = cli->json ? answer_json(cli, &all) : answer_text(&all);
	if (r != 0)
		code = cli_fail(cli, cli_exit_from_err(r), "cannot tell about"
		    " the copies: %s", err_text(r));
 out:
	stands_clear(&all);
	catalog_close(c);
	policy_free(p);
	return code;
}
