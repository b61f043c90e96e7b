/* run.c: one restore from its plan to its list of files. */
#include "config.h"

#include "restore/run.h"

#include <sys/stat.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/path.h"
#include "cli/text.h"
#include "hash/sha256.h"
#include "restore/dest.h"
#include "restore/fetch.h"
#include "restore/manifest.h"
#include "restore/state.h"
#include "store/store.h"

#define RUN_BLOCK 4096		/* what a file takes on disk, at least */
#define RUN_STEP 64		/* entries between two looks at signals */

/* The command that goes on after an interruption is the same one. */
#define RUN_AGAIN "run the same command again to go on"

void
run_clear(struct run *r)
{

	write_free(r->write);
	dest_close(r->dest);
	plan_free(r->plan);
	problems_free(r->problems);
	cli_progress_free(r->progress);
	fdio_close(&r->state_fd);
}

static void
run_phase(struct run *r, enum run_phase phase, const char *name)
{

	r->shown.phase = phase;
	r->shown.phases = RUN_PHASES;
	r->shown.name = name;
	r->shown.files_done = r->shown.bytes_done = 0;
}

static void
run_show(struct run *r)
{

	r->shown.problems = problems_total(r->problems);
	cli_progress_update(r->progress, &r->shown);
}

/* Tell of an end before its time. */
static enum cli_exit
run_fail(struct run *r, int code, const char *what)
{
	enum cli_exit exit = session_stopped();

	cli_progress_free(r->progress);
	r->progress = NULL;
	if (code == ERR_CANCELLED && exit != CLI_EXIT_OK)
		return session_fail(r->cli, exit, "%s: interrupted; what is "
		    "there is whole; " RUN_AGAIN, what);
	if (code == ERR_NOSPACE)
		return session_fail(r->cli, CLI_EXIT_TARGET, "%s: no space "
		    "left (in %s, or in TMPDIR); make room, then " RUN_AGAIN,
		    what, r->to);
	if (code == ERR_VERSION)
		return session_fail(r->cli, CLI_EXIT_FAILED, "%s: %s: this "
		    "kernel lacks openat2, without which nothing is written; "
		    "Linux 5.6 has it", what, r->to);
	return session_fail(r->cli, cli_exit_from_err(code), "%s: %s: %s",
	    what, r->to, err_text(code));
}

static bool
run_walk_step(uint64_t entries, void *arg)
{
	struct run *r = arg;

	r->shown.files_done = entries;
	run_show(r);
	return session_stopped() != CLI_EXIT_OK;
}

/* Read the trees. */
static enum cli_exit
run_plan(struct run *r)
{
	struct walk_params p = {
		.reader = r->session->reader, .sn = r->sn, .plan = r->plan,
		.problems = r->problems, .npaths = r->npaths,
		.paths = r->paths, .step = run_walk_step, .arg = r,
	};
	size_t missing = 0;
	int e;

	run_phase(r, RUN_PLAN, "plan");
	e = walk_run(&p, &r->walked, &missing);
	if (e == ERR_NOENT)
		return session_fail(r->cli, CLI_EXIT_NOT_FOUND, "%s is not "
		    "in this snapshot; restore ls shows what is",
		    r->npaths > 0 ? r->paths[missing] : "/");
	return e == 0 ? CLI_EXIT_OK : run_fail(r, e, "plan");
}

/* Tell whether a signal came, looking every so often. */
static bool
run_stopped(struct run *r, uint64_t i)
{

	if (i % RUN_STEP != 0)
		return false;
	run_show(r);
	return session_stopped() != CLI_EXIT_OK;
}

/* Compare what is there, where something may be. */
static int
run_survey(struct run *r)
{
	struct survey *s = NULL;
	uint64_t i, n = plan_count(r->plan);
	int e;

	if ((e = dest_open(r->to, r->plan, &r->dest)) != 0)
		return e;
	run_phase(r, RUN_SURVEY, "compare");
	r->shown.files_total = n;
	e = survey_new(r->session->repo, r->plan, r->dest, r->resumed ?
	    SURVEY_ALWAYS : r->overwrite, &s);
	for (i = 0; i < n && e == 0; i++) {
		r->shown.files_done = i;
		if (run_stopped(r, i))
			e = ERR_CANCELLED;
		else
			e = survey_entry(s, i);
	}
	if (e == 0)
		r->surveyed = *survey_counts(s);
	survey_free(s);
	return e;
}

/* Sum up what must be fetched, and refuse where there is no room for it. */
static enum cli_exit
run_space(struct run *r)
{
	char need[CLI_TEXT_MAX], have[CLI_TEXT_MAX];
	uint64_t i, n = plan_count(r->plan), blocks = 0, inodes = 0, free;
	const struct plan_entry *e;
	enum state_room room;
	int res;

	for (i = 0; i < n; i++) {
		e = plan_entry(r->plan, i);
		if (e->state != PLAN_TODO || e->link != PLAN_NONE ||
		    (e->flags & PLAN_MATCHES) != 0)
			continue;
		inodes++;
		r->fetch_bytes += e->size - e->holes;
		blocks += (e->size - e->holes + RUN_BLOCK - 1) / RUN_BLOCK;
	}
	res = state_space(r->to, blocks * RUN_BLOCK, inodes, &room, &free);
	if (res != 0)
		return run_fail(r, res, "destination");
	if (room == STATE_ROOM)
		return CLI_EXIT_OK;
	if (room == STATE_NO_BYTES) {
		cli_size_format(blocks * RUN_BLOCK, need);
		cli_size_format(free, have);
	} else {
		cli_count_format(inodes, need);
		cli_count_format(free, have);
	}
	return session_fail(r->cli, CLI_EXIT_REFUSED, "%s: not enough room: "
	    "%s %s needed, %s free; nothing was written", r->to, need,
	    room == STATE_NO_BYTES ? "of content" : "inodes", have);
}

/* Look where it shall go. */
static enum cli_exit
run_ground(struct run *r, const struct state_run *what)
{
	enum state_ground ground;
	int e;

	if (state_inside(r->to, store_name(r->session->store)))
		return session_fail(r->cli, CLI_EXIT_REFUSED, "%s lies "
		    "inside the repository; choose another directory",
		    r->to);
	if ((e = state_look(r->to, what, &ground)) == ERR_EXIST)
		return session_fail(r->cli, CLI_EXIT_REFUSED, "%s is not a "
		    "directory; choose another name", r->to);
	if (e != 0)
		return run_fail(r, e, "destination");
	r->whole = ground == STATE_EMPTY || ground == STATE_RESUME;
	r->resumed = ground == STATE_RESUME && !r->may_overwrite;
	if (ground == STATE_OTHER && !r->may_overwrite)
		return session_fail(r->cli, CLI_EXIT_REFUSED, "%s holds an "
		    "interrupted restore of another snapshot or other paths; "
		    "choose a new directory, or --overwrite", r->to);
	if (ground == STATE_USED && !r->may_overwrite)
		return session_fail(r->cli, CLI_EXIT_REFUSED, "%s is not "
		    "empty; choose a new directory, or say what may happen "
		    "with --overwrite never|older|always", r->to);
	return CLI_EXIT_OK;
}

static int
run_item(const struct plan_item *item, const uint8_t *data,
    const uint8_t hash[32], void *arg)
{
	struct run *r = arg;
	int e;

	if ((e = write_item(r->write, item, data, hash)) != 0)
		return e;
	r->shown.bytes_done += item->len;
	r->shown.files_done = write_counts(r->write)->done[ATTR_FILE];
	return 0;
}

static void
run_damaged(const struct plan_item *item, const char *why, void *arg)
{
	struct run *r = arg;

	write_damaged(r->write, item, why);
}

static bool
run_cancelled(void *arg)
{
	struct run *r = arg;

	run_show(r);
	return session_stopped() != CLI_EXIT_OK;
}

/* Do something with every entry of the plan, forwards or back. */
static int
run_each(struct run *r, int (*fn)(struct write *, uint64_t), bool back)
{
	uint64_t i, n = plan_count(r->plan);
	int e = 0;

	for (i = 0; i < n && e == 0; i++)
		if (run_stopped(r, i))
			e = ERR_CANCELLED;
		else
			e = fn(r->write, back ? n - 1 - i : i);
	return e;
}

/* Make what needs no content, then files as packs bring them, then links
 * and the attributes of directories, deepest first. */
static int
run_write(struct run *r)
{
	struct fetch_sink sink = {
		.item = run_item, .damaged = run_damaged,
		.cancelled = run_cancelled, .arg = r,
	};
	int e;

	run_phase(r, RUN_COPY, "copy");
	r->shown.files_total = r->walked.files;
	r->shown.bytes_total = r->fetch_bytes;
	if ((e = run_each(r, write_entry, false)) != 0 ||
	    (e = fetch_run(r->session->repo, r->plan, session_threads(),
	    &sink)) != 0)
		return e;
	run_phase(r, RUN_FINISH, "finish");
	if ((e = run_each(r, write_link, false)) != 0)
		return e;
	return run_each(r, write_dir, true);
}

/* The line of one entry; 1 if it is not there and gets none. */
static int
run_manifest_line(struct run *r, uint64_t i, struct buf *path,
    struct manifest_line *l)
{
	const struct plan_entry *e = plan_entry(r->plan, i);
	int res;

	if (e->state != PLAN_DONE || (e->flags & PLAN_MADE) != 0)
		return 1;
	buf_reset(path);
	if ((res = plan_path(r->plan, i, path)) != 0)
		return res;
	memset(l, 0, sizeof(*l));
	l->attr = e->attr;
	l->path = buf_ptr(path);
	l->path_len = buf_len(path);
	if (l->path_len == 0) {
		l->path = (const uint8_t *)".";
		l->path_len = 1;
	}
	l->attr.have &= ~(uint32_t)ATTR_SIZE;
	if (e->attr.type == ATTR_FILE) {
		l->attr.size = e->size;
		l->attr.have |= ATTR_SIZE;
	}
	if ((e->flags & PLAN_NO_OWNER) != 0)
		l->attr.have &= ~(uint32_t)ATTR_OWNER;
	if (e->attr.type == ATTR_SYMLINK) {
		l->have = MANIFEST_HASH;
		l->attr.have &= ~(uint32_t)ATTR_MODE;
		return sha256_of(plan_text(r->plan, e->target),
		    e->target_len, l->hash);
	}
	if ((e->flags & PLAN_HASHED) != 0)
		l->have = MANIFEST_HASH;
	if ((e->flags & PLAN_SPARSE) != 0)
		l->have |= MANIFEST_SPARSE;
	memcpy(l->hash, e->hash, sizeof(l->hash));
	return 0;
}

static int
run_manifest(struct run *r)
{
	struct manifest_info info = {
		.made = clock_wall(), .whole = r->whole, .reason = r->reason,
	};
	struct manifest_writer *w = NULL;
	struct manifest_line l;
	struct buf *path = NULL;
	uint64_t i;
	int e;

	memcpy(info.snapshot, r->sn->hash, sizeof(info.snapshot));
	if ((e = manifest_begin(r->state_fd, &info, &w)) != 0 ||
	    (e = buf_new(SIZE_MAX / 2, &path)) != 0)
		goto out;
	for (i = 0; i < plan_count(r->plan); i++) {
		if ((e = run_manifest_line(r, i, path, &l)) < 0)
			goto out;
		if (e == 0 && (e = manifest_add(w, &l)) != 0)
			goto out;
	}
	e = manifest_commit(w);
 out:
	manifest_writer_free(w);
	buf_free(path);
	return e;
}

/* See that it is on the disk, and write down what was made. */
static int
run_record(struct run *r)
{
	const char *text;
	size_t len;
	int e;

	if (syncfs(dest_fd(r->dest)) == -1) {
		e = err_from_errno(errno);
		log_errno(errno, "destination %s: sync", r->to);
		return e;
	}
	if ((e = run_manifest(r)) != 0)
		return e;
	text = problems_text(r->problems, &len);
	if ((e = state_problems(r->state_fd, text, len)) != 0)
		return e;
	if (problems_count(r->problems, PROBLEM_FAILED) == 0 &&
	    problems_count(r->problems, PROBLEM_DAMAGED) == 0)
		state_end(r->state_fd);
	return 0;
}

/* Everything that changes the destination. */
static int
run_apply(struct run *r, const struct state_run *what)
{
	struct write_params p = {
		.plan = r->plan, .problems = r->problems, .safe = r->safe,
		.careful = r->may_overwrite,
	};
	int e;

	if (r->dest == NULL) {
		if ((e = path_mkdirs(r->to, 0755)) != 0 ||
		    (e = dest_open(r->to, r->plan, &r->dest)) != 0)
			return e;
	}
	if ((e = state_begin(dest_fd(r->dest), what, r->whole,
	    &r->state_fd)) != 0)
		return e;
	p.dest = r->dest;
	p.umask = umask(0);
	if ((e = write_new(&p, &r->write)) != 0 ||
	    (e = run_write(r)) != 0)
		return e;
	r->written = *write_counts(r->write);
	return run_record(r);
}

enum cli_exit
run_restore(struct run *r)
{
	struct state_run what = {
		.safe = r->safe, .npaths = r->npaths, .paths = r->paths,
	};
	enum cli_exit code;
	int e;

	r->state_fd = -1;
	memcpy(what.snapshot, r->sn->hash, sizeof(what.snapshot));
	if ((code = run_ground(r, &what)) != CLI_EXIT_OK)
		return code;
	if ((e = plan_new(&r->plan)) != 0 ||
	    (e = problems_new(r->cli, &r->problems)) != 0 ||
	    (e = cli_progress_new(r->cli, &r->progress)) != 0)
		return run_fail(r, e, "plan");
	problems_show(r->problems, r->progress);
	if ((code = run_plan(r)) != CLI_EXIT_OK)
		return code;
	if ((r->resumed || r->may_overwrite) && access(r->to, F_OK) == 0 &&
	    (e = run_survey(r)) != 0)
		return run_fail(r, e, "comparing");
	plan_sort(r->plan);
	if ((code = run_space(r)) != CLI_EXIT_OK)
		return code;
	if (!r->dry_run && (e = run_apply(r, &what)) != 0)
		return run_fail(r, e, "restoring");
	cli_progress_free(r->progress);
	r->progress = NULL;
	problems_show(r->problems, NULL);
	return CLI_EXIT_OK;
}
