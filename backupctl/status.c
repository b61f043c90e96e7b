/* status.c: how things stand, for whoever looks at it in the morning. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backupctl/ask.h"
#include "backupctl/command.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/json.h"
#include "cli/text.h"

#define TODO_MAX 20		/* lines of what to do */

/* How a source stands, the worst last. */
enum standing {
	STANDING_PROTECTED,
	STANDING_OFF,			/* not backed up, by the policy */
	STANDING_NEW,			/* no job has ended yet */
	STANDING_INCOMPLETE,
	STANDING_LATE,
	STANDING_FAILED
};
#define STANDINGS 6

static const char *const words[STANDINGS] = {
	"protected", "off", "new", "incomplete", "late", "failed"
};

struct status {
	const struct cli *cli;
	struct control server;
	struct control *sources;	/* owns */
	size_t	 n, room;
	size_t	 counts[STANDINGS];
	size_t	 busy[3];		/* by enum control_state */
	int64_t	 now;
};

static enum standing
standing_of(const struct control_source *s)
{
	if (s->enabled == 0)
		return STANDING_OFF;
	if (s->ended != 0 && s->code != CLI_EXIT_OK &&
	    s->code != CLI_EXIT_INCOMPLETE)
		return STANDING_FAILED;
	if (s->late != 0)
		return STANDING_LATE;
	if (s->ended == 0)
		return STANDING_NEW;
	return s->code == CLI_EXIT_INCOMPLETE ? STANDING_INCOMPLETE :
	    STANDING_PROTECTED;
}

static int
source_add(struct status *st, struct control *a)
{
	struct control *v;
	size_t room;

	if (st->n == st->room) {
		room = st->room * 2 + 64;
		if ((v = realloc(st->sources, room * sizeof(*v))) == NULL)
			return ERR_NOMEM;
		st->sources = v;
		st->room = room;
	}
	st->counts[standing_of(&a->u.source)]++;
	if (a->u.source.state <= CONTROL_RUNNING)
		st->busy[a->u.source.state]++;
	st->sources[st->n++] = *a;	/* st's now, with its texts */
	return 0;
}

/* Take all of the answer. */
static enum cli_exit
status_get(struct status *st, struct control_client *c)
{
	enum cli_exit code;
	struct control a;
	bool done = false;

	while (!done) {
		if ((code = ask_next(st->cli, c, false, &a)) != CLI_EXIT_OK)
			return code;
		if (a.type == CONTROL_SERVER) {
			control_clear(&st->server);
			st->server = a;
			continue;
		}
		if (a.type == CONTROL_SOURCE) {
			if (source_add(st, &a) == 0)
				continue;
			code = cli_fail(st->cli, CLI_EXIT_FAILED, "%s",
			    err_text(ERR_NOMEM));
			done = true;
		} else if (a.type == CONTROL_DONE) {
			code = ask_done(st->cli, &a);
			done = true;
		}
		control_clear(&a);
	}
	return code;
}

static bool
attention(const struct status *st)
{
	return st->counts[STANDING_INCOMPLETE] > 0 ||
	    st->counts[STANDING_LATE] > 0 ||
	    st->counts[STANDING_FAILED] > 0 ||
	    st->server.u.server.problem[0] != '\0' ||
	    st->server.u.server.stopping != 0;
}

static void
time_json(struct cli_json *j, const char *key, uint64_t when)
{
	char text[CLOCK_TEXT_MAX];

	if (when != 0)
		clock_format((int64_t)when, text);
	cli_json_str(j, key, when != 0 ? text : NULL);
}

static void
source_json(struct cli_json *j, const struct status *st,
    const struct control_source *s)
{
	static const char *const activity[] = { "idle", "waiting",
	    "running" };

	cli_json_object(j, NULL);
	cli_json_str(j, "host", s->host);
	cli_json_str(j, "set", s->set);
	cli_json_str(j, "state", words[standing_of(s)]);
	cli_json_str(j, "activity", s->state <= CONTROL_RUNNING ?
	    activity[s->state] : NULL);
	time_json(j, "last_good", s->last_good);
	if (s->last_good != 0)
		cli_json_int(j, "age_s", st->now - (int64_t)s->last_good);
	else
		cli_json_str(j, "age_s", NULL);
	if (s->job != 0)
		cli_json_int(j, "job", (int64_t)s->job);
	else
		cli_json_str(j, "job", NULL);
	if (s->ended != 0)
		cli_json_int(j, "code", (int64_t)s->code);
	else
		cli_json_str(j, "code", NULL);
	time_json(j, "ended", s->ended);
	time_json(j, "next", s->next);
	cli_json_str(j, "error", s->text[0] != '\0' ? s->text : NULL);
	cli_json_str(j, "help", s->remedy[0] != '\0' ? s->remedy : NULL);
	cli_json_end(j);
}

static enum cli_exit
status_json(const struct status *st)
{
	const struct control_server *sv = &st->server.u.server;
	struct cli_json *j;
	size_t i;

	if (cli_json_new(&j) != 0)
		return cli_fail(st->cli, CLI_EXIT_FAILED, "%s",
		    err_text(ERR_NOMEM));
	cli_json_str(j, "overall", attention(st) ? "attention" : "ok");
	cli_json_object(j, "daemon");
	cli_json_int(j, "pid", (int64_t)sv->pid);
	time_json(j, "started", sv->started);
	cli_json_str(j, "policy", sv->policy);
	time_json(j, "loaded", sv->loaded);
	cli_json_str(j, "problem", sv->problem[0] != '\0' ? sv->problem :
	    NULL);
	cli_json_bool(j, "stopping", sv->stopping != 0);
	cli_json_bool(j, "simulated", sv->simulated != 0);
	cli_json_int(j, "running", (int64_t)sv->running);
	cli_json_int(j, "waiting", (int64_t)sv->waiting);
	cli_json_end(j);
	cli_json_object(j, "counts");
	for (i = 0; i < STANDINGS; i++)
		cli_json_int(j, words[i], (int64_t)st->counts[i]);
	cli_json_end(j);
	cli_json_array(j, "hosts");
	for (i = 0; i < st->n; i++)
		source_json(j, st, &st->sources[i].u.source);
	cli_json_end(j);
	return command_answer(st->cli, j, CLI_EXIT_OK);
}

static void
when_format(uint64_t when, char out[32])
{
	time_t t = (time_t)when;
	struct tm tm;

	if (when == 0 || localtime_r(&t, &tm) == NULL ||
	    strftime(out, 32, "%a %Y-%m-%d %H:%M", &tm) == 0)
		snprintf(out, 32, "never");
}

static void
row_print(struct cli_table *t, const struct status *st,
    const struct control_source *s)
{
	char text[600], when[32], age[CLI_TEXT_MAX] = "";

	snprintf(text, sizeof(text), "%s/%s", s->host, s->set);
	cli_table_cell(t, text);
	when_format(s->last_good, when);
	cli_table_cell(t, when);
	if (s->last_good != 0)
		cli_duration_format(st->now - (int64_t)s->last_good, age);
	cli_table_cell(t, age);
	snprintf(text, sizeof(text), "%s", words[standing_of(s)]);
	if (s->state == CONTROL_RUNNING)
		snprintf(text, sizeof(text), "%s, job %" PRIu64 " runs",
		    words[standing_of(s)], s->job);
	else if (s->state == CONTROL_WAITING)
		snprintf(text, sizeof(text), "%s, waits",
		    words[standing_of(s)]);
	cli_table_cell(t, text);
}

/* Those that are not well or not idle; all with --all or if asked for. */
static void
rows_print(const struct status *st)
{
	bool all = cli_option_count(st->cli, "all") > 0 ||
	    st->cli->nargs > 0;
	static const char *const heads[] = { "SOURCE", "LAST GOOD", "AGE",
	    "STATE" };
	const struct control_source *s;
	struct cli_table *t = NULL;
	size_t i, rows = 0;

	if (cli_table_new(4, 1u << 2, &t) != 0)
		return;
	for (i = 0; i < 4; i++)
		cli_table_cell(t, heads[i]);
	for (i = 0; i < st->n; i++) {
		s = &st->sources[i].u.source;
		if (!all && s->state == CONTROL_IDLE &&
		    standing_of(s) < STANDING_INCOMPLETE)
			continue;
		row_print(t, st, s);
		rows++;
	}
	if (rows > 0)
		(void)!cli_table_print(t, stdout, 0);
	cli_table_free(t);
}

static void
todo_print(const struct control_source *s, size_t *np)
{
	char text[1024], safe[1024];
	enum standing w = standing_of(s);

	if (w < STANDING_INCOMPLETE)
		return;
	if (++*np == 1)
		printf("What to do\n");
	if (*np > TODO_MAX)
		return;
	if (w == STANDING_LATE)
		snprintf(text, sizeof(text), "%s/%s is late: leave it on, or"
		    " run it: backupctl run %s/%s", s->host, s->set, s->host,
		    s->set);
	else
		snprintf(text, sizeof(text), "%s/%s: %s%s%s", s->host,
		    s->set, s->text, s->remedy[0] != '\0' ? "; " : "",
		    s->remedy);
	log_escape(safe, sizeof(safe), text, strlen(text));
	printf("%2zu. %s\n", *np, safe);
}

static void
todos_print(const struct status *st)
{
	const struct control_server *sv = &st->server.u.server;
	char safe[1024];
	size_t i, n = 0;

	if (sv->problem[0] != '\0') {
		n++;
		log_escape(safe, sizeof(safe), sv->problem,
		    strlen(sv->problem));
		printf("What to do\n 1. policy: %s\n", safe);
	}
	for (i = 0; i < st->n; i++)
		todo_print(&st->sources[i].u.source, &n);
	if (n > TODO_MAX)
		printf("    and %zu more; backupctl status --json has all\n",
		    n - TODO_MAX);
}

static void
status_print(const struct status *st)
{
	const struct control_server *sv = &st->server.u.server;
	char when[32];
	size_t i;

	when_format((uint64_t)st->now, when);
	printf("%-48s %s\n", when, attention(st) ? "NEEDS ATTENTION" :
	    "ALL IS WELL");
	if (sv->simulated != 0)
		printf("THIS IS A REHEARSAL: the clock is simulated\n");
	printf("%zu %s", st->counts[0], words[0]);
	for (i = 1; i < STANDINGS; i++)
		if (st->counts[i] > 0 || i >= STANDING_INCOMPLETE)
			printf("   %zu %s", st->counts[i], words[i]);
	printf("\n");
	if (sv->running + sv->waiting > 0)
		printf("%" PRIu64 " jobs run, %" PRIu64 " wait\n",
		    sv->running, sv->waiting);
	if (sv->stopping != 0)
		printf("backupd is stopping: no new job begins\n");
	rows_print(st);
	todos_print(st);
}

enum cli_exit
command_status(struct cli *cli)
{
	struct control c = { .type = CONTROL_STATUS };
	struct control_client *client = NULL;
	struct status st = { .cli = cli };
	enum cli_exit code;

	st.server.type = CONTROL_SERVER;
	if (cli->nargs > 0)
		c.u.status.host = cli->args[0];
	if ((code = ask(cli, &c, &client)) != CLI_EXIT_OK)
		return code;
	if ((code = status_get(&st, client)) == CLI_EXIT_OK) {
		if (st.server.u.server.problem == NULL)
			code = cli_fail(cli, CLI_EXIT_FAILED, "backupd says"
			    " nothing of itself");
		else {
			/* The daemon's time counts, which may be simulated. */
			st.now = (int64_t)st.server.u.server.now;
			if (cli->json)
				code = status_json(&st);
			else
				status_print(&st);
		}
	}
	control_close(client);
	control_clear(&st.server);
	while (st.n > 0)
		control_clear(&st.sources[--st.n]);
	free(st.sources);
	return code;
}
