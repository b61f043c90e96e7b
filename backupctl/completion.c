/* completion.c: backupctl completion: what a shell needs to help typing. */
#include <stdio.h>
#include <string.h>

#include "backupctl/command.h"
#include "policy/code.h"
#include "policy/schema.h"

#define CODES_END 100		/* no code is as large */

/* The common options, which stand in no table of ours. */
#define COMMON_OPTIONS "--help --version --config --quiet --verbose " \
	"--json --color= --no-input"

/* Tell whether name is prefix, or begins with it and a blank. */
static bool
begins(const char *name, const char *prefix, size_t len)
{
	return strncmp(name, prefix, len) == 0 &&
	    (name[len] == ' ' || name[len] == '\0');
}

/* Tell whether an earlier command begins with the same first word. */
static bool
is_repeated(const struct cli_command *all, const struct cli_command *c)
{
	size_t len = strcspn(c->name, " ");

	for (; all != c; all++)
		if (begins(all->name, c->name, len))
			return true;
	return false;
}

static void
print_first_words(FILE *f, const struct cli_command *all)
{
	const struct cli_command *c;

	for (c = all; c->name != NULL; c++)
		if (!is_repeated(all, c))
			fprintf(f, "%.*s ", (int)strcspn(c->name, " "),
			    c->name);
}

/* For each first word that has second ones: which. */
static void
print_second_words(FILE *f, const struct cli_command *all)
{
	const struct cli_command *c, *d;
	size_t len;

	for (c = all; c->name != NULL; c++) {
		len = strcspn(c->name, " ");
		if (c->name[len] == '\0' || is_repeated(all, c))
			continue;
		fprintf(f, "\t' %.*s') list='", (int)len, c->name);
		for (d = c; d->name != NULL; d++)
			if (begins(d->name, c->name, len))
				fprintf(f, "%s ", d->name + len + 1);
		fputs("' ;;\n", f);
	}
}

static void
print_keys(FILE *f)
{
	const struct schema_key *k;
	const char *last;
	size_t n;
	int code;

	fputs("\t' policy explain') list='", f);
	for (k = policy_schema(&n); n > 0; n--, k++) {
		last = strrchr(k->path, '.');
		fprintf(f, "%s ", last != NULL ? last + 1 : k->path);
	}
	for (code = 1; code < CODES_END; code++)
		if (policy_code_title((enum policy_code)code) != NULL)
			fprintf(f, "P%03d ", code);
	fputs("' ;;\n", f);
}

static void
print_options(FILE *f, const struct cli_command *all)
{
	const struct cli_command *c;
	const struct cli_option *o;

	for (c = all; c->name != NULL; c++) {
		if (c->options == NULL)
			continue;
		fprintf(f, "\t\t' %s'*) list+=' ", c->name);
		for (o = c->options; o->name != NULL; o++)
			fprintf(f, "--%s ", o->name);
		fputs("' ;;\n", f);
	}
}

/* Tell whether an earlier command has an option of the same name. */
static bool
is_known(const struct cli_command *all, const struct cli_command *c,
    const struct cli_option *option)
{
	const struct cli_option *o;

	for (; all != c; all++)
		for (o = all->options; o != NULL && o->name != NULL; o++)
			if (o->arg != NULL && strcmp(o->name, option->name) ==
			    0)
				return true;
	return false;
}

/* Options whose argument is the next word, as a pattern. */
static void
print_arguments(FILE *f, const struct cli_command *all, bool files)
{
	const struct cli_command *c;
	const struct cli_option *o;

	fputs("-c|--config", f);
	for (c = all; c->name != NULL; c++)
		for (o = c->options; o != NULL && o->name != NULL; o++)
			if (o->arg != NULL && !is_known(all, c, o) &&
			    (!files || strcmp(o->arg, "FILE") == 0))
				fprintf(f, "|--%s", o->name);
}

static void
print_bash(FILE *f, const char *name, const struct cli_command *all)
{
	fprintf(f, "# Made by: %s completion bash\n"
	    "_%s()\n{\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} list='' words='' i\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\tcase ${COMP_WORDS[i]} in\n\t\t", name, name);
	print_arguments(f, all, false);
	fputs(") ((i++)) ;;\n\t\t-*) ;;\n"
	    "\t\t*) words+=\" ${COMP_WORDS[i]}\" ;;\n\t\tesac\n\tdone\n"
	    "\tcase ${COMP_WORDS[COMP_CWORD - 1]} in\n\t", f);
	print_arguments(f, all, true);
	fputs(")\n\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	    "\t\treturn ;;\n\tesac\n", f);
	fputs("\tcase $words in\n\t'') list='", f);
	print_first_words(f, all);
	fputs("' ;;\n", f);
	print_second_words(f, all);
	print_keys(f);
	fprintf(f, "\t' policy show') list=$(%s policy show 2>/dev/null) ;;\n"
	    "\t' policy test')\n"
	    "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	    "\t\treturn ;;\n"
	    "\t' completion') list='bash' ;;\n\tesac\n"
	    "\tif [[ $cur == -* ]]; then\n\t\tlist='%s'\n"
	    "\t\tcase $words in\n", name, COMMON_OPTIONS);
	print_options(f, all);
	fprintf(f, "\t\tesac\n\tfi\n"
	    "\tmapfile -t COMPREPLY < <(compgen -W \"$list\" -- \"$cur\")\n}\n"
	    "complete -F _%s %s\n", name, name);
}

static void
print_script(FILE *f, const struct cli *cli)
{
	print_bash(f, cli->program->name, cli->program->commands);
}

enum cli_exit
command_completion(struct cli *cli)
{
	if (strcmp(cli->args[0], "bash") != 0)
		return cli_fail(cli, CLI_EXIT_USAGE,
		    "no completion for %s; there is one for bash",
		    cli->args[0]);
	return command_text(cli, print_script);
}
