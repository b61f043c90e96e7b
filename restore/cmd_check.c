/* cmd_check.c: restore check: a restored tree against its list of files. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fdio.h"
#include "base/hex.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "restore/cmd.h"
#include "restore/compare.h"
#include "restore/problems.h"
#include "restore/report.h"
#include "restore/session.h"
#include "restore/state.h"

#define CHECK_LIST_MAX 20

struct check {
	const struct cli *cli;
	const char *dir;
	int	 dirfd, state_fd;
	struct manifest_reader *manifest;
	struct manifest_info info;
	struct problems *problems;
	struct cli_progress *progress;
	struct compare_counts counts;
};

static bool
check_step(uint64_t entries, uint64_t bytes, void *arg)
{
	struct check *c = arg;
	struct cli_progress_state s = {
		.name = "check", .files_done = entries, .bytes_done = bytes,
		.problems = problems_total(c->problems),
	};

	cli_progress_update(c->progress, &s);
	return session_stopped() != CLI_EXIT_OK;
}

/* Open the directory and its manifest. */
static enum cli_exit
check_open(struct check *c)
{
	int r;

	c->dirfd = open(c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->dirfd == -1)
		return session_fail(c->cli, errno == ENOENT ?
		    CLI_EXIT_NOT_FOUND : CLI_EXIT_FAILED, "%s: %s", c->dir,
		    strerror(errno));
	if ((r = state_open(c->dirfd, &c->state_fd)) == 0)
		r = manifest_open(c->state_fd, &c->info, &c->manifest);
	if (r == ERR_NOENT)
		return session_fail(c->cli, CLI_EXIT_NOT_FOUND, "%s: no list "
		    "of files here: nothing was restored into it, or the "
		    "restore did not end; restore run it again", c->dir);
	if (r == ERR_CORRUPT || r == ERR_FORMAT)
		return session_fail(c->cli, CLI_EXIT_DAMAGED, "%s/"
		    STATE_DIR "/" MANIFEST_NAME ": the list of files itself "
		    "was changed; restore run it into a new directory",
		    c->dir);
	if (r != 0)
		return session_fail(c->cli, cli_exit_from_err(r), "%s: "
		    "cannot read the list of files: %s", c->dir,
		    err_text(r));
	return CLI_EXIT_OK;
}

static enum cli_exit
check_json(const struct check *c, enum cli_exit code)
{
	struct cli_json *j = NULL;
	char id[65];
	int r;

	if ((r = cli_json_new(&j)) != 0)
		return cli_exit_from_err(r);
	hex_format(c->info.snapshot, sizeof(c->info.snapshot), id);
	cli_json_int(j, "code", code);
	cli_json_str(j, "snapshot", id);
	cli_json_str(j, "dir", c->dir);
	cli_json_int(j, "entries", (int64_t)c->counts.entries);
	cli_json_int(j, "files", (int64_t)c->counts.files);
	cli_json_int(j, "files_ok", (int64_t)c->counts.files_ok);
	cli_json_int(j, "bytes", (int64_t)c->counts.bytes);
	cli_json_int(j, "problems", (int64_t)problems_total(c->problems));
	cli_json_bool(j, "sha256_ok", code == CLI_EXIT_OK);
	if (cli_json_line(j, stdout, "end") != 0)
		code = cli_exit_worst(code, CLI_EXIT_FAILED);
	cli_json_free(j);
	return code;
}

static enum cli_exit
check_report(const struct check *c)
{
	char now[REPORT_TIME_MAX], ok[CLI_TEXT_MAX], all[CLI_TEXT_MAX];
	uint64_t n = problems_total(c->problems);
	enum cli_exit code = n == 0 ? CLI_EXIT_OK : CLI_EXIT_DAMAGED;

	if (c->cli->json)
		return check_json(c, code);
	if (c->cli->quiet && n == 0)
		return code;
	report_time(now);
	cli_count_format(c->counts.files_ok, ok);
	cli_count_format(c->counts.files, all);
	if (n == 0) {
		printf("UNCHANGED %s. %s of %s files are as they were "
		    "restored; every SHA-256 matches.\n", now, ok, all);
		return code;
	}
	printf("CHANGED %s. %s of %s files are as they were restored.\n",
	    now, ok, all);
	problems_print(c->problems, stdout, CHECK_LIST_MAX);
	return code;
}

static enum cli_exit
check_run(struct check *c)
{
	struct compare_params p = {
		.dirfd = c->dirfd, .step = check_step, .arg = c,
	};
	enum cli_exit code;
	int r;

	if ((r = problems_new(c->cli, &c->problems)) == 0)
		r = cli_progress_new(c->cli, &c->progress);
	if (r == 0) {
		problems_show(c->problems, c->progress);
		p.problems = c->problems;
		r = compare_run(&p, c->manifest, c->info.whole, &c->counts);
	}
	cli_progress_free(c->progress);
	c->progress = NULL;
	code = session_stopped();
	if (r == ERR_CANCELLED && code != CLI_EXIT_OK)
		return session_fail(c->cli, code, "%s: interrupted; nothing "
		    "was changed", c->dir);
	if (r != 0)
		return session_fail(c->cli, cli_exit_from_err(r),
		    "%s: cannot check: %s", c->dir, err_text(r));
	return check_report(c);
}

enum cli_exit
cmd_check(struct cli *cli)
{
	struct check c = {
		.cli = cli, .dir = cli->args[0], .dirfd = -1, .state_fd = -1,
	};
	enum cli_exit code;

	session_catch();
	if ((code = check_open(&c)) == CLI_EXIT_OK)
		code = check_run(&c);
	problems_free(c.problems);
	manifest_close(c.manifest);
	fdio_close(&c.state_fd);
	fdio_close(&c.dirfd);
	return code;
}
