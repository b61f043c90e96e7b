/* exit.c: what a program's exit code tells. */
#include "cli/exit.h"

#include "base/err.h"

enum cli_exit
cli_exit_from_err(int code)
{
	switch (code) {
	case 0:
		return CLI_EXIT_OK;
	case ERR_TIMEOUT:
	case ERR_CLOSED:
		return CLI_EXIT_UNREACHABLE;
	case ERR_BUSY:
		return CLI_EXIT_BUSY;
	case ERR_CHANGED:
		return CLI_EXIT_INCOMPLETE;
	case ERR_NOENT:
		return CLI_EXIT_NOT_FOUND;
	case ERR_NOSPACE:
		return CLI_EXIT_TARGET;
	case ERR_CONFIG:
		return CLI_EXIT_POLICY;
	case ERR_CANCELLED:
		return CLI_EXIT_SIGINT;
	case ERR_FORMAT:
	case ERR_CORRUPT:
		return CLI_EXIT_DAMAGED;
	case ERR_EXIST:
		return CLI_EXIT_REFUSED;
	default:
		return CLI_EXIT_FAILED;
	}
}

enum cli_exit
cli_exit_from_open(int code)
{
	switch (code) {
	case ERR_DENIED:
		return CLI_EXIT_KEY;
	case ERR_NOENT:
		return CLI_EXIT_TARGET;
	default:
		return cli_exit_from_err(code);
	}
}

/* Higher is worse. */
static int
severity(enum cli_exit code)
{
	switch (code) {
	case CLI_EXIT_OK:
		return 0;
	case CLI_EXIT_INCOMPLETE:
		return 1;
	case CLI_EXIT_IDENTITY:
		return 3;
	case CLI_EXIT_DAMAGED:
		return 4;
	case CLI_EXIT_SUSPECT:
		return 5;
	default:
		return (int)code >= 128 ? 6 : 2;
	}
}

enum cli_exit
cli_exit_worst(enum cli_exit a, enum cli_exit b)
{
	return severity(b) > severity(a) ? b : a;
}
