/* ssh.c: what both transports share: checks, texts, dispatch. */
#include "ssh/ssh.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ssh/internal.h"

#define ADDRESS_MAX 255
#define USER_MAX 64

int
ssh_fail(struct ssh_failure *failp, int code, const char *remedy,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(failp->reason, sizeof(failp->reason), fmt, ap);
	va_end(ap);
	(void)snprintf(failp->remedy, sizeof(failp->remedy), "%s", remedy);
	return code;
}

int
ssh_fail_identity(const struct ssh_session *s, const char *offered,
    struct ssh_failure *failp)
{
	int r;

	if ((r = ssh_key_fingerprint(s->host_key.blob, s->host_key.len,
	    failp->expected)) != 0)
		return ssh_fail(failp, r, "", "cannot compute a fingerprint");
	(void)snprintf(failp->offered, sizeof(failp->offered), "%s", offered);
	return ssh_fail(failp, ERR_CORRUPT,
	    "find out on the host itself whether its key was changed; if so,"
	    " pin the new one",
	    "%s port %u: host key mismatch: pinned %s, offered %s",
	    s->address, s->port, failp->expected, failp->offered);
}

int
ssh_fail_denied(const struct ssh_session *s, struct ssh_failure *failp)
{
	return ssh_fail(failp, ERR_DENIED,
	    "check that the public half of the identity stands in this user's"
	    " authorized_keys on the host, and the user's spelling",
	    "%s port %u: the host refuses user %s with identity %s",
	    s->address, s->port, s->user, s->identity_file);
}

int
ssh_fail_keytype(const struct ssh_session *s, const char *offered,
    struct ssh_failure *failp)
{
	return ssh_fail(failp, ERR_CONFIG,
	    "on the host run 'ssh-keygen -A' and let sshd_config name"
	    " /etc/ssh/ssh_host_ed25519_key, then pin that key; supported are"
	    " ssh-ed25519 and ecdsa-sha2-nistp256, -nistp384, -nistp521",
	    "%s port %u: the host has no %s key, which is the pinned type;"
	    " it offers only: %s", s->address, s->port, s->host_key.type,
	    offered);
}

int
ssh_fail_reach(const struct ssh_session *s, int code, const char *what,
    struct ssh_failure *failp)
{
	const char *remedy =
	    "check that the host is up, that sshd listens on this port and"
	    " that no firewall stands between";

	if (code == ERR_NOMEM)
		remedy = "free some memory on this machine";
	return ssh_fail(failp, code, remedy, "%s port %u: %s: %s",
	    s->address, s->port, what, err_text(code));
}

void
ssh_stderr_keep(struct ssh_session *s, const void *data, size_t len)
{
	if (len > sizeof(s->err) - s->errlen)
		len = sizeof(s->err) - s->errlen;
	memcpy(s->err + s->errlen, data, len);
	s->errlen += len;
}

/* Nothing that ssh would take for an option, a list or another user. */
static bool
word_ok(const char *text, size_t max, const char *extra)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._";
	size_t i, len = strlen(text);

	if (len == 0 || len > max || text[0] == '-')
		return false;
	for (i = 0; i < len; i++) {
		if (strchr(plain, text[i]) == NULL &&
		    strchr(extra, text[i]) == NULL)
			return false;
	}
	return true;
}

static int
check_host_key(const char *line, struct ssh_key *kp, struct ssh_failure *failp)
{
	int r;

	r = ssh_key_parse(line, kp);
	if (r == ERR_CONFIG)
		return ssh_fail(failp, ERR_CONFIG,
		    "pin the host's Ed25519 or ECDSA key, for example the"
		    " line in its /etc/ssh/ssh_host_ed25519_key.pub",
		    "pinned host key: type %.*s is not supported",
		    (int)strcspn(line, " "), line);
	if (r != 0)
		return ssh_fail(failp, ERR_CONFIG,
		    "copy the whole line of the host's"
		    " /etc/ssh/ssh_host_ed25519_key.pub",
		    "pinned host key: not a whole public key line");
	return 0;
}

static int
check_params(const struct ssh_params *p, struct ssh_key *kp,
    struct ssh_failure *failp)
{
	if (!word_ok(p->address, ADDRESS_MAX, "-:%"))
		return ssh_fail(failp, ERR_CONFIG,
		    "give a host name, an IPv4 or an IPv6 address",
		    "address: not a host name or address");
	if (p->port == 0)
		return ssh_fail(failp, ERR_CONFIG, "give a port from 1 to"
		    " 65535; sshd's usual one is 22", "port: 0 is not a port");
	if (!word_ok(p->user, USER_MAX, "-+@\\$"))
		return ssh_fail(failp, ERR_CONFIG,
		    "give the login name of the backup user on the host",
		    "user: not a login name");
	return check_host_key(p->host_key, kp, failp);
}

static int
copy_params(struct ssh_session *s, const struct ssh_params *p,
    const struct ssh_key *key)
{
	s->address = strdup(p->address);
	s->user = strdup(p->user);
	s->identity_file = strdup(p->identity_file);
	s->port = p->port;
	s->resolver = p->resolver;
	s->connect_timeout_s = p->connect_timeout_s;
	s->rate = p->rate;
	s->host_key = *key;
	if (s->address == NULL || s->user == NULL || s->identity_file == NULL)
		return ERR_NOMEM;
	return 0;
}

int
ssh_open(const struct ssh_params *p, struct ssh_session **sp,
    struct ssh_failure *failp)
{
	struct ssh_session *s = NULL;
	struct ssh_key key;
	int r;

	memset(failp, 0, sizeof(*failp));
	if ((r = check_params(p, &key, failp)) != 0)
		goto out;
	r = p->transport == SSH_OPENSSH ? ssh_client_new(&s) :
	    ssh_lib2_new(&s);
	if (r != 0 || (r = copy_params(s, p, &key)) != 0) {
		r = ssh_fail(failp, r, "free some memory on this machine",
		    "ssh: cannot start: %s", err_text(r));
		goto out;
	}
	if (p->transport == SSH_OPENSSH)
		r = ssh_client_check(p, failp);
	else
		r = ssh_lib2_connect(s, failp);
	if (r != 0)
		goto out;
	*sp = s;
	s = NULL;	/* now the caller's */
 out:
	ssh_close(s);
	return r;
}

static int
start(struct ssh_session *s, const struct ssh_command *c,
    struct ssh_failure *failp)
{
	int r;

	memset(failp, 0, sizeof(*failp));
	if (s->started)
		return ssh_fail(failp, ERR_EXIST, "open another session",
		    "ssh: a command was started already");
	if ((r = s->ops->start(s, c, failp)) == 0)
		s->started = true;
	return r;
}

int
ssh_exec(struct ssh_session *s, const char *command,
    struct ssh_failure *failp)
{
	const struct ssh_command c = { .text = command };

	return start(s, &c, failp);
}

int
ssh_subsystem(struct ssh_session *s, const char *name,
    struct ssh_failure *failp)
{
	const struct ssh_command c = { .text = name, .subsystem = true };

	return start(s, &c, failp);
}

int
ssh_read(struct ssh_session *s, void *data, size_t len, size_t *lenp)
{
	return s->ops->read(s, data, len, lenp);
}

int
ssh_write(struct ssh_session *s, const void *data, size_t len, size_t *lenp)
{
	return s->ops->write(s, data, len, lenp);
}

int
ssh_send_eof(struct ssh_session *s)
{
	return s->ops->send_eof(s);
}

int
ssh_poll_fd(const struct ssh_session *s)
{
	return s->ops->poll_fd(s);
}

short
ssh_wants(const struct ssh_session *s)
{
	return s->ops->wants(s);
}

bool
ssh_blocked(const struct ssh_session *s)
{
	return s->ops->blocked(s);
}

size_t
ssh_stderr_read(struct ssh_session *s, void *data, size_t len)
{
	if (len > s->errlen)
		len = s->errlen;
	memcpy(data, s->err, len);
	memmove(s->err, s->err + len, s->errlen - len);
	s->errlen -= len;
	return len;
}

int
ssh_exit_status(struct ssh_session *s, int *statusp)
{
	return s->ops->exit_status(s, statusp);
}

int
ssh_keepalive(struct ssh_session *s)
{
	return s->ops->keepalive(s);
}

void
ssh_close(struct ssh_session *s)
{
	char *address, *user, *identity_file;

	if (s == NULL)
		return;
	address = s->address;
	user = s->user;
	identity_file = s->identity_file;
	s->ops->close(s);
	free(address);
	free(user);
	free(identity_file);
}
