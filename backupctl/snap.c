/* snap.c: backupctl snap list: snapshots, as the catalog knows them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupctl/command.h"
#include "backupctl/history.h"
#include "base/hex.h"
#include "catalog/history.h"
#include "cli/json.h"
#include "cli/text.h"
#include "policy/zone.h"

#define ID_SHOWN 12
#define COLUMNS 8

static void
snapshot_json(struct cli_json *j, const struct catalog_snapshot *s)
{
	char id[65];

	hex_format(s->id, sizeof(s->id), id);
	cli_json_object(j, NULL);
	cli_json_str(j, "snapshot", id);
	cli_json_str(j, "host", s->host);
	cli_json_str(j, "set", s->set);
	cli_json_str(j, "target", s->target);
	cli_json_int(j, "sequence", (int64_t)s->sequence);
	history_json_time(j, "started", s->started);
	cli_json_str(j, "outcome", history_outcome(s->outcome));
	cli_json_int(j, "files", (int64_t)s->files);
	cli_json_int(j, "directories", (int64_t)s->directories);
	cli_json_int(j, "bytes", (int64_t)s->bytes);
	cli_json_int(j, "new_bytes", (int64_t)s->new_bytes);
	cli_json_end(j);
}

static void
snapshot_row(struct cli_table *t, const struct catalog_snapshot *s)
{
	char text[HISTORY_TIME_MAX], id[ID_SHOWN + 1];

	hex_format(s->id, ID_SHOWN / 2, id);
	cli_table_cell(t, id);
	cli_table_cell(t, s->set);
	cli_table_cell(t, s->target);
	history_time(s->started, text);
	cli_table_cell(t, text);
	cli_table_cell(t, history_outcome(s->outcome));
	cli_count_format(s->files, text);
	cli_table_cell(t, text);
	cli_size_format(s->bytes, text);
	cli_table_cell(t, text);
	cli_size_format(s->new_bytes, text);
	cli_table_cell(t, text);
}

/* Which ones: begun at since or later, and before until. */
struct wanted {
	const char *host;
	int64_t	 since, until;
	size_t	 n;			/* how many were shown */
};

/* A time that an option gives, or what it is without it. */
static enum cli_exit
time_option(const struct cli *cli, const char *option, int64_t otherwise,
    int64_t *tp)
{
	const char *text = cli_option_get(cli, option, 0);

	*tp = otherwise;
	if (text == NULL || zone_time_parse(text, tp) == 0)
		return CLI_EXIT_OK;
	return cli_fail(cli, CLI_EXIT_USAGE, "--%s takes a time, such as"
	    " 2026-12-24 or \"2026-12-24 18:00\"", option);
}

static int
gather(struct catalog *c, struct wanted *w, struct cli_json *j,
    struct cli_table *t)
{
	static const char *const heads[COLUMNS] = { "SNAPSHOT", "SET",
	    "TARGET", "TIME", "OUTCOME", "FILES", "SIZE", "NEW DATA" };
	struct catalog_snapshots *l = NULL;
	struct catalog_snapshot s;
	size_t i;
	int r;

	for (i = 0; i < COLUMNS && t != NULL; i++)
		cli_table_cell(t, heads[i]);
	if ((r = catalog_snapshots_new(c, w->host, &l)) != 0)
		return r;
	while ((r = catalog_snapshots_next(l, &s)) == 1) {
		if (s.started < w->since || s.started >= w->until)
			continue;
		w->n++;
		if (j != NULL)
			snapshot_json(j, &s);
		else
			snapshot_row(t, &s);
	}
	catalog_snapshots_free(l);
	return r;
}

enum cli_exit
command_snap_list(struct cli *cli)
{
	struct wanted w = { .host = cli->args[0] };
	struct cli_table *t = NULL;
	struct cli_json *j = NULL;
	struct catalog *c = NULL;
	enum cli_exit code;
	int r;

	if ((code = time_option(cli, "since", INT64_MIN, &w.since)) !=
	    CLI_EXIT_OK || (code = time_option(cli, "until", INT64_MAX,
	    &w.until)) != CLI_EXIT_OK ||
	    (code = history_open(cli, &c)) != CLI_EXIT_OK)
		return code;
	r = cli->json ? cli_json_new(&j) : cli_table_new(COLUMNS,
	    1u << 5 | 1u << 6 | 1u << 7, &t);
	if (j != NULL)
		cli_json_array(j, "snapshots");
	if (r == 0)
		r = gather(c, &w, j, t);
	catalog_close(c);
	if (j != NULL)
		cli_json_end(j);
	if (r == 0 && w.n == 0)
		code = cli_fail(cli, CLI_EXIT_NOT_FOUND, "the catalog knows"
		    " no snapshot of host %s%s; restore list asks the"
		    " repository", w.host, w.since != INT64_MIN ||
		    w.until != INT64_MAX ? " of that time" : "");
	else if (r == 0 && j != NULL) {
		code = command_answer(cli, j, CLI_EXIT_OK);
		j = NULL;	/* freed by that */
	} else if (r == 0)
		r = cli_table_print(t, stdout, 0);
	if (r != 0)
		code = cli_fail(cli, cli_exit_from_err(r), "cannot list the"
		    " snapshots: %s", err_text(r));
	cli_json_free(j);
	cli_table_free(t);
	return code;
}
