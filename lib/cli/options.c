/* options.c: command lines: tables of commands and options, help, errors. */
#include "config.h"

#include "cli/options.h"

#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/suggest.h"
#include "cli/internal.h"
#include "cli/json.h"

#define MESSAGE_MAX 1024
#define WORDS_MAX 64		/* candidates for a suggestion */

/* A command line as it is read. */
struct reader {
	struct cli *cli;
	int	 argc;
	char	**argv;
	int	 i;			/* the next to read */
	char	 words[CLI_COMMAND_MAX];	/* of the command, so far */
	bool	 ended;			/* "--" was seen */
};

static enum cli_exit usage(const struct cli *cli, const char *help,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static const char *
command_name(const struct cli *cli)
{
	return cli->command != NULL ? cli->command->name : "";
}

/* Tell text, which is escaped, on stderr or in an envelope. */
static enum cli_exit
tell(const struct cli *cli, enum cli_exit code, const char *text)
{
	char line[MESSAGE_MAX * 4];
	struct cli_json *j = NULL;
	int r = ERR_NOMEM;

	log_escape(line, sizeof(line), text, strlen(text));
	if (!cli->json) {
		fprintf(stderr, "%s: %s\n", cli->program->name, line);
		return code;
	}
	if (cli_json_new(&j) == 0) {
		if (cli->lines)
			cli_json_int(j, "code", (int64_t)code);
		cli_json_str(j, "error", line);
		r = cli->lines ? cli_json_line(j, stdout, "end") :
		    cli_json_envelope(j, stdout, command_name(cli),
		    (int)code);
	}
	if (r != 0)
		fprintf(stderr, "%s: %s\n", cli->program->name, line);
	cli_json_free(j);
	return code;
}

enum cli_exit
cli_fail(const struct cli *cli, enum cli_exit code, const char *fmt, ...)
{
	char text[MESSAGE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return tell(cli, code, text);
}

/* A mistake on the command line: one line, with what may have been meant. */
static enum cli_exit
usage(const struct cli *cli, const char *help, const char *fmt, ...)
{
	char text[MESSAGE_MAX], line[MESSAGE_MAX * 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (help != NULL)
		snprintf(line, sizeof(line), "%s; did you mean %s?", text,
		    help);
	else
		snprintf(line, sizeof(line), "%s; try %s%s%s --help", text,
		    cli->program->name, command_name(cli)[0] != '\0' ? " " :
		    "", command_name(cli));
	return tell(cli, CLI_EXIT_USAGE, line);
}

/* The option of that name (len bytes) or letter. */
static const struct cli_option *
find_in(const struct cli_option *o, const char *name, size_t len, char letter)
{
	for (; o != NULL && o->name != NULL; o++)
		if (name != NULL ? strlen(o->name) == len &&
		    memcmp(o->name, name, len) == 0 : o->letter == letter)
			return o;
	return NULL;
}

/* The same among the options of all commands, while it is not known which
 * one it will be; NULL where they do not mean the same. */
static const struct cli_option *
find_any(const struct cli_program *p, const char *name, size_t len,
    char letter)
{
	const struct cli_option *o, *found = NULL;
	const struct cli_command *c;

	for (c = p->commands; c->name != NULL; c++) {
		if ((o = find_in(c->options, name, len, letter)) == NULL)
			continue;
		if (found != NULL && (strcmp(o->name, found->name) != 0 ||
		    (o->arg == NULL) != (found->arg == NULL)))
			return NULL;
		found = o;
	}
	return found;
}

static const struct cli_option *
find_option(const struct cli *cli, const char *name, size_t len, char letter)
{
	const struct cli_option *o;

	o = find_in(cli_common_options(cli->program), name, len, letter);
	if (o == NULL && cli->command == NULL)
		o = find_any(cli->program, name, len, letter);
	else if (o == NULL)
		o = find_in(cli->command->options, name, len, letter);
	return o;
}

static enum cli_exit
unknown_option(const struct cli *cli, const char *name, size_t len)
{
	const struct cli_option *tables[2], *o;
	const char *words[WORDS_MAX], *best;
	char typed[SUGGEST_WORD_MAX], dashed[SUGGEST_WORD_MAX + 3];
	size_t n = 0, i;

	tables[0] = cli_common_options(cli->program);
	tables[1] = cli->command != NULL ? cli->command->options : NULL;
	for (i = 0; i < 2; i++)
		for (o = tables[i]; o != NULL && o->name != NULL &&
		    n + 1 < WORDS_MAX; o++)
			words[n++] = o->name;
	words[n] = NULL;
	snprintf(typed, sizeof(typed), "%.*s", (int)len, name);
	best = suggest_word(typed, words);
	if (best != NULL)
		snprintf(dashed, sizeof(dashed), "--%s", best);
	return usage(cli, best != NULL ? dashed : NULL,
	    "unknown option --%.*s", (int)len, name);
}

static enum cli_exit
take_color(struct cli *cli, const char *arg)
{
	if (strcmp(arg, "auto") == 0)
		cli->color = CLI_COLOR_AUTO;
	else if (strcmp(arg, "always") == 0)
		cli->color = CLI_COLOR_ALWAYS;
	else if (strcmp(arg, "never") == 0)
		cli->color = CLI_COLOR_NEVER;
	else
		return usage(cli, NULL,
		    "--color is auto, always or never, not %s", arg);
	return CLI_EXIT_OK;
}

static enum cli_exit
take_option(struct cli *cli, const struct cli_option *o, const char *arg)
{
	struct cli_values *values = cli->values;

	if (find_in(cli_common, o->name, strlen(o->name), 0) != o) {
		values->v[values->n].option = o;
		values->v[values->n++].arg = arg;
	} else if (strcmp(o->name, "config") == 0)
		cli->config = arg;
	else if (strcmp(o->name, "help") == 0)
		values->help = true;
	else if (strcmp(o->name, "version") == 0)
		values->version = true;
	else if (strcmp(o->name, "quiet") == 0)
		cli->quiet = true;
	else if (strcmp(o->name, "verbose") == 0)
		cli->verbose = true;
	else if (strcmp(o->name, "json") == 0)
		cli->json = true;
	else if (strcmp(o->name, "no-input") == 0)
		cli->no_input = true;
	else
		return take_color(cli, arg);
	return CLI_EXIT_OK;
}

static enum cli_exit
read_long(struct reader *r, const char *text)
{
	const struct cli_option *o;
	const char *arg;
	size_t len = strcspn(text, "=");

	if ((o = find_option(r->cli, text, len, 0)) == NULL)
		return unknown_option(r->cli, text, len);
	arg = text[len] == '=' ? text + len + 1 : NULL;
	if (o->arg == NULL && arg != NULL)
		return usage(r->cli, NULL, "--%s takes no value", o->name);
	if (o->arg != NULL && arg == NULL) {
		if (r->i == r->argc)
			return usage(r->cli, NULL, "--%s needs a value: %s",
			    o->name, o->arg);
		arg = r->argv[r->i++];
	}
	return take_option(r->cli, o, arg);
}

static enum cli_exit
read_letters(struct reader *r, const char *text)
{
	const struct cli_option *o;
	const char *arg;
	enum cli_exit code;

	for (; *text != '\0'; text++) {
		if ((o = find_option(r->cli, NULL, 0, *text)) == NULL)
			return usage(r->cli, NULL, "unknown option -%c",
			    *text);
		arg = NULL;
		if (o->arg != NULL) {
			arg = text[1] != '\0' ? text + 1 :
			    r->i < r->argc ? r->argv[r->i++] : NULL;
			if (arg == NULL)
				return usage(r->cli, NULL,
				    "-%c needs a value: %s", *text, o->arg);
		}
		if ((code = take_option(r->cli, o, arg)) != CLI_EXIT_OK ||
		    arg != NULL)
			return code;
	}
	return CLI_EXIT_OK;
}

static enum cli_exit
unknown_command(const struct reader *r)
{
	const struct cli_command *c;
	const char *words[WORDS_MAX];
	size_t n = 0;

	for (c = r->cli->program->commands; c->name != NULL &&
	    n + 1 < WORDS_MAX; c++)
		words[n++] = c->name;
	words[n] = NULL;
	return usage(r->cli, suggest_word(r->words, words),
	    "unknown command %s", r->words);
}

/* One more word of the command; it is known once it is whole. */
static enum cli_exit
read_command(struct reader *r, const char *word)
{
	const struct cli_command *c;
	size_t len = strlen(r->words);
	bool group = false;

	snprintf(r->words + len, sizeof(r->words) - len, "%s%s",
	    len > 0 ? " " : "", word);
	for (c = r->cli->program->commands; c->name != NULL; c++) {
		if (strcmp(c->name, r->words) == 0) {
			r->cli->command = c;
			return CLI_EXIT_OK;
		}
		group = group || cli_in_group(c, r->words);
	}
	if (group)
		return CLI_EXIT_OK;
	/* "polcy test" is better understood as a whole. */
	if (len == 0 && r->i < r->argc && r->argv[r->i][0] != '-')
		snprintf(r->words, sizeof(r->words), "%s %s", word,
		    r->argv[r->i]);
	return unknown_command(r);
}

static enum cli_exit
read_all(struct reader *r)
{
	enum cli_exit code = CLI_EXIT_OK;
	const char *arg;

	while (r->i < r->argc && code == CLI_EXIT_OK) {
		arg = r->argv[r->i++];
		if (!r->ended && strcmp(arg, "--") == 0)
			r->ended = true;
		else if (!r->ended && strncmp(arg, "--", 2) == 0)
			code = read_long(r, arg + 2);
		else if (!r->ended && arg[0] == '-' && arg[1] != '\0')
			code = read_letters(r, arg + 1);
		else if (r->cli->command == NULL)
			code = read_command(r, arg);
		else
			r->cli->args[r->cli->nargs++] = arg;
	}
	return code;
}

static enum cli_exit
check_args(const struct cli *cli)
{
	const struct cli_command *c = cli->command;
	const char *name;
	size_t i;

	/* Those before the command's name may be another command's. */
	for (i = 0; i < cli->values->n; i++) {
		name = cli->values->v[i].option->name;
		if (find_in(c->options, name, strlen(name), 0) == NULL)
			return unknown_option(cli, name, strlen(name));
	}
	if (cli->nargs < c->min_args)
		return usage(cli, NULL, "an argument is missing: %s",
		    c->args);
	if (c->max_args >= 0 && cli->nargs > c->max_args)
		return usage(cli, NULL, "an argument too many: %s",
		    cli->args[c->max_args]);
	return CLI_EXIT_OK;
}

static enum cli_exit
run(struct reader *r)
{
	struct cli *cli = r->cli;
	const struct cli_program *p = cli->program;
	enum cli_exit code;

	if ((code = read_all(r)) != CLI_EXIT_OK)
		return code;
	if (cli->values->help) {
		cli_help(p, cli->command, r->words, stdout);
		return CLI_EXIT_OK;
	}
	if (cli->values->version) {
		printf("%s (%s) %s\n", p->name, PACKAGE_NAME,
		    PACKAGE_VERSION);
		return CLI_EXIT_OK;
	}
	if (cli->command == NULL) {
		if (r->words[0] != '\0')
			return usage(cli, NULL, "%s what?", r->words);
		if (!cli->json)
			cli_help(p, NULL, "", stderr);
		return usage(cli, NULL, "a command is missing");
	}
	if ((code = check_args(cli)) != CLI_EXIT_OK)
		return code;
	log_open(p->name, cli->quiet ? LOG_ERROR : cli->verbose ? LOG_DEBUG :
	    LOG_WARN);
	return cli->command->run(cli);
}

/* Names are UTF-8 here whatever the locale says, and so are widths. */
static void
set_locale(void)
{
	if (setlocale(LC_CTYPE, "") == NULL ||
	    strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		(void)setlocale(LC_CTYPE, "C.UTF-8");
}

int
cli_main(const struct cli_program *program, int argc, char **argv)
{
	struct cli_values values = { 0 };
	struct cli cli = { .program = program, .config = program->config,
	    .values = &values };
	struct reader r = { .cli = &cli, .argc = argc, .argv = argv, .i = 1 };
	enum cli_exit code = CLI_EXIT_FAILED;
	int i;

	set_locale();
	/* Mistakes before it are told in JSON too. */
	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		cli.json = cli.json || strcmp(argv[i], "--json") == 0;
	if (program->commands[0].name[0] == '\0')
		cli.command = &program->commands[0];
	/* No letter cluster holds more options than it has bytes. */
	for (i = 0; i < argc; i++)
		values.n += strlen(argv[i]) + 1;
	values.v = calloc(values.n + 1, sizeof(*values.v));
	cli.args = calloc((size_t)argc + 1, sizeof(*cli.args));
	values.n = 0;
	if (values.v == NULL || cli.args == NULL)
		(void)tell(&cli, code, "out of memory");
	else
		code = run(&r);
	if (fflush(stdout) == EOF && code == CLI_EXIT_OK)
		code = CLI_EXIT_FAILED;
	free(cli.args);
	free(values.v);
	return (int)code;
}

size_t
cli_option_count(const struct cli *cli, const char *name)
{
	size_t i, n = 0;

	for (i = 0; i < cli->values->n; i++)
		n += strcmp(cli->values->v[i].option->name, name) == 0;
	return n;
}

const char *
cli_option_get(const struct cli *cli, const char *name, size_t i)
{
	size_t k;

	for (k = 0; k < cli->values->n; k++)
		if (strcmp(cli->values->v[k].option->name, name) == 0 &&
		    i-- == 0)
			return cli->values->v[k].arg;
	return NULL;
}
