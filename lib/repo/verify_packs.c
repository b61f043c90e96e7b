/* verify_packs.c: packs by their footers, and the index against these. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "crypto/secret.h"
#include "repo/internal.h"
#include "repo/verify_impl.h"

#define WHOLE 10000	/* hundredths of a percent */

int
verify_take_pack(struct verify *v, const char *name, uint64_t size)
{
	struct verify_pack pack;
	char real[OBJECT_NAME_MAX];
	const char *hex = strrchr(name, '/') + 1;

	memset(&pack, 0, sizeof(pack));
	if (strlen(hex) != 64 || hex_parse(hex, pack.hash, 32) != 0) {
		verify_note(v, name, "not an object of this format");
		return 0;
	}
	pack_name(pack.hash, real, sizeof(real));
	if (strcmp(real, name) != 0) {
		verify_note(v, name, "not an object of this format");
		return 0;
	}
	pack.size = size;
	pack.state = VERIFY_PACK_GOOD;
	v->t.packs++;
	return spool_add(&v->packs, &pack);
}

struct verify_pack *
verify_pack_at(const struct verify *v, size_t n)
{
	return spool_at(&v->packs, n);
}

/* Remember a chunk of a frame that in describes. */
static int
chunk_take(struct verify *v, struct verify_instance *in,
    const struct pack_chunk *c)
{
	int r;

	memcpy(in->id, c->id, sizeof(in->id));
	in->offset = c->offset;
	in->len = c->len;
	in->depth = c->depth;
	in->base = 0;
	if (c->depth > 0) {
		in->base = (uint32_t)v->bases.n;
		if ((r = spool_add(&v->bases, c->base)) != 0)
			return r;
	}
	return spool_add(&v->instances, in);
}

/* Remember what the footer of pack number n lists. */
static int
footer_take(struct verify *v, size_t n, const struct pack_footer *footer)
{
	struct verify_instance in;
	const struct pack_frame *f;
	size_t nframes, i;
	uint32_t k;
	int r;

	f = pack_footer_frames(footer, &nframes);
	v->t.frames += nframes;
	memset(&in, 0, sizeof(in));
	in.pack = (uint32_t)n;
	for (i = 0; i < nframes; i++) {
		in.frame_offset = f[i].offset;
		in.frame_stored = f[i].info.stored_len;
		in.frame_raw = f[i].info.raw_len;
		in.kind = f[i].info.kind;
		in.class = f[i].info.class;
		v->t.chunks += f[i].nchunks;
		for (k = 0; k < f[i].nchunks; k++)
			if ((r = chunk_take(v, &in, &f[i].chunks[k])) != 0)
				return r;
	}
	return 0;
}

/* Check pack number n by its footer alone. */
static int
pack_glance(struct verify *v, size_t n)
{
	struct pack_footer *footer = NULL;
	struct verify_pack *pack = verify_pack_at(v, n);
	char name[OBJECT_NAME_MAX];
	int r;

	if ((r = pack_footer_read(v->r, pack->hash, pack->size,
	    &footer)) != 0) {
		pack->state = VERIFY_PACK_BAD;
		pack_name(pack->hash, name, sizeof(name));
		return verify_damage(v, r, name, "footer");
	}
	r = footer_take(v, n, footer);
	pack_footer_free(footer);
	verify_progress(v, pack->size);
	return r;
}

/* How many packs are read whole: with a sample at least one. */
static size_t
wanted(const struct verify *v)
{
	if (v->p->full)
		return v->packs.n;
	return (v->packs.n * v->p->sample + WHOLE - 1) / WHOLE;
}

/*
 * Is the next pack one of them, if want of left packs are yet to be picked?
 * All choices are equally likely (Knuth's algorithm S).
 */
static bool
picked(size_t want, size_t left)
{
	uint64_t random;

	if (want == 0 || want == left)
		return want > 0;
	crypto_random(&random, sizeof(random));
	return random % left < want;
}

/* Check all of pack number n in the pool. */
static int
pack_whole(struct verify *v, struct verify_pool *pool, size_t n)
{
	const struct pack_footer *footer;
	int r;

	v->t.read++;
	if ((r = verify_pool_pack(pool, verify_pack_at(v, n),
	    &footer)) != 0)
		return r;
	if (footer != NULL)
		return footer_take(v, n, footer);
	verify_pack_at(v, n)->state = VERIFY_PACK_BAD;
	return 0;
}

int
verify_packs(struct verify *v)
{
	struct verify_pool *pool = NULL;
	size_t n, want = wanted(v);
	int r = 0;

	if (want > 0 && (r = verify_pool_new(v, &pool)) != 0)
		return r;
	for (n = 0; n < v->packs.n && r == 0; n++)
		if (picked(want, v->packs.n - n)) {
			want--;
			r = pack_whole(v, pool, n);
		} else
			r = pack_glance(v, n);
	if (r == 0 && pool != NULL)
		r = verify_pool_end(pool);
	verify_pool_free(pool);
	spool_sort(&v->instances, VERIFY_INSTANCE_KEY);
	return r;
}

/* Find what a footer says of the chunk that the index has at at. */
static struct verify_instance *
instance_find(const struct verify *v, const uint8_t id[32], uint32_t pack,
    const struct index_place *at)
{
	struct verify_instance *in;
	size_t i;

	for (i = spool_search(&v->instances, id, 32); i < v->instances.n;
	    i++) {
		in = spool_at(&v->instances, i);
		if (memcmp(in->id, id, sizeof(in->id)) != 0)
			break;
		if (in->pack == pack &&
		    in->frame_offset == at->frame_offset &&
		    in->frame_stored == at->frame_stored &&
		    in->frame_raw == at->frame_raw &&
		    in->offset == at->offset && in->len == at->len &&
		    in->kind == at->kind && in->class == at->class &&
		    in->depth == at->depth && (at->depth == 0 ||
		    memcmp(spool_at(&v->bases, in->base), at->base,
		    sizeof(at->base)) == 0))
			return in;
	}
	return NULL;
}

/* Check a record of the index; missing are packs already reported. */
static int
index_check(struct verify *v, const uint8_t id[32],
    const struct index_place *at, struct idset *missing)
{
	struct verify_instance *in;
	struct verify_pack *pack;
	char name[OBJECT_NAME_MAX];
	size_t n = spool_search(&v->packs, at->pack, 32);
	int r;

	pack_name(at->pack, name, sizeof(name));
	if (n == v->packs.n ||
	    memcmp(verify_pack_at(v, n)->hash, at->pack, 32) != 0) {
		if (idset_get(missing, at->pack, NULL))
			return 0;
		verify_alarm(v, name, "pack is missing: the index needs it");
		if ((r = index_lose_pack(v->x, at->pack)) != 0)
			return r;
		return idset_put(missing, at->pack, 0);
	}
	pack = verify_pack_at(v, n);
	pack->indexed++;
	if ((in = instance_find(v, id, (uint32_t)n, at)) != NULL)
		in->seen = 1;
	else if (pack->state == VERIFY_PACK_GOOD) {
		verify_alarm(v, name,
		    "index has chunks that the pack does not list");
		pack->state = VERIFY_PACK_TOLD;
	}
	return 0;
}

/* Report chunks that the index does not know. */
static void
index_lacks(struct verify *v)
{
	const struct verify_instance *in;
	struct verify_pack *pack;
	char name[OBJECT_NAME_MAX];
	size_t i;

	for (i = 0; i < v->instances.n; i++) {
		in = spool_at(&v->instances, i);
		pack = verify_pack_at(v, in->pack);
		if (in->seen != 0 || pack->state != VERIFY_PACK_GOOD)
			continue;
		pack->state = VERIFY_PACK_TOLD;
		pack_name(pack->hash, name, sizeof(name));
		if (pack->indexed == 0)
			verify_note(v, name,
			    "no index has it: its writer was interrupted");
		else
			verify_alarm(v, name,
			    "pack lists chunks that the index does not have");
	}
}

int
verify_index(struct verify *v)
{
	struct index_cursor *c = NULL;
	struct index_place at;
	struct idset missing;
	uint8_t id[32];
	int r;

	if (v->x == NULL)
		return 0;
	idset_init(&missing);
	if ((r = index_cursor_new(v->x, &c)) != 0)
		goto out;
	while ((r = index_cursor_next(c, id, &at)) == 1)
		if ((r = index_check(v, id, &at, &missing)) != 0)
			goto out;
	if (r == 0)
		index_lacks(v);
	else
		r = verify_damage(v, r, "index", "read records");
 out:
	index_cursor_free(c);
	idset_clear(&missing);
	return r;
}
