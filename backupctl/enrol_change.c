/* enrol_change.c: a new text takes the policy's place, once it has proved. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backupctl/ask.h"
#include "backupctl/command.h"
#include "backupctl/enrol.h"
#include "base/buf.h"
#include "base/fdio.h"
#include "cli/text.h"
#include "policy/amend.h"
#include "policy/policy.h"
#include "policy/report.h"

#define FILE_MAX (4u << 20)

struct change {
	const struct cli *cli;
	const struct enrol_change *how;
	char	*path, *work, *kept;	/* the policy, FILE.new, FILE.before */
	int	 fd;			/* of the policy, locked */
	struct stat st;
	struct buf *old, *new;
};

static enum cli_exit
fail(const struct change *c, const char *what, int r)
{
	return cli_fail(c->cli, cli_exit_from_err(r), "%s: %s", what,
	    err_text(r));
}

static char *
with_suffix(const char *path, const char *suffix)
{
	char *s = malloc(strlen(path) + strlen(suffix) + 1);

	if (s != NULL)
		stpcpy(stpcpy(s, path), suffix);
	return s;
}

/* Lock the policy and read it. */
static enum cli_exit
begin(struct change *c)
{
	int r;

	if ((c->path = realpath(c->cli->config, NULL)) == NULL)
		return fail(c, c->cli->config, err_from_errno(errno));
	if ((c->work = with_suffix(c->path, ".new")) == NULL ||
	    (c->kept = with_suffix(c->path, ".before")) == NULL)
		return fail(c, c->path, ERR_NOMEM);
	c->fd = open(c->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (c->fd == -1 || fstat(c->fd, &c->st) == -1)
		return fail(c, c->path, err_from_errno(errno));
	if (flock(c->fd, LOCK_EX | LOCK_NB) == -1)
		return cli_fail(c->cli, CLI_EXIT_BUSY, "somebody else edits"
		    " %s", c->path);
	if ((r = buf_new(FILE_MAX, &c->old)) != 0 ||
	    (r = buf_new(FILE_MAX, &c->new)) != 0 ||
	    (r = fdio_read_file(c->path, FILE_MAX, c->old)) != 0)
		return fail(c, c->path, r);
	return CLI_EXIT_OK;
}

/* The new text, beside the old one, with its owner and mode. */
static enum cli_exit
write_new(struct change *c)
{
	const struct amend_text t = { (const char *)buf_ptr(c->old),
	    buf_len(c->old) };
	int r;

	if ((r = c->how->amend(&t, c->how->arg, c->new)) == ERR_NOENT)
		return cli_fail(c->cli, CLI_EXIT_NOT_FOUND, "%s: no such"
		    " host stands in its list", c->path);
	if (r == ERR_FORMAT)
		return cli_fail(c->cli, CLI_EXIT_POLICY, "%s: its braces or"
		    " quotes do not match; see backupctl policy test",
		    c->path);
	if (r != 0 || (r = fdio_replace_file(c->work, c->st.st_mode & 07777,
	    buf_ptr(c->new), buf_len(c->new))) != 0)
		return fail(c, c->work, r);
	if (chown(c->work, c->st.st_uid, c->st.st_gid) == -1)
		r = err_from_errno(errno);
	return r == 0 ? CLI_EXIT_OK : fail(c, c->work, r);
}

/* Does it load, and does what it is for work? */
static enum cli_exit
prove(struct change *c)
{
	struct policy_report *report = NULL;
	const struct policy *p = NULL;
	enum cli_exit code = CLI_EXIT_OK;
	int r;

	if ((r = policy_report_new(&report)) != 0)
		return fail(c, c->work, r);
	policy_report_effect(report, "none; the policy is as it was");
	if ((r = policy_load(c->work, report, &p)) != 0) {
		policy_report_print(report, stderr,
		    cli_color_on(c->cli, stderr));
		code = cli_fail(c->cli, command_policy_exit(r), "with this the"
		    " policy would not be valid; it is as it was");
	}
	policy_report_free(report);
	if (code == CLI_EXIT_OK)
		enrol_diff(c->cli, c->old, c->new);
	if (code == CLI_EXIT_OK && c->how->try != NULL)
		code = c->how->try(c->cli, c->work, p, c->how->arg);
	policy_free(p);
	return code;
}

/* Keep the old text, and put the new one in its place. */
static enum cli_exit
take_place(struct change *c)
{
	struct stat now;
	int r;

	if (lstat(c->path, &now) == -1 || now.st_ino != c->st.st_ino ||
	    now.st_mtim.tv_sec != c->st.st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != c->st.st_mtim.tv_nsec)
		return cli_fail(c->cli, CLI_EXIT_REFUSED, "%s was changed"
		    " meanwhile; it is as it is now, run this again",
		    c->path);
	if ((r = fdio_replace_file(c->kept, c->st.st_mode & 07777,
	    buf_ptr(c->old), buf_len(c->old))) != 0)
		return fail(c, c->kept, r);
	if ((r = fdio_replace_file(c->path, c->st.st_mode & 07777,
	    buf_ptr(c->new), buf_len(c->new))) != 0)
		return fail(c, c->path, r);
	if (chown(c->path, c->st.st_uid, c->st.st_gid) == -1)
		return fail(c, c->path, err_from_errno(errno));
	return CLI_EXIT_OK;
}

/* A daemon that runs is to know. */
static enum cli_exit
daemon_tell(const struct cli *cli)
{
	const struct control request = { .type = CONTROL_RELOAD };
	struct control_client *client = NULL;
	struct control answer;
	enum cli_exit code;

	code = ask_if_there(cli, &request, &client);
	if (code == CLI_EXIT_UNREACHABLE) {
		if (!cli->quiet && !cli->json)
			puts("backupd does not run; it reads the policy when"
			    " it starts");
		return CLI_EXIT_OK;
	}
	if (code != CLI_EXIT_OK)
		return code;
	if ((code = ask_next(cli, client, false, &answer)) == CLI_EXIT_OK) {
		code = ask_done(cli, &answer);
		control_clear(&answer);
	}
	control_close(client);
	return code;
}

enum cli_exit
enrol_change(const struct cli *cli, const struct enrol_change *how)
{
	struct change c = { .cli = cli, .how = how, .fd = -1 };
	bool dry = cli_option_count(cli, "dry-run") > 0;
	enum cli_exit code;

	if ((code = begin(&c)) == CLI_EXIT_OK &&
	    (code = write_new(&c)) == CLI_EXIT_OK &&
	    (code = prove(&c)) == CLI_EXIT_OK && !dry &&
	    (code = take_place(&c)) == CLI_EXIT_OK)
		code = daemon_tell(cli);
	if (c.work != NULL)
		(void)unlink(c.work);
	fdio_close(&c.fd);
	buf_free(c.old);
	buf_free(c.new);
	free(c.path);
	free(c.work);
	free(c.kept);
	return code;
}
