/* cmd_list.c: restore list: which snapshots there are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/hex.h"
#include "cli/json.h"
#include "cli/text.h"
#include "restore/cmd.h"
#include "restore/session.h"


/* What is shown of a snapshot. */
struct list_row {
	char	*host, *set;
	uint64_t seq;
	char	 id[65];
	int64_t	 started, ended;
	uint8_t	 outcome;
	uint64_t files, bytes, new_bytes;
};

struct list {
	struct list_row *rows;
	size_t	 n, cap;
	unsigned int damaged;
};

static void
list_clear(struct list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		free(l->rows[i].host);
		free(l->rows[i].set);
	}
	free(l->rows);
}

/* Keep what is shown of sn, and take its names. */
static int
list_add(struct list *l, struct snapshot *sn)
{
	struct list_row *rows, *row;

	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 64 : l->cap * 2;
		rows = reallocarray(l->rows, l->cap, sizeof(*rows));
		if (rows == NULL)
			return ERR_NOMEM;
		l->rows = rows;
	}
	row = &l->rows[l->n++];
	memset(row, 0, sizeof(*row));
	row->host = sn->host;
	row->set = sn->set;
	sn->host = sn->set = NULL;	/* the row's now */
	row->seq = sn->seq;
	hex_format(sn->hash, sizeof(sn->hash), row->id);
	row->started = sn->started;
	row->ended = sn->ended;
	row->outcome = sn->outcome;
	row->files = sn->files;
	row->bytes = sn->bytes;
	row->new_bytes = sn->new_bytes;
	return 0;
}

static int
list_compare(const void *a, const void *b)
{
	const struct list_row *x = a, *y = b;
	int c;

	if ((c = strcmp(x->host, y->host)) != 0 ||
	    (c = strcmp(x->set, y->set)) != 0)
		return c;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* Read all snapshots, or those of one host. */
static int
list_load(struct session *s, const char *host, struct list *l)
{
	struct snapshot_list *cursor = NULL;
	struct snapshot *sn;
	int r, e = 0;

	if ((e = snapshot_list_new(s->repo, &cursor)) != 0)
		return e;
	while (e == 0 && (r = snapshot_list_next(cursor, &sn)) != 0) {
		if (r < 0) {
			l->damaged++;
			continue;
		}
		if (host == NULL || strcmp(sn->host, host) == 0)
			e = list_add(l, sn);
		else
			snapshot_list_skip(cursor);
		snapshot_free(sn);
	}
	snapshot_list_free(cursor);
	if (l->n > 0)
		qsort(l->rows, l->n, sizeof(*l->rows), list_compare);
	return e;
}

static const char *
list_outcome(const struct list_row *row)
{

	return row->outcome == SNAPSHOT_COMPLETE ? "complete" : "INCOMPLETE";
}

static void
list_time(int64_t wall, char out[CLI_TEXT_MAX])
{
	time_t t = (time_t)wall;
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(out, CLI_TEXT_MAX, "%Y-%m-%d %H:%M", &tm) == 0)
		snprintf(out, CLI_TEXT_MAX, "?");
}

static void
list_cells(struct cli_table *t, const struct list_row *row)
{
	char text[CLI_TEXT_MAX], id[13];

	snprintf(id, sizeof(id), "%.12s", row->id);
	cli_table_cell(t, id);
	list_time(row->started, text);
	cli_table_cell(t, text);
	cli_table_cell(t, list_outcome(row));
	cli_count_format(row->files, text);
	cli_table_cell(t, text);
	cli_size_format(row->bytes, text);
	cli_table_cell(t, text);
	cli_size_format(row->new_bytes, text);
	cli_table_cell(t, text);
}

/* Print n rows of one host and set under their name. */
static int
list_group(const struct list_row *rows, size_t n)
{
	static const char *const heads[] = { "SNAPSHOT", "TIME", "OUTCOME",
	    "FILES", "SIZE", "NEW DATA" };
	struct cli_table *t = NULL;
	size_t i;
	int r;

	if ((r = cli_table_new(6, 1u << 3 | 1u << 4 | 1u << 5, &t)) != 0)
		return r;
	for (i = 0; i < 6; i++)
		cli_table_cell(t, heads[i]);
	for (i = 0; i < n; i++)
		list_cells(t, &rows[i]);
	printf("%s/%s\n", rows[0].host, rows[0].set);
	r = cli_table_print(t, stdout, 2);
	cli_table_free(t);
	return r;
}

static int
list_text(const struct list *l)
{
	size_t i, n;
	int r = 0;

	for (i = 0; i < l->n && r == 0; i += n) {
		for (n = 1; i + n < l->n; n++)
			if (strcmp(l->rows[i].host, l->rows[i + n].host) != 0 ||
			    strcmp(l->rows[i].set, l->rows[i + n].set) != 0)
				break;
		if (i > 0)
			printf("\n");
		r = list_group(l->rows + i, n);
	}
	if (l->n == 0)
		printf("No snapshots.\n");
	return r;
}

static void
list_json_row(struct cli_json *j, const struct list_row *row)
{
	char text[CLOCK_TEXT_MAX];

	cli_json_object(j, NULL);
	cli_json_str(j, "snapshot", row->id);
	cli_json_str(j, "host", row->host);
	cli_json_str(j, "set", row->set);
	cli_json_int(j, "sequence", (int64_t)row->seq);
	clock_format(row->started, text);
	cli_json_str(j, "started", text);
	clock_format(row->ended, text);
	cli_json_str(j, "ended", text);
	cli_json_str(j, "outcome", row->outcome == SNAPSHOT_COMPLETE ?
	    "complete" : "incomplete");
	cli_json_int(j, "files", (int64_t)row->files);
	cli_json_int(j, "bytes", (int64_t)row->bytes);
	cli_json_int(j, "new_bytes", (int64_t)row->new_bytes);
	cli_json_end(j);
}

static int
list_json(const struct cli *cli, const struct list *l, enum cli_exit code)
{
	struct cli_json *j = NULL;
	size_t i;
	int r;

	if ((r = cli_json_new(&j)) != 0)
		return r;
	cli_json_array(j, "snapshots");
	for (i = 0; i < l->n; i++)
		list_json_row(j, &l->rows[i]);
	cli_json_end(j);
	cli_json_int(j, "damaged", l->damaged);
	r = cli_json_envelope(j, stdout, cli->command->name, (int)code);
	cli_json_free(j);
	return r;
}

/* Print the rows and choose the exit code. */
static enum cli_exit
list_print(const struct cli *cli, const char *host, const struct list *l)
{
	enum cli_exit code = l->damaged > 0 ? CLI_EXIT_DAMAGED : CLI_EXIT_OK;
	int r;

	if (host != NULL && l->n == 0 && l->damaged == 0)
		return session_fail(cli, CLI_EXIT_NOT_FOUND, "no snapshot of "
		    "host \"%s\"; restore list shows all hosts", host);
	if (cli->json)
		r = list_json(cli, l, code);
	else
		r = list_text(l);
	if (r != 0)
		return session_fail(cli, CLI_EXIT_FAILED, "cannot print: %s",
		    err_text(r));
	if (l->damaged > 0 && !cli->json)
		return session_fail(cli, code, "%u snapshots are damaged or "
		    "cannot be read; restore verify names them", l->damaged);
	return code;
}

enum cli_exit
cmd_list(struct cli *cli)
{
	const char *host = cli->nargs > 0 ? cli->args[0] : NULL;
	struct list l = { .rows = NULL };
	struct session s;
	enum cli_exit code;
	int r;

	if ((code = session_open(cli, &s)) != CLI_EXIT_OK)
		return code;
	if ((r = list_load(&s, host, &l)) != 0)
		code = session_fail(cli, cli_exit_from_err(r),
		    "cannot read the snapshots: %s", err_text(r));
	else
		code = list_print(cli, host, &l);
	list_clear(&l);
	session_close(&s);
	return code;
}
