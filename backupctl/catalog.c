/* catalog.c: backupctl catalog check and rebuild. */
#include "catalog/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupctl/command.h"
#include "backupctl/history.h"
#include "base/path.h"
#include "catalog/rebuild.h"
#include "cli/json.h"
#include "policy/policy.h"
#include "repo/repo.h"
#include "repo/snapshot.h"

enum cli_exit
command_catalog_check(struct cli *cli)
{
	char text[CATALOG_TEXT_MAX], *path = NULL;
	struct catalog *c = NULL;
	struct cli_json *j;
	enum cli_exit code;
	int r;

	if ((code = history_open(cli, &c)) != CLI_EXIT_OK)
		return code;
	if ((r = catalog_check(c, text)) == 0 &&
	    (path = strdup(catalog_path(c))) == NULL)
		r = ERR_NOMEM;
	catalog_close(c);
	if (r == ERR_CORRUPT)
		code = cli_fail(cli, CLI_EXIT_DAMAGED, "the catalog is"
		    " damaged: %s.  The backups are not; rebuild it with:"
		    " backupctl catalog rebuild", text);
	else if (r != 0)
		code = cli_fail(cli, cli_exit_from_err(r), "cannot check the"
		    " catalog: %s", text[0] != '\0' ? text : err_text(r));
	else if (cli->json && cli_json_new(&j) == 0) {
		cli_json_str(j, "catalog", path);
		cli_json_bool(j, "good", true);
		code = command_answer(cli, j, CLI_EXIT_OK);
	} else if (!cli->quiet)
		printf("%s is good\n", path);
	free(path);
	return code;
}

/* What came of a rebuild. */
struct outcome {
	struct catalog_rebuilt done;
	unsigned int damaged;		/* snapshots that cannot be read */
	char	*aside;			/* where a damaged catalog is now */
};

static void
fill(const struct snapshot *sn, struct catalog_snapshot *s)
{
	*s = (struct catalog_snapshot){ .host = sn->host, .set = sn->set,
	    .job = sn->job, .sequence = sn->seq, .started = sn->started,
	    .ended = sn->ended, .outcome = sn->outcome == SNAPSHOT_COMPLETE ?
	    CATALOG_COMPLETE : CATALOG_INCOMPLETE, .files = sn->files,
	    .directories = sn->directories, .others = sn->others,
	    .bytes = sn->bytes, .new_bytes = sn->new_bytes };
	memcpy(s->id, sn->hash, sizeof(s->id));
}

/* Read all snapshots of the repository into the rebuild. */
static int
gather(struct repo *repo, struct catalog_rebuild *b, unsigned int *damagedp)
{
	struct snapshot_list *l = NULL;
	struct catalog_snapshot s;
	struct snapshot *sn;
	int e, r;

	if ((e = snapshot_list_new(repo, &l)) != 0)
		return e;
	while (e == 0 && (r = snapshot_list_next(l, &sn)) != 0) {
		if (r < 0) {
			++*damagedp;
			continue;
		}
		fill(sn, &s);
		e = catalog_rebuild_add(b, &s);
		snapshot_free(sn);
	}
	snapshot_list_free(l);
	return e;
}

/* Open the catalog; one that is damaged gives way to a new one. */
static enum cli_exit
open_anew(const struct cli *cli, const char *dir, struct catalog **cp,
    char **asidep)
{
	int r;

	if ((r = path_mkdirs(dir, 0700)) != 0)
		return history_fail(cli, r, dir);
	r = catalog_open(dir, CATALOG_WRITE, cp);
	if (r == ERR_CORRUPT || r == ERR_FORMAT) {
		if ((r = catalog_set_aside(dir, asidep)) == ERR_BUSY)
			return cli_fail(cli, CLI_EXIT_BUSY, "another program"
			    " has the catalog in %s open; try again when it"
			    " has ended", dir);
		if (r == 0)
			r = catalog_open(dir, CATALOG_WRITE, cp);
	}
	return r == 0 ? CLI_EXIT_OK : history_fail(cli, r, dir);
}

static enum cli_exit
tell(const struct cli *cli, const struct outcome *o, enum cli_exit code)
{
	struct cli_json *j;

	if (cli->json && cli_json_new(&j) == 0) {
		cli_json_int(j, "snapshots", (int64_t)o->done.snapshots);
		cli_json_int(j, "jobs", (int64_t)o->done.jobs);
		cli_json_int(j, "adopted", (int64_t)o->done.adopted);
		cli_json_int(j, "damaged", o->damaged);
		cli_json_str(j, "set_aside", o->aside);
		return command_answer(cli, j, code);
	}
	if (o->aside != NULL)
		fprintf(stderr, "%s: the damaged catalog is kept as %s\n",
		    cli->program->name, o->aside);
	if (!cli->quiet)
		printf("The catalog knows %llu snapshots; jobs given back:"
		    " %llu\n", (unsigned long long)o->done.snapshots,
		    (unsigned long long)(o->done.jobs + o->done.adopted));
	if (o->damaged > 0)
		return cli_fail(cli, code, "%u snapshots are damaged or cannot"
		    " be read; restore verify names them", o->damaged);
	return code;
}

/* Rebuild the catalog in dir from the target's repository. */
static enum cli_exit
rebuild(const struct cli *cli, const char *dir, struct opened *o)
{
	struct outcome what = { .damaged = 0 };
	struct catalog_rebuild *b = NULL;
	struct catalog *c = NULL;
	enum cli_exit code;
	int r;

	if ((code = open_anew(cli, dir, &c, &what.aside)) != CLI_EXIT_OK)
		goto out;
	if ((r = catalog_rebuild_new(c, o->target->name, &b)) != 0 ||
	    (r = gather(o->repo, b, &what.damaged)) != 0 ||
	    (r = catalog_rebuild_apply(b, &what.done)) != 0)
		code = cli_fail(cli, cli_exit_from_err(r), "cannot rebuild"
		    " the catalog: %s; nothing was changed", err_text(r));
	else
		code = tell(cli, &what, what.damaged > 0 ?
		    CLI_EXIT_DAMAGED : CLI_EXIT_OK);
 out:
	catalog_rebuild_free(b);
	catalog_close(c);
	free(what.aside);
	return code;
}

enum cli_exit
command_catalog_rebuild(struct cli *cli)
{
	const char *name = cli->nargs > 0 ? cli->args[0] : NULL;
	struct opened o = { .repo = NULL };
	enum cli_exit code;
	char *dir = NULL;

	if ((code = history_dir(cli, &dir)) != CLI_EXIT_OK)
		return code;
	if (catalog_daemon_runs(dir))
		code = cli_fail(cli, CLI_EXIT_BUSY, "backupd runs, and it"
		    " alone writes the catalog in %s; stop it first", dir);
	else if ((code = command_open(cli, name, &o)) == CLI_EXIT_OK)
		code = rebuild(cli, dir, &o);
	command_close(&o);
	free(dir);
	return code;
}
