/* access.c: where the repository is, and how it is reached. */
#include "restore/access.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "policy/policy.h"
#include "policy/report.h"
#include "restore/session.h"

#define HOST_KEY_MAX 16384
#define CONNECTIONS 4		/* so many ranges are fetched at once */

/* The policy's target of that name. */
static enum cli_exit
from_policy(const struct cli *cli, const char *name, struct access *a)
{
	struct policy_report *report = NULL;
	const struct policy_target *t;
	const struct policy_diag *d;
	enum cli_exit code;
	int r;

	if ((r = policy_report_new(&report)) != 0)
		return session_fail(cli, CLI_EXIT_FAILED, "%s", err_text(r));
	if ((r = policy_load(cli->config, report, &a->policy)) != 0) {
		d = policy_report_get(report, 0);
		code = session_fail(cli, r == ERR_NOENT ? CLI_EXIT_NOT_FOUND :
		    CLI_EXIT_POLICY, "policy %s: %s; without it, give the"
		    " repository's URL with --repo", cli->config,
		    d != NULL ? d->message : err_text(r));
		policy_report_free(report);
		return code;
	}
	policy_report_free(report);
	t = policy_target_find(a->policy, name);
	if (t == NULL || t->url == NULL)
		return session_fail(cli, CLI_EXIT_NOT_FOUND, "policy %s has no"
		    " target %s that could be read", cli->config, name);
	a->url = t->url;
	a->key_file = t->key_file;
	a->access = (struct store_access){ .identity = t->identity,
	    .host_key = t->host_key, .credentials = t->credentials,
	    .ca_file = t->ca_file, .region = t->region };
	return CLI_EXIT_OK;
}

/* The first line of a .pub file, or of one in /etc/ssh. */
static enum cli_exit
host_key_read(const struct cli *cli, const char *path, struct access *a)
{
	struct buf *b = NULL;
	int r;

	if ((r = buf_new(HOST_KEY_MAX, &b)) == 0 &&
	    (r = fdio_read_file(path, HOST_KEY_MAX, b)) == 0 &&
	    (a->host_key = strndup((const char *)buf_ptr(b),
	    buf_len(b))) == NULL)
		r = ERR_NOMEM;
	buf_free(b);
	if (r != 0)
		return session_fail(cli, CLI_EXIT_NOT_FOUND, "host key %s: "
		    "%s; it is a file of one line, as the server's "
		    "/etc/ssh/ssh_host_ed25519_key.pub", path, err_text(r));
	a->host_key[strcspn(a->host_key, "\r\n")] = '\0';
	a->access.host_key = a->host_key;
	return CLI_EXIT_OK;
}

enum cli_exit
access_find(const struct cli *cli, struct access *a)
{
	const char *target = cli_option_get(cli, "target", 0);
	const char *url = cli_option_get(cli, "repo", 0), *path;
	enum cli_exit code = CLI_EXIT_OK;

	memset(a, 0, sizeof(*a));
	if (url != NULL && target != NULL)
		return session_fail(cli, CLI_EXIT_USAGE,
		    "give --repo or --target, not both");
	if (target != NULL) {
		code = from_policy(cli, target, a);
		a->access.connections = CONNECTIONS;
		return code;
	}
	if (url == NULL)
		url = getenv("KHO_REPO");
	if (url == NULL || *url == '\0')
		return session_fail(cli, CLI_EXIT_USAGE, "no repository: "
		    "name it with --repo or in KHO_REPO, or with --target a "
		    "target of the policy");
	a->url = url;
	a->access = (struct store_access){
	    .identity = cli_option_get(cli, "identity", 0),
	    .credentials = cli_option_get(cli, "credentials", 0),
	    .ca_file = cli_option_get(cli, "ca-file", 0),
	    .region = cli_option_get(cli, "region", 0),
	    .connections = CONNECTIONS };
	if ((path = cli_option_get(cli, "host-key", 0)) != NULL)
		code = host_key_read(cli, path, a);
	if (code == CLI_EXIT_OK && strncmp(url, "sftp://", 7) == 0 &&
	    (a->access.identity == NULL || a->access.host_key == NULL))
		code = session_fail(cli, CLI_EXIT_USAGE, "%s: name the "
		    "private key to log in with by --identity, and a file of "
		    "the server's public key by --host-key", url);
	if (code == CLI_EXIT_OK && strncmp(url, "s3", 2) == 0 &&
	    store_is_remote(url) && a->access.credentials == NULL)
		code = session_fail(cli, CLI_EXIT_USAGE, "%s: name a file of "
		    "two lines, the key's id and its secret, by "
		    "--credentials", url);
	return code;
}

enum cli_exit
access_open(const struct cli *cli, const struct access *a, struct store **sp)
{
	int r = store_open(a->url, &a->access, sp);

	if (r == 0)
		return CLI_EXIT_OK;
	if (!store_is_remote(a->url) || r == ERR_NOENT)
		return session_fail(cli, cli_exit_from_open(r), "%s: %s",
		    a->url, r == ERR_NOENT ?
		    "there is no repository here; see that the target is "
		    "mounted and --repo is right" :
		    err_text(r));
	switch (r) {
	case ERR_CORRUPT:
		if (strncmp(a->url, "s3://", 5) == 0)
			return session_fail(cli, CLI_EXIT_IDENTITY, "%s: its "
			    "certificate is not to be trusted: see the "
			    "address and --ca-file; nothing was sent", a->url);
		return session_fail(cli, CLI_EXIT_IDENTITY, "%s: the server "
		    "showed another key than the pinned one; nothing was "
		    "sent", a->url);
	case ERR_DENIED:
		return session_fail(cli, CLI_EXIT_TARGET, "%s: the server does "
		    "not let us in: see the account and its key", a->url);
	case ERR_CONFIG:
		return session_fail(cli, CLI_EXIT_USAGE, "%s: cannot be "
		    "opened so", a->url);
	default:
		return session_fail(cli, CLI_EXIT_TARGET, "%s: cannot be "
		    "reached: %s", a->url, err_text(r));
	}
}

void
access_clear(struct access *a)
{
	policy_free(a->policy);
	free(a->host_key);
	memset(a, 0, sizeof(*a));
}
