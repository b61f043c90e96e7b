/* survey.c: what already stands where a plan would write. */
#include "config.h"

#include "restore/survey.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "restore/hash.h"

struct survey {
	const struct repo *repo;
	struct plan *plan;
	struct dest *dest;
	enum survey_overwrite overwrite;
	struct survey_counts counts;
	struct hasher *hasher;
	uint8_t	*data;			/* FRAME_RAW_MAX bytes */
};

int
survey_new(const struct repo *r, struct plan *plan, struct dest *dest,
    enum survey_overwrite overwrite, struct survey **sp)
{
	struct survey *s;
	int e;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return ERR_NOMEM;
	s->repo = r;
	s->plan = plan;
	s->dest = dest;
	s->overwrite = overwrite;
	if ((s->data = malloc(FRAME_RAW_MAX)) == NULL) {
		e = ERR_NOMEM;
		goto out;
	}
	if ((e = hasher_new(&s->hasher)) != 0)
		goto out;
	*sp = s;
	s = NULL;
 out:
	survey_free(s);
	return e;
}

void
survey_free(struct survey *s)
{

	if (s == NULL)
		return;
	hasher_free(s->hasher);
	free(s->data);
	free(s);
}

/* Tell whether the bytes from at to end are zero, passing over holes. */
static bool
survey_hole(struct survey *s, int fd, uint64_t at, uint64_t end)
{
	size_t want, got;
	off_t data;

	while (at < end) {
		if ((data = lseek(fd, (off_t)at, SEEK_DATA)) == -1) {
			if (errno == ENXIO)
				return true;
			data = (off_t)at;
		}
		if ((at = (uint64_t)data) >= end)
			return true;
		want = end - at < FRAME_RAW_MAX ? (size_t)(end - at) :
		    FRAME_RAW_MAX;
		if (fdio_pread(fd, s->data, want, (off_t)at, &got) != 0 ||
		    got < want || !hash_is_zero(s->data, got))
			return false;
		at += got;
	}
	return true;
}

/* Tell whether the bytes of one item are those of its chunk. */
static bool
survey_item(struct survey *s, int fd, const struct plan_item *item,
    uint8_t hash[32])
{
	uint8_t id[32];
	size_t got;

	if (fdio_pread(fd, s->data, item->len, (off_t)item->at, &got) != 0 ||
	    got < item->len || sha256_of(s->data, got, hash) != 0)
		return false;
	repo_chunk_id(s->repo, hash, id);
	return memcmp(id, item->id, sizeof(id)) == 0;
}

/* Compare an open file of the right size with the plan, and digest it. */
static bool
survey_content(struct survey *s, int fd, struct plan_entry *e,
    const struct plan_item *items)
{
	uint64_t at = 0, i;
	uint8_t hash[32];

	for (i = 0; i < e->items; i++) {
		if ((items[i].hole > 0 &&
		    !survey_hole(s, fd, at, items[i].at)) ||
		    !survey_item(s, fd, &items[i], hash))
			return false;
		at = items[i].at + items[i].len;
	}
	if (at < e->size && !survey_hole(s, fd, at, e->size))
		return false;
	if (e->items == 1 && (e->flags & PLAN_HOLES) == 0)
		memcpy(e->hash, hash, sizeof(hash));
	else if (hasher_file(s->hasher, fd, e->size,
	    (e->flags & PLAN_SPARSE) != 0, e->hash) != 0)
		return false;
	e->flags |= PLAN_HASHED;
	return true;
}

static bool
survey_file(struct survey *s, int dirfd, struct plan_entry *e,
    const struct stat *st)
{
	const struct plan_item *items;
	uint64_t n;
	bool same;
	int fd;

	if (!S_ISREG(st->st_mode) || (uint64_t)st->st_size != e->size)
		return false;
	fd = dest_openat(dirfd, plan_text(s->plan, e->name),
	    O_RDONLY | O_NONBLOCK, 0);
	if (fd == -1)
		return false;
	items = plan_items(s->plan, &n);
	same = survey_content(s, fd, e,
	    e->items > 0 ? items + e->first : NULL);
	fdio_close(&fd);
	return same;
}

static bool
survey_symlink(struct survey *s, int dirfd, const struct plan_entry *e)
{
	ssize_t len;

	len = readlinkat(dirfd, plan_text(s->plan, e->name),
	    (char *)s->data, FRAME_RAW_MAX);
	return len >= 0 && (size_t)len == e->target_len &&
	    memcmp(s->data, plan_text(s->plan, e->target),
	    (size_t)len) == 0;
}

static bool
survey_device(const struct plan_entry *e, const struct stat *st)
{
	mode_t type = e->attr.type == ATTR_CHAR ? S_IFCHR : S_IFBLK;

	return (st->st_mode & S_IFMT) == type &&
	    major(st->st_rdev) == e->attr.rdev_major &&
	    minor(st->st_rdev) == e->attr.rdev_minor;
}

/* Tell whether a further name of a file leads to what its first one does. */
static bool
survey_link(struct survey *s, const struct plan_entry *e,
    const struct stat *st)
{
	const struct plan_entry *first = plan_entry(s->plan, e->link);
	struct dest_dir dir;
	struct stat other;

	return (first->flags & PLAN_MATCHES) != 0 &&
	    dest_dir(s->dest, first->parent, &dir) == 0 &&
	    fstatat(dir.fd, plan_text(s->plan, first->name), &other,
	    AT_SYMLINK_NOFOLLOW) == 0 &&
	    other.st_dev == st->st_dev && other.st_ino == st->st_ino;
}

/* Tell whether what stands there can stay, attributes aside. */
static bool
survey_same(struct survey *s, int dirfd, struct plan_entry *e,
    const struct stat *st)
{
	uint64_t links = (e->attr.have & ATTR_LINKS) != 0 ? e->attr.links : 1;

	if (e->attr.type == ATTR_DIR)
		return S_ISDIR(st->st_mode);
	/* With names that the snapshot does not know, attributes would be
	 * changed somewhere else too. */
	if (st->st_nlink > links)
		return false;
	if (e->link != PLAN_NONE)
		return survey_link(s, e, st);
	switch (e->attr.type) {
	case ATTR_FILE:
		return survey_file(s, dirfd, e, st);
	case ATTR_SYMLINK:
		return S_ISLNK(st->st_mode) && survey_symlink(s, dirfd, e);
	case ATTR_FIFO:
		return S_ISFIFO(st->st_mode);
	case ATTR_SOCKET:
		return S_ISSOCK(st->st_mode);
	default:
		return survey_device(e, st);
	}
}

/* Tell whether what stands there is as new as the snapshot's. */
static bool
survey_newer(const struct plan_entry *e, const struct stat *st)
{

	if ((e->attr.have & ATTR_MTIME) == 0)
		return true;
	if (st->st_mtim.tv_sec != e->attr.mtime)
		return st->st_mtim.tv_sec > e->attr.mtime;
	return (e->attr.have & ATTR_MTIME_NS) == 0 ||
	    st->st_mtim.tv_nsec >= (long)e->attr.mtime_ns;
}

/* Decide about something that exists. */
static void
survey_decide(struct survey *s, uint64_t i, int dirfd, const struct stat *st)
{
	struct plan_entry *e = plan_entry(s->plan, i);

	e->flags |= PLAN_EXISTS;
	if ((e->flags & PLAN_MADE) == 0 && e->name_len > 0 &&
	    (s->overwrite == SURVEY_NEVER ||
	    (s->overwrite == SURVEY_OLDER && survey_newer(e, st)))) {
		e->state = PLAN_SKIPPED;
		s->counts.skipped += e->attr.type != ATTR_DIR;
		s->counts.skipped_files += e->attr.type == ATTR_FILE;
		plan_drop(s->plan, i);
		return;
	}
	if (survey_same(s, dirfd, e, st)) {
		e->flags |= PLAN_MATCHES;
		s->counts.same += e->attr.type != ATTR_DIR;
		plan_drop(s->plan, i);
		return;
	}
	s->counts.replace++;
}

int
survey_entry(struct survey *s, uint64_t i)
{
	struct plan_entry *e = plan_entry(s->plan, i);
	struct dest_dir dir;
	struct stat st;
	int r;

	if (e->state != PLAN_TODO || e->name_len == 0)
		return 0;
	/* Nothing can be below a directory that is not there. */
	if (e->parent != PLAN_NONE &&
	    plan_entry(s->plan, e->parent)->name_len > 0 &&
	    (plan_entry(s->plan, e->parent)->flags & PLAN_EXISTS) == 0)
		return 0;
	errno = 0;
	if ((r = dest_dir(s->dest, e->parent, &dir)) != 0)
		return errno == 0 ? r : 0;	/* writing will tell why */
	if (fstatat(dir.fd, plan_text(s->plan, e->name), &st,
	    AT_SYMLINK_NOFOLLOW) == -1)
		return 0;
	survey_decide(s, i, dir.fd, &st);
	return 0;
}

const struct survey_counts *
survey_counts(const struct survey *s)
{

	return &s->counts;
}
