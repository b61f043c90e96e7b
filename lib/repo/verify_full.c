/* verify_full.c: all bytes of packs, their frames opened in a pool. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/pool.h"
#include "codec/compress.h"
#include "hash/sha256.h"
#include "repo/internal.h"
#include "repo/verify_impl.h"
#include "store/store.h"

#define SLOTS 8			/* frames in flight */
#define OBJECTS 2		/* packs in memory: one read, one checked */
#define OBJECT_MAX (64u << 20)

/* A pack in memory. */
struct object {
	struct buf *data;		/* owns */
	struct pack_footer *footer;	/* owns; NULL: none */
	char	 name[OBJECT_NAME_MAX];
};

/* A frame on its way through the pool. */
struct slot_job {
	struct pool_job job;
	struct object *object;		/* borrowed; NULL: free */
	const struct repo *r;		/* borrowed */
	const struct frame_epoch *epoch;	/* borrowed */
	const struct pack_frame *f;	/* borrowed from the footer */
	struct decompressor *d;		/* owns */
	uint8_t	*raw;			/* owns */
	size_t	 raw_max;
	int	 result;
};

struct verify_pool {
	struct verify *v;		/* borrowed */
	struct pool *pool;		/* owns */
	struct slot_job slots[SLOTS];
	size_t	 next;			/* slot to be used next */
	struct object objects[OBJECTS];
	size_t	 nobjects;		/* read so far */
};

/* Check the chunks of an opened frame.  Runs in the pool. */
static int
chunks_check(const struct slot_job *s)
{
	const struct pack_chunk *c;
	uint8_t hash[SHA256_LEN], id[32];
	uint32_t i;
	int r;

	for (i = 0; i < s->f->nchunks; i++) {
		c = &s->f->chunks[i];
		if (c->len > s->f->info.raw_len ||
		    c->offset > s->f->info.raw_len - c->len)
			return ERR_FORMAT;
		if ((r = sha256_of(s->raw + c->offset, c->len, hash)) != 0)
			return r;
		repo_chunk_id(s->r, hash, id);
		if (memcmp(id, c->id, sizeof(id)) != 0)
			return ERR_CORRUPT;
	}
	return 0;
}

/* Open and check a frame; deltas come later, with what they build on.  Runs
 * in the pool. */
static void
slot_run(void *arg)
{
	struct slot_job *s = arg;
	const uint8_t *stored = buf_ptr(s->object->data);

	stored += s->f->offset;
	if (s->f->info.kind == FRAME_ZSTD_PREFIX) {
		s->result = frame_check(s->epoch, stored,
		    s->f->info.stored_len);
		return;
	}
	s->result = frame_open(s->epoch, stored, s->f->info.stored_len, s->d,
	    s->raw);
	if (s->result == 0)
		s->result = chunks_check(s);
}

/* Wait for the frame in a slot and report it. */
static int
slot_wait(struct verify_pool *p, struct slot_job *s)
{
	const struct object *o = s->object;
	char what[64];

	if (o == NULL)
		return 0;
	pool_wait(p->pool, &s->job);
	s->object = NULL;
	if (s->result == 0)
		return 0;
	snprintf(what, sizeof(what), "frame at %u", s->f->offset);
	return verify_damage(p->v, s->result, o->name, what);
}

int
verify_pool_new(struct verify *v, struct verify_pool **pp)
{
	struct verify_pool *p;
	size_t i;
	int r;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return ERR_NOMEM;
	p->v = v;
	for (i = 0; i < OBJECTS; i++)
		if ((r = buf_new(OBJECT_MAX, &p->objects[i].data)) != 0)
			goto out;
	for (i = 0; i < SLOTS; i++) {
		if ((r = decompressor_new(&p->slots[i].d)) != 0)
			goto out;
		p->slots[i].r = v->r;
		p->slots[i].job.run = slot_run;
		p->slots[i].job.arg = &p->slots[i];
	}
	if ((r = pool_new(v->p->threads > 0 ? v->p->threads : pool_cpus(),
	    0, &p->pool)) != 0)
		goto out;
	*pp = p;
	p = NULL;
 out:
	verify_pool_free(p);
	return r;
}

void
verify_pool_free(struct verify_pool *p)
{
	size_t i;

	if (p == NULL)
		return;
	pool_free(p->pool);
	for (i = 0; i < SLOTS; i++) {
		decompressor_free(p->slots[i].d);
		free(p->slots[i].raw);
	}
	for (i = 0; i < OBJECTS; i++) {
		pack_footer_free(p->objects[i].footer);
		buf_free(p->objects[i].data);
	}
	free(p);
}

/* Wait for all frames of an object, or of all (NULL). */
static int
object_wait(struct verify_pool *p, const struct object *o)
{
	size_t i;
	int r;

	for (i = 0; i < SLOTS; i++)
		if ((o == NULL || p->slots[i].object == o) &&
		    (r = slot_wait(p, &p->slots[i])) != 0)
			return r;
	return 0;
}

int
verify_pool_end(struct verify_pool *p)
{
	return object_wait(p, NULL);
}

/* Have room for len raw bytes in s. */
static int
slot_room(struct slot_job *s, size_t len)
{
	if (len <= s->raw_max)
		return 0;
	free(s->raw);
	s->raw_max = 0;
	if ((s->raw = malloc(len)) == NULL)
		return ERR_NOMEM;
	s->raw_max = len;
	return 0;
}

/* Queue frame f of o. */
static int
frame_queue(struct verify_pool *p, struct object *o,
    const struct pack_frame *f)
{
	struct slot_job *s = &p->slots[p->next++ % SLOTS];
	struct frame_info info;
	uint8_t epoch[16];
	int r;

	if ((r = slot_wait(p, s)) != 0)
		return r;
	if (f->offset > buf_len(o->data) ||
	    f->info.stored_len > buf_len(o->data) - f->offset)
		return verify_damage(p->v, ERR_FORMAT, o->name, "footer");
	if ((r = frame_peek(buf_ptr(o->data) + f->offset,
	    f->info.stored_len, &info, epoch)) == 0 &&
	    (r = frame_epoch_find(p->v->r, epoch, &s->epoch)) == 0 &&
	    (info.raw_len != f->info.raw_len || info.kind != f->info.kind ||
	    info.class != f->info.class))
		r = ERR_CORRUPT;
	if (r != 0)
		return verify_damage(p->v, r, o->name, "frame");
	if ((r = slot_room(s, f->info.raw_len)) != 0)
		return r;
	s->object = o;
	s->f = f;
	pool_submit(p->pool, &s->job);
	return 0;
}

/*
 * Read the pack into o and decode its footer.  Where the pack does not hash
 * to its name, the footer may still tell which frames are good.
 */
static int
object_read(struct verify_pool *p, const struct verify_pack *pack,
    struct object *o)
{
	int r;

	pack_footer_free(o->footer);
	o->footer = NULL;
	buf_reset(o->data);
	pack_name(pack->hash, o->name, sizeof(o->name));
	if ((r = store_get_all(repo_store(p->v->r), o->name, OBJECT_MAX,
	    o->data)) != 0)
		return verify_damage(p->v, r, o->name, "read");
	p->v->t.bytes += buf_len(o->data);
	if ((r = pack_footer_decode(p->v->r, pack->hash, buf_ptr(o->data),
	    buf_len(o->data), &o->footer)) == 0)
		return 0;
	if ((r = verify_damage(p->v, r, o->name, "pack")) != 0)
		return r;
	if ((r = pack_footer_read(p->v->r, pack->hash, pack->size,
	    &o->footer)) != 0)
		return verify_damage(p->v, r, o->name, "footer");
	return 0;
}

int
verify_pool_pack(struct verify_pool *p, const struct verify_pack *pack,
    const struct pack_footer **fp)
{
	struct object *o = &p->objects[p->nobjects % OBJECTS];
	const struct pack_frame *f;
	size_t n, i;
	int r;

	if ((r = object_wait(p, o)) != 0)
		return r;
	p->nobjects++;
	if ((r = object_read(p, pack, o)) != 0)
		return r;
	verify_progress(p->v, pack->size);
	*fp = o->footer;
	if (o->footer == NULL)
		return 0;
	f = pack_footer_frames(o->footer, &n);
	for (i = 0; i < n && r == 0; i++)
		r = frame_queue(p, o, &f[i]);
	return r;
}
