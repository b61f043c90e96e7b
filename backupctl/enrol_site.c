/* enrol_site.c: what has to be on the host. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backupctl/child.h"
#include "backupctl/enrol.h"
#include "base/buf.h"
#include "base/log.h"
#include "policy/policy.h"

#define AGENT_PATH "/usr/local/sbin/backup-agent"
#define SAID_MAX (256u << 10)
#define SENT_MAX 4000		/* of authorized_keys: a pipe takes it */

static int
put(struct buf *b, const char *text)
{
	return buf_put(b, text, strlen(text));
}

/* A path within the quotes of authorized_keys, for the shell there. */
static int
put_path(struct buf *b, const char *path)
{
	int r;

	if ((r = put(b, "'")) != 0)
		return r;
	for (; *path != '\0'; path++) {
		if (*path == '\'')
			r = put(b, "'\\\\''");
		else if (*path == '"' || *path == '\\')
			r = (r = buf_put_u8(b, '\\')) != 0 ? r :
			    buf_put_u8(b, (uint8_t)*path);
		else
			r = buf_put_u8(b, (uint8_t)*path);
		if (r != 0)
			return r;
	}
	return put(b, "'");
}

static int
put_root(struct buf *b, const char *path)
{
	int r;

	if ((r = put(b, " --root ")) != 0)
		return r;
	return put_path(b, path);
}

static const char *
agent_path(const struct cli *cli)
{
	const char *given = cli_option_get(cli, "agent-path", 0);

	return given != NULL ? given : AGENT_PATH;
}

int
enrol_line(const struct cli *cli, const struct policy_host *h,
    const char *public, struct buf *out)
{
	const struct policy_list *paths;
	const char *root;
	size_t i, k;
	int r;

	if ((r = put(out, "restrict,command=\"")) != 0 ||
	    (r = put(out, agent_path(cli))) != 0 ||
	    (r = put(out, " serve")) != 0)
		return r;
	for (i = 0; (root = cli_option_get(cli, "root", i)) != NULL; i++)
		if ((r = put_root(out, root)) != 0)
			return r;
	for (i = 0; cli_option_count(cli, "root") == 0 && i < h->nsources;
	    i++) {
		paths = &h->sources[i].set->paths;
		for (k = 0; k < paths->n; k++)
			if ((r = put_root(out, paths->v[k])) != 0)
				return r;
	}
	if ((r = put(out, "\" ")) != 0 || (r = put(out, public)) != 0)
		return r;
	return buf_put_u8(out, 0);
}

/* How ssh and sftp are told where to go, and as whom. */
struct login {
	char	 known[300], port[32], user[300], key[4200];
	const char *address;
};

static void
login_fill(const struct cli *cli, const struct policy_host *h,
    const char *known, struct login *l)
{
	const char *user = cli_option_get(cli, "install-user", 0);
	const char *key = cli_option_get(cli, "install-key", 0);

	snprintf(l->known, sizeof(l->known), "UserKnownHostsFile=%s", known);
	snprintf(l->port, sizeof(l->port), "Port=%u", h->port);
	snprintf(l->user, sizeof(l->user), "User=%s",
	    user != NULL ? user : h->user);
	snprintf(l->key, sizeof(l->key), "IdentityFile=%s",
	    key != NULL ? key : "none");
	l->address = h->address;
}

#define LOGIN_OPTIONS(l) \
	"-o", "HostKeyAlias=" ENROL_ALIAS, \
	"-o", "GlobalKnownHostsFile=/dev/null", \
	"-o", "StrictHostKeyChecking=yes", "-o", (l)->known, \
	"-o", (l)->port, "-o", (l)->user, "-o", (l)->key, \
	"-o", "ConnectTimeout=15"

/* Run it; what it said is told if it fails. */
static enum cli_exit
step(const struct cli *cli, const char *const *argv, const char *in,
    const char *what)
{
	struct child_io io = { .in = in };
	struct buf *said = NULL, *out = NULL;
	char safe[1024] = "";
	int code = 0, r;

	if ((r = buf_new(SAID_MAX, &said)) == 0 &&
	    (r = buf_new(SAID_MAX, &out)) == 0) {
		io.err = said;
		io.out = out;
		r = child_run(argv, &io, &code);
	}
	if (r == 0 && code != 0)
		log_escape(safe, sizeof(safe), buf_ptr(said), buf_len(said));
	buf_free(said);
	buf_free(out);
	if (r != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "%s: %s", what,
		    err_text(r));
	if (code != 0)
		return cli_fail(cli, code == 255 ? CLI_EXIT_UNREACHABLE :
		    CLI_EXIT_FAILED, "%s: %s failed: %s", what, argv[0],
		    safe);
	return CLI_EXIT_OK;
}

/* The agent, by SFTP: under another name first. */
static enum cli_exit
agent_place(const struct cli *cli, const struct login *l)
{
	const char *given = cli_option_get(cli, "agent", 0);
	const char *to = agent_path(cli);
	char commands[4000], *found = NULL;
	const char *const argv[] = { "sftp", "-q", "-b", "-",
	    LOGIN_OPTIONS(l), "--", l->address, NULL };
	enum cli_exit code;
	int n;

	if (given == NULL && child_find("backup-agent", &found) != 0)
		return cli_fail(cli, CLI_EXIT_NOT_FOUND, "backup-agent is not"
		    " here; name it with --agent");
	n = snprintf(commands, sizeof(commands), "put \"%s\" \"%s.new\"\n"
	    "chmod 755 \"%s.new\"\nrename \"%s.new\" \"%s\"\n",
	    given != NULL ? given : found, to, to, to, to);
	free(found);
	if (n < 0 || (size_t)n >= sizeof(commands))
		return cli_fail(cli, CLI_EXIT_USAGE, "the path of the agent"
		    " is too long");
	if ((code = step(cli, argv, commands, "agent")) == CLI_EXIT_OK &&
	    !cli->quiet && !cli->json)
		printf("    agent placed at %s\n", to);
	return code;
}

/* The line, unless it is there. */
static enum cli_exit
line_place(const struct cli *cli, const struct login *l, const char *line)
{
	const char *file = cli_option_get(cli, "authorized-keys", 0);
	char command[1000], in[SENT_MAX + 2];
	const char *const argv[] = { "ssh", "-T", LOGIN_OPTIONS(l), "--",
	    l->address, command, NULL };
	enum cli_exit code;
	int n;

	if (file == NULL)
		file = ".ssh/authorized_keys";
	if (strchr(file, '\'') != NULL || strlen(line) > SENT_MAX)
		return cli_fail(cli, CLI_EXIT_USAGE, "the name of the file"
		    " or the line for it cannot be sent; add it by hand");
	n = snprintf(command, sizeof(command), "umask 077; f='%s';"
	    " mkdir -p \"$(dirname \"$f\")\" && touch \"$f\" &&"
	    " IFS= read -r l && { grep -qxF -e \"$l\" \"$f\" ||"
	    " printf '%%s\\n' \"$l\" >>\"$f\"; }", file);
	if (n < 0 || (size_t)n >= sizeof(command))
		return cli_fail(cli, CLI_EXIT_USAGE, "--authorized-keys: the"
		    " path is too long");
	snprintf(in, sizeof(in), "%s\n", line);
	if ((code = step(cli, argv, in, "authorized_keys")) == CLI_EXIT_OK &&
	    !cli->quiet && !cli->json)
		printf("    line placed in %s\n", file);
	return code;
}

enum cli_exit
enrol_install(const struct cli *cli, const struct policy_host *h,
    const struct enrol_key *k, const char *line)
{
	struct login l = { .address = NULL };
	enum cli_exit code;
	char *known = NULL;

	if ((code = enrol_known(cli, k, &known)) != CLI_EXIT_OK)
		return code;
	login_fill(cli, h, known, &l);
	if ((code = agent_place(cli, &l)) == CLI_EXIT_OK)
		code = line_place(cli, &l, line);
	(void)unlink(known);
	free(known);
	return code;
}
