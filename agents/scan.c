/* scan.c: a directory's entries, from names to what is sent. */
#include "config.h"

#include "agents/scan.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agents/tell.h"
#include "base/buf.h"
#include "base/path.h"
#include "wire/start.h"

int
scan_trouble(struct scan *s, const struct scan_dir *d, int code,
    const char *name, const char *text)
{
	const struct trouble t = {
		.code = code, .errnum = s->src->errnum, .root = d->root,
		.path = d->path, .path_len = d->path_len, .name = name,
		.text = text
	};

	return s->silent ? 0 : tell_issue(s->outq, &t);
}

/* Tell whether the name is a directory; DT_UNKNOWN costs a stat. */
static bool
is_dir(struct scan *s, const struct scan_dir *d, const struct name *name)
{
	struct attr attr;

	if (name->type != DT_UNKNOWN)
		return name->type == DT_DIR;
	return source_stat(s->src, d->fd, name->text, &attr) == 0 &&
	    attr.type == ATTR_DIR;
}

/* Drop the names that the patterns leave out. */
static int
drop_excluded(struct scan *s, const struct scan_dir *d, struct names *n)
{
	const struct name *name;
	uint8_t *path;
	size_t i, to = 0, off = d->path_len;

	if ((path = malloc(d->path_len + PATH_NAME_MAX + 2)) == NULL)
		return ERR_NOMEM;
	if (off != 0) {
		memcpy(path, d->path, off);
		path[off++] = '/';
	}
	for (i = 0; i < n->n; i++) {
		name = names_get(n, i);
		memcpy(path + off, name->text, name->len);
		if (!exclude_match(s->job->excludes, path, off + name->len,
		    off, is_dir(s, d, name)))
			names_keep(n, i, &to);
	}
	n->n = to;
	free(path);
	return 0;
}

int
scan_names(struct scan *s, const struct scan_dir *d, struct names *n)
{
	int r;

	if ((r = source_names(s->src, d->fd, n)) != 0)
		return r;
	s->src->errnum = ENAMETOOLONG;
	if (s->src->unnamed > 0 && (r = scan_trouble(s, d, ERR_TOOBIG, NULL,
	    "names of more than 255 bytes are left out")) != 0)
		return r;
	if (!exclude_empty(s->job->excludes) &&
	    (r = drop_excluded(s, d, n)) != 0)
		return r;
	names_sort(n);
	return 0;
}

/* The type that readdir told, or 0. */
static uint8_t
type_of(const struct name *name)
{
	switch (name->type) {
	case DT_REG:
		return ATTR_FILE;
	case DT_DIR:
		return ATTR_DIR;
	case DT_LNK:
		return ATTR_SYMLINK;
	case DT_FIFO:
		return ATTR_FIFO;
	case DT_SOCK:
		return ATTR_SOCKET;
	case DT_CHR:
		return ATTR_CHAR;
	case DT_BLK:
		return ATTR_BLOCK;
	default:
		return 0;
	}
}

/* The item of a name that could not be looked at. */
static int
item_unreadable(struct scan *s, const struct scan_dir *d,
    const struct name *name, struct item *it)
{
	int r;

	it->attr.type = type_of(name);
	it->flags = WIRE_UNREADABLE;
	if ((r = scan_trouble(s, d, ERR_DENIED, name->text,
	    "read attributes")) != 0)
		return r;
	return it->attr.type == 0 ? 0 : 1;
}

/* The digest of a directory that is kept empty. */
static int
item_empty(struct scan *s, struct item *it, bool racy)
{
	int r;

	it->flags |= WIRE_KEPT_EMPTY;
	if ((r = dirhash_begin(&s->empty, s->job->digest_head,
	    &it->attr)) != 0)
		return r;
	s->empty.clean = !racy;
	return dirhash_end(&s->empty, &it->has_digest, it->digest);
}

int
scan_item(struct scan *s, const struct scan_dir *d, const struct name *name,
    struct item *ip)
{
	bool racy;
	int r;

	memset(ip, 0, sizeof(*ip));
	r = source_stat(s->src, d->fd, name->text, &ip->attr);
	if (r == ERR_NOENT)
		return 0;
	if (r != 0)
		return item_unreadable(s, d, name, ip);
	racy = source_racy(s->src, d->fd, name->text, &ip->attr);
	if (ip->attr.type == 0) {
		s->src->errnum = 0;
		return item_unreadable(s, d, name, ip);
	}
	if (ip->attr.type != ATTR_DIR) {
		ip->flags = racy ? WIRE_RACY : 0;
		return 1;
	}
	if (((s->job->flags & WIRE_ONE_FILE_SYSTEM) != 0 &&
	    ip->attr.dev != s->dev) ||
	    ((s->job->flags & WIRE_EXCLUDE_CACHES) != 0 &&
	    source_is_cache(s->src, d->fd, name->text)))
		return (r = item_empty(s, ip, racy)) != 0 ? r : 1;
	ip->enter = true;
	return 1;
}

/* Leave the link's target in e; one that cannot be read is flagged. */
static int
entry_target(struct scan *s, const struct scan_dir *d,
    const struct name *name, struct wire_entry *e)
{
	int r;

	r = source_readlink(s->src, d->fd, name->text, &e->target_len);
	e->target = (const uint8_t *)s->src->target;
	if (r == 0)
		return 0;
	e->flags |= WIRE_UNREADABLE;
	e->target_len = 0;
	return scan_trouble(s, d, r, name->text, "read link");
}

int
scan_entry(struct scan *s, const struct scan_dir *d, const struct name *name,
    const struct item *i, struct buf *out)
{
	struct wire_entry e = {
		.name = (const uint8_t *)name->text, .name_len = name->len,
		.flags = i->flags, .attr = i->attr, .dir = i->dir,
		.has_digest = i->has_digest
	};
	int r;

	memcpy(e.digest, i->digest, sizeof(e.digest));
	buf_reset(s->src->xattrs);
	if ((i->flags & WIRE_UNREADABLE) == 0) {
		if (i->attr.type == ATTR_SYMLINK &&
		    (r = entry_target(s, d, name, &e)) != 0)
			return r;
		if ((r = source_xattrs(s->src, d->fd, name->text)) != 0 &&
		    (r = scan_trouble(s, d, r, name->text,
		    "read extended attributes")) != 0)
			return r;
	}
	e.xattrs = buf_ptr(s->src->xattrs);
	e.xattrs_len = buf_len(s->src->xattrs);
	return wire_entry_encode(&e, out);
}

int
scan_digest(struct dirhash *h, const struct name *name, const struct item *i)
{
	if ((i->flags & (WIRE_UNREADABLE | WIRE_RACY)) != 0)
		h->clean = false;
	if (i->attr.type == ATTR_DIR && !i->has_digest)
		h->clean = false;
	return dirhash_entry(h, name->text, name->len, &i->attr,
	    i->attr.type == ATTR_DIR ? i->digest : NULL);
}
