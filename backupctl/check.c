/* check.c: one line and an exit code, for scripts and Nagios. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupctl/command.h"
#include "backupctl/moment.h"
#include "backupctl/picture.h"
#include "base/log.h"
#include "cli/json.h"

#define NAMED 3			/* sources named of each state */
#define LINE_MAX_BYTES 2048

enum nagios {
	NAGIOS_OK,
	NAGIOS_WARNING,
	NAGIOS_CRITICAL,
	NAGIOS_UNKNOWN
};

static const char *const words[] = { "OK", "WARNING", "CRITICAL",
	"UNKNOWN" };

/* What came of it. */
struct verdict {
	enum nagios state;
	enum cli_exit code;	/* the worst, as any other command has it */
	char	 line[LINE_MAX_BYTES];	/* what is wrong, or how much is well */
};

static void __attribute__((format(printf, 4, 5)))
wrong(struct verdict *v, enum nagios state, enum cli_exit code,
    const char *format, ...)
{
	size_t at = strlen(v->line);
	va_list ap;

	if (state > v->state)
		v->state = state;
	v->code = cli_exit_worst(v->code, code);
	if (at > 0 && at < sizeof(v->line) - 3) {
		snprintf(v->line + at, sizeof(v->line) - at, "; ");
		at += 2;
	}
	va_start(ap, format);
	vsnprintf(v->line + at, sizeof(v->line) - at, format, ap);
	va_end(ap);
}

/* What a source's state means to a script. */
static enum cli_exit
code_of(const struct control_source *s)
{
	switch (picture_state(s)) {
	case PICTURE_FAILED:
		return (enum cli_exit)s->code;
	case PICTURE_LATE:
		return CLI_EXIT_FAILED;
	case PICTURE_INCOMPLETE:
		return CLI_EXIT_INCOMPLETE;
	default:
		return CLI_EXIT_OK;
	}
}

/* Those of one state, a few by name. */
static void
sources_judge(const struct picture *p, enum picture_state state,
    struct verdict *v)
{
	char names[NAMED * 140] = "";
	const struct control_source *s;
	enum cli_exit code = CLI_EXIT_OK;
	size_t i, n = 0, at;

	for (i = 0; i < p->sources.n; i++) {
		s = &p->sources.v[i].u.source;
		if (picture_state(s) != state)
			continue;
		code = cli_exit_worst(code, code_of(s));
		at = strlen(names);
		if (++n <= NAMED)
			snprintf(names + at, sizeof(names) - at,
			    "%s%.60s/%.60s", n == 1 ? "" : ", ", s->host,
			    s->set);
	}
	if (n > 0)
		wrong(v, state == PICTURE_INCOMPLETE ? NAGIOS_WARNING :
		    NAGIOS_CRITICAL, code, "%zu %s (%s%s)", n,
		    picture_word(state), names, n > NAMED ? ", ..." : "");
}

static void
target_judge(const struct picture *p, const struct control_target *t,
    struct verdict *v)
{
	char when[MOMENT_MAX];

	moment_short((int64_t)t->full, p->now, when);
	if (picture_low(t))
		wrong(v, NAGIOS_CRITICAL, CLI_EXIT_TARGET, "target %s nearly"
		    " full", t->name);
	else if (picture_fills(t, p->now))
		wrong(v, NAGIOS_WARNING, CLI_EXIT_OK, "target %s full about"
		    " %s", t->name, when);
}

/* Late is a warning; twice as late as it may be, nobody has looked. */
static void
copy_judge(const struct picture *p, const struct control_copy *y,
    struct verdict *v)
{
	char text[PICTURE_COPY_MAX];
	int64_t lag = p->now - (int64_t)y->oldest;

	picture_copy(y, p->now, text);
	if (y->late != 0)
		wrong(v, lag > 2 * (int64_t)y->max_age ? NAGIOS_CRITICAL :
		    NAGIOS_WARNING, CLI_EXIT_TARGET, "copy %s %s", y->name,
		    text);
	else if (picture_copy_bad(y))
		wrong(v, NAGIOS_WARNING, (enum cli_exit)y->code, "copy %s:"
		    " %s", y->name, y->text);
}

static void
judge(const struct picture *p, struct verdict *v)
{
	const struct control_server *sv = &p->server.u.server;
	size_t i;

	memset(v, 0, sizeof(*v));
	if (!p->alive)
		wrong(v, NAGIOS_CRITICAL, CLI_EXIT_UNREACHABLE, "backupd does"
		    " not run");
	for (i = PICTURE_STATES - 1; i >= PICTURE_INCOMPLETE; i--)
		sources_judge(p, (enum picture_state)i, v);
	for (i = 0; i < p->targets.n; i++)
		target_judge(p, &p->targets.v[i].u.target, v);
	for (i = 0; i < p->copies.n; i++)
		copy_judge(p, &p->copies.v[i].u.copy, v);
	if (p->alive && sv->problem[0] != '\0')
		wrong(v, NAGIOS_WARNING, CLI_EXIT_POLICY, "the new policy is"
		    " not valid");
	if (sv->stopping != 0)
		wrong(v, NAGIOS_WARNING, CLI_EXIT_OK, "backupd is stopping");
	if (v->line[0] == '\0')
		snprintf(v->line, sizeof(v->line), "%zu protected, %zu new",
		    p->counts[PICTURE_PROTECTED], p->counts[PICTURE_NEW]);
}

/* A label of performance data: quoted, its quotes doubled. */
static void
label(const char *prefix, const char *name)
{
	printf(" '%s", prefix);
	for (; *name != '\0'; name++) {
		if (*name == '\'')
			putchar('\'');
		putchar(*name == '=' || *name == '|' ||
		    (unsigned char)*name < ' ' ? '_' : *name);
	}
	fputs("'=", stdout);
}

/* " | 'protected'=18 ... 'oldest'=70000s 'used nas'=81%;85;;0;100". */
static void
perfdata(const struct picture *p)
{
	const struct control_target *t;
	const struct control_source *s;
	int64_t oldest = 0;
	size_t i;

	fputs(" |", stdout);
	for (i = 0; i < PICTURE_STATES; i++) {
		label("", picture_word((enum picture_state)i));
		printf("%zu", p->counts[i]);
	}
	for (i = 0; i < p->sources.n; i++) {
		s = &p->sources.v[i].u.source;
		if (s->enabled != 0 && s->last_good != 0 &&
		    p->now - (int64_t)s->last_good > oldest)
			oldest = p->now - (int64_t)s->last_good;
	}
	label("oldest", "");
	printf("%" PRId64 "s", oldest);
	for (i = 0; i < p->copies.n; i++) {
		label("lag ", p->copies.v[i].u.copy.name);
		printf("%" PRIu64 "s", p->copies.v[i].u.copy.oldest == 0 ? 0 :
		    (uint64_t)p->now - p->copies.v[i].u.copy.oldest);
	}
	for (i = 0; i < p->targets.n; i++) {
		t = &p->targets.v[i].u.target;
		if (t->measured == 0 || t->total == 0)
			continue;
		label("used ", t->name);
		printf("%.1f%%;;;0;100", 100.0 - (double)t->free * 100.0 /
		    (double)t->total);
	}
}

static enum cli_exit
nagios_print(const struct picture *p, const struct verdict *v)
{
	char safe[LINE_MAX_BYTES], *c;

	log_escape(safe, sizeof(safe), v->line, strlen(v->line));
	/* What follows a bar is performance data. */
	for (c = safe; *c != '\0'; c++)
		if (*c == '|')
			*c = '/';
	printf("KHO %s - %s", words[v->state], safe);
	perfdata(p);
	putchar('\n');
	return (enum cli_exit)v->state;
}

static enum cli_exit
check_json(const struct cli *cli, const struct picture *p,
    const struct verdict *v, enum cli_exit code)
{
	struct cli_json *j;
	size_t i;

	if (cli_json_new(&j) != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "%s",
		    err_text(ERR_NOMEM));
	cli_json_str(j, "state", words[v->state]);
	cli_json_str(j, "text", v->line);
	cli_json_bool(j, "alive", p->alive);
	cli_json_object(j, "counts");
	for (i = 0; i < PICTURE_STATES; i++)
		cli_json_int(j, picture_word((enum picture_state)i),
		    (int64_t)p->counts[i]);
	cli_json_end(j);
	return command_answer(cli, j, code);
}

/* Nothing can be said: what it was is on stderr already. */
static enum cli_exit
unknown(const struct cli *cli, enum cli_exit code)
{
	if (cli_option_count(cli, "nagios") == 0 || cli->json)
		return code;
	/* Without a daemon nothing is backed up, whatever else there is. */
	if (code == CLI_EXIT_UNREACHABLE) {
		puts("KHO CRITICAL - backupd does not run");
		return (enum cli_exit)NAGIOS_CRITICAL;
	}
	puts("KHO UNKNOWN - see what backupctl status says");
	return (enum cli_exit)NAGIOS_UNKNOWN;
}

enum cli_exit
command_check(struct cli *cli)
{
	const char *host = cli->nargs > 0 ? cli->args[0] : NULL;
	bool nagios = cli_option_count(cli, "nagios") > 0, filled;
	struct verdict v;
	struct picture p;
	enum cli_exit code;

	if (nagios && cli->json)
		return cli_fail(cli, CLI_EXIT_USAGE, "--nagios and --json do"
		    " not go together");
	code = picture_take(cli, host, &p, &filled);
	if (!filled) {
		if (code == CLI_EXIT_UNREACHABLE && !nagios)
			(void)cli_fail(cli, code, "backupd does not run");
		code = unknown(cli, code);
		goto out;
	}
	judge(&p, &v);
	code = v.code;
	if (nagios)
		code = nagios_print(&p, &v);
	else if (cli->json)
		code = check_json(cli, &p, &v, code);
	else if (!cli->quiet) {
		char safe[LINE_MAX_BYTES];

		log_escape(safe, sizeof(safe), v.line, strlen(v.line));
		printf("%s: %s\n", words[v.state], safe);
	}
 out:
	picture_clear(&p);
	return code;
}
