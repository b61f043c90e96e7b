/* host.c: backupctl host add, test, rekey and retire. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backupctl/command.h"
#include "backupctl/enrol.h"
#include "base/buf.h"
#include "base/path.h"
#include "cli/json.h"
#include "cli/prompt.h"
#include "policy/amend.h"
#include "policy/policy.h"

#define ENTRY_MAX 4096
#define LINE_BYTES_MAX 16384
#define KEYS_DIR "keys/hosts/"	/* beside the policy */

/* A host that is being added or changed. */
struct hosting {
	const char *name, *address;
	unsigned int port;
	char	 identity[300];		/* as the policy has it */
	char	*private;		/* its path */
	char	 public[ENROL_LINE_MAX];
	struct enrol_key key;
	char	 entry[ENTRY_MAX];
	const char *set;		/* key of the policy that is set */
	char	 value[ENTRY_MAX];
	char	 line[LINE_BYTES_MAX];	/* of authorized_keys; "": none */
	struct cli_json *steps;		/* of the trial, with --json */
	bool	 failed;		/* the trial, which is to be told */
};

static void __attribute__((format(printf, 2, 3)))
tell(const struct cli *cli, const char *format, ...)
{
	va_list ap;

	if (cli->quiet || cli->json)
		return;
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

/* What a command says to programs; the steps are begun with. */
static enum cli_exit
answer(const struct cli *cli, struct hosting *g, enum cli_exit code)
{
	struct cli_json *j = g->steps;

	g->steps = NULL;
	if (!cli->json)
		return code;
	if (j == NULL && cli_json_new(&j) != 0)
		return CLI_EXIT_FAILED;
	cli_json_str(j, "host", g->name);
	cli_json_str(j, "address", g->address);
	cli_json_str(j, "identity", g->identity[0] != '\0' ? g->identity :
	    NULL);
	cli_json_str(j, "host_key", g->key.line[0] != '\0' ? g->key.line :
	    NULL);
	cli_json_str(j, "authorized_keys", g->line[0] != '\0' ? g->line :
	    NULL);
	cli_json_bool(j, "dry_run", cli_option_count(cli, "dry-run") > 0);
	return command_answer(cli, j, code);
}

/* The policy was changed, or not, which is told unless the trial failed. */
static enum cli_exit
changed(const struct cli *cli, struct hosting *g, enum cli_exit code)
{
	if (code == CLI_EXIT_OK || g->failed)
		return answer(cli, g, code);
	cli_json_free(g->steps);
	g->steps = NULL;
	return code;
}

/* Tell whether text is of letters, digits and these. */
static bool
is_of(const char *text, const char *others)
{
	if (text[0] == '\0' || text[0] == '-')
		return false;
	for (; *text != '\0'; text++)
		if (!isalnum((unsigned char)*text) &&
		    strchr(others, *text) == NULL)
			return false;
	return true;
}

/* Append to the entry. */
static bool __attribute__((format(printf, 2, 3)))
say(char out[ENTRY_MAX], const char *format, ...)
{
	size_t n = strlen(out);
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(out + n, ENTRY_MAX - n, format, ap);
	va_end(ap);
	return len >= 0 && (size_t)len < ENTRY_MAX - n;
}

/* The entry of the new host, as an officer would write it. */
static enum cli_exit
entry_make(const struct cli *cli, struct hosting *g)
{
	const char *user = cli_option_get(cli, "user", 0);
	const char *group = cli_option_get(cli, "group", 0), *set;
	char *e = g->entry;
	bool fits;
	size_t i;

	e[0] = '\0';
	fits = say(e, "{ name = \"%s\"; address = \"%s\";", g->name,
	    g->address);
	if (g->port != 22)
		fits = fits && say(e, " port = %u;", g->port);
	if (user != NULL)
		fits = fits && say(e, " user = \"%s\";", user);
	if (group != NULL)
		fits = fits && say(e, " group = \"%s\";", group);
	if (cli_option_count(cli, "no-agent") > 0)
		fits = fits && say(e, " agent = \"" POLICY_NO_AGENT "\";");
	for (i = 0; (set = cli_option_get(cli, "set", i)) != NULL; i++)
		fits = fits && is_of(set, "_-.") &&
		    say(e, "%s\"%s\"", i == 0 ? "\n    sets = [ " : ", ", set);
	if (i > 0)
		fits = fits && say(e, " ];");
	fits = fits && say(e, "\n    identity = \"%s\";\n    host_key = ["
	    " \"%s\" ]; }", g->identity, g->key.line);
	if (!fits || (user != NULL && !is_of(user, "_-.")) ||
	    (group != NULL && !is_of(group, "_-.")))
		return cli_fail(cli, CLI_EXIT_USAGE, "a name of a user, group"
		    " or set is of letters, digits, '_', '-' and '.'");
	return CLI_EXIT_OK;
}

/* The host's key pair stands beside the policy. */
static enum cli_exit
identity_set(const struct cli *cli, const char *suffix, struct hosting *g)
{
	char *dir = NULL;
	int r;

	snprintf(g->identity, sizeof(g->identity), KEYS_DIR "%s%s",
	    g->name, suffix);
	if ((r = path_dirname(cli->config, &dir)) == 0)
		r = path_join(dir, g->identity, &g->private);
	free(dir);
	return r == 0 ? CLI_EXIT_OK : cli_fail(cli, CLI_EXIT_FAILED, "%s",
	    err_text(r));
}

static int
amend_entry(const struct amend_text *text, void *arg, struct buf *out)
{
	const struct hosting *g = arg;

	return amend_add_host(text, g->entry, out);
}

static int
amend_value(const struct amend_text *text, void *arg, struct buf *out)
{
	const struct hosting *g = arg;

	return amend_set_host(text, g->name, g->set, g->value, out);
}

static int
amend_gone(const struct amend_text *text, void *arg, struct buf *out)
{
	const struct hosting *g = arg;

	return amend_remove_host(text, g->name, out);
}

/* Wait until the officer has put the line there. */
static void
line_wait(const struct cli *cli)
{
	char typed[16];

	if (cli_option_count(cli, "no-test") == 0 && cli_prompt_possible(cli))
		(void)!cli_prompt_line(cli, "    Press Enter when it is"
		    " there. ", typed, sizeof(typed));
}

/* Try it; steps go where they are told. */
static enum cli_exit
trial(const struct cli *cli, const char *config, const struct policy_host *h,
    struct hosting *g)
{
	enum cli_exit code;

	tell(cli, "3/4 Asking %s what it has", g->name);
	if (cli_option_count(cli, "no-test") > 0)
		return CLI_EXIT_OK;
	if (cli->json && cli_json_new(&g->steps) != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "%s",
		    err_text(ERR_NOMEM));
	if (g->steps != NULL)
		cli_json_array(g->steps, "steps");
	code = enrol_try(cli, config, h, g->steps);
	if (g->steps != NULL)
		cli_json_end(g->steps);
	g->failed = code != CLI_EXIT_OK;
	if (g->failed && !cli->json)
		(void)cli_fail(cli, code, "the policy is as it was, and the"
		    " new key of %s is kept: put right what is said above,"
		    " then run this again", g->name);
	return code;
}

/* What has to be on the host is told or put there; then it is tried. */
static enum cli_exit
site_try(const struct cli *cli, const char *config, const struct policy *p,
    void *arg)
{
	struct hosting *g = arg;
	const struct policy_host *h = policy_host_find(p, g->name);
	enum cli_exit code = CLI_EXIT_OK;
	struct buf *line = NULL;
	int r;

	if ((r = buf_new(LINE_BYTES_MAX, &line)) != 0 ||
	    (r = enrol_line(cli, h, g->public, line)) != 0) {
		buf_free(line);
		return cli_fail(cli, CLI_EXIT_FAILED, "%s", err_text(r));
	}
	snprintf(g->line, sizeof(g->line), "%s", (const char *)buf_ptr(line));
	buf_free(line);
	if (cli_option_count(cli, "install") > 0 &&
	    cli_option_count(cli, "dry-run") == 0)
		code = enrol_install(cli, h, &g->key, g->line);
	else {
		tell(cli, "    In authorized_keys of user %s on %s, one line:"
		    "\n\n%s\n", h->user, g->name, g->line);
		line_wait(cli);
	}
	return code == CLI_EXIT_OK ? trial(cli, config, h, g) : code;
}

/* --port */
static enum cli_exit
port_get(const struct cli *cli, unsigned int *portp)
{
	const char *text = cli_option_get(cli, "port", 0);
	char *rest;
	unsigned long n = 22;

	errno = 0;
	if (text != NULL) {
		n = strtoul(text, &rest, 10);
		if (errno != 0 || *text == '-' || rest == text ||
		    *rest != '\0')
			n = 0;
	}
	*portp = (unsigned int)n;
	return n >= 1 && n <= 65535 ? CLI_EXIT_OK : cli_fail(cli,
	    CLI_EXIT_USAGE, "--port takes a number from 1 to 65535");
}

enum cli_exit
command_host_add(struct cli *cli)
{
	struct hosting g = { .name = cli->args[0], .address = cli->args[1] };
	const struct enrol_change c = { amend_entry, site_try, &g };
	const struct policy *p = NULL;
	enum cli_exit code;

	if (!is_of(g.name, "_-.") || !is_of(g.address, "_-.:%"))
		return cli_fail(cli, CLI_EXIT_USAGE, "%s is no name of a host"
		    " or no address", !is_of(g.name, "_-.") ? g.name :
		    g.address);
	if ((code = port_get(cli, &g.port)) != CLI_EXIT_OK ||
	    (code = command_load_policy(cli, &p)) != CLI_EXIT_OK)
		return code;
	if (policy_host_find(p, g.name) != NULL)
		code = cli_fail(cli, CLI_EXIT_USAGE, "%s is in the policy"
		    " already; see host test and host rekey", g.name);
	policy_free(p);
	/* Nothing is written before it is known who that is. */
	if (code == CLI_EXIT_OK &&
	    (code = identity_set(cli, "", &g)) == CLI_EXIT_OK) {
		tell(cli, "1/4 The host's key");
		code = enrol_host_key(cli, g.address, g.port, &g.key);
	}
	if (code == CLI_EXIT_OK &&
	    (code = entry_make(cli, &g)) == CLI_EXIT_OK) {
		tell(cli, "    Pinned: %s\n2/4 A key of ours for it: %s",
		    g.key.fingerprint, g.identity);
		code = enrol_pair(cli, g.private, g.name, g.public);
	}
	if (code == CLI_EXIT_OK)
		code = changed(cli, &g, enrol_change(cli, &c));
	if (code == CLI_EXIT_OK)
		tell(cli, "4/4 %s", cli_option_count(cli, "dry-run") > 0 ?
		    "Nothing was changed" : "In the policy; when it runs next:"
		    " backupctl when");
	free(g.private);
	return code;
}

/* Load the policy and find the host; the caller owns *pp if all is well. */
static enum cli_exit
host_get(const struct cli *cli, const struct policy **pp,
    const struct policy_host **hp)
{
	enum cli_exit code = command_load_policy(cli, pp);

	if (code != CLI_EXIT_OK)
		return code;
	if ((*hp = policy_host_find(*pp, cli->args[0])) != NULL)
		return CLI_EXIT_OK;
	code = cli_fail(cli, CLI_EXIT_NOT_FOUND, "%s: no such host in %s",
	    cli->args[0], (*pp)->file);
	policy_free(*pp);
	return code;
}

/* Tell whether another host logs in with that key. */
static bool
key_shared(const struct policy *p, const struct policy_host *h)
{
	size_t i;

	for (i = 0; i < p->nhosts; i++)
		if (&p->hosts[i] != h &&
		    strcmp(p->hosts[i].identity, h->identity) == 0)
			return true;
	return false;
}

/* Tell whether the key is one that host add or host rekey has made. */
static bool
key_ours(const struct policy *p, const char *path)
{
	char *ours = NULL;
	bool yes = false;

	if (path_join(p->dir, KEYS_DIR, &ours) == 0)
		yes = strncmp(path, ours, strlen(ours)) == 0 &&
		    strchr(path + strlen(ours), '/') == NULL;
	free(ours);
	return yes;
}

static void
key_unlink(const struct cli *cli, const char *path)
{
	char public[4200];

	snprintf(public, sizeof(public), "%s.pub", path);
	if (unlink(path) == 0) {
		(void)unlink(public);
		tell(cli, "The key %s is destroyed", path);
	}
}

/* A key that nobody needs any more is only good for a thief. */
static void
key_destroy(const struct cli *cli, const struct policy *p,
    const struct policy_host *h)
{
	if (key_shared(p, h))
		tell(cli, "The key %s is that of other hosts, too, and stays",
		    h->identity);
	else if (!key_ours(p, h->identity))
		tell(cli, "The key %s may serve something else, too, and"
		    " stays", h->identity);
	else
		key_unlink(cli, h->identity);
}

/*
 * Name the key that follows that of h: NAME, NAME+2, NAME+3; no host's name
 * has a '+'.  An attempt that failed is gone on with: its line may be on the
 * host by now.
 */
static enum cli_exit
identity_next(const struct cli *cli, struct hosting *g,
    const struct policy_host *h)
{
	const char *base = strrchr(h->identity, '/');
	size_t len = strlen(g->name);
	unsigned long n = 1;
	char suffix[32];

	base = base == NULL ? h->identity : base + 1;
	if (strncmp(base, g->name, len) == 0 && base[len] == '+')
		n = strtoul(base + len + 1, NULL, 10);
	snprintf(suffix, sizeof(suffix), "+%lu", n % 10000 + 1);
	return identity_set(cli, suffix, g);
}

/* The new key is tried before the old one goes out of the policy. */
static enum cli_exit
rekey_client(struct cli *cli, struct hosting *g, const struct policy *p,
    const struct policy_host *h)
{
	const struct enrol_change c = { amend_value, site_try, g };
	enum cli_exit code;

	if ((code = identity_next(cli, g, h)) != CLI_EXIT_OK ||
	    (code = enrol_pair(cli, g->private, g->name, g->public)) !=
	    CLI_EXIT_OK)
		return code;
	snprintf(g->key.line, sizeof(g->key.line), "%s", h->host_keys.v[0]);
	g->set = "identity";
	snprintf(g->value, sizeof(g->value), "\"%s\"", g->identity);
	code = changed(cli, g, enrol_change(cli, &c));
	if (code != CLI_EXIT_OK || cli_option_count(cli, "dry-run") > 0)
		return code;
	tell(cli, "The old key is not used any more: take its line out of"
	    " authorized_keys on %s", g->name);
	key_destroy(cli, p, h);
	return code;
}

enum cli_exit
command_host_rekey(struct cli *cli)
{
	struct hosting g = { .name = cli->args[0] };
	const struct enrol_change c = { amend_value, NULL, &g };
	const struct policy *p;
	const struct policy_host *h;
	enum cli_exit code;

	if ((code = host_get(cli, &p, &h)) != CLI_EXIT_OK)
		return code;
	g.address = h->address;
	g.port = h->port;
	if (cli_option_count(cli, "client-key") > 0) {
		code = rekey_client(cli, &g, p, h);
		goto out;
	}
	if ((code = enrol_host_key(cli, h->address, h->port, &g.key)) !=
	    CLI_EXIT_OK)
		goto out;
	g.set = "host_key";
	snprintf(g.value, sizeof(g.value), "[ \"%s\" ]", g.key.line);
	if ((code = enrol_change(cli, &c)) == CLI_EXIT_OK) {
		tell(cli, "%s is pinned to %s", g.name, g.key.fingerprint);
		code = answer(cli, &g, CLI_EXIT_OK);
	}
 out:
	policy_free(p);
	free(g.private);
	return code;
}

/* Nor is one of any use that a host rekey has begun. */
static void
pending_destroy(const struct cli *cli, struct hosting *g,
    const struct policy_host *h)
{
	if (identity_next(cli, g, h) == CLI_EXIT_OK)
		key_unlink(cli, g->private);
	g->identity[0] = '\0';
}

enum cli_exit
command_host_retire(struct cli *cli)
{
	struct hosting g = { .name = cli->args[0] };
	const struct enrol_change c = { amend_gone, NULL, &g };
	const struct policy *p;
	const struct policy_host *h;
	enum cli_exit code;

	if ((code = host_get(cli, &p, &h)) != CLI_EXIT_OK)
		return code;
	g.address = h->address;
	if ((code = enrol_change(cli, &c)) != CLI_EXIT_OK)
		goto out;
	if (cli_option_count(cli, "dry-run") > 0)
		tell(cli, "Nothing was changed");
	else {
		key_destroy(cli, p, h);
		pending_destroy(cli, &g, h);
	}
	tell(cli, "%s is out of the policy; its snapshots and its history stay"
	    "\nOn the host, take the line with \"kho-%s\" out of"
	    " authorized_keys of user %s", g.name, g.name, h->user);
	code = answer(cli, &g, CLI_EXIT_OK);
 out:
	policy_free(p);
	free(g.private);
	return code;
}
