/* cmd.h: the commands of restore. */
#ifndef RESTORE_CMD_H
#define RESTORE_CMD_H

#include "cli/options.h"

/* Each runs one command line and gives the exit code. */
enum cli_exit cmd_list(struct cli *cli);
enum cli_exit cmd_ls(struct cli *cli);
enum cli_exit cmd_run(struct cli *cli);
enum cli_exit cmd_verify(struct cli *cli);
enum cli_exit cmd_check(struct cli *cli);

#endif /* RESTORE_CMD_H */
