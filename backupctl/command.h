/* command.h: the commands of backupctl, one function each. */
#ifndef BACKUPCTL_COMMAND_H
#define BACKUPCTL_COMMAND_H

#include "cli/options.h"

struct policy;

/*
 * A command prints its answer (with --json in an envelope), tells its
 * failure and returns the exit code.
 */
enum cli_exit command_policy_test(struct cli *cli);
enum cli_exit command_policy_explain(struct cli *cli);
enum cli_exit command_policy_keys(struct cli *cli);

/*
 * Load the policy that the command line names.  What is wrong with it is
 * told already unless CLI_EXIT_OK is returned; only then the caller owns
 * *pp.
 */
enum cli_exit command_load_policy(const struct cli *cli,
	    const struct policy **pp);

/* Print j as the answer of cli, and free it.  Returns code unless that
 * fails. */
struct cli_json;
enum cli_exit command_answer(const struct cli *cli, struct cli_json *j,
	    enum cli_exit code);

#endif /* BACKUPCTL_COMMAND_H */
