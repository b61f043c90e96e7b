/* job.c: job records as bytes. */
#include "backupd/job.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "base/throttle.h"

#define JOB_TEXT_MAX (1u << 20)
#define JOB_LIST_MAX 4096

enum {
	JOB_OPENSSH = 1,
	JOB_SFTP = 2,
	JOB_ONE_FILE_SYSTEM = 1,
	JOB_EXCLUDE_CACHES = 2,
	JOB_DRY = 4,
	JOB_LOAD = 8,
	JOB_WARNS = 1,
	JOB_ALWAYS = 2
};

static int
limits_encode(const struct throttle_limit *v, size_t n, uint64_t began,
    struct buf *b)
{
	size_t i;
	int r;

	if ((r = buf_put_varint(b, began)) != 0 ||
	    (r = buf_put_varint(b, n)) != 0)
		return r;
	for (i = 0; i < n; i++)
		if ((r = buf_put_varint(b, v[i].after)) != 0 ||
		    (r = buf_put_varint(b, v[i].rate)) != 0)
			return r;
	return 0;
}

int
job_link_encode(const struct job_link *l, struct buf *b)
{
	const char *texts[] = { l->address, l->user, l->identity,
	    l->host_key, l->agent };
	size_t i;
	int r;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if ((r = buf_put_str(b, texts[i])) != 0)
			return r;
	if ((r = buf_put_u16(b, l->port)) != 0 ||
	    (r = buf_put_varint(b, l->stall)) != 0 ||
	    (r = buf_put_i64(b, l->clock)) != 0)
		return r;
	if ((r = buf_put_u8(b, (uint8_t)((l->openssh ? JOB_OPENSSH : 0) |
	    (l->sftp ? JOB_SFTP : 0)))) != 0)
		return r;
	return limits_encode(l->limits, l->nlimits, l->began, b);
}

/* *vp is the caller's even on failure. */
static int
limits_decode(struct buf *b, struct throttle_limit **vp, size_t *np,
    uint64_t *beganp)
{
	uint64_t n, i, before = 0;
	struct throttle_limit *v;
	int r;

	if ((r = buf_get_varint(b, beganp)) != 0 ||
	    (r = buf_get_varint(b, &n)) != 0)
		return r;
	if (n > JOB_LIMITS_MAX)
		return ERR_TOOBIG;
	if ((v = *vp = calloc(n + 1, sizeof(*v))) == NULL)
		return ERR_NOMEM;
	for (i = 0; i < n; i++) {
		if ((r = buf_get_varint(b, &v[i].after)) != 0 ||
		    (r = buf_get_varint(b, &v[i].rate)) != 0)
			return r;
		if (v[i].after < before)
			return ERR_FORMAT;
		before = v[i].after;
	}
	*np = n;
	return 0;
}

int
job_link_decode(struct buf *b, struct job_link *lp)
{
	struct job_link l = { .address = NULL };
	char **texts[] = { &l.address, &l.user, &l.identity, &l.host_key,
	    &l.agent };
	uint8_t flags;
	size_t i;
	int r;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if ((r = buf_get_str(b, JOB_TEXT_MAX, texts[i])) != 0)
			goto out;
	if ((r = buf_get_u16(b, &l.port)) != 0 ||
	    (r = buf_get_varint(b, &l.stall)) != 0 ||
	    (r = buf_get_i64(b, &l.clock)) != 0 ||
	    (r = buf_get_u8(b, &flags)) != 0)
		goto out;
	if (l.clock < 0) {
		r = ERR_FORMAT;
		goto out;
	}
	l.openssh = (flags & JOB_OPENSSH) != 0;
	l.sftp = (flags & JOB_SFTP) != 0;
	if ((r = limits_decode(b, &l.limits, &l.nlimits, &l.began)) != 0)
		goto out;
	*lp = l;
	return 0;
 out:
	job_link_clear(&l);
	return r;
}

void
job_link_clear(struct job_link *l)
{
	free(l->address);
	free(l->user);
	free(l->identity);
	free(l->host_key);
	free(l->agent);
	free(l->limits);
	l->limits = NULL;
	l->nlimits = 0;
	l->address = l->user = l->identity = l->host_key = l->agent = NULL;
}

static int
list_encode(char *const *v, size_t n, struct buf *b)
{
	size_t i;
	int r;

	if ((r = buf_put_varint(b, n)) != 0)
		return r;
	for (i = 0; i < n; i++)
		if ((r = buf_put_str(b, v[i])) != 0)
			return r;
	return 0;
}

static int
list_decode(struct buf *b, char ***vp, size_t *np)
{
	uint64_t n;
	int r;

	if ((r = buf_get_varint(b, &n)) != 0)
		return r;
	if (n > JOB_LIST_MAX)
		return ERR_TOOBIG;
	if ((*vp = calloc(n + 1, sizeof(**vp))) == NULL)
		return ERR_NOMEM;
	for (*np = 0; *np < n; (*np)++)
		if ((r = buf_get_str(b, JOB_TEXT_MAX, &(*vp)[*np])) != 0)
			return r;
	return 0;
}

static int
bounds_encode(const struct job_bounds *o, struct buf *b)
{
	int r;

	if ((r = buf_put_varint(b, o->max_file)) != 0 ||
	    (r = buf_put_varint(b, o->max_host)) != 0 ||
	    (r = buf_put_varint(b, o->max_growth)) != 0 ||
	    (r = buf_put_varint(b, o->min_files)) != 0)
		return r;
	return buf_put_u8(b, o->fails ? 1 : 0);
}

static int
hooks_encode(const struct job_hook *v, size_t n, struct buf *b)
{
	size_t i;
	int r;

	if ((r = buf_put_varint(b, n)) != 0)
		return r;
	for (i = 0; i < n; i++)
		if ((r = buf_put_str(b, v[i].name)) != 0 ||
		    (r = buf_put_u32(b, v[i].timeout)) != 0 ||
		    (r = buf_put_u8(b, (uint8_t)((v[i].warns ? JOB_WARNS : 0) |
		    (v[i].always ? JOB_ALWAYS : 0)))) != 0)
			return r;
	return 0;
}

static int
hooks_decode(struct buf *b, struct job_hook **vp, size_t *np)
{
	struct job_hook *h;
	uint8_t flags;
	uint64_t n;
	int r;

	if ((r = buf_get_varint(b, &n)) != 0)
		return r;
	if (n > JOB_LIST_MAX)
		return ERR_TOOBIG;
	if ((*vp = calloc(n + 1, sizeof(**vp))) == NULL)
		return ERR_NOMEM;
	for (; *np < n; (*np)++) {
		h = &(*vp)[*np];
		if ((r = buf_get_str(b, JOB_TEXT_MAX, &h->name)) != 0 ||
		    (r = buf_get_u32(b, &h->timeout)) != 0 ||
		    (r = buf_get_u8(b, &flags)) != 0) {
			free(h->name);
			return r;
		}
		h->warns = (flags & JOB_WARNS) != 0;
		h->always = (flags & JOB_ALWAYS) != 0;
	}
	return 0;
}

static int
load_encode(const struct job_load *l, struct buf *b)
{
	const uint8_t v[] = { l->nice, l->io, l->threads };

	return buf_put(b, v, sizeof(v));
}

static int
load_decode(struct buf *b, struct job_load *l)
{
	uint8_t v[3];
	int r;

	if ((r = buf_get(b, v, sizeof(v))) != 0)
		return r;
	l->nice = v[0];
	l->io = v[1];
	l->threads = v[2];
	return 0;
}

/* The texts of an access, in the order in which they are encoded. */
static char **
access_text(struct job_access *a, size_t i)
{
	char **at[] = { &a->identity, &a->host_key, &a->credentials,
	    &a->ca_file, &a->region };

	return at[i];
}

#define ACCESS_TEXTS 5

static int
access_encode(const struct job_access *from, struct buf *b)
{
	struct job_access a = *from;
	const char *text;
	size_t i;
	int r;

	for (i = 0; i < ACCESS_TEXTS; i++) {
		text = *access_text(&a, i);
		if ((r = buf_put_u8(b, text != NULL)) != 0 ||
		    (text != NULL && (r = buf_put_str(b, text)) != 0))
			return r;
	}
	if ((r = buf_put_u64(b, a.lock_s)) != 0 ||
	    (r = buf_put_u32(b, a.connections)) != 0 ||
	    (r = buf_put_u64(b, a.cache)) != 0)
		return r;
	return limits_encode(a.limits, a.nlimits, a.began, b);
}

static int
access_decode(struct buf *b, struct job_access *a)
{
	uint8_t there;
	size_t i;
	int r;

	for (i = 0; i < ACCESS_TEXTS; i++)
		if ((r = buf_get_u8(b, &there)) != 0 || (there != 0 &&
		    (r = buf_get_str(b, JOB_TEXT_MAX, access_text(a, i))) !=
		    0))
			return r;
	if ((r = buf_get_u64(b, &a->lock_s)) != 0 ||
	    (r = buf_get_u32(b, &a->connections)) != 0 ||
	    (r = buf_get_u64(b, &a->cache)) != 0)
		return r;
	return limits_decode(b, &a->limits, &a->nlimits, &a->began);
}

int
job_encode(const struct job *j, struct buf *b)
{
	unsigned int flags = 0;
	int r;

	if (j->one_file_system)
		flags |= JOB_ONE_FILE_SYSTEM;
	if (j->exclude_caches)
		flags |= JOB_EXCLUDE_CACHES;
	if (j->dry)
		flags |= JOB_DRY;
	if (j->load.any)
		flags |= JOB_LOAD;
	if ((r = buf_put_str(b, j->id)) != 0 ||
	    (r = buf_put_str(b, j->host)) != 0 ||
	    (r = buf_put_str(b, j->set)) != 0 ||
	    (r = job_link_encode(&j->link, b)) != 0 ||
	    (r = list_encode(j->paths, j->npaths, b)) != 0 ||
	    (r = list_encode(j->excludes, j->nexcludes, b)) != 0 ||
	    (r = hooks_encode(j->before, j->nbefore, b)) != 0 ||
	    (r = hooks_encode(j->after, j->nafter, b)) != 0 ||
	    (r = load_encode(&j->load, b)) != 0 ||
	    (r = buf_put_u8(b, (uint8_t)flags)) != 0 ||
	    (r = buf_put_u8(b, j->level)) != 0 ||
	    (r = buf_put_u8(b, (uint8_t)j->delta)) != 0 ||
	    (r = buf_put_varint(b, j->reread)) != 0 ||
	    (r = buf_put_str(b, j->target_name)) != 0 ||
	    (r = buf_put_str(b, j->target)) != 0 ||
	    (r = access_encode(&j->access, b)) != 0 ||
	    (r = buf_put_u32(b, j->min_free)) != 0 ||
	    (r = buf_put_str(b, j->key_file)) != 0 ||
	    (r = buf_put_str(b, j->state_dir)) != 0)
		return r;
	return bounds_encode(&j->bounds, b);
}

static int
bounds_decode(struct buf *b, struct job_bounds *o)
{
	uint64_t growth, files;
	uint8_t fails;
	int r;

	if ((r = buf_get_varint(b, &o->max_file)) != 0 ||
	    (r = buf_get_varint(b, &o->max_host)) != 0 ||
	    (r = buf_get_varint(b, &growth)) != 0 ||
	    (r = buf_get_varint(b, &files)) != 0 ||
	    (r = buf_get_u8(b, &fails)) != 0)
		return r;
	if (growth > UINT32_MAX || files > UINT32_MAX || fails > 1)
		return ERR_FORMAT;
	o->max_growth = (uint32_t)growth;
	o->min_files = (uint32_t)files;
	o->fails = fails != 0;
	return 0;
}

int
job_decode(struct buf *b, struct job **jp)
{
	struct job *j;
	uint8_t flags, delta;
	int r;

	if ((j = calloc(1, sizeof(*j))) == NULL)
		return ERR_NOMEM;
	if ((r = buf_get_str(b, JOB_TEXT_MAX, &j->id)) != 0 ||
	    (r = buf_get_str(b, JOB_TEXT_MAX, &j->host)) != 0 ||
	    (r = buf_get_str(b, JOB_TEXT_MAX, &j->set)) != 0 ||
	    (r = job_link_decode(b, &j->link)) != 0 ||
	    (r = list_decode(b, &j->paths, &j->npaths)) != 0 ||
	    (r = list_decode(b, &j->excludes, &j->nexcludes)) != 0 ||
	    (r = hooks_decode(b, &j->before, &j->nbefore)) != 0 ||
	    (r = hooks_decode(b, &j->after, &j->nafter)) != 0 ||
	    (r = load_decode(b, &j->load)) != 0 ||
	    (r = buf_get_u8(b, &flags)) != 0 ||
	    (r = buf_get_u8(b, &j->level)) != 0 ||
	    (r = buf_get_u8(b, &delta)) != 0 ||
	    (r = buf_get_varint(b, &j->reread)) != 0 ||
	    (r = buf_get_str(b, JOB_TEXT_MAX, &j->target_name)) != 0 ||
	    (r = buf_get_str(b, JOB_TEXT_MAX, &j->target)) != 0 ||
	    (r = access_decode(b, &j->access)) != 0 ||
	    (r = buf_get_u32(b, &j->min_free)) != 0 ||
	    (r = buf_get_str(b, JOB_TEXT_MAX, &j->key_file)) != 0 ||
	    (r = buf_get_str(b, JOB_TEXT_MAX, &j->state_dir)) != 0 ||
	    (r = bounds_decode(b, &j->bounds)) != 0 ||
	    (r = buf_end(b)) != 0)
		goto out;
	if (delta > JOB_DELTA_NEVER || j->min_free > 10000) {
		r = ERR_FORMAT;
		goto out;
	}
	j->delta = (enum job_delta)delta;
	j->one_file_system = (flags & JOB_ONE_FILE_SYSTEM) != 0;
	j->exclude_caches = (flags & JOB_EXCLUDE_CACHES) != 0;
	j->dry = (flags & JOB_DRY) != 0;
	j->load.any = (flags & JOB_LOAD) != 0;
	*jp = j;
	j = NULL;	/* the caller's now */
 out:
	job_free(j);
	return r;
}

static void
list_free(char **v, size_t n)
{
	while (v != NULL && n > 0)
		free(v[--n]);
	free(v);
}

static void
hooks_free(struct job_hook *v, size_t n)
{
	while (v != NULL && n > 0)
		free(v[--n].name);
	free(v);
}

void
job_free(struct job *j)
{
	size_t i;

	if (j == NULL)
		return;
	free(j->id);
	free(j->host);
	free(j->set);
	job_link_clear(&j->link);
	list_free(j->paths, j->npaths);
	list_free(j->excludes, j->nexcludes);
	free(j->target_name);
	hooks_free(j->before, j->nbefore);
	hooks_free(j->after, j->nafter);
	free(j->target);
	for (i = 0; i < ACCESS_TEXTS; i++)
		free(*access_text(&j->access, i));
	free(j->access.limits);
	free(j->key_file);
	free(j->state_dir);
	free(j);
}

int
job_record_write(int fd, const struct buf *b)
{
	uint8_t head[4];
	size_t len = buf_len(b);
	int r;

	head[0] = (uint8_t)(len >> 24);
	head[1] = (uint8_t)(len >> 16);
	head[2] = (uint8_t)(len >> 8);
	head[3] = (uint8_t)len;
	if ((r = fdio_write_all(fd, head, sizeof(head))) != 0)
		return r;
	return fdio_write_all(fd, buf_ptr(b), len);
}

int
job_record_read(int fd, size_t max, struct buf *b)
{
	uint8_t head[4], *p;
	size_t len;
	int r;

	if ((r = fdio_read_all(fd, head, sizeof(head))) != 0)
		return r;
	len = (size_t)head[0] << 24 | (size_t)head[1] << 16 |
	    (size_t)head[2] << 8 | head[3];
	if (len > max)
		return ERR_TOOBIG;
	if ((r = buf_reserve(b, len, &p)) != 0)
		return r;
	return fdio_read_all(fd, p, len);
}
