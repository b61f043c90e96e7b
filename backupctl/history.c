/* history.c: reading the catalog, for the commands that do. */
#include "backupctl/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "cli/json.h"
#include "policy/policy.h"

enum cli_exit
history_dir(const struct cli *cli, char **dirp)
{
	int r;

	r = policy_state_dir(cli->config, cli_option_get(cli, "state", 0),
	    dirp);
	if (r == 0)
		return CLI_EXIT_OK;
	return cli_fail(cli, cli_exit_from_err(r), "policy %s: %s; name the"
	    " state directory with --state", cli->config, err_text(r));
}

enum cli_exit
history_fail(const struct cli *cli, int r, const char *dir)
{
	switch (r) {
	case ERR_NOENT:
		return cli_fail(cli, CLI_EXIT_NOT_FOUND, "there is no catalog"
		    " in %s yet: backupd makes it with its first job, and"
		    " backupctl catalog rebuild from the repository", dir);
	case ERR_CORRUPT:
	case ERR_FORMAT:
		return cli_fail(cli, CLI_EXIT_DAMAGED, "the catalog in %s is"
		    " damaged; the backups are not.  Rebuild it with:"
		    " backupctl catalog rebuild", dir);
	case ERR_VERSION:
		return cli_fail(cli, CLI_EXIT_FAILED, "the catalog in %s is"
		    " of another version of Kho", dir);
	case ERR_DENIED:
		return cli_fail(cli, CLI_EXIT_FAILED, "the catalog in %s: %s;"
		    " try with sudo", dir, err_text(r));
	default:
		return cli_fail(cli, cli_exit_from_err(r), "the catalog in"
		    " %s: %s", dir, err_text(r));
	}
}

enum cli_exit
history_open(const struct cli *cli, struct catalog **cp)
{
	enum cli_exit code;
	char *dir = NULL;
	int r;

	if ((code = history_dir(cli, &dir)) != CLI_EXIT_OK)
		return code;
	if ((r = catalog_open(dir, CATALOG_READ, cp)) != 0)
		code = history_fail(cli, r, dir);
	free(dir);
	return code;
}

const char *
history_outcome(enum catalog_outcome outcome)
{
	switch (outcome) {
	case CATALOG_RUNNING:
		return "running";
	case CATALOG_COMPLETE:
		return "complete";
	case CATALOG_INCOMPLETE:
		return "incomplete";
	case CATALOG_FAILED:
		return "failed";
	case CATALOG_INTERRUPTED:
		return "interrupted";
	case CATALOG_CANCELLED:
		return "cancelled";
	}
	return "unknown";
}

void
history_time(int64_t wall, char out[HISTORY_TIME_MAX])
{
	time_t t = (time_t)wall;
	struct tm tm;

	if (wall == 0 || localtime_r(&t, &tm) == NULL ||
	    strftime(out, HISTORY_TIME_MAX, "%Y-%m-%d %H:%M", &tm) == 0)
		snprintf(out, HISTORY_TIME_MAX, "-");
}

void
history_json_time(struct cli_json *j, const char *key, int64_t wall)
{
	char text[CLOCK_TEXT_MAX];

	clock_format(wall, text);
	cli_json_str(j, key, wall != 0 ? text : NULL);
}
