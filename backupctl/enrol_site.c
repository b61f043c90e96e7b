/* enrol_site.c: what has to be on the host. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backupctl/child.h"
#include "backupctl/enrol.h"
#include "base/buf.h"
#include "base/log.h"
#include "cli/prompt.h"
#include "policy/policy.h"

#define AGENT_PATH "/usr/local/sbin/backup-agent"
#define READ_ONLY_SFTP "internal-sftp -R"	/* of OpenSSH */
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

	if ((r = put(out, "restrict,command=\"")) != 0)
		return r;
	if (h->sftp) {
		if ((r = put(out, READ_ONLY_SFTP "\" ")) != 0 ||
		    (r = put(out, public)) != 0)
			return r;
		return buf_put_u8(out, 0);
	}
	if ((r = put(out, agent_path(cli))) != 0 ||
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
	char	 known[300], port[32], user[300], key[4200], batch[16];
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
	/* sftp takes the first that is said: a password may be asked for. */
	snprintf(l->batch, sizeof(l->batch), "BatchMode=%s",
	    cli_prompt_possible(cli) ? "no" : "yes");
	l->address = h->address;
}

#define LOGIN_OPTIONS(l) \
	"-F", "/dev/null", "-o", "LogLevel=ERROR", "-o", (l)->batch, \
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
	bool other = false;
	int code = 0, r;

	if ((r = buf_new(SAID_MAX, &said)) == 0 &&
	    (r = buf_new(SAID_MAX, &out)) == 0) {
		io.err = said;
		io.out = out;
		r = child_run(argv, &io, &code);
	}
	if (r == 0 && code != 0)
		log_escape(safe, sizeof(safe), buf_ptr(said), buf_len(said));
	if (r == 0 && (r = buf_put_u8(said, 0)) == 0)
		other = code != 0 && strstr((const char *)buf_ptr(said),
		    "Host key verification failed") != NULL;
	buf_free(said);
	buf_free(out);
	if (r != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "%s: %s", what,
		    err_text(r));
	if (other)
		return cli_fail(cli, CLI_EXIT_IDENTITY, "%s: the host that"
		    " answers has not the key that was given; nothing was sent"
		    " to it", what);
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
	const char *const argv[] = { "sftp", LOGIN_OPTIONS(l),
	    "-b", "-", "--", l->address, NULL };
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

/* Nothing that a shell would take for something else. */
static bool
is_plain(const char *text)
{
	if (text[0] == '\0' || text[0] == '-')
		return false;
	for (; *text != '\0'; text++)
		if (!isalnum((unsigned char)*text) &&
		    strchr("/_-.+@ ", *text) == NULL)
			return false;
	return true;
}

/*
 * What the shell there does with the line on its input: nothing if it is
 * there, else any other line of that key goes, and the file is replaced as a
 * whole.  No ' in it.
 */
#define PLACE "cd && umask 077 && IFS= read -r l && f=\"%s\" &&" \
	" mkdir -p \"$(dirname \"$f\")\" && touch \"$f\" &&" \
	" f=$(readlink -f \"$f\") &&" \
	" { grep -qxF -e \"$l\" \"$f\" || {" \
	" { grep -vF -e \"%.*s\" \"$f\"; [ $? -le 1 ] &&" \
	" printf \"%%s\\n\" \"$l\"; } >\"$f.kho\" &&" \
	" mv \"$f.kho\" \"$f\"; }; }"

/* The key's Base64 in the line, and how long it is. */
static const char *
blob_find(const char *line, int *lenp)
{
	const char *p = strstr(line, "\" ssh-ed25519 ");

	p = p == NULL ? "" : p + strlen("\" ssh-ed25519 ");
	*lenp = (int)strcspn(p, " ");
	return p;
}

/*
 * The line, for the user who is to log in with it: another user's files are
 * not touched by the one who installs, who may be root.
 */
static enum cli_exit
line_place(const struct cli *cli, const struct policy_host *h,
    const struct login *l, const char *line)
{
	const char *file = cli_option_get(cli, "authorized-keys", 0);
	const char *user = cli_option_get(cli, "install-user", 0), *blob;
	bool other = user != NULL && strcmp(user, h->user) != 0;
	char command[2000], in[SENT_MAX + 2];
	const char *const argv[] = { "ssh", "-T", LOGIN_OPTIONS(l), "--",
	    l->address, command, NULL };
	enum cli_exit code;
	int n, len;

	if (file == NULL)
		file = ".ssh/authorized_keys";
	blob = blob_find(line, &len);
	if (!is_plain(file) || !is_plain(h->user) || len == 0 ||
	    strlen(line) > SENT_MAX)
		return cli_fail(cli, CLI_EXIT_USAGE, "the name of the user, or"
		    " file, or the line for it cannot be sent; add it by"
		    " hand");
	if (other)
		n = snprintf(command, sizeof(command), "su -s /bin/sh %s -c '"
		    PLACE "'", h->user, file, len, blob);
	else
		n = snprintf(command, sizeof(command), PLACE, file, len, blob);
	if (n < 0 || (size_t)n >= sizeof(command))
		return cli_fail(cli, CLI_EXIT_USAGE, "--authorized-keys: the"
		    " path is too long");
	snprintf(in, sizeof(in), "%s\n", line);
	if ((code = step(cli, argv, in, "authorized_keys")) == CLI_EXIT_OK &&
	    !cli->quiet && !cli->json)
		printf("    line placed in %s of user %s\n", file, h->user);
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
	if (h->sftp || (code = agent_place(cli, &l)) == CLI_EXIT_OK)
		code = line_place(cli, h, &l, line);
	(void)unlink(known);
	free(known);
	return code;
}
