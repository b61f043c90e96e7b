/* help.c: help made from the tables of commands and options. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/internal.h"
#include "cli/text.h"

#define LEFT_MAX 128

const struct cli_option cli_common[] = {
	{ "config", 'c', "FILE", "use this policy file" },
	{ "help", 'h', NULL, "show this help and end" },
	{ "version", 'V', NULL, "show the version and end" },
	{ "quiet", 'q', NULL, "say nothing but errors" },
	{ "verbose", 'v', NULL, "say what is done" },
	{ "json", 0, NULL, "answer in JSON on stdout" },
	{ "color", 0, "WHEN", "auto, always or never" },
	{ "no-input", 0, NULL, "never ask anything" },
	{ NULL, 0, NULL, NULL }
};

const struct cli_option *
cli_common_options(const struct cli_program *p)
{
	return p->config != NULL ? cli_common : cli_common + 1;
}

bool
cli_in_group(const struct cli_command *c, const char *group)
{
	size_t len = strlen(group);

	return strncmp(c->name, group, len) == 0 && c->name[len] == ' ';
}

static void
print_sentence(FILE *f, const char *phrase)
{
	fprintf(f, "%c%s.\n", toupper((unsigned char)phrase[0]), phrase + 1);
}

/* Rows of two columns; failing to print help is nobody's news. */
static void
print_options(FILE *f, const struct cli_option *o)
{
	struct cli_table *t;
	char left[LEFT_MAX], letter[8];

	if (cli_table_new(2, 0, &t) != 0)
		return;
	for (; o->name != NULL; o++) {
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
		snprintf(left, sizeof(left), "%s--%s%s%s",
		    o->letter != 0 ? letter : "    ", o->name,
		    o->arg != NULL ? "=" : "", o->arg != NULL ? o->arg : "");
		cli_table_cell(t, left);
		cli_table_cell(t, o->help);
	}
	if (cli_table_print(t, f, 2) != 0)
		clearerr(f);
	cli_table_free(t);
}

static void
print_commands(FILE *f, const struct cli_command *c, const char *group)
{
	struct cli_table *t;
	char left[LEFT_MAX];

	if (cli_table_new(2, 0, &t) != 0)
		return;
	for (; c->name != NULL; c++) {
		if (group[0] != '\0' && !cli_in_group(c, group))
			continue;
		snprintf(left, sizeof(left), "%s %s", c->name, c->args);
		cli_table_cell(t, left);
		cli_table_cell(t, c->help);
	}
	if (cli_table_print(t, f, 2) != 0)
		clearerr(f);
	cli_table_free(t);
}

void
cli_help(const struct cli_program *p, const struct cli_command *command,
    const char *group, FILE *f)
{
	if (command == NULL) {
		fprintf(f, "Usage: %s %s%s[OPTION]... %s [ARGUMENT]...\n",
		    p->name, group, group[0] != '\0' ? " " : "",
		    group[0] != '\0' ? "SUBCOMMAND" : "COMMAND");
		print_sentence(f, p->help);
		fputs("\nCommands:\n", f);
		print_commands(f, p->commands, group);
		fputs("\nOptions of every command:\n", f);
	} else {
		fprintf(f, "Usage: %s %s%s[OPTION]...%s%s\n", p->name,
		    command->name, command->name[0] != '\0' ? " " : "",
		    command->args[0] != '\0' ? " " : "", command->args);
		print_sentence(f, command->help);
		if (command->options != NULL &&
		    command->options->name != NULL) {
			fputs("\nOptions:\n", f);
			print_options(f, command->options);
		}
		fputs("\nOptions of every command:\n", f);
	}
	print_options(f, cli_common_options(p));
	if (p->config != NULL)
		fprintf(f, "\nThe policy file is %s unless -c names another."
		    "\n", p->config);
}
