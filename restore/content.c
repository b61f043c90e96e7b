/* content.c: the content of files, piece by piece as packs are read. */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "restore/internal.h"
#include "restore/problems.h"

int
write_new(const struct write_params *p, struct write **wp)
{
	struct write *w;
	size_t i;
	int r;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return ERR_NOMEM;
	w->p = *p;
	w->self.uid = geteuid();
	w->self.gid = getegid();
	for (i = 0; i < WRITE_FILES; i++)
		w->files[i].fd = -1;
	if ((r = hasher_new(&w->hasher)) != 0)
		goto out;
	for (i = 0; i < WRITE_FILES; i++)
		if ((r = sha256_new(&w->files[i].sha)) != 0)
			goto out;
	*wp = w;
	w = NULL;
 out:
	write_free(w);
	return r;
}

/* Remove what was created for entry i. */
static void
write_remove(struct write *w, uint64_t i)
{
	struct plan_entry *e = plan_entry(w->p.plan, i);
	struct write_place pl;

	if ((e->flags & PLAN_CREATED) != 0 && write_where(w, i, &pl) == 0)
		unlinkat(pl.dir.fd, pl.name, 0);
	e->flags &= ~(uint32_t)PLAN_CREATED;
}

void
write_free(struct write *w)
{
	const struct plan_entry *e;
	uint64_t n;
	size_t i;

	if (w == NULL)
		return;
	for (i = 0; i < WRITE_FILES; i++) {
		fdio_close(&w->files[i].fd);
		sha256_free(w->files[i].sha);
	}
	for (n = 0; n < plan_count(w->p.plan); n++) {
		e = plan_entry(w->p.plan, n);
		if (e->state == PLAN_TODO && (e->flags & PLAN_CREATED) != 0)
			write_remove(w, n);
	}
	hasher_free(w->hasher);
	free(w);
}

/* Create the file of entry i, open for reading and writing.  *fdp is -1 if
 * it failed and that is recorded. */
static int
write_create(struct write *w, uint64_t i, struct write_place *pl, mode_t mode,
    int *fdp)
{
	struct plan_entry *e = plan_entry(w->p.plan, i);
	int flags = O_CREAT | O_EXCL | O_RDWR, fd, r;

	fd = dest_openat(pl->dir.fd, pl->name, flags, mode);
	if (fd == -1 && errno == EEXIST && pl->name == pl->tmp &&
	    unlinkat(pl->dir.fd, pl->tmp, 0) == 0)
		fd = dest_openat(pl->dir.fd, pl->name, flags, mode);
	if (fd == -1) {
		*fdp = -1;
		return write_errno(w, i, errno, "cannot create it");
	}
	e->flags |= PLAN_CREATED;
	if ((e->flags & PLAN_HOLES) != 0 &&
	    ftruncate(fd, (off_t)e->size) == -1) {
		r = write_errno(w, i, errno, "cannot set its size");
		fdio_close(&fd);
		write_remove(w, i);
		*fdp = -1;
		return r;
	}
	*fdp = fd;
	return 0;
}

/* Hash if need be, apply attributes, close fd, settle. */
static int
write_finish(struct write *w, uint64_t i, struct write_place *pl, int *fdp,
    mode_t created)
{
	struct plan_entry *e = plan_entry(w->p.plan, i);
	int r = 0;

	if ((e->flags & PLAN_HASHED) == 0) {
		r = hasher_file(w->hasher, *fdp, e->size,
		    (e->flags & PLAN_SPARSE) != 0, e->hash);
		e->flags |= PLAN_HASHED;
	}
	if (r == 0)
		write_meta(w, i, pl, *fdp, created);
	if (r != 0 || fdio_close(fdp) != 0) {
		fdio_close(fdp);
		write_remove(w, i);
		return write_errno(w, i, EIO, "cannot read or close it");
	}
	w->counts.bytes += e->size;
	return write_settle(w, i, pl);
}

int
write_whole(struct write *w, uint64_t i, const uint8_t *data, size_t len,
    const uint8_t *hash)
{
	struct plan_entry *e = plan_entry(w->p.plan, i);
	struct write_place pl;
	mode_t mode;
	int fd, r;

	if ((r = write_where(w, i, &pl)) != 0)
		return r < 0 ? r : 0;
	mode = write_mode(w, e, &pl);
	if ((r = write_create(w, i, &pl, mode, &fd)) != 0 || fd == -1)
		return r;
	errno = 0;
	if (fdio_pwrite_all(fd, data, len, 0) != 0) {
		r = write_errno(w, i, errno, "cannot write it");
		fdio_close(&fd);
		write_remove(w, i);
		return r;
	}
	if (hash != NULL) {
		memcpy(e->hash, hash, sizeof(e->hash));
		e->flags |= PLAN_HASHED;
	}
	e->left = 0;
	return write_finish(w, i, &pl, &fd, mode);
}

/* Close an open file for now, or for good. */
static void
write_file_drop(struct write *w, struct write_file *f)
{

	if (f->used == 0)
		return;
	plan_entry(w->p.plan, f->entry)->flags |= PLAN_REREAD;
	fdio_close(&f->fd);
	f->used = 0;
}

/* The open file of entry i, opened or created; *fp is NULL if it failed. */
static int
write_file_get(struct write *w, uint64_t i, struct write_file **fp)
{
	struct plan_entry *e = plan_entry(w->p.plan, i);
	struct write_file *f = w->files, *end = w->files + WRITE_FILES, *n;
	struct write_place pl;
	int r;

	for (n = w->files; n < end; n++) {
		if (n->used != 0 && n->entry == i) {
			n->used = ++w->now;
			*fp = n;
			return 0;
		}
		if (n->used < f->used)
			f = n;
	}
	write_file_drop(w, f);
	*fp = NULL;
	if ((r = write_where(w, i, &pl)) != 0)
		return r < 0 ? r : 0;
	if ((e->flags & PLAN_CREATED) != 0) {
		f->fd = dest_openat(pl.dir.fd, pl.name, O_RDWR, 0);
		if (f->fd == -1)
			return write_errno(w, i, errno, "cannot open it again");
	} else if ((r = write_create(w, i, &pl, 0600, &f->fd)) != 0 ||
	    f->fd == -1) {
		return r;
	}
	f->entry = i;
	f->used = ++w->now;
	f->next = 0;
	sha256_init(f->sha);
	*fp = f;
	return 0;
}

/* All pieces are there: end the digest if they came in order. */
static int
write_file_end(struct write *w, struct write_file *f)
{
	uint64_t i = f->entry;
	struct plan_entry *e = plan_entry(w->p.plan, i);
	struct write_place pl;
	int r;

	if ((r = write_where(w, i, &pl)) != 0)
		return r < 0 ? r : 0;
	if ((e->flags & (PLAN_REREAD | PLAN_SPARSE)) == 0) {
		hash_zeros(f->sha, e->size - f->next);
		if ((r = sha256_final(f->sha, e->hash)) != 0)
			return r;
		e->flags |= PLAN_HASHED;
	}
	r = write_finish(w, i, &pl, &f->fd, 0600);
	fdio_close(&f->fd);
	f->used = 0;
	return r;
}

int
write_item(struct write *w, const struct plan_item *item,
    const uint8_t *data, const uint8_t hash[32])
{
	struct plan_entry *e = plan_entry(w->p.plan, item->entry);
	struct write_file *f;
	int r;

	if (e->state != PLAN_TODO)
		return 0;
	if (e->items == 1 && (e->flags & PLAN_HOLES) == 0)
		return write_whole(w, item->entry, data, item->len, hash);
	if ((r = write_file_get(w, item->entry, &f)) != 0 || f == NULL)
		return r;
	errno = 0;
	if (fdio_pwrite_all(f->fd, data, item->len, (off_t)item->at) != 0) {
		r = write_errno(w, item->entry, errno, "cannot write it");
		write_file_drop(w, f);
		write_remove(w, item->entry);
		return r;
	}
	if (f->next != item->at - item->hole)
		e->flags |= PLAN_REREAD;
	if ((e->flags & (PLAN_REREAD | PLAN_SPARSE)) == 0) {
		hash_zeros(f->sha, item->hole);
		sha256_update(f->sha, data, item->len);
		f->next = item->at + item->len;
	}
	return --e->left == 0 ? write_file_end(w, f) : 0;
}

void
write_damaged(struct write *w, const struct plan_item *item, const char *why)
{
	struct plan_entry *e = plan_entry(w->p.plan, item->entry);
	size_t n;

	if (e->state != PLAN_TODO)
		return;
	for (n = 0; n < WRITE_FILES; n++)
		if (w->files[n].used != 0 &&
		    w->files[n].entry == item->entry)
			write_file_drop(w, &w->files[n]);
	write_remove(w, item->entry);
	e->state = PLAN_FAILED;
	problems_entry(w->p.problems, PROBLEM_DAMAGED, w->p.plan, item->entry,
	    "%s", why);
}
