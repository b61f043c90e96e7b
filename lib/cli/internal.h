/* internal.h: what the command-line reader and its help share. */
#ifndef CLI_INTERNAL_H
#define CLI_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/options.h"

#define CLI_COMMAND_MAX 64	/* length of a command's name */

struct cli_value {
	const struct cli_option *option;
	const char *arg;
};

struct cli_values {
	struct cli_value *v;
	size_t	 n;
	bool	 help, version;
};

/* The options of every command; "config" is the first. */
extern const struct cli_option cli_common[];

/* The common options that p has. */
const struct cli_option *cli_common_options(const struct cli_program *p);

/*
 * Print help for one command, or (command NULL) for the program; group
 * limits it to the commands that begin with that word, unless it is "".
 */
void	 cli_help(const struct cli_program *p,
	    const struct cli_command *command, const char *group, FILE *f);

/* Tell whether c is "GROUP something". */
bool	 cli_in_group(const struct cli_command *c, const char *group);

#endif /* CLI_INTERNAL_H */
