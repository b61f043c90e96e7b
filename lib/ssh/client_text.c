/* client_text.c: what the ssh client is told and what it says. */
#include "config.h"

#include "ssh/client_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define ARGS_MAX 80

/*
 * No file of the user or the system is read (-F none), so these are all of
 * the client's settings that matter.
 */
static const char *const options[] = {
	"BatchMode=yes",
	"CheckHostIP=no",
	"Ciphers=aes128-gcm@openssh.com,aes256-gcm@openssh.com,"
	    "aes128-ctr,aes256-ctr",
	"ClearAllForwardings=yes",
	"Compression=no",
	"ControlMaster=no",
	"ControlPath=none",
	"EscapeChar=none",
	"ForwardAgent=no",
	"ForwardX11=no",
	"GlobalKnownHostsFile=/dev/null",
	"HostKeyAlias=" SSH_CLIENT_ALIAS,
	"IdentitiesOnly=yes",
	"IdentityAgent=none",
	"KexAlgorithms=curve25519-sha256,curve25519-sha256@libssh.org",
	"LogLevel=INFO",	/* the least that tells of failed agreement */
	"MACs=hmac-sha2-256,hmac-sha2-512,"
	    "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com",
	"PermitLocalCommand=yes",
	"PreferredAuthentications=publickey",
	"RequestTTY=no",
	"ServerAliveCountMax=4",
	"ServerAliveInterval=15",
	"StrictHostKeyChecking=yes",
	"UpdateHostKeys=no"
};

/* Append an argument; a failure leaves ap->argv NULL at its end. */
static int
add(struct client_args *ap, const char *fmt, ...)
{
	va_list ap2;
	int n;

	if (ap->count + 1 >= ARGS_MAX)
		return ERR_TOOBIG;
	va_start(ap2, fmt);
	n = vasprintf(&ap->argv[ap->count], fmt, ap2);
	va_end(ap2);
	if (n == -1) {
		ap->argv[ap->count] = NULL;
		return ERR_NOMEM;
	}
	ap->count++;
	return 0;
}

int
client_args_build(const struct ssh_session *s, const char *known_hosts,
    const char *marker, const struct ssh_command *c, struct client_args *ap)
{
	struct client_args a = { NULL, 0 };
	size_t i;
	int r;

	if ((a.argv = calloc(ARGS_MAX, sizeof(*a.argv))) == NULL)
		return ERR_NOMEM;
	if ((r = add(&a, "ssh")) != 0 || (r = add(&a, "-T")) != 0 ||
	    (r = add(&a, "-F")) != 0 || (r = add(&a, "none")) != 0)
		goto out;
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if ((r = add(&a, "-o%s", options[i])) != 0)
			goto out;
	}
	if ((r = add(&a, "-oConnectTimeout=%u",
	    (unsigned int)s->connect_timeout_s)) != 0 ||
	    (r = add(&a, "-oHostKeyAlgorithms=%s", s->host_key.type)) != 0 ||
	    (r = add(&a, "-oUserKnownHostsFile=%s", known_hosts)) != 0 ||
	    (r = add(&a, "-oLocalCommand=echo %s >&2", marker)) != 0 ||
	    (r = add(&a, "-p%u", (unsigned int)s->port)) != 0 ||
	    (r = add(&a, "-l%s", s->user)) != 0 ||
	    (r = add(&a, "-i%s", s->identity_file)) != 0 ||
	    (c->subsystem && (r = add(&a, "-s")) != 0) ||
	    (r = add(&a, "--")) != 0 || (r = add(&a, "%s", s->address)) != 0 ||
	    (r = add(&a, "%s", c->text)) != 0)
		goto out;
	*ap = a;
	a.argv = NULL;	/* now the caller's */
 out:
	client_args_clear(&a);
	return r;
}

void
client_args_clear(struct client_args *a)
{
	size_t i;

	for (i = 0; a->argv != NULL && i < a->count; i++)
		free(a->argv[i]);
	free(a->argv);
	a->argv = NULL;
	a->count = 0;
}

/* Copy the word of text that begins with start, or nothing. */
static void
copy_word(const char *text, const char *start, char *out, size_t outlen)
{
	const char *at;
	size_t len;

	out[0] = '\0';
	if ((at = strstr(text, start)) == NULL)
		return;
	len = strcspn(at, " \r\n\t");
	if (len > 0 && at[len - 1] == '.')
		len--;
	if (len < outlen) {
		memcpy(out, at, len);
		out[len] = '\0';
	}
}

/* Copy the rest of the line after start, escaped; or nothing. */
static void
copy_rest(const char *text, const char *start, char *out, size_t outlen)
{
	const char *at;

	out[0] = '\0';
	if ((at = strstr(text, start)) == NULL)
		return;
	at += strlen(start);
	log_escape(out, outlen, at, strcspn(at, "\r\n"));
}

/* The last line of text, escaped. */
static void
copy_last(const char *text, char *out, size_t outlen)
{
	size_t end = strlen(text), begin;

	while (end > 0 && (text[end - 1] == '\n' || text[end - 1] == '\r'))
		end--;
	for (begin = end; begin > 0 && text[begin - 1] != '\n'; begin--)
		continue;
	log_escape(out, outlen, text + begin, end - begin);
}

int
client_explain(const struct ssh_session *s, const char *text,
    struct ssh_failure *failp)
{
	char word[256];
	bool silent = strstr(text, "timed out") != NULL;

	if (strstr(text, "Host key verification failed") != NULL) {
		copy_word(text, "SHA256:", word, sizeof(word));
		return ssh_fail_identity(s, word, failp);
	}
	if (strstr(text, "no matching host key type") != NULL) {
		copy_rest(text, "Their offer: ", word, sizeof(word));
		return ssh_fail_keytype(s, word, failp);
	}
	copy_last(text, word, sizeof(word));
	if (strstr(text, "Unable to negotiate") != NULL)
		return ssh_fail(failp, ERR_CONFIG,
		    "let sshd_config on the host allow KexAlgorithms"
		    " curve25519-sha256 and Ciphers aes128-gcm@openssh.com or"
		    " aes128-ctr", "%s port %u: %s", s->address, s->port,
		    word);
	if (strstr(text, "Permission denied") != NULL)
		return ssh_fail_denied(s, failp);
	if (strstr(text, "cannot be started") != NULL ||
	    strstr(text, "command-line") != NULL)
		return ssh_fail(failp, ERR_CONFIG, "install openssh-client 8.4"
		    " or later on this machine, or use transport ="
		    " \"libssh2\"", "%s", word);
	return ssh_fail_reach(s, silent ? ERR_TIMEOUT : ERR_CLOSED,
	    word[0] != '\0' ? word : "ssh ended", failp);
}
