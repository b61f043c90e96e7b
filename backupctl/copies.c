/* copies.c: copies of targets, as the catalog knows them. */
#include <stdio.h>
#include <string.h>

#include "backupctl/command.h"
#include "backupctl/history.h"
#include "backupctl/sync.h"
#include "base/log.h"
#include "cli/json.h"
#include "cli/text.h"

#define COLUMNS 8

void
sync_json(struct cli_json *j, const struct catalog_copy *y)
{
	cli_json_int(j, "id", y->id);
	cli_json_str(j, "target", y->target);
	cli_json_str(j, "from", y->from);
	history_json_time(j, "started", y->begun);
	history_json_time(j, "ended", y->ended);
	cli_json_str(j, "outcome", history_outcome(y->outcome));
	cli_json_int(j, "code", y->exit);
	cli_json_int(j, "objects", (int64_t)y->objects);
	cli_json_int(j, "bytes", (int64_t)y->bytes);
	cli_json_int(j, "objects_total", (int64_t)y->all);
	cli_json_int(j, "bytes_total", (int64_t)y->all_bytes);
	cli_json_int(j, "damaged", (int64_t)y->damaged);
	cli_json_int(j, "snapshots", (int64_t)y->snapshots);
	cli_json_str(j, "error", y->text[0] != '\0' ? y->text : NULL);
	cli_json_str(j, "help", y->remedy[0] != '\0' ? y->remedy : NULL);
}

static void
took_format(const struct catalog_copy *y, char out[CLI_TEXT_MAX])
{
	if (y->ended > 0 && y->ended >= y->begun)
		cli_duration_format(y->ended - y->begun, out);
	else
		snprintf(out, CLI_TEXT_MAX, "-");
}

static void
row(struct cli_table *t, const struct catalog_copy *y)
{
	char text[HISTORY_TIME_MAX];

	snprintf(text, sizeof(text), "c%lld", (long long)y->id);
	cli_table_cell(t, text);
	cli_table_cell(t, y->target);
	history_time(y->begun, text);
	cli_table_cell(t, text);
	took_format(y, text);
	cli_table_cell(t, text);
	cli_table_cell(t, history_outcome(y->outcome));
	cli_size_format(y->bytes, text);
	cli_table_cell(t, text);
	cli_count_format(y->snapshots, text);
	cli_table_cell(t, text);
	cli_count_format(y->damaged, text);
	cli_table_cell(t, text);
}

static int
gather(struct catalog *c, const struct catalog_copy_filter *f,
    struct cli_json *j, struct cli_table *t)
{
	static const char *const names[COLUMNS] = { "COPY", "TARGET",
	    "STARTED", "TOOK", "OUTCOME", "COPIED", "SNAPSHOTS", "DAMAGED" };
	struct catalog_copies *l = NULL;
	struct catalog_copy y;
	size_t i;
	int r;

	for (i = 0; i < COLUMNS && t != NULL; i++)
		cli_table_cell(t, names[i]);
	if ((r = catalog_copies_new(c, f, &l)) != 0)
		return r;
	while ((r = catalog_copies_next(l, &y)) == 1) {
		if (t != NULL) {
			row(t, &y);
			continue;
		}
		cli_json_object(j, NULL);
		sync_json(j, &y);
		cli_json_end(j);
	}
	catalog_copies_free(l);
	return r;
}

enum cli_exit
sync_list(struct cli *cli, struct catalog *c, uint64_t limit)
{
	const struct catalog_copy_filter f = { .limit = limit,
	    .target = cli->nargs > 0 ? cli->args[0] : NULL };
	struct cli_json *j = NULL;
	struct cli_table *t = NULL;
	int r;

	r = cli->json ? cli_json_new(&j) : cli_table_new(COLUMNS, 1u << 3 |
	    1u << 5 | 1u << 6 | 1u << 7, &t);
	if (j != NULL) {
		cli_json_array(j, "jobs");
		cli_json_end(j);
		cli_json_array(j, "copies");
	}
	if (r == 0)
		r = gather(c, &f, j, t);
	if (r == 0 && j != NULL) {
		cli_json_end(j);
		return command_answer(cli, j, CLI_EXIT_OK);
	}
	if (r == 0)
		r = cli_table_print(t, stdout, 0);
	cli_table_free(t);
	cli_json_free(j);
	return r == 0 ? CLI_EXIT_OK : cli_fail(cli, cli_exit_from_err(r),
	    "cannot list the copies: %s", err_text(r));
}

static void
line(const char *name, const char *value)
{
	char safe[4096];

	if (value[0] == '\0')
		return;
	log_escape(safe, sizeof(safe), value, strlen(value));
	printf("%-12s %s\n", name, safe);
}

static void
show_text(const struct catalog_copy *y)
{
	char text[HISTORY_TIME_MAX];

	printf("Copy c%lld\n", (long long)y->id);
	line("target", y->target);
	line("from", y->from);
	line("outcome", history_outcome(y->outcome));
	history_time(y->begun, text);
	line("started", text);
	history_time(y->ended, text);
	line("ended", text);
	took_format(y, text);
	line("took", text);
	cli_count_format(y->objects, text);
	line("objects", text);
	cli_size_format(y->bytes, text);
	line("copied", text);
	cli_count_format(y->snapshots, text);
	line("snapshots", text);
	cli_count_format(y->damaged, text);
	line("damaged", text);
	line("cause", y->text);
	line("what to do", y->remedy);
}

enum cli_exit
sync_show(struct cli *cli, struct catalog *c, int64_t id)
{
	const struct catalog_copy_filter f = { .id = id };
	struct catalog_copies *l = NULL;
	struct cli_json *j = NULL;
	struct catalog_copy y;
	int r;

	if (cli->json && cli_json_new(&j) != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "out of memory");
	if ((r = catalog_copies_new(c, &f, &l)) == 0 &&
	    (r = catalog_copies_next(l, &y)) == 1) {
		if (j != NULL)
			sync_json(j, &y);
		else
			show_text(&y);
	}
	catalog_copies_free(l);
	if (r == 1)
		return j != NULL ? command_answer(cli, j, CLI_EXIT_OK) :
		    CLI_EXIT_OK;
	cli_json_free(j);
	return r == 0 ? cli_fail(cli, CLI_EXIT_NOT_FOUND, "there is no copy"
	    " %s", cli->args[0]) : cli_fail(cli, cli_exit_from_err(r),
	    "cannot read the catalog: %s", err_text(r));
}
