/* status.c: how things stand, for whoever looks at it in the morning. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backupctl/advice.h"
#include "backupctl/ask.h"
#include "backupctl/command.h"
#include "backupctl/moment.h"
#include "backupctl/picture.h"
#include "backupctl/posture.h"
#include "backupctl/status_json.h"
#include "base/log.h"
#include "cli/text.h"

#define TODO_MAX 20		/* lines of what to do */
#define WATCH_S 2
#define SAFE_MAX 2048

static void
escaped(FILE *f, const char *text)
{
	char safe[SAFE_MAX];

	log_escape(safe, sizeof(safe), text, strlen(text));
	fputs(safe, f);
}

static void
row_print(struct cli_table *t, const struct picture *p,
    const struct control_source *s)
{
	const char *word = picture_word(picture_state(s));
	char text[600];

	snprintf(text, sizeof(text), "%s/%s", s->host, s->set);
	cli_table_cell(t, text);
	moment_short((int64_t)s->last_good, p->now, text);
	cli_table_cell(t, text);
	moment_age((int64_t)s->last_good, p->now, text);
	cli_table_cell(t, text);
	snprintf(text, sizeof(text), "%s", word);
	if (s->state == CONTROL_RUNNING)
		snprintf(text, sizeof(text), "%s, job %" PRIu64 " runs", word,
		    s->job);
	else if (s->state == CONTROL_WAITING)
		snprintf(text, sizeof(text), "%s, waits", word);
	else if (s->paused != 0 && s->paused_why[0] != '\0')
		snprintf(text, sizeof(text), "%s: %.200s", word,
		    s->paused_why);
	cli_table_cell(t, text);
	moment_short((int64_t)s->next, p->now, text);
	cli_table_cell(t, s->next == 0 ? "-" : (int64_t)s->next <= p->now ?
	    "now" : text);
}

/* Those that are not well or not idle; all with --all or if asked for. */
static void
rows_print(FILE *f, const struct cli *cli, const struct picture *p)
{
	bool all = cli_option_count(cli, "all") > 0 || cli->nargs > 0;
	static const char *const heads[] = { "HOST/SET", "LAST GOOD", "AGE",
	    "STATE", "NEXT" };
	const struct control_source *s;
	struct cli_table *t = NULL;
	size_t i, rows = 0;

	if (cli_table_new(5, 1u << 2, &t) != 0)
		return;
	for (i = 0; i < 5; i++)
		cli_table_cell(t, heads[i]);
	for (i = 0; i < p->sources.n; i++) {
		s = &p->sources.v[i].u.source;
		if (!all && s->state == CONTROL_IDLE &&
		    picture_state(s) < PICTURE_AWAY &&
		    picture_state(s) != PICTURE_PAUSED)
			continue;
		row_print(t, p, s);
		rows++;
	}
	if (rows > 0)
		(void)!cli_table_print(t, f, 0);
	cli_table_free(t);
}

static void
target_print(FILE *f, const struct picture *p,
    const struct control_target *t)
{
	char size[CLI_TEXT_MAX], outlook[PICTURE_OUTLOOK_MAX];

	if (t->measured == 0)
		return;
	cli_size_format(t->free, size);
	picture_outlook(t->outlook, (int64_t)t->full, p->now, outlook);
	fputs("target ", f);
	escaped(f, t->name);
	fprintf(f, ": %s free (%u %%), %s\n", size, t->total == 0 ? 0u :
	    (unsigned int)((double)t->free * 100 / (double)t->total),
	    outlook);
}

static void
copy_print(FILE *f, const struct picture *p, const struct control_copy *y)
{
	char text[PICTURE_COPY_MAX];

	picture_copy(y, p->now, text);
	fputs("copy ", f);
	escaped(f, y->name);
	fprintf(f, ": %s\n", text);
}

static void
todos_print(FILE *f, const struct advice_list *a)
{
	size_t i;

	if (a->n > 0)
		fprintf(f, "What to do\n");
	for (i = 0; i < a->n && i < TODO_MAX; i++) {
		fprintf(f, "%2zu. ", i + 1);
		escaped(f, a->v[i].text);
		if (a->v[i].command[0] != '\0') {
			fputs("  ", f);
			escaped(f, a->v[i].command);
		}
		fputc('\n', f);
	}
	if (a->n > TODO_MAX)
		fprintf(f, "    and %zu more; backupctl --json status has"
		    " all\n", a->n - TODO_MAX);
}

/* How many stand how. */
static void
counts_print(FILE *f, const struct picture *p)
{
	size_t i;

	fprintf(f, "%zu %s", p->counts[PICTURE_PROTECTED],
	    picture_word(PICTURE_PROTECTED));
	for (i = PICTURE_STATES - 1; i > 0; i--)
		if (p->counts[i] > 0 || i >= PICTURE_INCOMPLETE)
			fprintf(f, "   %zu %s", p->counts[i],
			    picture_word((enum picture_state)i));
	fputc('\n', f);
}

/* In how many sources all copies are there that there should be. */
static void
posture_print(FILE *f, const struct cli *cli, const struct picture *p)
{
	size_t n, lacking;

	if (!stands_sum(cli, p->now, &n, &lacking))
		return;
	if (lacking == 0)
		fprintf(f, "posture: all %zu sources have the copies that"
		    " they should have\n", n);
	else
		fprintf(f, "posture: %zu of %zu sources lack copies, or"
		    " nobody has verified them: backupctl posture\n",
		    lacking, n);
}

static void
status_print(FILE *f, const struct cli *cli, const struct picture *p,
    const struct advice_list *a)
{
	const struct control_server *sv = &p->server.u.server;
	bool bad = picture_attention(p), color = cli_color_on(cli, stdout);
	char when[MOMENT_MAX];
	size_t i;

	moment_now(p->now, when);
	fprintf(f, "%-50s %s%s%s\n", when, !color ? "" : bad ? "\033[1;31m" :
	    "\033[32m", status_verdict(p), color ? "\033[0m" : "");
	if (sv->simulated != 0)
		fprintf(f, "THIS IS A REHEARSAL: the clock is simulated\n");
	if (!p->alive)
		fprintf(f, "backupd does not run; this is what it knew when"
		    " it ended\n");
	counts_print(f, p);
	if (sv->running + sv->waiting > 0)
		fprintf(f, "%" PRIu64 " jobs run, %" PRIu64 " wait\n",
		    sv->running, sv->waiting);
	rows_print(f, cli, p);
	for (i = 0; i < p->targets.n; i++)
		target_print(f, p, &p->targets.v[i].u.target);
	for (i = 0; i < p->copies.n; i++)
		copy_print(f, p, &p->copies.v[i].u.copy);
	posture_print(f, cli, p);
	todos_print(f, a);
}

/* Print the text in place of what is on the screen. */
static void
repaint(const char *text)
{
	const char *end;

	fputs("\033[H", stdout);
	for (; (end = strchr(text, '\n')) != NULL; text = end + 1)
		printf("%.*s\033[K\n", (int)(end - text), text);
	fputs("\033[J", stdout);
	(void)fflush(stdout);
}

/* Look once; code is what picture_take has said. */
static enum cli_exit
look(const struct cli *cli, const struct picture *p, enum cli_exit code)
{
	bool watch = cli_option_count(cli, "watch") > 0;
	struct advice_list a = { .n = 0 };
	char *text = NULL;
	size_t len = 0;
	FILE *f = NULL;
	int r;

	if ((r = advice_make(p, &a)) != 0)
		goto out;
	if (cli->json) {
		code = status_json(cli, p, &a, code);
		goto out;
	}
	if ((f = open_memstream(&text, &len)) == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	status_print(f, cli, p, &a);
	if (fclose(f) != 0)
		r = ERR_NOMEM;
	else if (watch)
		repaint(text);
	else {
		fputs(text, stdout);
		if (code == CLI_EXIT_UNREACHABLE)
			code = ask_nobody(cli);
	}
 out:
	if (r != 0)
		code = cli_fail(cli, CLI_EXIT_FAILED, "%s", err_text(r));
	advice_clear(&a);
	free(text);
	return code;
}

enum cli_exit
command_status(struct cli *cli)
{
	const char *host = cli->nargs > 0 ? cli->args[0] : NULL;
	bool watch = cli_option_count(cli, "watch") > 0, filled;
	const struct timespec pause = { .tv_sec = WATCH_S };
	struct picture p;
	enum cli_exit code;

	if (watch && (cli->json || isatty(STDOUT_FILENO) != 1))
		return cli_fail(cli, CLI_EXIT_USAGE, "--watch needs a"
		    " terminal; for a program there is --json");
	if (watch)
		fputs("\033[2J", stdout);
	do {
		code = picture_take(cli, host, &p, &filled);
		if (filled)
			code = look(cli, &p, code);
		else if (code == CLI_EXIT_UNREACHABLE)
			code = ask_nobody(cli);
		picture_clear(&p);
	} while (watch && filled && nanosleep(&pause, NULL) == 0);
	return code;
}
