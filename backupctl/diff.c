/* diff.c: backupctl snap diff: what differs between two snapshots. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupctl/command.h"
#include "base/hex.h"
#include "base/log.h"
#include "cli/json.h"
#include "cli/text.h"
#include "policy/policy.h"
#include "repo/index.h"
#include "repo/tree.h"

#define SAFE_MAX (4 * 65536 + 1)	/* a path, escaped */

/* One of the two, at its present entry. */
struct side {
	struct snapshot *sn;
	struct tree_walk *w;	/* NULL: there is nothing at the path */
	const uint8_t *path;
	size_t	 len;
	struct entry e;
	bool	 has;
	uint8_t	*lost;			/* owns; directory damaged last */
	size_t	 lost_len;
};

struct count {
	uint64_t entries, bytes;	/* bytes of regular files */
};

struct diff {
	const struct cli *cli;
	struct side a, b;
	struct count added, removed, changed, meta;
	uint64_t damaged;		/* lists that cannot be read */
	char	*safe;			/* SAFE_MAX bytes */
};

/* Keep which directory it is whose list cannot be read to its end. */
static int
side_lost(struct side *s, const uint8_t *path, size_t len)
{
	uint8_t *p;

	if ((p = realloc(s->lost, len + 1)) == NULL)
		return ERR_NOMEM;
	memcpy(p, path, len);
	s->lost = p;
	s->lost_len = len;
	return 0;
}

/*
 * Tell whether what other has at its entry may be in the list that s lost.
 * Only the last one counts: both sides are past those before it.
 */
static bool
side_unknown(const struct side *s, const struct side *other)
{
	size_t n = s->lost_len;

	if (s->lost == NULL || other->len <= n ||
	    memcmp(s->lost, other->path, n) != 0)
		return false;
	return n == 1 || other->path[n] == '/';
}

/* The next entry of a side; what cannot be read is named and passed over. */
static int
side_next(struct diff *d, struct side *s)
{
	const uint8_t *path;
	size_t len;
	int r = 0;

	s->has = false;
	while (s->w != NULL &&
	    (r = tree_walk_next(s->w, &s->path, &s->len, &s->e)) != 0) {
		if (r > 0) {
			s->has = true;
			return 0;
		}
		if (r == ERR_NOMEM)
			return r;
		path = tree_walk_path(s->w, &len);
		if (side_lost(s, path, len) != 0)
			return ERR_NOMEM;
		log_escape(d->safe, SAFE_MAX, path, len);
		fprintf(stderr, "%s: its list is damaged in the repository:"
		    " %s\n", d->safe, err_text(r));
		d->damaged++;
	}
	return 0;
}

static int
side_begin(struct diff *d, struct reader *rd, struct side *s)
{
	const char *path = d->cli->nargs > 2 ? d->cli->args[2] : NULL;
	int r = tree_walk_new(rd, s->sn, path, &s->w);

	if (r == ERR_NOENT)
		return 0;
	return r != 0 ? r : side_next(d, s);
}

/* The order of a walk: a directory before what is in it, by names. */
static int
path_cmp(const struct side *a, const struct side *b)
{
	size_t i, n = a->len < b->len ? a->len : b->len;
	int x, y;

	for (i = 0; i < n && a->path[i] == b->path[i]; i++)
		;
	if (i == n)
		return (a->len > b->len) - (a->len < b->len);
	x = a->path[i] == '/' ? -1 : a->path[i];
	y = b->path[i] == '/' ? -1 : b->path[i];
	return (x > y) - (x < y);
}

static bool
same_root(const struct list_root *a, const struct list_root *b)
{
	if (a->present != b->present)
		return false;
	return !a->present || (a->level == b->level &&
	    memcmp(a->id, b->id, sizeof(a->id)) == 0);
}

static bool
same_content(const struct entry *a, const struct entry *b)
{
	size_t i;

	if (!same_root(&a->content, &b->content) ||
	    a->ninline != b->ninline || a->attr.size != b->attr.size)
		return false;
	for (i = 0; i < a->ninline; i++)
		if (a->inl[i].hole != b->inl[i].hole ||
		    a->inl[i].len != b->inl[i].len || (!a->inl[i].hole &&
		    memcmp(a->inl[i].id, b->inl[i].id, 32) != 0))
			return false;
	return true;
}

/* Tell whether what they hold is the same: content, target, device. */
static bool
same_data(const struct entry *a, const struct entry *b)
{
	switch (a->attr.type) {
	case ATTR_FILE:
		return same_content(a, b);
	case ATTR_SYMLINK:
		return a->target_len == b->target_len &&
		    memcmp(a->target, b->target, a->target_len) == 0;
	case ATTR_CHAR:
	case ATTR_BLOCK:
		return a->attr.rdev_major == b->attr.rdev_major &&
		    a->attr.rdev_minor == b->attr.rdev_minor;
	default:
		return true;
	}
}

/* A directory's times follow from what is in it. */
static bool
same_meta(const struct entry *a, const struct entry *b)
{
	return a->attr.mode == b->attr.mode && a->attr.uid == b->attr.uid &&
	    a->attr.gid == b->attr.gid &&
	    (a->attr.type == ATTR_DIR || (a->attr.mtime == b->attr.mtime &&
	    a->attr.mtime_ns == b->attr.mtime_ns)) &&
	    a->has_xattrs == b->has_xattrs && (!a->has_xattrs ||
	    memcmp(a->xattrs, b->xattrs, sizeof(a->xattrs)) == 0);
}

static uint64_t
size_of(const struct entry *e)
{
	return e != NULL && e->attr.type == ATTR_FILE ? e->attr.size : 0;
}

static int
line_json(const char *what, const struct side *at, const struct entry *was,
    const struct entry *is)
{
	static const char *const types[] = { "unknown", "file", "directory",
	    "symlink", "fifo", "socket", "character", "block" };
	struct cli_json *j = NULL;
	int r;

	if ((r = cli_json_new(&j)) != 0)
		return r;
	cli_json_str(j, "what", what);
	cli_json_path(j, "path", at->path, at->len);
	cli_json_str(j, "type", types[at->e.attr.type]);
	if (was != NULL && was->attr.type == ATTR_FILE)
		cli_json_int(j, "old_size", (int64_t)was->attr.size);
	if (is != NULL && is->attr.type == ATTR_FILE)
		cli_json_int(j, "size", (int64_t)is->attr.size);
	r = cli_json_line(j, stdout, "entry");
	cli_json_free(j);
	return r;
}

/* One difference; was or is NULL where there is none. */
static int
tell(struct diff *d, struct count *c, const struct entry *was,
    const struct entry *is)
{
	static const char *const what[] = { "added", "removed", "changed",
	    "attributes" };
	static const char marks[] = "+-Mm";
	const struct side *at = is != NULL ? &d->b : &d->a;
	unsigned int i = c == &d->added ? 0 : c == &d->removed ? 1 :
	    c == &d->changed ? 2 : 3;
	char old[CLI_TEXT_MAX], new[CLI_TEXT_MAX];

	c->entries++;
	c->bytes += size_of(is != NULL ? is : was);
	if (d->cli->json)
		return line_json(what[i], at, was, is);
	log_escape(d->safe, SAFE_MAX, at->path, at->len);
	cli_size_format(size_of(was), old);
	cli_size_format(size_of(is), new);
	printf("%c %s%s", marks[i], d->safe,
	    at->e.attr.type == ATTR_DIR ? "/" : "");
	if (at->e.attr.type == ATTR_FILE && i == 2)
		printf("  %s -> %s", old, new);
	else if (at->e.attr.type == ATTR_FILE && i < 2)
		printf("  %s", is != NULL ? new : old);
	putchar('\n');
	return 0;
}

/* Both have it. */
static int
compare(struct diff *d)
{
	struct entry *a = &d->a.e, *b = &d->b.e;
	int r;

	if (a->attr.type != b->attr.type) {
		if ((r = tell(d, &d->removed, a, NULL)) != 0)
			return r;
		return tell(d, &d->added, NULL, b);
	}
	/* What is the same below needs no reading. */
	if (a->attr.type == ATTR_DIR && a->has_subtree && b->has_subtree &&
	    same_root(&a->subtree, &b->subtree)) {
		tree_walk_skip(d->a.w);
		tree_walk_skip(d->b.w);
	}
	if (!same_data(a, b))
		return tell(d, &d->changed, a, b);
	return same_meta(a, b) ? 0 : tell(d, &d->meta, a, b);
}

static int
walk(struct diff *d)
{
	int r = 0, c;

	while (r == 0 && (d->a.has || d->b.has)) {
		c = !d->a.has ? 1 : !d->b.has ? -1 : path_cmp(&d->a, &d->b);
		if (c == 0)
			r = compare(d);
		else if (c < 0 && !side_unknown(&d->b, &d->a))
			r = tell(d, &d->removed, &d->a.e, NULL);
		else if (c > 0 && !side_unknown(&d->a, &d->b))
			r = tell(d, &d->added, NULL, &d->b.e);
		if (r == 0 && c <= 0)
			r = side_next(d, &d->a);
		if (r == 0 && c >= 0)
			r = side_next(d, &d->b);
	}
	return r;
}

static enum cli_exit
summary(const struct diff *d)
{
	enum cli_exit code = d->damaged > 0 ? CLI_EXIT_DAMAGED : CLI_EXIT_OK;
	char a[CLI_TEXT_MAX], r[CLI_TEXT_MAX], c[CLI_TEXT_MAX];
	struct cli_json *j = NULL;

	if (!d->cli->json) {
		cli_size_format(d->added.bytes, a);
		cli_size_format(d->removed.bytes, r);
		cli_size_format(d->changed.bytes, c);
		printf("%" PRIu64 " added (%s), %" PRIu64 " removed (%s), %"
		    PRIu64 " changed (%s), %" PRIu64 " with other attributes"
		    "\n", d->added.entries, a, d->removed.entries, r,
		    d->changed.entries, c, d->meta.entries);
		return code == CLI_EXIT_OK ? code : cli_fail(d->cli, code,
		    "not all could be compared; see restore verify --full");
	}
	if (cli_json_new(&j) != 0)
		return CLI_EXIT_FAILED;
	cli_json_int(j, "code", (int64_t)code);
	cli_json_int(j, "added", (int64_t)d->added.entries);
	cli_json_int(j, "added_bytes", (int64_t)d->added.bytes);
	cli_json_int(j, "removed", (int64_t)d->removed.entries);
	cli_json_int(j, "removed_bytes", (int64_t)d->removed.bytes);
	cli_json_int(j, "changed", (int64_t)d->changed.entries);
	cli_json_int(j, "changed_bytes", (int64_t)d->changed.bytes);
	cli_json_int(j, "attributes", (int64_t)d->meta.entries);
	if (cli_json_line(j, stdout, "end") != 0)
		code = CLI_EXIT_FAILED;
	cli_json_free(j);
	return code;
}

static enum cli_exit
snapshots_compare(struct diff *d, struct repo *repo)
{
	struct index *x = NULL;
	struct reader *rd = NULL;
	enum cli_exit code;
	int r;

	if ((d->safe = malloc(SAFE_MAX)) == NULL)
		r = ERR_NOMEM;
	else if ((r = index_open(repo, &x)) == 0 &&
	    (r = reader_new(repo, x, &rd)) == 0 &&
	    (r = side_begin(d, rd, &d->a)) == 0 &&
	    (r = side_begin(d, rd, &d->b)) == 0) {
		if (d->a.w == NULL && d->b.w == NULL && d->damaged == 0)
			code = cli_fail(d->cli, CLI_EXIT_NOT_FOUND, "%s: in"
			    " neither of them", d->cli->args[2]);
		else if ((r = walk(d)) == 0)
			code = summary(d);
	}
	if (r != 0)
		code = cli_fail(d->cli, cli_exit_from_err(r), "%s",
		    err_text(r));
	tree_walk_free(d->a.w);
	tree_walk_free(d->b.w);
	reader_free(rd);
	index_close(x);
	free(d->a.lost);
	free(d->b.lost);
	free(d->safe);
	return code;
}

enum cli_exit
command_snap_diff(struct cli *cli)
{
	struct diff d = { .cli = cli };
	struct opened o;
	enum cli_exit code;

	cli->lines = cli->json;
	if ((code = command_open(cli, cli_option_get(cli, "target", 0),
	    &o)) == CLI_EXIT_OK &&
	    (code = command_find_snapshot(cli, o.repo, cli->args[0],
	    &d.a.sn)) == CLI_EXIT_OK &&
	    (code = command_find_snapshot(cli, o.repo, cli->args[1],
	    &d.b.sn)) == CLI_EXIT_OK)
		code = snapshots_compare(&d, o.repo);
	snapshot_free(d.a.sn);
	snapshot_free(d.b.sn);
	command_close(&o);
	return code;
}
