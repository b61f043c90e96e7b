/* store_sftp.c: a store in a directory of a server, by SFTP. */
#include "config.h"

#include <sys/stat.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/impl.h"
#include "store/sftp.h"

static void
sftp_store_close(void *impl)
{
	struct store_sftp *d = impl;

	store_sftp_disconnect(d);
	store_sftp_url_clear(&d->url);
	free(d->name);
	free(d);
}

/* What the operations below are about. */
struct job {
	const char *name;
	uint64_t size;
	struct store_room room;
};

int
store_sftp_stat(struct store_sftp *d, const char *name, uint64_t *sizep)
{
	char path[SFTP_PATH_MAX];
	struct sftp_answer a;
	int r;

	store_sftp_path(d, name, path);
	r = sftp_answer_wait(d->x, sftp_lstat(d->x, path, sftp_answer(&a)),
	    &a);
	if (r != 0)
		return r == ERR_NOENT ? r :
		    store_sftp_error(d, &a, r, "look at", name);
	if ((a.attrs.has & SFTP_HAS_SIZE) == 0 ||
	    (a.attrs.has & SFTP_HAS_MODE) == 0 || !S_ISREG(a.attrs.mode)) {
		log_error("store %s: object %s: not a file", d->name, name);
		return ERR_CORRUPT;
	}
	*sizep = a.attrs.size;
	return 0;
}

static int
op_size(struct store_sftp *d, void *arg)
{
	struct job *j = arg;

	return store_sftp_stat(d, j->name, &j->size);
}

static int
sftp_store_size(void *impl, const char *name, uint64_t *sizep)
{
	struct job j = { .name = name };
	int r;

	if ((r = store_sftp_do(impl, op_size, &j)) == 0)
		*sizep = j.size;
	return r;
}

/* If an answer was lost it is gone already, which is as well. */
static int
op_remove(struct store_sftp *d, void *arg)
{
	const struct job *j = arg;
	char path[SFTP_PATH_MAX];
	struct sftp_answer a, b;
	int r;

	store_sftp_forget(d, j->name);
	store_sftp_path(d, j->name, path);
	r = sftp_answer_wait(d->x, sftp_remove(d->x, path, sftp_answer(&a)),
	    &a);
	if (r == 0 || r == ERR_NOENT)
		return 0;
	/* Some servers say no more than "failure". */
	if (sftp_failed(d->x) == 0 && sftp_answer_wait(d->x,
	    sftp_lstat(d->x, path, sftp_answer(&b)), &b) == ERR_NOENT)
		return 0;
	return store_sftp_error(d, &a, r, "remove", j->name);
}

static int
sftp_store_remove(void *impl, const char *name)
{
	struct job j = { .name = name };

	return store_sftp_do(impl, op_remove, &j);
}

static int
op_room(struct store_sftp *d, void *arg)
{
	struct job *j = arg;
	char path[SFTP_PATH_MAX];
	struct sftp_answer a;
	int r;

	j->room = (struct store_room){ .total = UINT64_MAX,
	    .free = UINT64_MAX };
	store_sftp_path(d, "", path);
	r = sftp_answer_wait(d->x, sftp_statvfs(d->x, path, sftp_answer(&a)),
	    &a);
	/* Not known: it offers no such request, or does not answer it. */
	if (r != 0)
		return sftp_failed(d->x);
	j->room.total = a.space.total;
	j->room.free = a.space.free;
	j->room.readonly = a.space.readonly;
	return 0;
}

static int
sftp_store_room(void *impl, struct store_room *roomp)
{
	struct job j = { .name = "" };
	int r;

	if ((r = store_sftp_do(impl, op_room, &j)) == 0)
		*roomp = j.room;
	return r;
}

/* What the server offers, and whether it was found not to work. */
static int
op_promises(struct store_sftp *d, void *arg)
{
	const uint32_t offers = sftp_server(d->x)->extensions;
	struct store_promises *p = arg;

	*p = (struct store_promises){
	    .exclusive = (offers & SFTP_EXT_HARDLINK) != 0 && !d->nolink ?
	    STORE_EXCLUSIVE_ATOMIC : STORE_EXCLUSIVE_CHECKED,
	    .durable = (offers & SFTP_EXT_FSYNC) != 0 && !d->nosync ?
	    STORE_DURABLE_SYNCED : STORE_DURABLE_READ_BACK,
	    .listed = true, .deletes = true };
	return 0;
}

static int
sftp_store_promises(void *impl, struct store_promises *pp)
{
	return store_sftp_do(impl, op_promises, pp);
}

static const struct store_ops sftp_store_ops = {
	.close = sftp_store_close,
	.put = store_sftp_put,
	.get = store_sftp_get,
	.size = sftp_store_size,
	.remove = sftp_store_remove,
	.list = store_sftp_list,
	.room = sftp_store_room,
	.promises = sftp_store_promises
};

int
store_sftp_root(struct store_sftp *d)
{
	char path[SFTP_PATH_MAX];
	struct sftp_answer a;
	int r;

	store_sftp_path(d, "", path);
	r = sftp_answer_wait(d->x, sftp_stat(d->x, path, sftp_answer(&a)),
	    &a);
	if (r != 0)
		return r == ERR_NOENT ? r :
		    store_sftp_error(d, &a, r, "look at", path);
	if ((a.attrs.has & SFTP_HAS_MODE) != 0 && S_ISDIR(a.attrs.mode))
		return 0;
	log_error("store %s: not a directory", d->name);
	return ERR_CONFIG;
}

int
store_sftp_open(const char *url, const struct store_access *access,
    struct store **storep)
{
	struct store_sftp *d;
	int r;

	if (access == NULL || access->identity == NULL ||
	    access->host_key == NULL) {
		log_error("store %s: needs an identity and the server's key",
		    url);
		return ERR_CONFIG;
	}
	if ((d = calloc(1, sizeof(*d))) == NULL)
		return ERR_NOMEM;
	d->access = access;
	if ((d->name = strdup(url)) == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	if ((r = store_sftp_url_parse(url, &d->url)) != 0 ||
	    (r = store_sftp_connect(d)) != 0 ||
	    (r = store_sftp_root(d)) != 0)
		goto out;
	if ((r = store_new(&sftp_store_ops, d, d->name, storep)) == 0)
		d = NULL;	/* the store's now */
 out:
	if (d != NULL)
		sftp_store_close(d);
	return r;
}
