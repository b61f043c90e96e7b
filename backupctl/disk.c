/* disk.c: backupctl target attach and eject: disks that come and go. */
#include "config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backupctl/child.h"
#include "backupctl/command.h"
#include "backupctl/history.h"
#include "backupd/disk.h"
#include "backupd/target.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "catalog/copy.h"
#include "catalog/disk.h"
#include "catalog/verified.h"
#include "cli/json.h"
#include "cli/text.h"
#include "crypto/secret.h"
#include "policy/policy.h"
#include "repo/key.h"
#include "store/store.h"

#define WAIT_MS 250

/* A disk that a command is about. */
struct disk {
	struct cli *cli;
	const struct policy *policy;
	const struct policy_target *t;
	const char *path;		/* where to look for it */
	char	*dir;			/* of state */
	struct catalog *c;
	struct disk_label label;
	struct catalog_disk now, before; /* attached 0: never */
	struct store_room room;
	int64_t	 newest;		/* snapshot that it holds; 0: none */
	struct catalog_verified verified;
	bool	 unmounted;
};

static enum cli_exit
catalog_fails(const struct disk *d, int r)
{
	return history_fail(d->cli, r, d->dir);
}

/* Policy, target, catalog. */
static enum cli_exit
begin(struct disk *d, struct cli *cli)
{
	enum cli_exit code;
	int r;

	d->cli = cli;
	code = command_find_target(cli, cli->args[0], &d->policy, &d->t);
	if (code != CLI_EXIT_OK)
		return code;
	if (d->t->type != POLICY_TARGET_REMOVABLE || d->t->primary)
		return cli_fail(cli, CLI_EXIT_REFUSED, "target %s is no disk"
		    " that comes and goes; such a one has  role = \"copy\";"
		    " type = \"removable\";", d->t->name);
	d->path = cli->nargs > 1 ? cli->args[1] : d->t->path;
	if (d->path == NULL)
		return cli_fail(cli, CLI_EXIT_TARGET, "target %s has no path"
		    " in the policy: tell where the disk is mounted: backupctl"
		    " target attach %s PATH", d->t->name, d->t->name);
	if ((code = history_dir(cli, &d->dir)) != CLI_EXIT_OK)
		return code;
	if ((r = catalog_open(d->dir, CATALOG_WRITE, &d->c)) != 0)
		return catalog_fails(d, r);
	if ((r = catalog_disk_get(d->c, d->t->name, &d->before)) != 0 &&
	    r != ERR_NOENT)
		return catalog_fails(d, r);
	return CLI_EXIT_OK;
}

/* Open the store, if it is the repository that it should be. */
static enum cli_exit
open_store(const struct disk *d, struct store **sp)
{
	struct target_trouble t = { .code = CLI_EXIT_OK };
	struct target_ask ask;
	struct key_file k;
	int r;

	target_ask_about(d->t, &ask);
	ask.url = d->path;
	ask.writes = true;
	if ((r = key_file_read(d->t->key_file, &k)) == ERR_NOENT)
		return cli_fail(d->cli, CLI_EXIT_REFUSED, "target %s: nothing"
		    " was ever copied to it; plug in an empty disk, then:"
		    " backupctl target sync %s", d->t->name, d->t->name);
	if (r == 0)
		r = target_open(&ask, k.repo_id, sp, &t);
	else
		target_no_key(&ask, r, &t);
	crypto_wipe(&k, sizeof(k));
	if (r == 0)
		return CLI_EXIT_OK;
	return cli_fail(d->cli, t.code, "%s; %s", t.text, t.remedy);
}

/* Read the label; a copy made by other means gets one. */
static enum cli_exit
look(struct disk *d)
{
	struct store *s = NULL;
	enum cli_exit code;
	int r;

	if ((code = open_store(d, &s)) != CLI_EXIT_OK)
		return code;
	if ((r = disk_label_get(s, &d->label)) == ERR_NOENT)
		r = disk_label_put(s, d->t->name, &d->label);
	if (r == 0)
		r = store_room(s, &d->room);
	store_close(s);
	if (r != 0)
		return cli_fail(d->cli, CLI_EXIT_TARGET, "target %s: the label"
		    " of the disk at %s cannot be read: %s", d->t->name,
		    d->path, err_text(r));
	if (strcmp(d->label.target, d->t->name) != 0)
		return cli_fail(d->cli, CLI_EXIT_IDENTITY, "target %s: the"
		    " disk at %s is that of target %s; nothing was changed",
		    d->t->name, d->path, d->label.target);
	snprintf(d->now.label, sizeof(d->now.label), "%s", d->label.id);
	disk_volume(d->path, d->now.volume);
	d->now.attached = clock_wall();
	return CLI_EXIT_OK;
}

/* What the catalog knows of what is on it. */
static int
history(struct disk *d)
{
	struct catalog_helds *l = NULL;
	struct catalog_held h;
	int r;

	if ((r = catalog_verified_last(d->c, d->t->name, &d->verified)) !=
	    0 && r != ERR_NOENT)
		return r;
	if ((r = catalog_helds_new(d->c, d->t->name, &l)) != 0)
		return r;
	while ((r = catalog_helds_next(l, &h)) == 1)
		if (h.time > d->newest)
			d->newest = h.time;
	catalog_helds_free(l);
	return r;
}

/* The later of both, as far as they are known. */
static int64_t
last_here(const struct catalog_disk *b)
{
	return b->ejected > b->attached ? b->ejected : b->attached;
}

static enum cli_exit
tell_json(const struct disk *d)
{
	struct cli_json *j = NULL;

	if (cli_json_new(&j) != 0)
		return cli_fail(d->cli, CLI_EXIT_FAILED, "out of memory");
	cli_json_str(j, "target", d->t->name);
	cli_json_str(j, "path", d->path);
	cli_json_str(j, "disk", d->now.label[0] != '\0' ? d->now.label :
	    NULL);
	cli_json_str(j, "volume", d->now.volume[0] != '\0' ? d->now.volume :
	    NULL);
	history_json_time(j, "attached", d->now.attached);
	history_json_time(j, "ejected", d->now.ejected);
	history_json_time(j, "last_here", last_here(&d->before));
	history_json_time(j, "newest", d->newest);
	history_json_time(j, "verified", d->verified.time);
	cli_json_int(j, "alarms", (int64_t)d->verified.alarms);
	cli_json_int(j, "free", (int64_t)d->room.free);
	cli_json_bool(j, "unmounted", d->unmounted);
	return command_answer(d->cli, j, CLI_EXIT_OK);
}

static enum cli_exit
tell_attached(const struct disk *d)
{
	char when[HISTORY_TIME_MAX], size[CLI_TEXT_MAX];

	if (d->cli->json)
		return tell_json(d);
	if (d->before.attached != 0 && strcmp(d->before.label,
	    d->now.label) != 0)
		fprintf(stderr, "target %s: this is another disk than last"
		    " time, with the same name\n", d->t->name);
	else if (d->before.volume[0] != '\0' && strcmp(d->before.volume,
	    d->now.volume) != 0)
		fprintf(stderr, "target %s: the same label in another file"
		    " system: is it a copy of the disk?\n", d->t->name);
	cli_size_format(d->room.free, size);
	printf("target %s is here: disk %.8s at %s, %s free\n", d->t->name,
	    d->now.label, d->path, size);
	history_time(last_here(&d->before), when);
	printf("  last here   %s\n", when);
	history_time(d->newest, when);
	printf("  newest copy %s\n", when);
	history_time(d->verified.time, when);
	printf("  verified    %s%s\n", when, d->verified.alarms > 0 ?
	    " DAMAGED" : "");
	return CLI_EXIT_OK;
}

static void
end(struct disk *d)
{
	catalog_close(d->c);
	free(d->dir);
	policy_free(d->policy);
}

enum cli_exit
command_target_attach(struct cli *cli)
{
	struct disk d = { .cli = cli };
	enum cli_exit code;
	int r;

	if ((code = begin(&d, cli)) != CLI_EXIT_OK ||
	    (code = look(&d)) != CLI_EXIT_OK)
		goto out;
	if ((r = history(&d)) != 0 ||
	    (r = catalog_disk_attach(d.c, d.t->name, &d.now)) != 0) {
		code = catalog_fails(&d, r);
		goto out;
	}
	if ((r = disk_eject_note(d.dir, d.t->name, false)) != 0) {
		code = cli_fail(cli, CLI_EXIT_FAILED, "%s: %s", d.dir,
		    err_text(r));
		goto out;
	}
	code = tell_attached(&d);
 out:
	end(&d);
	return code;
}

/* Wait for a copy to it that runs, and for the second in which it ended: it
 * is to be seen which was later. */
static int
copies_wait(const struct disk *d)
{
	const struct timespec pause = { 0, WAIT_MS * 1000000L };
	struct catalog_copied y;
	bool told = false;
	int r, i;

	while ((r = catalog_copied_get(d->c, d->t->name, &y)) == 0 &&
	    y.outcome == CATALOG_RUNNING) {
		if (!told && !d->cli->quiet)
			fprintf(stderr, "waiting for the copy to target %s\n",
			    d->t->name);
		told = true;
		nanosleep(&pause, NULL);
	}
	for (i = 0; r == 0 && i < 1000 / WAIT_MS &&
	    clock_wall() == y.ended; i++)
		nanosleep(&pause, NULL);
	return r == ERR_NOENT ? 0 : r;
}

/* Everything that is still in memory goes to the disk. */
static enum cli_exit
flush(const struct disk *d)
{
	int fd, r = 0;

	fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || syncfs(fd) == -1)
		r = ERR_IO;
	fdio_close(&fd);
	return r == 0 ? CLI_EXIT_OK : cli_fail(d->cli, CLI_EXIT_TARGET,
	    "target %s: %s cannot be written out; see the system's log; NOT"
	    " safe to unplug", d->t->name, d->path);
}

/* Let umount(8) do it. */
static enum cli_exit
unmount(struct disk *d)
{
	const char *const argv[] = { "umount", d->path, NULL };
	const struct child_io io = { .in = NULL };
	int status = 0, r;

	if (cli_option_count(d->cli, "unmount") == 0)
		return CLI_EXIT_OK;
	if ((r = child_run(argv, &io, &status)) != 0 || status != 0)
		return cli_fail(d->cli, CLI_EXIT_TARGET, "target %s: %s cannot"
		    " be unmounted: see who uses it: fuser -vm %s",
		    d->t->name, d->path, d->path);
	d->unmounted = true;
	return CLI_EXIT_OK;
}

/* No copy begins from now on; the last one ends; then it is written out. */
static enum cli_exit
let_go(struct disk *d)
{
	enum cli_exit code;
	int r;

	if ((r = disk_eject_note(d->dir, d->t->name, true)) != 0)
		return cli_fail(d->cli, CLI_EXIT_FAILED, "%s: %s", d->dir,
		    err_text(r));
	if ((r = copies_wait(d)) != 0 ||
	    (r = catalog_disk_attach(d->c, d->t->name, &d->now)) != 0)
		return catalog_fails(d, r);
	if ((code = flush(d)) != CLI_EXIT_OK ||
	    (code = unmount(d)) != CLI_EXIT_OK)
		return code;
	d->now.ejected = clock_wall();
	if ((r = catalog_disk_eject(d->c, d->t->name, d->now.ejected)) != 0 ||
	    (r = history(d)) != 0)
		return catalog_fails(d, r);
	return CLI_EXIT_OK;
}

enum cli_exit
command_target_eject(struct cli *cli)
{
	struct disk d = { .cli = cli };
	enum cli_exit code;

	if ((code = begin(&d, cli)) != CLI_EXIT_OK ||
	    (code = look(&d)) != CLI_EXIT_OK)
		goto out;
	if ((code = let_go(&d)) != CLI_EXIT_OK) {
		/* It stays in use. */
		(void)!disk_eject_note(d.dir, d.t->name, false);
		goto out;
	}
	if (cli->json)
		code = tell_json(&d);
	else
		printf("target %s: safe to unplug%s\n", d.t->name,
		    d.unmounted ? "" : " once it is unmounted");
 out:
	end(&d);
	return code;
}
