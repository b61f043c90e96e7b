/* pin.c: backupctl snap pin, unpin and pins. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backupctl/command.h"
#include "backupctl/history.h"
#include "base/clock.h"
#include "base/hex.h"
#include "cli/json.h"
#include "cli/text.h"
#include "policy/zone.h"
#include "policy/policy.h"
#include "repo/pin.h"
#include "repo/repo.h"
#include "repo/snapshot.h"

#define ID_SHOWN 12

/* Who says it: the user who came by sudo, if one did. */
static void
who_get(char out[PIN_WHO_MAX])
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *pw = getpwuid(getuid());

	if (sudo != NULL && sudo[0] != '\0' && getuid() == 0)
		snprintf(out, PIN_WHO_MAX, "%s", sudo);
	else if (pw != NULL)
		snprintf(out, PIN_WHO_MAX, "%s", pw->pw_name);
	else
		snprintf(out, PIN_WHO_MAX, "%lu", (unsigned long)getuid());
}

static void
pin_json(struct cli_json *j, const struct pin *p)
{
	char id[65];

	hex_format(p->snapshot, sizeof(p->snapshot), id);
	cli_json_str(j, "snapshot", id);
	cli_json_bool(j, "pinned", pin_holds(p, clock_wall()));
	history_json_time(j, "time", p->time);
	history_json_time(j, "until", p->until);
	cli_json_str(j, "who", p->who);
	cli_json_str(j, "reason", p->reason[0] != '\0' ? p->reason : NULL);
}

static enum cli_exit
told(const struct cli *cli, const struct pin *p)
{
	char id[65], text[HISTORY_TIME_MAX];
	struct cli_json *j = NULL;

	if (cli->json) {
		if (cli_json_new(&j) != 0)
			return CLI_EXIT_FAILED;
		pin_json(j, p);
		return command_answer(cli, j, CLI_EXIT_OK);
	}
	hex_format(p->snapshot, sizeof(p->snapshot), id);
	history_time(p->until, text);
	if (!cli->quiet)
		printf("snapshot %.*s is %s%s%s\n", ID_SHOWN, id, p->keep ?
		    "pinned" : "not pinned any more", p->until != 0 ?
		    " until " : "", p->until != 0 ? text : "");
	return CLI_EXIT_OK;
}

/* --until, in the office's time zone; 0: for ever. */
static enum cli_exit
until_get(const struct cli *cli, const struct policy *p, int64_t *untilp)
{
	const char *text = cli_option_get(cli, "until", 0);

	*untilp = 0;
	(void)!zone_use(p->office.timezone);
	if (text == NULL)
		return CLI_EXIT_OK;
	if (zone_time_parse(text, untilp) != 0 || *untilp <= clock_wall())
		return cli_fail(cli, CLI_EXIT_USAGE, "--until takes a time to"
		    " come, such as 2026-12-24 18:00");
	return CLI_EXIT_OK;
}

/* Say a word on a snapshot. */
static enum cli_exit
say(struct cli *cli, bool keep)
{
	const char *reason = cli_option_get(cli, "reason", 0);
	char who[PIN_WHO_MAX], none[1] = "";
	struct pin p = { .keep = keep, .time = clock_wall(), .who = who,
	    .reason = reason != NULL ? (char *)(uintptr_t)reason : none };
	struct opened o;
	struct snapshot *sn = NULL;
	enum cli_exit code;
	int e;

	who_get(who);
	if ((code = command_open(cli, cli_option_get(cli, "target", 0),
	    &o)) == CLI_EXIT_OK &&
	    (code = until_get(cli, o.policy, &p.until)) == CLI_EXIT_OK &&
	    (code = command_find_snapshot(cli, o.repo, cli->args[0],
	    &sn)) == CLI_EXIT_OK) {
		memcpy(p.snapshot, sn->hash, sizeof(p.snapshot));
		if ((e = pin_put(o.repo, &p)) == ERR_TOOBIG)
			code = cli_fail(cli, CLI_EXIT_USAGE, "--reason: at"
			    " most %d bytes", PIN_REASON_MAX);
		else if (e != 0)
			code = cli_fail(cli, cli_exit_from_err(e), "%s",
			    err_text(e));
		else
			code = told(cli, &p);
	}
	snapshot_free(sn);
	command_close(&o);
	return code;
}

enum cli_exit
command_snap_pin(struct cli *cli)
{
	return say(cli, true);
}

enum cli_exit
command_snap_unpin(struct cli *cli)
{
	return say(cli, false);
}

static void
row(struct cli_table *t, const struct pin *p)
{
	char text[HISTORY_TIME_MAX], id[65];

	hex_format(p->snapshot, sizeof(p->snapshot), id);
	id[ID_SHOWN] = '\0';
	cli_table_cell(t, id);
	history_time(p->time, text);
	cli_table_cell(t, text);
	history_time(p->until, text);
	cli_table_cell(t, p->until == 0 ? "for ever" : text);
	cli_table_cell(t, p->who);
	cli_table_cell(t, p->reason);
}

/* Those that hold, into a table or JSON. */
static int
gather(struct repo *r, struct cli_table *t, struct cli_json *j, size_t *np)
{
	struct pin_list *l = NULL;
	struct pin p;
	int e;

	if ((e = pin_list_new(r, &l)) != 0)
		return e;
	while ((e = pin_list_next(l, &p)) == 1) {
		if (pin_holds(&p, clock_wall())) {
			++*np;
			if (t != NULL)
				row(t, &p);
			else {
				cli_json_object(j, NULL);
				pin_json(j, &p);
				cli_json_end(j);
			}
		}
		pin_clear(&p);
	}
	pin_list_free(l);
	return e;
}

enum cli_exit
command_snap_pins(struct cli *cli)
{
	static const char *const heads[] = { "SNAPSHOT", "SINCE", "UNTIL",
	    "WHO", "REASON" };
	struct cli_table *t = NULL;
	struct cli_json *j = NULL;
	struct opened o;
	enum cli_exit code;
	size_t n = 0, i;
	int e = 0;

	if ((code = command_open(cli, cli_option_get(cli, "target", 0),
	    &o)) != CLI_EXIT_OK)
		goto out;
	(void)!zone_use(o.policy->office.timezone);
	if (cli->json) {
		if ((e = cli_json_new(&j)) == 0)
			cli_json_array(j, "pins");
	} else if ((e = cli_table_new(5, 0, &t)) == 0)
		for (i = 0; i < 5; i++)
			cli_table_cell(t, heads[i]);
	if (e == 0)
		e = gather(o.repo, t, j, &n);
	if (e != 0)
		code = cli_fail(cli, cli_exit_from_err(e), "%s; what cannot"
		    " be read holds", err_text(e));
	else if (j != NULL) {
		cli_json_end(j);
		code = command_answer(cli, j, CLI_EXIT_OK);
		j = NULL;	/* freed there */
	} else if (n == 0)
		puts("No snapshot is pinned");
	else
		(void)!cli_table_print(t, stdout, 0);
 out:
	cli_json_free(j);
	cli_table_free(t);
	command_close(&o);
	return code;
}
