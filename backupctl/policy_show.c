/* policy_show.c: backupctl policy show: what holds for a host, and why. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupctl/command.h"
#include "backupctl/history.h"
#include "backupctl/moment.h"
#include "base/buf.h"
#include "base/clock.h"
#include "cli/json.h"
#include "cli/text.h"
#include "policy/bandwidth.h"
#include "policy/effective.h"
#include "policy/report.h"
#include "policy/zone.h"

#define TEXT_MAX (1u << 20)	/* of one line */
#define ORIGIN_COLUMN 48	/* where the origin stands, if there is room */

/* One item in the form of the policy, without control characters. */
static int
put_item(struct buf *b, const struct schema_key *k, const char *item)
{
	bool quoted = policy_schema_quoted(k->type);
	const char *s;
	int r;

	if ((r = buf_put(b, "\"", quoted)) != 0)
		return r;
	for (s = item; *s != '\0'; s++) {
		if (quoted && (*s == '"' || *s == '\\') &&
		    (r = buf_put(b, "\\", 1)) != 0)
			return r;
		if ((r = buf_put(b, (unsigned char)*s < ' ' || *s == 0x7f ?
		    "?" : s, 1)) != 0)
			return r;
	}
	return buf_put(b, "\"", quoted);
}

/* "key = value;" in b. */
static int
put_value(struct buf *b, const struct policy_value *v)
{
	bool list = v->key->type == TYPE_LIST;
	bool array = policy_schema_plural(v->key->type);
	size_t i;
	int r;

	if ((r = buf_put(b, v->key->path, strlen(v->key->path))) != 0 ||
	    (r = buf_put(b, " = ", 3)) != 0 ||
	    (r = buf_put(b, list ? "( " : "[ ", list || array ? 2 : 0)) != 0)
		return r;
	for (i = 0; i < v->nitems; i++)
		if ((r = buf_put(b, ", ", i > 0 ? 2 : 0)) != 0 ||
		    (r = put_item(b, v->key, v->items[i])) != 0)
			return r;
	if ((r = buf_put(b, list ? " )" : " ]", list || array ? 2 : 0)) != 0)
		return r;
	return buf_put(b, ";", 2);	/* with the end of the text */
}

static void
print_origins(const struct policy_value *v, const char *file)
{
	const struct policy_origin *o;
	size_t i;

	fputs("  # ", stdout);
	if (v->norigins == 0)
		fputs("not given", stdout);
	for (i = 0; i < v->norigins; i++) {
		o = &v->origins[i];
		printf("%s%s:%u %s%s%s%s", i > 0 ? ", " : "", file, o->line,
		    o->scope, o->name[0] != '\0' ? " " : "", o->name,
		    o->added ? " (added)" : "");
	}
}

static int
print_values(const struct cli *cli, const struct policy_effective *e)
{
	bool explain = cli_option_count(cli, "explain") > 0;
	const struct policy_value *v;
	const char *set = NULL, *line;
	struct buf *b = NULL;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && (v = policy_effective_get(e, i)) != NULL; i++) {
		if (v->set != NULL && (set == NULL ||
		    strcmp(v->set, set) != 0))
			printf("\n# set %s\n", v->set);
		set = v->set;
		if ((r = buf_new(TEXT_MAX, &b)) == 0 &&
		    (r = put_value(b, v)) == 0) {
			line = (const char *)buf_ptr(b);
			fputs(line, stdout);
			if (explain && cli_text_width(line) < ORIGIN_COLUMN)
				printf("%*s", ORIGIN_COLUMN -
				    (int)cli_text_width(line), "");
			if (explain)
				print_origins(v, cli->config);
			putchar('\n');
		}
		buf_free(b);
		b = NULL;
	}
	return r;
}

/* Numbers and truth values as such, all else as strings. */
static void
json_item(struct cli_json *j, const char *key, const struct schema_key *k,
    const char *item)
{
	if (k->type == TYPE_INT)
		cli_json_int(j, key, atoi(item));
	else if (k->type == TYPE_BOOL)
		cli_json_bool(j, key, strcmp(item, "true") == 0);
	else
		cli_json_str(j, key, item);
}

static void
json_value(struct cli_json *j, const struct policy_value *v)
{
	const struct policy_origin *o;
	size_t i;

	cli_json_object(j, NULL);
	cli_json_str(j, "key", v->key->path);
	cli_json_str(j, "set", v->set);
	if (v->key->type == TYPE_LIST || policy_schema_plural(v->key->type)) {
		cli_json_array(j, "value");
		for (i = 0; i < v->nitems; i++)
			json_item(j, NULL, v->key, v->items[i]);
		cli_json_end(j);
	} else
		json_item(j, "value", v->key, v->items[0]);
	cli_json_array(j, "from");
	for (i = 0; i < v->norigins; i++) {
		o = &v->origins[i];
		cli_json_object(j, NULL);
		cli_json_int(j, "line", o->line);
		cli_json_str(j, "scope", o->scope);
		cli_json_str(j, "name", o->name);
		cli_json_bool(j, "added", o->added);
		cli_json_end(j);
	}
	cli_json_end(j);
	cli_json_end(j);
}

/* What of the bandwidth holds at this moment, and how long. */
static void
print_limit(const struct policy_host *h)
{
	int64_t now = clock_wall(), until;
	uint64_t limit = bandwidth_until(&h->bandwidth, now, &until);
	char size[CLI_TEXT_MAX], when[MOMENT_MAX] = "";

	if (h->bandwidth.n == 0)
		return;
	cli_size_format(limit, size);
	if (until != ZONE_NEVER)
		moment_short(until, now, when);
	printf("\n# the link now: %s%s%s%s\n", limit == 0 ? "no limit" : size,
	    limit == 0 ? "" : "/s", when[0] != '\0' ? ", until " : "", when);
}

static void
json_limit(struct cli_json *j, const struct policy_host *h)
{
	int64_t until;
	uint64_t limit = bandwidth_until(&h->bandwidth, clock_wall(), &until);

	cli_json_object(j, "limit_now");
	if (limit == 0)
		cli_json_str(j, "bytes_per_second", NULL);
	else
		cli_json_int(j, "bytes_per_second", (int64_t)limit);
	history_json_time(j, "until", until == ZONE_NEVER ? 0 : until);
	cli_json_end(j);
}

static enum cli_exit
answer_json(const struct cli *cli, const struct policy_effective *e,
    const struct policy_host *h)
{
	const struct policy_value *v;
	struct cli_json *j;
	size_t i;

	if (cli_json_new(&j) != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "out of memory");
	cli_json_str(j, "file", cli->config);
	cli_json_str(j, "host", cli->args[0]);
	cli_json_array(j, "values");
	for (i = 0; (v = policy_effective_get(e, i)) != NULL; i++)
		json_value(j, v);
	cli_json_end(j);
	json_limit(j, h);
	return command_answer(cli, j, CLI_EXIT_OK);
}

/* Without a host: which ones there are. */
static enum cli_exit
list_hosts(const struct cli *cli, const struct policy *p)
{
	struct cli_json *j = NULL;
	size_t i;

	if (cli->json && cli_json_new(&j) != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "out of memory");
	if (j != NULL)
		cli_json_array(j, "hosts");
	for (i = 0; i < p->nhosts; i++)
		if (j != NULL)
			cli_json_str(j, NULL, p->hosts[i].name);
		else
			puts(p->hosts[i].name);
	if (j == NULL)
		return CLI_EXIT_OK;
	cli_json_end(j);
	return command_answer(cli, j, CLI_EXIT_OK);
}

static enum cli_exit
show_host(const struct cli *cli, const struct policy_host *h)
{
	struct policy_effective *e = NULL;
	struct policy_report *report = NULL;
	enum cli_exit code = CLI_EXIT_OK;
	int r;

	if ((r = policy_report_new(&report)) != 0 ||
	    (r = policy_effective_load(cli->config, cli->args[0], report,
	    &e)) != 0)
		code = cli_fail(cli, command_policy_exit(r), "%s",
		    err_text(r));
	else if (cli->json)
		code = answer_json(cli, e, h);
	else if ((r = print_values(cli, e)) != 0)
		code = cli_fail(cli, CLI_EXIT_FAILED, "%s", err_text(r));
	else
		print_limit(h);
	policy_effective_free(e);
	policy_report_free(report);
	return code;
}

enum cli_exit
command_policy_show(struct cli *cli)
{
	const struct policy_host *h;
	const struct policy *p = NULL;
	enum cli_exit code;

	if ((code = command_load_policy(cli, &p)) != CLI_EXIT_OK)
		return code;
	if (cli->nargs == 0)
		code = list_hosts(cli, p);
	else if ((h = policy_host_find(p, cli->args[0])) == NULL)
		code = cli_fail(cli, CLI_EXIT_NOT_FOUND,
		    "the policy has no host %s; backupctl policy show lists "
		    "them", cli->args[0]);
	else {
		/* One that is not known here leaves the system's. */
		(void)!zone_use(p->office.timezone);
		code = show_host(cli, h);
	}
	policy_free(p);
	return code;
}
