/* ask.h: asking the daemon, for the commands that do. */
#ifndef BACKUPCTL_ASK_H
#define BACKUPCTL_ASK_H

#include "cli/options.h"
#include "control/client.h"

/*
 * Connect to the daemon of the policy that the command line names, or at
 * --socket, and send it the request.  What goes wrong is told.  The caller
 * owns *cp only if CLI_EXIT_OK is returned.
 */
enum cli_exit ask(const struct cli *cli, const struct control *request,
	    struct control_client **cp);

/*
 * As ask, but without a daemon nothing is told: the result is
 * CLI_EXIT_UNREACHABLE.
 */
enum cli_exit ask_if_there(const struct cli *cli,
	    const struct control *request, struct control_client **cp);

/* Tell that no daemon is there, and give CLI_EXIT_UNREACHABLE. */
enum cli_exit ask_nobody(const struct cli *cli);

/*
 * Wait for the next record, for ever if so said; as ask.  The caller clears
 * *ap.
 */
enum cli_exit ask_next(const struct cli *cli, struct control_client *c,
	    bool forever, struct control *ap);

/*
 * Tell what CONTROL_DONE says, a success with text on stdout only if it has
 * one, and give its exit code.
 */
enum cli_exit ask_done(const struct cli *cli, const struct control *done);

/* The answer to a request that has no other. */
enum cli_exit ask_simple(const struct cli *cli,
	    const struct control *request, bool forever);

#endif /* BACKUPCTL_ASK_H */
