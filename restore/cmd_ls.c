/* cmd_ls.c: restore ls: what a directory of a snapshot holds. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/path.h"
#include "cli/json.h"
#include "repo/tree.h"
#include "restore/cmd.h"
#include "restore/escape.h"
#include "restore/session.h"

#define LS_TEXT_MAX 64
#define LS_SHOWN_MAX (64u << 20)

struct ls {
	const struct cli *cli;
	char	*path;			/* asked for, no slash at its end */
	size_t	 len;			/* 0 for "/" */
	struct buf *shown;		/* a name as it is printed */
	uint64_t entries;
	unsigned int damaged;
};

/* "-rwxr-xr-x" */
static void
ls_mode(const struct attr *a, char out[11])
{
	static const char types[] = "?-dlpscb", bits[] = "rwxrwxrwx";
	uint32_t mode = a->mode;
	int i;

	if (a->type == ATTR_SYMLINK && (a->have & ATTR_MODE) == 0)
		mode = 0777;
	out[0] = types[a->type];
	for (i = 0; i < 9; i++)
		out[i + 1] = (mode >> (8 - i) & 1) != 0 ? bits[i] : '-';
	if ((mode & 04000) != 0)
		out[3] = out[3] == 'x' ? 's' : 'S';
	if ((mode & 02000) != 0)
		out[6] = out[6] == 'x' ? 's' : 'S';
	if ((mode & 01000) != 0)
		out[9] = out[9] == 'x' ? 't' : 'T';
	out[10] = '\0';
}

static void
ls_size(const struct attr *a, char out[LS_TEXT_MAX])
{

	if ((a->have & ATTR_RDEV) != 0)
		snprintf(out, LS_TEXT_MAX, "%" PRIu32 ", %" PRIu32,
		    a->rdev_major, a->rdev_minor);
	else if ((a->have & ATTR_SIZE) != 0)
		snprintf(out, LS_TEXT_MAX, "%" PRIu64, a->size);
	else
		snprintf(out, LS_TEXT_MAX, "-");
}

static void
ls_time(const struct attr *a, char out[LS_TEXT_MAX])
{
	time_t t = (time_t)a->mtime;
	struct tm tm;

	if ((a->have & ATTR_MTIME) == 0 || localtime_r(&t, &tm) == NULL ||
	    strftime(out, LS_TEXT_MAX, "%Y-%m-%d %H:%M", &tm) == 0)
		snprintf(out, LS_TEXT_MAX, "%16s", "-");
}

/* Print one entry as ls -l does. */
static int
ls_text(struct ls *ls, const uint8_t *name, size_t len,
    const struct entry *e)
{
	char mode[11], owner[LS_TEXT_MAX] = "- -";
	char size[LS_TEXT_MAX], when[LS_TEXT_MAX];
	int r;

	ls_mode(&e->attr, mode);
	ls_size(&e->attr, size);
	ls_time(&e->attr, when);
	if ((e->attr.have & ATTR_OWNER) != 0)
		snprintf(owner, sizeof(owner), "%5" PRIu32 " %5" PRIu32,
		    e->attr.uid, e->attr.gid);
	buf_reset(ls->shown);
	if ((r = escape_format(name, len, ls->shown)) != 0)
		return r;
	if (e->attr.type == ATTR_SYMLINK &&
	    ((r = buf_put(ls->shown, " -> ", 4)) != 0 ||
	    (r = escape_format(e->target, e->target_len, ls->shown)) != 0))
		return r;
	printf("%s %11s %13s %s %.*s%s\n", mode, owner, size, when,
	    (int)buf_len(ls->shown), (const char *)buf_ptr(ls->shown),
	    (e->flags & ENTRY_UNREAD) != 0 ? "   (could not be read)" : "");
	return 0;
}

static const char *
ls_type(const struct attr *a)
{
	static const char *const types[] = { "unknown", "file", "directory",
	    "symlink", "fifo", "socket", "character", "block" };

	return types[a->type];
}

static int
ls_json(const uint8_t *path, size_t len, const struct entry *e)
{
	const struct attr *a = &e->attr;
	struct cli_json *j = NULL;
	char mode[8];
	int r;

	if ((r = cli_json_new(&j)) != 0)
		return r;
	cli_json_path(j, "path", path, len);
	cli_json_str(j, "type", ls_type(a));
	if ((a->have & ATTR_MODE) != 0) {
		snprintf(mode, sizeof(mode), "%04" PRIo32, a->mode & 07777);
		cli_json_str(j, "mode", mode);
	}
	if ((a->have & ATTR_OWNER) != 0) {
		cli_json_int(j, "uid", a->uid);
		cli_json_int(j, "gid", a->gid);
	}
	if ((a->have & ATTR_SIZE) != 0)
		cli_json_int(j, "size", (int64_t)a->size);
	if ((a->have & ATTR_MTIME) != 0)
		cli_json_int(j, "mtime", a->mtime);
	if ((a->have & ATTR_MTIME_NS) != 0)
		cli_json_int(j, "mtime_ns", a->mtime_ns);
	if (e->attr.type == ATTR_SYMLINK)
		cli_json_path(j, "target", e->target, e->target_len);
	cli_json_bool(j, "unread", (e->flags & ENTRY_UNREAD) != 0);
	cli_json_bool(j, "changed", (e->flags & ENTRY_CHANGED) != 0);
	r = cli_json_line(j, stdout, "entry");
	cli_json_free(j);
	return r;
}

/* Show one entry, unless it is the directory that was asked for: then its
 * entries follow. */
static int
ls_entry(struct ls *ls, struct tree_walk *w, const uint8_t *path, size_t len,
    const struct entry *e)
{
	const uint8_t *name = path;
	size_t name_len = len, above = ls->len;

	if (e->attr.type == ATTR_DIR) {
		if (len == (above > 0 ? above : 1))
			return 0;
		tree_walk_skip(w);
	}
	if (above > 0 && len > above) {
		name = path + above + 1;
		name_len = len - above - 1;
	}
	ls->entries++;
	if (ls->cli->json)
		return ls_json(path, len, e);
	return ls_text(ls, name, name_len, e);
}

static int
ls_walk(struct ls *ls, struct session *s, const struct snapshot *sn)
{
	struct tree_walk *w = NULL;
	const uint8_t *path;
	struct entry e;
	size_t len;
	int r;

	r = tree_walk_new(s->reader, sn, ls->len > 0 ? ls->path : NULL, &w);
	while (r == 0 && (r = tree_walk_next(w, &path, &len, &e)) != 0) {
		if (r > 0)
			r = ls_entry(ls, w, path, len, &e);
		else if (r != ERR_NOMEM) {
			ls->damaged++;
			r = 0;
		}
	}
	tree_walk_free(w);
	return r;
}

static enum cli_exit
ls_end(const struct ls *ls)
{
	enum cli_exit code = ls->damaged > 0 ? CLI_EXIT_DAMAGED : CLI_EXIT_OK;
	struct cli_json *j = NULL;

	if (ls->damaged > 0 || !ls->cli->json)
		return code == CLI_EXIT_OK ? code : session_fail(ls->cli,
		    code, "the list of %s is damaged in the repository: not "
		    "everything is shown", ls->len > 0 ? ls->path : "/");
	if (cli_json_new(&j) != 0)
		return CLI_EXIT_FAILED;
	cli_json_int(j, "code", code);
	cli_json_int(j, "entries", (int64_t)ls->entries);
	if (cli_json_line(j, stdout, "end") != 0)
		code = CLI_EXIT_FAILED;
	cli_json_free(j);
	return code;
}

static enum cli_exit
ls_go(struct ls *ls, struct session *s)
{
	const struct cli *cli = ls->cli;
	struct snapshot *sn = NULL;
	enum cli_exit code;
	int r;

	if ((code = session_find(cli, s, cli->args[0], &sn)) != CLI_EXIT_OK)
		return code;
	if ((code = session_load(cli, s)) != CLI_EXIT_OK)
		goto out;
	if ((r = ls_walk(ls, s, sn)) == ERR_NOENT)
		code = session_fail(cli, CLI_EXIT_NOT_FOUND, "%s is not in "
		    "this snapshot; restore ls %s shows its top", ls->path,
		    cli->args[0]);
	else if (r != 0)
		code = session_fail(cli, cli_exit_from_err(r), "%s: %s",
		    ls->path, err_text(r));
	else
		code = ls_end(ls);
 out:
	snapshot_free(sn);
	return code;
}

enum cli_exit
cmd_ls(struct cli *cli)
{
	const char *path = cli->nargs > 1 ? cli->args[1] : "/";
	struct ls ls = { .cli = cli };
	struct session s;
	enum cli_exit code;

	ls.len = strlen(path);
	while (ls.len > 0 && path[ls.len - 1] == '/')
		ls.len--;
	if (*path != '/' || (ls.len > 0 &&
	    !path_abs_ok((const uint8_t *)path, ls.len)))
		return session_fail(cli, CLI_EXIT_USAGE, "%s: give the whole "
		    "path on the source, beginning with a slash", path);
	if ((ls.path = strndup(path, ls.len)) == NULL ||
	    buf_new(LS_SHOWN_MAX, &ls.shown) != 0)
		code = session_fail(cli, CLI_EXIT_FAILED, "out of memory");
	else if ((code = session_open(cli, &s)) == CLI_EXIT_OK) {
		code = ls_go(&ls, &s);
		session_close(&s);
	}
	free(ls.path);
	buf_free(ls.shown);
	return code;
}
