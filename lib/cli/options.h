/* options.h: command lines: tables of commands and options, help, errors. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cli/exit.h"

/*
 * A program is a table of commands, a command a table of options.  Help is
 * made from the tables, so that it cannot lack an option.  The common ones
 *	-h --help  -V --version  -c --config FILE  -q --quiet  -v --verbose
 *	--json  --color=auto|always|never  --no-input
 * are known to every command.  All options may stand before or after the
 * command's name.  "--" ends the options.  All of this happens in the main
 * thread.
 */
struct cli;

struct cli_option {
	const char *name;	/* without dashes; NULL ends the table */
	char	 letter;	/* short form, or 0 */
	const char *arg;	/* name of its argument; NULL: takes none */
	const char *help;	/* one phrase, no full stop */
};

struct cli_command {
	const char *name;	/* "policy test"; "" if it is the only one;
				   NULL ends the table */
	const char *args;	/* for the synopsis: "[FILE]"; "" if none */
	const char *help;	/* one phrase, no full stop */
	const struct cli_option *options;	/* NULL: common ones only */
	int	 min_args, max_args;	/* max -1: any number */
	enum cli_exit (*run)(struct cli *cli);
};

struct cli_program {
	const char *name;
	const char *help;	/* one phrase: what it is for */
	const char *config;	/* default policy file, or NULL: no -c */
	const struct cli_command *commands;
};

enum cli_color {
	CLI_COLOR_AUTO,
	CLI_COLOR_ALWAYS,
	CLI_COLOR_NEVER
};

/* What the command line said.  Strings are borrowed from argv. */
struct cli {
	const struct cli_program *program;
	const struct cli_command *command;
	const char *config;	/* -c, or the program's default */
	bool	 quiet;
	bool	 verbose;
	bool	 json;
	bool	 lines;		/* of JSON: the command sets it, and its
				   last says how it ended */
	bool	 no_input;
	enum cli_color color;
	int	 nargs;
	const char **args;	/* nargs of them, then NULL */
	struct cli_values *values;	/* private: see cli_option_get */
};

/*
 * The whole main of a program: set the locale, read the command line, open
 * the log, run the command.  Returns the exit code.  Mistakes are told on
 * stderr in one line with a suggestion (with --json: in an envelope on
 * stdout) and are CLI_EXIT_USAGE.
 */
int	 cli_main(const struct cli_program *program, int argc, char **argv);

/* How often the option was given. */
size_t	 cli_option_count(const struct cli *cli, const char *name);

/* The argument of its i-th occurrence; NULL past the last. */
const char *cli_option_get(const struct cli *cli, const char *name,
	    size_t i);

/*
 * Tell that the command failed: "program: text" on stderr, or with --json an
 * envelope whose data is {"error": text}, or if it answers in lines the last
 * one: {"t":"end","code":code,"error":text}.  Returns code, for return.
 */
enum cli_exit cli_fail(const struct cli *cli, enum cli_exit code,
	    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif /* CLI_OPTIONS_H */
