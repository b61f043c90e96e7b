/* review.c: backupctl host list and target usage. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backupctl/command.h"
#include "backupctl/history.h"
#include "backupctl/outlook.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "catalog/usage.h"
#include "cli/json.h"
#include "cli/text.h"
#include "policy/policy.h"
#include "ssh/key.h"

#define DAY 86400
#define UNUSED_DAYS 45		/* a key unused for longer is pointed out */
#define USAGE_DAYS 31
#define PUBLIC_MAX 16384
#define READS_MAX 40

/* An answer that is being put together: a table or JSON. */
struct answer {
	const struct cli *cli;
	struct cli_json *j;
	struct cli_table *t;
	size_t	 n;		/* rows */
};

static int
answer_new(const struct cli *cli, const char *name,
    const char *const *heads, unsigned int right, struct answer *a)
{
	size_t i, n = 0;
	int r;

	memset(a, 0, sizeof(*a));
	a->cli = cli;
	if (cli->json) {
		if ((r = cli_json_new(&a->j)) == 0)
			cli_json_array(a->j, name);
		return r;
	}
	while (heads[n] != NULL)
		n++;
	if ((r = cli_table_new(n, right, &a->t)) != 0)
		return r;
	for (i = 0; i < n; i++)
		cli_table_cell(a->t, heads[i]);
	return 0;
}

/* Print it if r is 0, and free it. */
static enum cli_exit
answer_end(struct answer *a, int r, const char *none)
{
	enum cli_exit code = CLI_EXIT_OK;
	struct cli_json *j = a->j;

	if (r == 0 && j != NULL) {
		cli_json_end(j);
		a->j = NULL;	/* freed by what follows */
		code = command_answer(a->cli, j, CLI_EXIT_OK);
	} else if (r == 0 && a->n == 0)
		puts(none);
	else if (r == 0)
		r = cli_table_print(a->t, stdout, 0);
	if (r != 0)
		code = cli_fail(a->cli, cli_exit_from_err(r), "%s",
		    err_text(r));
	cli_json_free(a->j);
	cli_table_free(a->t);
	return code;
}

static void
fingerprint(const char *line, char out[SSH_KEY_FINGERPRINT_MAX])
{
	struct ssh_key key;

	if (ssh_key_parse(line, &key) != 0 ||
	    ssh_key_fingerprint(key.blob, key.len, out) != 0)
		snprintf(out, SSH_KEY_FINGERPRINT_MAX, "?");
}

/* Which of them the policy still has: that key, on that host, so pinned. */
static bool
in_policy(const struct policy *p, const struct catalog_access *a)
{
	const struct policy_host *h = policy_host_find(p, a->host);
	size_t i;

	if (h == NULL || strcmp(h->identity, a->identity) != 0)
		return false;
	for (i = 0; i < h->host_keys.n; i++)
		if (strcmp(h->host_keys.v[i], a->host_key) == 0)
			return true;
	return false;
}

/* What the officer should know of it; used 0: never. */
static const char *
remark(const struct policy *p, const struct catalog_access *a, int64_t now)
{
	if (!in_policy(p, a))
		return "no longer in the policy";
	if (a->used == 0)
		return "never used";
	return now - a->used > UNUSED_DAYS * DAY ? "unused for 45 days" : "";
}

/*
 * Of our key, by its public half beside it: the fingerprint, or "", and when
 * it was made, or 0.
 */
static int64_t
key_look(const char *identity, char out[SSH_KEY_FINGERPRINT_MAX])
{
	struct buf *b = NULL;
	char path[4200], *line;
	struct stat st;
	int64_t made = 0;

	out[0] = '\0';
	snprintf(path, sizeof(path), "%s.pub", identity);
	if (buf_new(PUBLIC_MAX, &b) == 0 &&
	    fdio_read_file(path, PUBLIC_MAX, b) == 0 &&
	    buf_put_u8(b, 0) == 0) {
		line = (char *)(uintptr_t)buf_ptr(b);
		line[strcspn(line, "\n")] = '\0';
		fingerprint(line, out);
		if (out[0] == '?')
			out[0] = '\0';
		if (stat(path, &st) == 0)
			made = (int64_t)st.st_mtime;
	}
	buf_free(b);
	return made;
}

/* What the key may read there, as far as the policy goes. */
static void
reads_json(struct cli_json *j, const struct policy_host *h)
{
	const struct policy_list *paths;
	size_t i, k;

	cli_json_array(j, "reads");
	for (i = 0; h != NULL && i < h->nsources; i++) {
		paths = &h->sources[i].set->paths;
		for (k = 0; k < paths->n; k++)
			cli_json_str(j, NULL, paths->v[k]);
	}
	cli_json_end(j);
}

/* The same in a few words: the first paths, and how many more. */
static void
reads_cell(struct cli_table *t, const struct policy_host *h)
{
	const struct policy_list *paths;
	char text[512] = "", rest[32];
	size_t i, k, n = 0, more = 0;

	for (i = 0; h != NULL && i < h->nsources; i++) {
		paths = &h->sources[i].set->paths;
		for (k = 0; k < paths->n; k++) {
			if (n > 0 && n + strlen(paths->v[k]) > READS_MAX) {
				more++;
				continue;
			}
			snprintf(text + n, sizeof(text) - n, "%s%s", n > 0 ?
			    " " : "", paths->v[k]);
			n = strlen(text);
		}
	}
	snprintf(rest, sizeof(rest), " and %zu more", more);
	if (more > 0 && n + strlen(rest) < sizeof(text))
		strcpy(text + n, rest);
	cli_table_cell(t, n > 0 ? text : "-");
}

static void
access_json(struct cli_json *j, const struct catalog_access *a,
    const struct policy_host *h, const char *key, const char *note)
{
	char fp[SSH_KEY_FINGERPRINT_MAX];

	fingerprint(a->host_key, fp);
	cli_json_object(j, NULL);
	cli_json_str(j, "host", a->host);
	cli_json_str(j, "identity", a->identity);
	cli_json_str(j, "key", key[0] != '\0' ? key : NULL);
	cli_json_str(j, "user", h != NULL ? h->user : NULL);
	reads_json(j, h);
	cli_json_str(j, "host_key", fp);
	history_json_time(j, "since", a->since);
	history_json_time(j, "used", a->used);
	cli_json_str(j, "note", note[0] != '\0' ? note : NULL);
	cli_json_end(j);
}

static void
access_add(struct answer *an, const struct policy *p,
    const struct catalog_access *row)
{
	struct catalog_access copy = *row, *a = &copy;
	const struct policy_host *h = in_policy(p, a) ?
	    policy_host_find(p, a->host) : NULL;
	const char *note = remark(p, a, clock_wall());
	char text[HISTORY_TIME_MAX], key[SSH_KEY_FINGERPRINT_MAX];
	int64_t made = key_look(a->identity, key);

	if (a->since == 0)
		a->since = made;
	if (a->used == 0 && made != 0 && h != NULL &&
	    clock_wall() - made > UNUSED_DAYS * DAY)
		note = "not once used in 45 days";
	an->n++;
	if (an->j != NULL) {
		access_json(an->j, a, h, key, note);
		return;
	}
	cli_table_cell(an->t, a->host);
	cli_table_cell(an->t, a->identity);
	cli_table_cell(an->t, key[0] != '\0' ? key : "?");
	reads_cell(an->t, h);
	history_time(a->since, text);
	cli_table_cell(an->t, text);
	history_time(a->used, text);
	cli_table_cell(an->t, text);
	cli_table_cell(an->t, note);
}

/* The keys that were used, then the hosts whose key never was. */
static int
accesses_gather(struct answer *an, const struct policy *p, struct catalog *c)
{
	struct catalog_accesses *l = NULL;
	struct catalog_access a;
	bool *used;
	size_t i;
	int r;

	if ((used = calloc(p->nhosts + 1, sizeof(*used))) == NULL)
		return ERR_NOMEM;
	if ((r = catalog_accesses_new(c, &l)) != 0)
		goto out;
	while ((r = catalog_accesses_next(l, &a)) == 1) {
		access_add(an, p, &a);
		if (in_policy(p, &a))
			used[policy_host_find(p, a.host) - p->hosts] = true;
	}
	for (i = 0; i < p->nhosts && r == 0; i++) {
		if (used[i])
			continue;
		a = (struct catalog_access){ .host = p->hosts[i].name,
		    .identity = p->hosts[i].identity,
		    .host_key = p->hosts[i].host_keys.v[0] };
		access_add(an, p, &a);
	}
 out:
	catalog_accesses_free(l);
	free(used);
	return r;
}

enum cli_exit
command_host_list(struct cli *cli)
{
	static const char *const heads[] = { "HOST", "OUR KEY",
	    "FINGERPRINT", "MAY READ", "SINCE", "LAST USED", "", NULL };
	const struct policy *p = NULL;
	struct catalog *c = NULL;
	struct answer a;
	enum cli_exit code;
	int r;

	if ((code = command_load_policy(cli, &p)) != CLI_EXIT_OK)
		return code;
	if ((code = history_open(cli, &c)) == CLI_EXIT_OK) {
		if ((r = answer_new(cli, "hosts", heads, 0, &a)) == 0)
			r = accesses_gather(&a, p, c);
		catalog_close(c);
		code = answer_end(&a, r, "No hosts.");
	}
	policy_free(p);
	return code;
}

static void
usage_add(struct answer *an, const struct catalog_usage *u)
{
	uint64_t used = u->total > u->free ? u->total - u->free : 0;
	char text[HISTORY_TIME_MAX];

	an->n++;
	if (an->j != NULL) {
		cli_json_object(an->j, NULL);
		cli_json_str(an->j, "target", u->target);
		history_json_time(an->j, "time", u->time);
		cli_json_int(an->j, "total", (int64_t)u->total);
		cli_json_int(an->j, "free", (int64_t)u->free);
		cli_json_end(an->j);
		return;
	}
	cli_table_cell(an->t, u->target);
	history_time(u->time, text);
	cli_table_cell(an->t, text);
	cli_size_format(used, text);
	cli_table_cell(an->t, text);
	cli_size_format(u->free, text);
	cli_table_cell(an->t, text);
	snprintf(text, sizeof(text), "%u %%", u->total == 0 ? 0u :
	    (unsigned int)((double)used * 100.0 / (double)u->total));
	cli_table_cell(an->t, text);
}

/* The last of every day of each target. */
static int
usages_gather(struct answer *an, struct catalog *c, const char *target)
{
	struct catalog_usages *l = NULL;
	struct catalog_usage u, last = { .target = NULL };
	char *name = NULL;
	int r;

	if ((r = catalog_usages_new(c, target,
	    clock_wall() - USAGE_DAYS * DAY, &l)) != 0)
		return r;
	while ((r = catalog_usages_next(l, &u)) == 1) {
		if (name != NULL && (strcmp(name, u.target) != 0 ||
		    last.time / DAY != u.time / DAY))
			usage_add(an, &last);
		if (name == NULL || strcmp(name, u.target) != 0) {
			free(name);
			if ((name = strdup(u.target)) == NULL) {
				r = ERR_NOMEM;
				break;
			}
		}
		last = u;
		last.target = name;	/* the row's own goes with it */
	}
	if (r == 0 && name != NULL)
		usage_add(an, &last);
	catalog_usages_free(l);
	free(name);
	return r;
}

enum cli_exit
command_target_usage(struct cli *cli)
{
	static const char *const heads[] = { "TARGET", "TIME", "USED", "FREE",
	    "FULL", NULL };
	const char *only = cli->nargs > 0 ? cli->args[0] : NULL;
	struct catalog *c = NULL;
	struct answer a;
	enum cli_exit code;
	char *text = NULL;
	int r;

	if ((code = history_open(cli, &c)) != CLI_EXIT_OK)
		return code;
	if ((r = answer_new(cli, "usage", heads, 1u << 2 | 1u << 3 | 1u << 4,
	    &a)) == 0 && (r = usages_gather(&a, c, only)) == 0)
		r = outlook_gather(cli, c, a.j, &text);
	catalog_close(c);
	code = answer_end(&a, r, "Nothing is known of it: it is measured when"
	    " a job has made its snapshot.");
	if (code == CLI_EXIT_OK)
		fputs(text, stdout);
	free(text);
	return code;
}
