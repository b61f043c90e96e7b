/* target_list.c: backupctl target list. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backupctl/command.h"
#include "backupctl/history.h"
#include "backupd/target.h"
#include "catalog/copy.h"
#include "catalog/verified.h"
#include "base/hex.h"
#include "cli/json.h"
#include "cli/text.h"
#include "crypto/secret.h"
#include "policy/policy.h"
#include "repo/key.h"
#include "store/store.h"

#define COLUMNS 7
#define JOBS_MAX 10000		/* looked through for the last one */

/* How one target is. */
struct look {
	char	 id[2 * REPO_ID_LEN + 1];	/* "" : not known */
	struct target_trouble trouble;
	bool	 ready, measured;
	struct store_room room;
	int64_t	 last;				/* job; 0: none */
	struct catalog_verified verified;	/* time 0: never */
};

static void
look_at(const struct policy_target *t, struct look *l)
{
	struct target_ask ask;
	struct key_file k;
	struct store *s = NULL;
	int r;

	if (t->url == NULL) {
		l->trouble.state = "not attached";
		return;
	}
	target_ask_about(t, &ask);
	ask.writes = true;
	if (!t->primary && access(t->key_file, F_OK) == -1 &&
	    errno == ENOENT) {
		l->trouble.state = "no copy yet";
		snprintf(l->trouble.remedy, sizeof(l->trouble.remedy),
		    "backupctl target sync %s", t->name);
		return;
	}
	if ((r = key_file_read(t->key_file, &k)) != 0) {
		target_no_key(&ask, r, &l->trouble);
		return;
	}
	hex_format(k.repo_id, REPO_ID_LEN, l->id);
	r = target_open(&ask, k.repo_id, &s, &l->trouble);
	crypto_wipe(&k, sizeof(k));
	l->ready = r == 0;
	/* Of a full one, too, it is good to know. */
	if (r == 0 || r == ERR_NOSPACE)
		l->measured = (s != NULL || target_store(t, &s) == 0) &&
		    store_room(s, &l->room) == 0;
	store_close(s);
}

/* When the last copy to it began. */
static int
last_copy(struct catalog *c, const char *target, int64_t *whenp)
{
	struct catalog_copied s;
	int r;

	if (c == NULL || (r = catalog_copied_get(c, target,
	    &s)) == ERR_NOENT)
		return 0;
	if (r == 0)
		*whenp = s.begun;
	return r;
}

/* When the last job that wrote to it began. */
static int
last_job(struct catalog *c, const char *target, int64_t *whenp)
{
	const struct catalog_filter f = { .limit = JOBS_MAX };
	struct catalog_jobs *l = NULL;
	struct catalog_job j;
	int r;

	if (c == NULL)
		return 0;
	if ((r = catalog_jobs_new(c, &f, &l)) != 0)
		return r;
	while ((r = catalog_jobs_next(l, &j)) == 1)
		if (strcmp(j.target, target) == 0) {
			*whenp = j.started;
			r = 0;
			break;
		}
	catalog_jobs_free(l);
	return r;
}

/* What the last verification said; NULL: there was none. */
static const char *
verdict(const struct look *l)
{
	if (l->verified.time == 0)
		return NULL;
	return l->verified.alarms == 0 ? "sound" : "damaged";
}

static void
row_json(struct cli_json *j, const struct policy_target *t,
    const struct look *l)
{
	cli_json_object(j, NULL);
	cli_json_str(j, "name", t->name);
	cli_json_str(j, "role", t->primary ? "primary" : "copy");
	cli_json_str(j, "type", t->kind);
	cli_json_str(j, "path", t->url);
	cli_json_str(j, "repository", l->id[0] != '\0' ? l->id : NULL);
	cli_json_str(j, "state", l->ready ? "ready" : l->trouble.state);
	cli_json_bool(j, "ready", l->ready);
	cli_json_int(j, "total", (int64_t)l->room.total);
	cli_json_int(j, "free", (int64_t)l->room.free);
	history_json_time(j, "last_job", l->last);
	history_json_time(j, "verified", l->verified.time);
	cli_json_str(j, "verdict", verdict(l));
	cli_json_str(j, "remedy", l->trouble.remedy[0] != '\0' ?
	    l->trouble.remedy : NULL);
	cli_json_end(j);
}

static void
row_text(struct cli_table *tab, const struct policy_target *t,
    const struct look *l)
{
	char free[CLI_TEXT_MAX], last[HISTORY_TIME_MAX];
	char sound[HISTORY_TIME_MAX + 16];

	history_time(l->last, last);
	if (l->measured)
		cli_size_format(l->room.free, free);
	else
		snprintf(free, sizeof(free), "-");
	cli_table_cell(tab, t->name);
	cli_table_cell(tab, t->primary ? "primary" : "copy");
	cli_table_cell(tab, l->ready ? "ready" : l->trouble.state);
	cli_table_cell(tab, free);
	cli_table_cell(tab, last);
	history_time(l->verified.time, last);
	snprintf(sound, sizeof(sound), "%s%s", last, l->verified.alarms > 0 ?
	    " DAMAGED" : "");
	cli_table_cell(tab, sound);
	cli_table_cell(tab, t->url != NULL ? t->url : "-");
}

static int
rows(const struct policy *p, struct catalog *c, struct cli_json *j,
    struct cli_table *tab)
{
	struct look l;
	size_t i;
	int r;

	for (i = 0; i < p->ntargets; i++) {
		memset(&l, 0, sizeof(l));
		look_at(&p->targets[i], &l);
		r = p->targets[i].primary ? last_job(c, p->targets[i].name,
		    &l.last) : last_copy(c, p->targets[i].name, &l.last);
		if (r != 0 ||
		    (c != NULL && (r = catalog_verified_last(c,
		    p->targets[i].name, &l.verified)) != 0 &&
		    r != ERR_NOENT))
			return r;
		if (j != NULL)
			row_json(j, &p->targets[i], &l);
		else
			row_text(tab, &p->targets[i], &l);
		if (j == NULL && !l.ready && l.trouble.text[0] != '\0')
			fprintf(stderr, "%s\n  %s\n", l.trouble.text,
			    l.trouble.remedy);
	}
	return 0;
}

enum cli_exit
command_target_list(struct cli *cli)
{
	static const char *const heads[COLUMNS] = { "TARGET", "ROLE", "STATE",
	    "FREE", "LAST JOB", "VERIFIED", "PATH" };
	const struct policy *p = NULL;
	struct cli_table *tab = NULL;
	struct cli_json *j = NULL;
	struct catalog *c = NULL;
	enum cli_exit code;
	char *dir = NULL;
	size_t i;
	int r;

	if ((code = command_load_policy(cli, &p)) != CLI_EXIT_OK)
		return code;
	if ((code = history_dir(cli, &dir)) != CLI_EXIT_OK)
		goto out;
	/* Targets are there before the first job. */
	if (catalog_open(dir, CATALOG_READ, &c) != 0)
		c = NULL;
	r = cli->json ? cli_json_new(&j) : cli_table_new(COLUMNS, 1u << 3,
	    &tab);
	for (i = 0; i < COLUMNS && tab != NULL; i++)
		cli_table_cell(tab, heads[i]);
	if (j != NULL)
		cli_json_array(j, "targets");
	if (r == 0)
		r = rows(p, c, j, tab);
	if (j != NULL)
		cli_json_end(j);
	if (r == 0 && j != NULL) {
		code = command_answer(cli, j, CLI_EXIT_OK);
		j = NULL;	/* freed by that */
	} else if (r == 0)
		r = cli_table_print(tab, stdout, 0);
	if (r != 0)
		code = cli_fail(cli, cli_exit_from_err(r), "cannot list the"
		    " targets: %s", err_text(r));
 out:
	cli_json_free(j);
	cli_table_free(tab);
	catalog_close(c);
	free(dir);
	policy_free(p);
	return code;
}
