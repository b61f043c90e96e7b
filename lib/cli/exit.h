/* exit.h: what a program's exit code tells. */
#ifndef CLI_EXIT_H
#define CLI_EXIT_H

enum cli_exit {
	CLI_EXIT_OK = 0,
	CLI_EXIT_FAILED = 1,
	CLI_EXIT_USAGE = 2,
	CLI_EXIT_INCOMPLETE = 3,	/* finished, but something is missing */
	CLI_EXIT_NOT_FOUND = 4,
	CLI_EXIT_POLICY = 5,		/* the policy is invalid */
	CLI_EXIT_BUSY = 6,
	CLI_EXIT_UNREACHABLE = 7,
	CLI_EXIT_IDENTITY = 8,		/* a host key does not match */
	CLI_EXIT_DAMAGED = 9,
	CLI_EXIT_REFUSED = 10,		/* hold, age, confirmation, it exists */
	CLI_EXIT_TARGET = 11,		/* the target is missing or full */
	CLI_EXIT_SUSPECT = 12,		/* looks encrypted by an attacker */
	CLI_EXIT_KEY = 13,		/* wrong key */
	CLI_EXIT_SIGINT = 130,
	CLI_EXIT_SIGTERM = 143
};

/*
 * The exit code for 0 or an ERR_ code.  ERR_DENIED gives CLI_EXIT_FAILED:
 * only the caller knows whether a permission or a key was wrong.
 */
enum cli_exit cli_exit_from_err(int code);

/*
 * As cli_exit_from_err, for the result of opening a repository: ERR_DENIED
 * is a wrong key, ERR_NOENT a missing target.
 */
enum cli_exit cli_exit_from_open(int code);

/* The more severe: signal, 12, 9, 8, other errors, 3, 0. */
enum cli_exit cli_exit_worst(enum cli_exit a, enum cli_exit b);

#endif /* CLI_EXIT_H */
