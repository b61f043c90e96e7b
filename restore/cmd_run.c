/* cmd_run.c: restore run: files back into a directory. */
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "restore/cmd.h"
#include "restore/report.h"
#include "restore/run.h"

/* Read --overwrite. */
static enum cli_exit
cmd_run_overwrite(const struct cli *cli, struct run *r)
{
	static const char *const words[] = { "never", "older", "always" };
	const char *word = cli_option_get(cli, "overwrite", 0);
	size_t i;

	if (word == NULL)
		return CLI_EXIT_OK;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0) {
			r->may_overwrite = true;
			r->overwrite = (enum survey_overwrite)i;
			return CLI_EXIT_OK;
		}
	return session_fail(cli, CLI_EXIT_USAGE, "--overwrite is never, "
	    "older or always, not \"%s\"", word);
}

/* A path of --path without a slash at its end, in new memory. */
static enum cli_exit
cmd_run_path(const struct cli *cli, const char *given, char **pathp)
{
	size_t len = strlen(given);
	char *path;

	while (len > 1 && given[len - 1] == '/')
		len--;
	if ((path = strndup(given, len)) == NULL)
		return session_fail(cli, CLI_EXIT_FAILED, "out of memory");
	if (!path_abs_ok((const uint8_t *)path, len)) {
		free(path);
		return session_fail(cli, CLI_EXIT_USAGE, "--path %s: give "
		    "the whole path on the source, beginning with a slash",
		    given);
	}
	*pathp = path;
	return CLI_EXIT_OK;
}

/* Read all --path; paths has room for them. */
static enum cli_exit
cmd_run_paths(const struct cli *cli, struct run *r, char **paths)
{
	enum cli_exit code = CLI_EXIT_OK;
	size_t i, n = cli_option_count(cli, "path");

	for (i = 0; i < n && code == CLI_EXIT_OK; i++)
		code = cmd_run_path(cli, cli_option_get(cli, "path", i),
		    &paths[i]);
	r->paths = (const char *const *)paths;
	r->npaths = n;
	return code;
}

static enum cli_exit
cmd_run_go(const struct cli *cli, struct run *r)
{
	struct session s;
	struct snapshot *sn = NULL;
	enum cli_exit code;

	if ((code = session_open(cli, &s)) != CLI_EXIT_OK)
		return code;
	if ((code = session_find(cli, &s, cli->args[0], &sn)) != CLI_EXIT_OK ||
	    (code = session_load(cli, &s)) != CLI_EXIT_OK)
		goto out;
	/* cppcheck-suppress autoVariables ; for the calls below */
	r->session = &s;
	r->sn = sn;
	session_catch();
	if ((code = run_restore(r)) == CLI_EXIT_OK)
		code = report_run(r);
	run_clear(r);
	r->session = NULL;
 out:
	snapshot_free(sn);
	session_close(&s);
	return code;
}

enum cli_exit
cmd_run(struct cli *cli)
{
	struct run r = {
		.cli = cli, .to = cli_option_get(cli, "to", 0),
		.reason = cli_option_get(cli, "reason", 0),
		.dry_run = cli_option_count(cli, "dry-run") > 0,
		.safe = cli_option_count(cli, "safe") > 0, .state_fd = -1,
	};
	size_t i, n = cli_option_count(cli, "path");
	enum cli_exit code;
	char **paths;

	if (r.to == NULL || *r.to == '\0')
		return session_fail(cli, CLI_EXIT_USAGE, "where to?  Name a "
		    "new directory with --to");
	if ((paths = calloc(n + 1, sizeof(*paths))) == NULL)
		return session_fail(cli, CLI_EXIT_FAILED, "out of memory");
	if ((code = cmd_run_overwrite(cli, &r)) == CLI_EXIT_OK &&
	    (code = cmd_run_paths(cli, &r, paths)) == CLI_EXIT_OK)
		code = cmd_run_go(cli, &r);
	for (i = 0; i < n; i++)
		free(paths[i]);
	free(paths);
	return code;
}
