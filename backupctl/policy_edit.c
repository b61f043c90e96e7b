/* policy_edit.c: backupctl policy edit: nothing wrong is ever saved. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "backupctl/command.h"
#include "base/buf.h"
#include "base/fdio.h"
#include "base/path.h"
#include "cli/json.h"
#include "cli/text.h"
#include "policy/policy.h"
#include "policy/report.h"

#define FILE_MAX (4u << 20)
#define EDITOR_FALLBACK "vi"

/*
 * The officer works on FILE.edit, beside the policy.  It stays if it is not
 * saved, and the next edit goes on with it: no work is lost.  The lock is on
 * the policy itself, so that two do not work at the same time.
 */
struct edit {
	const struct cli *cli;
	char	*path;		/* of the policy, without symbolic links */
	char	*work;		/* path and ".edit" */
	int	 fd;		/* of the policy, locked */
	struct stat st;		/* of the policy before */
	struct policy_report *report;
	bool	 changed;
	bool	 saved;
};

static enum cli_exit
fail(const struct edit *e, enum cli_exit code, const char *what, int r)
{
	return cli_fail(e->cli, code, "%s: %s", what, err_text(r));
}

/* Find, open and lock the policy. */
static enum cli_exit
edit_open(struct edit *e)
{
	const char *given = e->cli->config;
	size_t len;

	if ((e->path = realpath(given, NULL)) == NULL)
		return fail(e, cli_exit_from_err(err_from_errno(errno)),
		    given, err_from_errno(errno));
	len = strlen(e->path) + sizeof(".edit");
	if ((e->work = malloc(len)) == NULL)
		return fail(e, CLI_EXIT_FAILED, given, ERR_NOMEM);
	snprintf(e->work, len, "%s.edit", e->path);
	if ((e->fd = open(e->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) ==
	    -1 || fstat(e->fd, &e->st) == -1)
		return fail(e, CLI_EXIT_FAILED, given,
		    err_from_errno(errno));
	if (!S_ISREG(e->st.st_mode))
		return cli_fail(e->cli, CLI_EXIT_POLICY,
		    "%s is not a regular file", given);
	if (flock(e->fd, LOCK_EX | LOCK_NB) == -1)
		return cli_fail(e->cli, CLI_EXIT_BUSY,
		    "somebody else edits %s", given);
	return CLI_EXIT_OK;
}

/* Copy the policy to the file that is worked on. */
static enum cli_exit
edit_copy(struct edit *e)
{
	struct buf *b = NULL;
	int fd = -1, r;

	if ((r = buf_new(FILE_MAX, &b)) != 0 ||
	    (r = fdio_read_file(e->path, FILE_MAX, b)) != 0)
		goto out;
	fd = open(e->work, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	if (fd == -1) {
		r = err_from_errno(errno);
		goto out;
	}
	if ((r = fdio_write_all(fd, buf_ptr(b), buf_len(b))) == 0)
		r = fdio_close(&fd);
 out:
	fdio_close(&fd);
	buf_free(b);
	return r == 0 ? CLI_EXIT_OK : fail(e, CLI_EXIT_FAILED, e->work, r);
}

/* Tell whether the status is that of the same file, unchanged. */
static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	    a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	    a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Begin with a copy, or with what an earlier edit has left. */
static enum cli_exit
edit_begin(struct edit *e)
{
	struct stat st;

	if (lstat(e->work, &st) == -1)
		return errno == ENOENT ? edit_copy(e) : fail(e,
		    CLI_EXIT_FAILED, e->work, err_from_errno(errno));
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 022) != 0)
		return cli_fail(e->cli, CLI_EXIT_REFUSED,
		    "%s is not a file of yours alone; remove it", e->work);
	if (e->st.st_mtim.tv_sec > st.st_mtim.tv_sec)
		return cli_fail(e->cli, CLI_EXIT_REFUSED, "the policy was "
		    "changed after %s was left; compare them, then remove "
		    "it", e->work);
	if (!e->cli->quiet && !e->cli->json)
		fprintf(stderr, "Going on with %s, which was not saved\n",
		    e->work);
	return CLI_EXIT_OK;
}

/* The child: the editor, by a shell, for it may have arguments. */
static void
exec_editor(const struct edit *e)
{
	const char *editor = getenv("VISUAL");
	char command[4096];

	if (editor == NULL || editor[0] == '\0')
		editor = getenv("EDITOR");
	if (editor == NULL || editor[0] == '\0')
		editor = EDITOR_FALLBACK;
	snprintf(command, sizeof(command), "%s \"$1\"", editor);
	/* stdout is for the answer alone. */
	if (e->cli->json)
		dup2(STDERR_FILENO, STDOUT_FILENO);
	execl("/bin/sh", "sh", "-c", command, "sh", e->work, (char *)NULL);
	_exit(127);
}

static enum cli_exit
run_editor(const struct edit *e)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old_int,
	    old_quit;
	int status = 0;
	pid_t pid;

	fflush(NULL);
	if ((pid = fork()) == -1)
		return fail(e, CLI_EXIT_FAILED, "editor",
		    err_from_errno(errno));
	if (pid == 0)
		exec_editor(e);
	/* What is typed to the editor is not meant for us. */
	sigaction(SIGINT, &ignore, &old_int);
	sigaction(SIGQUIT, &ignore, &old_quit);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGQUIT, &old_quit, NULL);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return CLI_EXIT_OK;
	return cli_fail(e->cli, CLI_EXIT_FAILED,
	    "the editor failed; nothing is saved, your text is in %s",
	    e->work);
}

/* Does the text differ from the policy? */
static int
compare(struct edit *e)
{
	struct buf *a = NULL, *b = NULL;
	int r;

	if ((r = buf_new(FILE_MAX, &a)) == 0 &&
	    (r = buf_new(FILE_MAX, &b)) == 0 &&
	    (r = fdio_read_file(e->path, FILE_MAX, a)) == 0 &&
	    (r = fdio_read_file(e->work, FILE_MAX, b)) == 0)
		e->changed = buf_len(a) != buf_len(b) || memcmp(buf_ptr(a),
		    buf_ptr(b), buf_len(a)) != 0;
	buf_free(a);
	buf_free(b);
	return r;
}

/* Give the work the owner and the mode of the policy, and check it. */
static enum cli_exit
edit_check(struct edit *e)
{
	const struct policy *p = NULL;
	char effect[128], when[64] = "";
	struct tm tm;
	int fd, r;

	fd = open(e->work, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1 || fchown(fd, e->st.st_uid, e->st.st_gid) == -1 ||
	    fchmod(fd, e->st.st_mode & 07777) == -1 || fsync(fd) == -1) {
		r = err_from_errno(errno);
		fdio_close(&fd);
		return fail(e, CLI_EXIT_FAILED, e->work, r);
	}
	fdio_close(&fd);
	if (localtime_r(&e->st.st_mtim.tv_sec, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%d %b %H:%M", &tm);
	snprintf(effect, sizeof(effect), "none, nothing is saved; policy of "
	    "%s stays active", when);
	policy_report_effect(e->report, effect);
	r = policy_load(e->work, e->report, &p);
	policy_free(p);
	return r == 0 ? CLI_EXIT_OK : command_policy_exit(r);
}

/* Put the work in the place of the policy. */
static enum cli_exit
edit_save(struct edit *e)
{
	struct stat now;
	char *dir = NULL;
	int fd = -1, r;

	if (lstat(e->path, &now) == -1 || !same_file(&now, &e->st))
		return cli_fail(e->cli, CLI_EXIT_REFUSED,
		    "%s was changed meanwhile; nothing is saved, your text "
		    "is in %s", e->path, e->work);
	if (rename(e->work, e->path) == -1)
		return fail(e, CLI_EXIT_FAILED, e->path,
		    err_from_errno(errno));
	e->saved = true;
	if ((r = path_dirname(e->path, &dir)) == 0) {
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = fd == -1 ? err_from_errno(errno) : fdio_sync(fd);
	}
	fdio_close(&fd);
	free(dir);
	return r == 0 ? CLI_EXIT_OK : fail(e, CLI_EXIT_FAILED, e->path, r);
}

static enum cli_exit
edit_finish(struct edit *e)
{
	enum cli_exit code;
	int r;

	if ((r = compare(e)) != 0)
		return fail(e, CLI_EXIT_FAILED, e->work, r);
	if (!e->changed) {
		(void)unlink(e->work);
		return CLI_EXIT_OK;
	}
	if ((code = edit_check(e)) != CLI_EXIT_OK)
		return code;
	return edit_save(e);
}

static void
answer_text(const struct edit *e)
{
	const struct cli *cli = e->cli;
	size_t errors = policy_report_count(e->report, POLICY_ERROR);

	if (errors > 0 || !cli->quiet)
		policy_report_print(e->report, stderr,
		    cli_color_on(cli, stderr));
	if (errors > 0)
		fprintf(stderr, "Not saved: %zu error%s.  Your text is in "
		    "%s;\nbackupctl policy edit goes on with it.\n", errors,
		    errors == 1 ? "" : "s", e->work);
	else if (!cli->quiet)
		puts(!e->changed ? "Nothing was changed." : "Saved.  It "
		    "counts from the next start or reload of backupd on.");
}

static enum cli_exit
answer(const struct edit *e, enum cli_exit code)
{
	struct cli_json *j;

	if (!e->cli->json) {
		answer_text(e);
		return code;
	}
	if (cli_json_new(&j) != 0)
		return cli_fail(e->cli, CLI_EXIT_FAILED, "out of memory");
	cli_json_str(j, "file", e->path);
	cli_json_bool(j, "changed", e->changed);
	cli_json_bool(j, "saved", e->saved);
	cli_json_str(j, "left", code == CLI_EXIT_OK ? NULL : e->work);
	command_report(j, e->report);
	return command_answer(e->cli, j, code);
}

enum cli_exit
command_policy_edit(struct cli *cli)
{
	struct edit e = { .cli = cli, .fd = -1 };
	enum cli_exit code;
	bool told = true;
	int r;

	if ((r = policy_report_new(&e.report)) != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "%s", err_text(r));
	if ((code = edit_open(&e)) == CLI_EXIT_OK &&
	    (code = edit_begin(&e)) == CLI_EXIT_OK &&
	    (code = run_editor(&e)) == CLI_EXIT_OK) {
		code = edit_finish(&e);
		told = code != CLI_EXIT_OK &&
		    policy_report_count(e.report, POLICY_ERROR) == 0;
	}
	if (!told)
		code = answer(&e, code);
	policy_report_free(e.report);
	fdio_close(&e.fd);
	free(e.work);
	free(e.path);
	return code;
}
