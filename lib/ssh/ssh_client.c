/* ssh_client.c: the transport by the ssh client. */
#include "config.h"

#include "ssh/ssh.h"

#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "base/hex.h"
#include "base/path.h"
#include "ssh/b64.h"
#include "ssh/client_child.h"
#include "ssh/client_text.h"
#include "ssh/connect.h"
#include "ssh/identity.h"
#include "ssh/internal.h"

#define NONCE_LEN 16
#define SAID_MAX 8192		/* of the client's own words before login */
#define KNOWN_LINE_MAX 512
#define SAFE "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
    "0123456789/._-"
#define SSH_LOST 255		/* the client's status for its own failures */

struct client {
	struct ssh_session base;	/* first: a client is an ssh_session */
	struct client_child child;
	bool	 eof;			/* all output was read */
	bool	 ended;			/* status is known */
	int	 status;		/* as of wait(2) */
};

static const struct ssh_ops client_ops;

static struct client *
client(struct ssh_session *s)
{
	return (struct client *)s;
}

int
ssh_client_new(struct ssh_session **sp)
{
	struct client *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return ERR_NOMEM;
	t->base.ops = &client_ops;
	client_child_init(&t->child);
	*sp = &t->base;
	return 0;
}

int
ssh_client_check(const struct ssh_params *p, struct ssh_failure *failp)
{
	if (strpbrk(p->identity_file, "%$~") != NULL)
		return ssh_fail(failp, ERR_CONFIG, "give the key file a name"
		    " without %, $ and ~, which ssh would expand",
		    "identity %s: not a plain file name", p->identity_file);
	return ssh_identity_check(p->identity_file, SSH_OPENSSH, failp);
}

/* The pinned key as the one line of a known_hosts file. */
static int
known_line(const struct ssh_key *key, char line[KNOWN_LINE_MAX])
{
	size_t start, len;
	int n;

	n = snprintf(line, KNOWN_LINE_MAX, "%s %s ", SSH_CLIENT_ALIAS,
	    key->type);
	start = (size_t)n;
	if (start + (key->len * 4 + 2) / 3 + 5 > KNOWN_LINE_MAX)
		return ERR_TOOBIG;
	ssh_b64_encode(key->blob, key->len, line + start);
	for (len = strlen(line); (len - start) % 4 != 0; len++)
		line[len] = '=';
	line[len++] = '\n';
	line[len] = '\0';
	return 0;
}

/* Make a directory, mode 0700, below TMPDIR or /tmp. */
static int
make_dir(char **dirp)
{
	const char *tmp;
	char *dir = NULL;
	int r;

	/* ssh would expand or split other names. */
	tmp = getenv("TMPDIR");
	if (tmp == NULL || tmp[0] != '/' || tmp[strspn(tmp, SAFE)] != '\0')
		tmp = "/tmp";
	if ((r = path_join(tmp, "kho-ssh-XXXXXX", &dir)) != 0)
		return r;
	if (mkdtemp(dir) == NULL) {
		r = err_from_errno(errno);
		free(dir);
		return r;
	}
	*dirp = dir;
	return 0;
}

/* Make a private directory with a known_hosts file in it. */
static int
make_known_hosts(const struct ssh_key *key, char **dirp, char **filep)
{
	char line[KNOWN_LINE_MAX], *dir = NULL, *file = NULL;
	int r;

	if ((r = known_line(key, line)) != 0 || (r = make_dir(&dir)) != 0 ||
	    (r = path_join(dir, "known_hosts", &file)) != 0 ||
	    (r = fdio_replace_file(file, 0600, line, strlen(line))) != 0)
		goto out;
	*dirp = dir;
	*filep = file;
	dir = file = NULL;	/* now the caller's */
 out:
	if (dir != NULL)
		(void)rmdir(dir);
	free(dir);
	free(file);
	return r;
}

/* Words that only this client, and no host, can say. */
static int
make_marker(char marker[2 * NONCE_LEN + 1])
{
	uint8_t nonce[NONCE_LEN];

	if (getrandom(nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		return ERR_IO;
	hex_format(nonce, sizeof(nonce), marker);
	return 0;
}

/*
 * Read stderr until the marker has come: then the client has logged in.
 * What follows the marker is the command's.
 */
static int
await_login(struct client *t, const char *marker, int64_t deadline,
    struct ssh_failure *failp)
{
	char said[SAID_MAX + 1] = "", *at;
	size_t have = 0, n;
	int r;

	for (;;) {
		if (have == SAID_MAX) {		/* by a long banner, say */
			have /= 2;
			memmove(said, said + SAID_MAX - have, have);
		}
		if (clock_mono_ms() >= deadline ||
		    ssh_wait(t->child.err, POLLIN, deadline) != 0)
			return ssh_fail_reach(&t->base, ERR_TIMEOUT,
			    "connect", failp);
		r = fdio_read(t->child.err, said + have, SAID_MAX - have, &n);
		if (r == ERR_BUSY)
			continue;
		if (r != 0 || n == 0)
			return client_explain(&t->base, said, failp);
		have += n;
		said[have] = '\0';
		if ((at = strstr(said, marker)) == NULL)
			continue;
		if ((at = strchr(at, '\n')) == NULL)
			continue;
		at++;
		ssh_stderr_keep(&t->base, at, have - (size_t)(at - said));
		return 0;
	}
}

/* The client's environment: what it needs and nothing else. */
static int
start(struct client *t, char *const argv[])
{
	static char shell[] = "SHELL=/bin/sh", locale[] = "LC_ALL=C";
	char *envp[] = { NULL, shell, locale, NULL };
	const char *path;
	int r;

	if ((path = getenv("PATH")) == NULL)
		path = "/usr/bin:/bin";
	if (asprintf(&envp[0], "PATH=%s", path) == -1)
		return ERR_NOMEM;
	r = client_child_start(&t->child, argv, envp);
	free(envp[0]);
	return r;
}

static int
client_start(struct ssh_session *s, const struct ssh_command *c,
    struct ssh_failure *failp)
{
	struct client *t = client(s);
	struct client_args args = { NULL, 0 };
	char marker[2 * NONCE_LEN + 1];
	char *dir = NULL, *file = NULL;
	int64_t deadline;
	int r;

	deadline = clock_mono_ms() + (int64_t)s->connect_timeout_s * 1000;
	if ((r = make_marker(marker)) != 0 ||
	    (r = make_known_hosts(&s->host_key, &dir, &file)) != 0 ||
	    (r = client_args_build(s, file, marker, c, &args)) != 0 ||
	    (r = start(t, args.argv)) != 0) {
		r = ssh_fail(failp, r, "check that /tmp or TMPDIR can be"
		    " written", "ssh: cannot start the client: %s",
		    err_text(r));
		goto out;
	}
	r = await_login(t, marker, deadline, failp);
 out:
	if (file != NULL)
		(void)unlink(file);
	if (dir != NULL)
		(void)rmdir(dir);
	free(file);
	free(dir);
	client_args_clear(&args);
	return r;
}

static void
drain_stderr(struct client *t)
{
	char data[4096];
	size_t n;

	while (t->child.err != -1) {
		if (fdio_read(t->child.err, data, sizeof(data), &n) != 0)
			return;
		if (n == 0)
			(void)fdio_close(&t->child.err);
		ssh_stderr_keep(&t->base, data, n);
	}
}

/* Learn how the client ended: ERR_BUSY until it has. */
static int
learn_status(struct client *t)
{
	size_t n;
	int r;

	if (t->ended)
		return 0;
	r = fdio_read(t->child.status, &t->status, sizeof(t->status), &n);
	if (r == ERR_BUSY)
		return r;
	if (r != 0 || n != sizeof(t->status))
		return ERR_CLOSED;
	t->ended = true;
	return 0;
}

/*
 * The end of output is told only once the client has ended, because only its
 * status tells the end of the command from that of the connection.
 */
static int
read_end(struct client *t, size_t *lenp)
{
	int r;

	t->eof = true;
	if ((r = learn_status(t)) != 0)
		return r;
	if (!WIFEXITED(t->status) || WEXITSTATUS(t->status) == SSH_LOST)
		return ERR_CLOSED;
	*lenp = 0;
	return 0;
}

static int
client_read(struct ssh_session *s, void *data, size_t len, size_t *lenp)
{
	struct client *t = client(s);
	ssize_t n;

	drain_stderr(t);
	if (t->eof)
		return read_end(t, lenp);
	do
		n = recv(t->child.sock, data, len, 0);
	while (n == -1 && errno == EINTR);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return ERR_BUSY;
	/* A reset: the client has ended and left some of our input unread. */
	if (n == 0 || (n == -1 && errno == ECONNRESET))
		return read_end(t, lenp);
	if (n == -1)
		return ERR_CLOSED;
	*lenp = (size_t)n;
	return 0;
}

static int
client_write(struct ssh_session *s, const void *data, size_t len,
    size_t *lenp)
{
	struct client *t = client(s);
	ssize_t n;

	do
		n = send(t->child.sock, data, len, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno == EAGAIN || errno == EWOULDBLOCK ? ERR_BUSY :
		    ERR_CLOSED;
	*lenp = (size_t)n;
	return 0;
}

static int
client_send_eof(struct ssh_session *s)
{
	return shutdown(client(s)->child.sock, SHUT_WR) == -1 ? ERR_CLOSED :
	    0;
}

static int
client_poll_fd(const struct ssh_session *s)
{
	const struct client *t = (const struct client *)s;

	return t->eof ? t->child.status : t->child.sock;
}

static short
client_wants(const struct ssh_session *s)
{
	(void)s;
	return POLLIN;
}

/* The client's socket is all that can be full. */
static bool
client_blocked(const struct ssh_session *s)
{
	(void)s;
	return false;
}

static int
client_exit_status(struct ssh_session *s, int *statusp)
{
	struct client *t = client(s);
	int r;

	if ((r = learn_status(t)) != 0)
		return r;
	*statusp = WIFEXITED(t->status) ? WEXITSTATUS(t->status) :
	    SSH_EXIT_SIGNAL;
	return 0;
}

/* The client asks its host by itself (ServerAliveInterval). */
static int
client_keepalive(struct ssh_session *s)
{
	drain_stderr(client(s));
	return 0;
}

static void
client_close(struct ssh_session *s)
{
	client_child_clear(&client(s)->child);
	free(s);
}

static const struct ssh_ops client_ops = {
	.start = client_start,
	.read = client_read,
	.write = client_write,
	.send_eof = client_send_eof,
	.poll_fd = client_poll_fd,
	.wants = client_wants,
	.blocked = client_blocked,
	.exit_status = client_exit_status,
	.keepalive = client_keepalive,
	.close = client_close
};
