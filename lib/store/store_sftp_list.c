/* store_sftp_list.c: all files of an SFTP store, many directories at once. */
#include "config.h"

#include <sys/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/internal.h"
#include "store/sftp.h"

/* A temporary this old has lost its writer; for one this old it is sure. */
#define TMP_AGE (24 * 60 * 60)
#define DEAD_AGE (7 * 24 * 60 * 60)
#define TMP_NAME_LEN 33		/* the mark and 32 digits */

/* Names found there may be longer than those of objects. */
#define LONG_NAME_MAX (STORE_NAME_MAX + 256)

#define DIRS_MAX 16		/* listed at once */
#define AHEAD 2			/* reads of one: the second finds its end */
#define PENDING_MAX (1u << 20)
#define FOUND_MAX (512u << 20)

struct walk;

/* A directory that is being listed. */
struct walk_dir {
	struct walk *w;			/* NULL: this place is free */
	char	 name[STORE_NAME_MAX];	/* with its '/', or "" */
	struct sftp_handle handle;
	size_t	 asked;			/* reads without an answer */
	bool	 ended;
};

struct walk {
	struct store_sftp *d;
	const char *prefix;
	/* Called for each file that has it. */
	int	 (*found)(struct walk *w, const char *name,
		    const struct sftp_attrs *attrs);
	int64_t	 now;			/* by the server's clock */
	struct buf *out;		/* of found: sizes and names */
	struct walk_dir dirs[DIRS_MAX];
	size_t	 active;
	char	**pending;		/* names of directories to come */
	size_t	 npending, alloc, next;
	bool	 moved;
	int	 code;			/* the first failure, and its words */
	struct sftp_answer why;
	char	 where[STORE_NAME_MAX];
};

static void	 dir_read(struct walk_dir *v);

static void
walk_failed(struct walk *w, int code, const char *where, const char *message)
{
	if (w->code != 0)
		return;
	w->code = code;
	(void)snprintf(w->why.message, sizeof(w->why.message), "%s",
	    message);
	(void)snprintf(w->where, sizeof(w->where), "%s", where);
}

/* Have the directory listed later; name ends in '/', or is "". */
static int
walk_later(struct walk *w, const char *name)
{
	size_t alloc = w->alloc == 0 ? 64 : 2 * w->alloc;
	char **pending;

	if (w->npending == w->alloc) {
		if (alloc > PENDING_MAX)
			return ERR_TOOBIG;
		pending = reallocarray(w->pending, alloc, sizeof(*pending));
		if (pending == NULL)
			return ERR_NOMEM;
		w->pending = pending;
		w->alloc = alloc;
	}
	if ((w->pending[w->npending] = strdup(name)) == NULL)
		return ERR_NOMEM;
	w->npending++;
	return 0;
}

/* Tell whether anything below the directory name can be wanted. */
static bool
walk_wants(const struct walk *w, const char *name)
{
	size_t n = strlen(name), p = strlen(w->prefix);

	/* fsck's directory, which only root may read */
	if (strcmp(name, "lost+found/") == 0)
		return false;
	return strncmp(name, w->prefix, n < p ? n : p) == 0;
}

/* One entry of a directory. */
static int
walk_entry(struct walk *w, const char *dir, const struct sftp_name *e)
{
	char name[LONG_NAME_MAX];

	if ((e->attrs.has & SFTP_HAS_MODE) == 0 ||
	    (e->attrs.has & SFTP_HAS_SIZE) == 0)
		return ERR_VERSION;
	if (S_ISDIR(e->attrs.mode)) {
		(void)snprintf(name, sizeof(name), "%s%s/", dir, e->name);
		if (!walk_wants(w, name))
			return 0;
		/* No object is down there. */
		if (strlen(name) >= STORE_NAME_MAX)
			return w->found(w, name, &e->attrs);
		return walk_later(w, name);
	}
	(void)snprintf(name, sizeof(name), "%s%s", dir, e->name);
	return store_has_prefix(name, w->prefix) ?
	    w->found(w, name, &e->attrs) : 0;
}

static void
dir_done(struct walk_dir *v)
{
	struct walk *w = v->w;

	if (v->handle.len > 0)
		(void)!sftp_close(w->d->x, &v->handle, store_sftp_ignore());
	v->w = NULL;
	w->active--;
}

static void
dir_answered(void *arg, const struct sftp_reply *reply)
{
	struct walk_dir *v = arg;
	struct walk *w = v->w;
	size_t i;
	int r = reply->code;

	w->moved = true;
	v->asked--;
	for (i = 0; r == 0 && i < reply->nnames; i++)
		r = walk_entry(w, v->name, &reply->names[i]);
	if (r != 0)
		walk_failed(w, r, v->name, reply->message);
	if (r != 0 || reply->end)
		v->ended = true;
	dir_read(v);
}

/* Read on, or be done with it. */
static void
dir_read(struct walk_dir *v)
{
	const struct sftp_done done = { .fn = dir_answered, .arg = v };
	int r;

	while (!v->ended && v->asked < AHEAD) {
		if ((r = sftp_readdir(v->w->d->x, &v->handle, done)) != 0) {
			walk_failed(v->w, r, v->name, "");
			v->ended = true;
		} else
			v->asked++;
	}
	if (v->asked == 0)
		dir_done(v);
}

static void
dir_opened(void *arg, const struct sftp_reply *reply)
{
	struct walk_dir *v = arg;

	v->w->moved = true;
	if (reply->code == 0) {
		v->handle = reply->handle;
		dir_read(v);
		return;
	}
	if (reply->code != ERR_NOENT)
		walk_failed(v->w, reply->code, v->name, reply->message);
	dir_done(v);
}

/* Begin with the next directory, in a free place. */
static void
walk_begin(struct walk *w, struct walk_dir *v)
{
	const struct sftp_done done = { .fn = dir_opened, .arg = v };
	char path[SFTP_PATH_MAX];
	size_t len;
	int r;

	memset(v, 0, sizeof(*v));
	(void)snprintf(v->name, sizeof(v->name), "%s", w->pending[w->next++]);
	store_sftp_path(w->d, v->name, path);
	len = strlen(path);
	if (len > 1 && path[len - 1] == '/')
		path[len - 1] = '\0';
	if ((r = sftp_opendir(w->d->x, path, done)) != 0) {
		walk_failed(w, r, v->name, "");
		return;
	}
	v->w = w;
	w->active++;
}

/* Find everything; what was asked for is answered when this returns. */
static int
walk_run(struct walk *w)
{
	size_t i;

	do {
		for (i = 0; i < DIRS_MAX; i++)
			if (w->dirs[i].w == NULL && w->code == 0 &&
			    w->next < w->npending)
				walk_begin(w, &w->dirs[i]);
		w->moved = false;
		if (w->active > 0 && sftp_wait(w->d->x, &w->moved) != 0)
			break;
	} while (w->active > 0 || (w->code == 0 && w->next < w->npending));
	if (w->code == 0)
		return sftp_failed(w->d->x);
	return store_sftp_error(w->d, &w->why, w->code, "list",
	    w->where[0] != '\0' ? w->where : ".");
}

static void
walk_clear(struct walk *w)
{
	size_t i;

	for (i = 0; i < w->npending; i++)
		free(w->pending[i]);
	free(w->pending);
	buf_free(w->out);
}

/* Walk from the directory part of the prefix on. */
static int
walk_prefix(struct walk *w)
{
	const char *slash = strrchr(w->prefix, '/');
	char name[STORE_NAME_MAX] = "";
	int r;

	if (slash != NULL)
		memcpy(name, w->prefix, (size_t)(slash - w->prefix) + 1);
	if ((r = buf_new(FOUND_MAX, &w->out)) != 0 ||
	    (r = walk_later(w, name)) != 0)
		return r;
	return walk_run(w);
}

static int
add_found(struct walk *w, const char *name, const struct sftp_attrs *attrs)
{
	static const char mark[] = { 't', 'm', 'p', '/',
	    STORE_SFTP_TMP_MARK, '\0' };
	int r;

	/* One that may still be written. */
	if (store_has_prefix(name, mark) &&
	    ((attrs->has & SFTP_HAS_TIMES) == 0 ||
	    (int64_t)attrs->mtime > w->now - TMP_AGE))
		return 0;
	if ((r = buf_put_u64(w->out, attrs->size)) != 0)
		return r;
	return buf_put_str(w->out, name);
}

/* Take the next of what was found.  ERR_FORMAT after the last. */
static int
next_found(struct walk *w, char name[LONG_NAME_MAX], uint64_t *sizep)
{
	const uint8_t *p;
	size_t len;
	int r;

	if ((r = buf_get_u64(w->out, sizep)) != 0 ||
	    (r = buf_get_bytes(w->out, LONG_NAME_MAX - 1, &p, &len)) != 0)
		return r;
	memcpy(name, p, len);
	name[len] = '\0';
	return 0;
}

struct list {
	const char *prefix;
	struct store_list *l;
};

/* Nothing is added to the list before all is known: it may be repeated. */
static int
op_list(struct store_sftp *d, void *arg)
{
	struct list *j = arg;
	struct walk w = { .d = d, .prefix = j->prefix, .found = add_found,
	    .now = clock_system() + d->skew };
	char name[LONG_NAME_MAX];
	uint64_t size;
	int r;

	r = walk_prefix(&w);
	/* A directory that is gone is not an empty one. */
	if (r == 0 && buf_len(w.out) == 0)
		r = store_sftp_root(d);
	while (r == 0 && next_found(&w, name, &size) == 0)
		r = store_list_add(j->l, name, size);
	walk_clear(&w);
	return r;
}

int
store_sftp_list(void *impl, const char *prefix, struct store_list *l)
{
	struct list j = { .prefix = prefix, .l = l };
	const char *slash = strrchr(prefix, '/');

	/* No object is so far down. */
	if (slash != NULL && slash - prefix + 1 >= STORE_NAME_MAX)
		return 0;
	return store_sftp_do(impl, op_list, &j);
}

/* Tell whether we have made a file of this name. */
static bool
is_temporary(const char *name)
{
	static const char dir[] = STORE_SFTP_TMP "/";

	if (!store_has_prefix(name, dir))
		return false;
	name += strlen(dir);
	return name[0] == STORE_SFTP_TMP_MARK &&
	    strlen(name) == TMP_NAME_LEN &&
	    strspn(name + 1, "0123456789abcdef") == TMP_NAME_LEN - 1;
}

static int
add_dead(struct walk *w, const char *name, const struct sftp_attrs *attrs)
{
	int r;

	if (!is_temporary(name) || !S_ISREG(attrs->mode) ||
	    (attrs->has & SFTP_HAS_TIMES) == 0 ||
	    (int64_t)attrs->mtime > w->now - DEAD_AGE)
		return 0;
	if ((r = buf_put_u64(w->out, 0)) != 0)
		return r;
	return buf_put_str(w->out, name);
}

void
store_sftp_sweep(struct store_sftp *d, int64_t now)
{
	struct walk w = { .d = d, .prefix = STORE_SFTP_TMP "/",
	    .found = add_dead, .now = now };
	char name[LONG_NAME_MAX], path[SFTP_PATH_MAX];
	struct sftp_answer a;
	unsigned int n = 0;
	uint64_t size;

	if (walk_prefix(&w) != 0)
		goto out;
	while (next_found(&w, name, &size) == 0) {
		store_sftp_path(d, name, path);
		if (sftp_answer_wait(d->x, sftp_remove(d->x, path,
		    sftp_answer(&a)), &a) == 0)
			n++;
	}
	if (n > 0)
		log_info("store %s: removed %u files that writers left when"
		    " they were killed", d->name, n);
 out:
	walk_clear(&w);
}
