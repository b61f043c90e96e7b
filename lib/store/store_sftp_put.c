/* store_sftp_put.c: an object that is there whole, or not at all. */
#include "config.h"

#include <sys/random.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/sftp.h"

#define DIR_MODE 0700
#define FILE_MODE 0600
#define PUBLISH_TRIES 3

/*
 * What is known of a put while connections come and go.  The temporary's name
 * is ours alone, so that what an old connection may still do on the server
 * does no harm: it writes the same bytes to the same place, or gives the same
 * name to the same file.
 */
struct put {
	const char *name;
	const uint8_t *data;
	size_t	 len;
	bool	 exclusive;
	char	 tmp[64];		/* "": none is known to be there */
	struct sftp_handle handle;	/* of tmp */
	bool	 open;			/* handle is, on this connection */
	size_t	 written;		/* the server has said so */
	size_t	 furthest;		/* that this ever was */
	size_t	 compared;		/* after that was */
	bool	 resumed;		/* written over two connections */
	bool	 distrust;		/* that had a hole once */
	bool	 asked;			/* for its name */
	bool	 unsure;		/* whether it has: no answer came */
};

static int
put_failed(struct store_sftp *d, const struct put *p,
    const struct sftp_answer *a, int code, const char *what)
{
	code = store_sftp_full(d, a, code, p->len - p->written);
	return store_sftp_error(d, a, code, what,
	    p->tmp[0] != '\0' ? p->tmp : p->name);
}

/* Make the directories that name stands in, as far as they are missing. */
static int
make_parents(struct store_sftp *d, const char *name)
{
	char part[STORE_NAME_MAX], path[SFTP_PATH_MAX];
	struct sftp_answer a, b;
	const char *slash;
	int r;

	for (slash = strchr(name, '/'); slash != NULL;
	    slash = strchr(slash + 1, '/')) {
		memcpy(part, name, (size_t)(slash - name));
		part[slash - name] = '\0';
		store_sftp_path(d, part, path);
		r = sftp_answer_wait(d->x, sftp_mkdir(d->x, path, DIR_MODE,
		    sftp_answer(&a)), &a);
		/* Where it is there already, most say "failure". */
		if (r == 0 || (sftp_failed(d->x) == 0 && sftp_answer_wait(
		    d->x, sftp_stat(d->x, path, sftp_answer(&b)), &b) == 0))
			continue;
		r = store_sftp_full(d, &a, r, 1);
		return store_sftp_error(d, &a, r, "make directory", part);
	}
	return 0;
}

/* Once, when a new temporary shows what time it is there. */
static void
learn_time(struct store_sftp *d, const struct put *p)
{
	struct sftp_answer a;

	if (d->swept)
		return;
	d->swept = true;
	if (sftp_answer_wait(d->x, sftp_fstat(d->x, &p->handle,
	    sftp_answer(&a)), &a) != 0 ||
	    (a.attrs.has & SFTP_HAS_TIMES) == 0)
		return;
	d->skew = (int64_t)a.attrs.mtime - clock_system();
	store_sftp_sweep(d, a.attrs.mtime);
}

/* Make a temporary and open it. */
static int
make_temp(struct store_sftp *d, struct put *p)
{
	const struct sftp_attrs attrs = { .has = SFTP_HAS_MODE,
	    .mode = FILE_MODE };
	char path[SFTP_PATH_MAX], tmp[sizeof(p->tmp)];
	struct sftp_answer a;
	uint64_t rnd[2];
	int i, r = ERR_IO;

	if (getrandom(rnd, sizeof(rnd), 0) != (ssize_t)sizeof(rnd))
		return ERR_IO;
	(void)snprintf(tmp, sizeof(tmp), "%s/%c%016" PRIx64 "%016" PRIx64,
	    STORE_SFTP_TMP, STORE_SFTP_TMP_MARK, rnd[0], rnd[1]);
	store_sftp_path(d, tmp, path);
	for (i = 0; i < 2; i++) {
		r = sftp_answer_wait(d->x, sftp_open(d->x, path,
		    SFTP_OPEN_WRITE | SFTP_OPEN_CREATE | SFTP_OPEN_NEW,
		    &attrs, sftp_answer(&a)), &a);
		/* What is mounted there now is not what it was. */
		if (i > 0 || d->made || (r != ERR_NOENT && r != ERR_IO) ||
		    sftp_failed(d->x) != 0)
			break;
		if ((r = make_parents(d, tmp)) != 0)
			return r;
	}
	if (r != 0)
		return put_failed(d, p, &a, r, "make a file for");
	memcpy(p->tmp, tmp, sizeof(tmp));
	p->handle = a.handle;
	p->open = d->made = true;
	p->written = 0;
	p->resumed = false;
	learn_time(d, p);
	return sftp_failed(d->x);
}

/*
 * Open the temporary of a connection that was lost, to go on where it was cut.
 * ERR_NOENT if there is nothing to go on with.
 */
static int
resume_temp(struct store_sftp *d, struct put *p)
{
	char path[SFTP_PATH_MAX];
	struct sftp_answer a;
	int r;

	if (p->tmp[0] == '\0')
		return ERR_NOENT;
	store_sftp_path(d, p->tmp, path);
	if ((r = sftp_answer_wait(d->x, sftp_open(d->x, path,
	    SFTP_OPEN_WRITE, NULL, sftp_answer(&a)), &a)) != 0)
		goto out;
	p->handle = a.handle;
	p->open = p->resumed = true;
	if ((r = sftp_answer_wait(d->x, sftp_fstat(d->x, &p->handle,
	    sftp_answer(&a)), &a)) != 0)
		goto out;
	/*
	 * Its size tells more than the answers that came, and less where the
	 * server was down since.  A hole in it is found by reading it back.
	 */
	if ((a.attrs.has & SFTP_HAS_SIZE) == 0 || a.attrs.size > p->len ||
	    p->distrust)
		p->written = 0;
	else
		p->written = (size_t)a.attrs.size;
	log_info("store %s: object %s: goes on at byte %zu of %zu", d->name,
	    p->name, p->written, p->len);
 out:
	if (r == 0 || sftp_failed(d->x) != 0)
		return r;
	p->tmp[0] = '\0';
	return ERR_NOENT;
}

/* Write what the temporary does not have yet. */
static int
write_temp(struct store_sftp *d, struct put *p)
{
	const struct sftp_answer none = { .code = 0 };
	const struct sftp_range range = store_sftp_range(d, &p->handle,
	    p->written, p->len - p->written);
	size_t done;
	int r;

	r = sftp_write_range(d->x, &range, p->data + p->written, &done);
	p->written += done;
	if (done > 0)
		p->compared = 0;
	if (p->written > p->furthest) {
		p->furthest = p->written;
		d->tries = 0;
	}
	return r == 0 ? 0 : put_failed(d, p, &none, r, "write");
}

/*
 * Have the server put it on stable storage, or read it back.  What was written
 * over two connections is read back in any case: the server may have been down
 * between them, and only what it was told since is synced.
 */
static int
settle(struct store_sftp *d, struct put *p)
{
	struct sftp_answer a;
	int r = ERR_VERSION;

	if (!d->nosync)
		r = sftp_answer_wait(d->x, sftp_fsync(d->x, &p->handle,
		    sftp_answer(&a)), &a);
	if (r == ERR_VERSION)
		d->nosync = true;
	else if (r != 0)
		return put_failed(d, p, &a, r, "sync");
	if (r == 0 && !p->resumed)
		return 0;
	r = store_sftp_compare(d, p->tmp, p->data, p->len, &p->compared);
	if (r != 0 && sftp_failed(d->x) == 0)
		log_err(r, "store %s: read back %s", d->name, p->tmp);
	return r;
}

/* Rename it where nothing is, and where the server has no links. */
static int
publish_rename(struct store_sftp *d, const char *tmp, const char *path,
    struct sftp_answer *a)
{
	int r;

	r = sftp_answer_wait(d->x, sftp_lstat(d->x, path, sftp_answer(a)),
	    a);
	if (r == 0)
		return ERR_EXIST;
	if (r != ERR_NOENT)
		return r;
	return sftp_answer_wait(d->x, sftp_rename(d->x, tmp, path,
	    sftp_answer(a)), a);
}

/* Tell whether there is something at path; a failed connection is 0 too. */
static bool
is_there(struct store_sftp *d, const char *path)
{
	struct sftp_answer a;

	return sftp_answer_wait(d->x, sftp_lstat(d->x, path,
	    sftp_answer(&a)), &a) == 0;
}

/* One try to give it its name.  ERR_EXIST: there is something already. */
static int
publish_once(struct store_sftp *d, struct put *p, struct sftp_answer *a)
{
	char tmp[SFTP_PATH_MAX], path[SFTP_PATH_MAX];
	int r = ERR_VERSION;

	store_sftp_path(d, p->tmp, tmp);
	store_sftp_path(d, p->name, path);
	p->asked = true;
	if (!d->nolink)
		r = sftp_answer_wait(d->x, sftp_hardlink(d->x, tmp, path,
		    sftp_answer(a)), a);
	/* rclone says that it has made one, and has not. */
	if (r == 0 && !d->linked && !is_there(d, path)) {
		if ((r = sftp_failed(d->x)) != 0)
			return r;
		r = ERR_VERSION;
	}
	if (r == 0)
		d->linked = true;
	/* The file system may have no links; or the server does not. */
	if (r == ERR_VERSION)
		d->nolink = true;
	if (d->nolink)
		r = publish_rename(d, tmp, path, a);
	if (r != 0 && r != ERR_EXIST && sftp_failed(d->x) == 0 &&
	    is_there(d, path))
		r = ERR_EXIST;
	return r;
}

/* Give the temporary its name; a directory may have to be made for it. */
static int
publish(struct store_sftp *d, struct put *p)
{
	const bool nolink = d->nolink;
	struct sftp_answer a;
	int i, r = 0;

	for (i = 0; i < PUBLISH_TRIES; i++) {
		r = publish_once(d, p, &a);
		if (r == 0 || r == ERR_EXIST || sftp_failed(d->x) != 0)
			return r;
		if (i == 0 && (r = make_parents(d, p->name)) != 0)
			return r;
		/* The directory is there: so it is links that are not. */
		if (i == 1)
			d->nolink = true;
	}
	d->nolink = nolink;	/* that was not it */
	return put_failed(d, p, &a, r, "name");
}

/* Compare the object with what was to be put. */
static int
compare_all(struct store_sftp *d, const struct put *p)
{
	size_t done = 0;

	return store_sftp_compare(d, p->name, p->data, p->len, &done);
}

/* Look at what the server made of it. */
static int
check_published(struct store_sftp *d, struct put *p)
{
	uint64_t size;
	int r;

	if ((r = store_sftp_stat(d, p->name, &size)) == 0 && size != p->len)
		r = ERR_CORRUPT;
	/* Another's rename may have come at the same moment. */
	if (r == 0 && d->nolink && p->exclusive &&
	    (r = compare_all(d, p)) != 0 &&
	    sftp_failed(d->x) == 0)
		return ERR_EXIST;
	if (r != 0 && sftp_failed(d->x) == 0)
		log_err(r, "store %s: object %s: is not what was put", d->name,
		    p->name);
	return r;
}

/* Sync once more, for the name; and tidy up.  All in one flight. */
static int
finish(struct store_sftp *d, struct put *p)
{
	char tmp[SFTP_PATH_MAX];
	struct sftp_answer a = { .done = true };
	int r;

	store_sftp_path(d, p->tmp, tmp);
	r = d->nosync ? 0 :
	    sftp_fsync(d->x, &p->handle, sftp_answer(&a));
	(void)!sftp_close(d->x, &p->handle, store_sftp_ignore());
	p->open = false;
	if (!d->nolink)
		(void)!sftp_remove(d->x, tmp, store_sftp_ignore());
	if (r == 0)
		r = check_published(d, p);
	if (r == 0)
		r = sftp_answer_wait(d->x, 0, &a);
	/* The answer must come before a leaves. */
	else if (sftp_failed(d->x) == 0)
		(void)!sftp_wait(d->x, &a.done);
	return r;
}

/* Remove the temporary, which is of no use any more. */
static void
drop_temp(struct store_sftp *d, struct put *p)
{
	char tmp[SFTP_PATH_MAX];
	struct sftp_answer a;

	if (p->tmp[0] == '\0' || sftp_failed(d->x) != 0)
		return;
	store_sftp_path(d, p->tmp, tmp);
	if (p->open)
		(void)!sftp_close(d->x, &p->handle, store_sftp_ignore());
	p->open = false;
	(void)!sftp_answer_wait(d->x, sftp_remove(d->x, tmp,
	    sftp_answer(&a)), &a);
	p->tmp[0] = '\0';
}

/* Sync what is there: its first writer may not have. */
static int
sync_there(struct store_sftp *d, const char *name)
{
	char path[SFTP_PATH_MAX];
	struct sftp_handle h;
	struct sftp_answer a;
	int r;

	if (d->nosync ||
	    (sftp_server(d->x)->extensions & SFTP_EXT_FSYNC) == 0)
		return 0;
	store_sftp_path(d, name, path);
	if ((r = sftp_answer_wait(d->x, sftp_open(d->x, path,
	    SFTP_OPEN_READ, NULL, sftp_answer(&a)), &a)) != 0)
		return store_sftp_error(d, &a, r, "open", name);
	h = a.handle;
	r = sftp_answer_wait(d->x, sftp_fsync(d->x, &h, sftp_answer(&a)),
	    &a);
	if (sftp_failed(d->x) == 0)
		(void)!sftp_close(d->x, &h, store_sftp_ignore());
	/* A server may sync only what is open for writing. */
	return sftp_failed(d->x) != 0 ? r : 0;
}

/*
 * Something of that name is there: 0 if it is what we put, or could only be;
 * else ERR_EXIST or ERR_CORRUPT.  ERR_NOENT if there is nothing.
 */
static int
look(struct store_sftp *d, const struct put *p)
{
	uint64_t size;
	int r;

	if ((r = store_sftp_stat(d, p->name, &size)) != 0)
		return r;
	if (p->exclusive && (!p->unsure || size != p->len))
		return ERR_EXIST;
	if (size != p->len) {
		log_error("store %s: object %s: there in another size",
		    d->name, p->name);
		return ERR_CORRUPT;
	}
	if (p->exclusive) {
		r = compare_all(d, p);
		if (r == ERR_CORRUPT && sftp_failed(d->x) == 0)
			return ERR_EXIST;
		if (r != 0)
			return r;
	}
	return sync_there(d, p->name);
}

/* Have a temporary that holds it all, durably. */
static int
fill_temp(struct store_sftp *d, struct put *p)
{
	int r;

	r = resume_temp(d, p);
	if (r == ERR_NOENT && sftp_failed(d->x) == 0)
		r = make_temp(d, p);
	if (r != 0 || (r = write_temp(d, p)) != 0)
		return r;
	return settle(d, p);
}

/* Put it, or go on with that; what an earlier connection did counts. */
static int
op_put(struct store_sftp *d, void *arg)
{
	struct put *p = arg;
	int r;

	p->open = false;
	p->unsure = p->asked;
	if ((r = look(d, p)) != ERR_NOENT)
		goto out;
	r = fill_temp(d, p);
	if (r == ERR_CORRUPT && p->resumed && !p->distrust &&
	    sftp_failed(d->x) == 0) {
		p->distrust = true;
		drop_temp(d, p);
		r = fill_temp(d, p);
	}
	if (r != 0)
		goto out;
	if ((r = publish(d, p)) == ERR_EXIST)
		r = look(d, p);
	else if (r == 0 && (r = finish(d, p)) == 0)
		p->tmp[0] = '\0';	/* has become the object */
 out:
	if (r == ERR_NOENT && sftp_failed(d->x) == 0)
		r = ERR_IO;
	drop_temp(d, p);
	return r;
}

int
store_sftp_put(void *impl, const char *name, const void *data, size_t len,
    bool exclusive)
{
	struct put p = { .name = name, .data = data, .len = len,
	    .exclusive = exclusive };

	return store_sftp_do(impl, op_put, &p);
}
