/* test_fetch.c: pieces come right, whole or as deltas, or are told as lost. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "codec/compress.h"
#include "hash/sha256.h"
#include "repo/pack.h"
#include "restore/fetch.h"
#include "tests/unit/repo_fixture.h"

#define CASE(name, fn) { name, fn, setup, teardown, NULL }
#define SMALL 2000		/* bytes of a small chunk */
#define SMALLS 300		/* of them in one frame */
#define STEPS 8			/* deltas on most of these */
#define BIG (1u << 20)

static const uint8_t signer[32] = { 7 };
static struct repo_fixture *fixture;
static struct compressor *compressor;
static struct pack_writer *packs[3];
static struct plan *plan;
static uint8_t raw[2][BIG];

/* What came, item by item of the plan. */
static size_t good, lost;
static const char *why;

static int
setup(void **state)
{
	const struct entry e = { .attr.type = ATTR_FILE };
	uint64_t i;
	size_t n;

	if (repo_setup(state) != 0)
		return -1;
	fixture = *state;
	good = lost = 0;
	for (n = 0; n < 3; n++)
		if (pack_writer_new(fixture->r, &packs[n]) != 0)
			return -1;
	if (plan_new(&plan) != 0 || compressor_new(3, &compressor) != 0)
		return -1;
	return plan_add(plan, (const uint8_t *)"/f", 2, &e, &i);
}

static int
teardown(void **state)
{
	size_t n;

	for (n = 0; n < 3; n++)
		pack_writer_free(packs[n]);
	compressor_free(compressor);
	plan_free(plan);
	return repo_teardown(state);
}

/* Bytes that do not compress, other ones for each seed. */
static void
noise(uint8_t *p, size_t len, uint64_t seed)
{
	size_t i;

	seed = seed * 2 + 1;
	for (i = 0; i < len; i++) {
		seed = seed * UINT64_C(6364136223846793005) +
		    UINT64_C(1442695040888963407);
		p[i] = (uint8_t)(seed >> 56);
	}
}

static void
id_of(const uint8_t *data, size_t len, uint8_t id[32])
{
	uint8_t hash[32];

	assert_int_equal(sha256_of(data, len, hash), 0);
	repo_chunk_id(fixture->r, hash, id);
}

/* Add a frame to the n-th pack; its place but for the pack's hash. */
static void
frame_add(size_t n, const struct frame_packed *p, struct index_place *at)
{
	struct pack_chunk chunk = { .id = { 1 }, .len = p->raw_len,
	    .depth = at->depth };
	struct pack_frame f = { .nchunks = 1, .chunks = &chunk };
	const struct frame_epoch *e;
	uint8_t *stored;

	f.info.kind = p->kind;
	f.info.class = FRAME_DATA;
	f.info.raw_len = p->raw_len;
	f.info.stored_len = (uint32_t)p->len + FRAME_OVERHEAD;
	assert_int_equal(frame_epoch_current(fixture->r, signer, &e), 0);
	stored = malloc(f.info.stored_len);
	assert_non_null(stored);
	assert_int_equal(frame_seal(e, &f.info, p->data, p->len, stored), 0);
	assert_int_equal(pack_writer_add(packs[n], &f, stored), 0);
	free(stored);
	at->pack[0] = (uint8_t)n;
	at->frame_offset = f.offset;
	at->frame_stored = f.info.stored_len;
	at->frame_raw = at->len = p->raw_len;
	at->kind = p->kind;
}

static void
whole_add(size_t n, const uint8_t *data, size_t len, struct index_place *at)
{
	struct frame_packed p = { .kind = FRAME_PLAIN, .data = data,
	    .len = len, .raw_len = (uint32_t)len };

	memset(at, 0, sizeof(*at));
	frame_add(n, &p, at);
}

/* Put data as a delta to base, of the same length, in front of chain c. */
static void
delta_add(size_t n, const uint8_t *data, const uint8_t *base, size_t len,
    struct chain *c)
{
	struct compress_prefixed p = { .prefix = base, .prefix_len = len,
	    .in = data, .len = len };
	struct frame_packed packed = { .kind = FRAME_ZSTD_PREFIX,
	    .raw_len = (uint32_t)len };
	struct buf *b;

	assert_int_equal(buf_new(2 * BIG, &b), 0);
	assert_int_equal(compress_with_prefix(compressor, &p, 2 * BIG, b), 0);
	packed.data = buf_ptr(b);
	packed.len = buf_len(b);
	memmove(c->links + 1, c->links, c->n * sizeof(c->links[0]));
	memset(c->links, 0, sizeof(c->links[0]));
	c->links[0].at.depth = (uint8_t)c->n++;
	id_of(data, len, c->links[0].id);
	frame_add(n, &packed, &c->links[0].at);
	buf_free(b);
}

/* Put the packs, and give chains their hashes. */
static void
packs_put(struct chain *chains, size_t n)
{
	uint8_t hash[3][32];
	struct index_place *at;
	unsigned int k;
	size_t i;

	for (i = 0; i < 3; i++)
		if (pack_writer_put(packs[i], hash[i]) != 0)
			memset(hash[i], 0, 32);
	for (i = 0; i < n; i++)
		for (k = 0; k < chains[i].n; k++) {
			at = &chains[i].links[k].at;
			memcpy(at->pack, hash[at->pack[0]], 32);
		}
}

static void
item_add(const struct chain *c)
{
	struct content_item i = { .len = c->links[0].at.len };

	memcpy(i.id, c->links[0].id, sizeof(i.id));
	assert_int_equal(plan_add_item(plan, &i, c), 0);
}

static int
sink_item(const struct plan_item *item, const uint8_t *data,
    const uint8_t hash[32], void *arg)
{
	uint8_t id[32], real[32];

	(void)arg;
	repo_chunk_id(fixture->r, hash, id);
	id_of(data, item->len, real);
	assert_memory_equal(id, item->id, sizeof(id));
	assert_memory_equal(real, item->id, sizeof(id));
	good++;
	return 0;
}

static void
sink_damaged(const struct plan_item *item, const char *phrase, void *arg)
{
	(void)item;
	(void)arg;
	lost++;
	why = phrase;
}

static bool
sink_cancelled(void *arg)
{
	(void)arg;
	return false;
}

static void
fetch(void)
{
	struct fetch_sink sink = { .item = sink_item,
	    .damaged = sink_damaged, .cancelled = sink_cancelled };

	plan_sort(plan);
	assert_int_equal(fetch_run(fixture->r, plan, 2, &sink), 0);
}

/* Many small chunks of one frame, each with deltas: more than one job. */
static void
test_many_deltas_of_one_frame(void **state)
{
	static struct chain chains[SMALLS];
	struct index_place frame;
	uint8_t *chunk, next[SMALL];
	size_t i, k;

	(void)state;
	memset(chains, 0, sizeof(chains));
	noise(raw[0], SMALL * SMALLS, 1);
	whole_add(0, raw[0], SMALL * SMALLS, &frame);
	for (i = 0; i < SMALLS; i++) {
		chunk = raw[0] + i * SMALL;
		chains[i].n = 1;
		chains[i].links[0].at = frame;
		chains[i].links[0].at.offset = (uint32_t)(i * SMALL);
		chains[i].links[0].at.len = SMALL;
		id_of(chunk, SMALL, chains[i].links[0].id);
		if (i % 7 == 0)
			continue;
		for (k = 1; k <= STEPS; k++) {
			memcpy(next, chunk, SMALL);
			noise(next + k * 100, 50, i * STEPS + k);
			delta_add(1 + k % 2, next, chunk, SMALL, &chains[i]);
			memcpy(chunk, next, SMALL);
		}
	}
	packs_put(chains, SMALLS);
	for (i = 0; i < SMALLS; i++)
		item_add(&chains[i]);
	/* The same content again. */
	for (i = 0; i < SMALLS; i += 2)
		item_add(&chains[i]);
	fetch();
	assert_int_equal(good, SMALLS + SMALLS / 2);
	assert_int_equal(lost, 0);
}

/* Chains whose frames are more than what is kept of others. */
static void
test_long_chains_of_long_deltas(void **state)
{
	static struct chain chains[2];
	size_t i, k;

	(void)state;
	memset(chains, 0, sizeof(chains));
	for (i = 0; i < 2; i++) {
		noise(raw[0], BIG, i + 5);
		chains[i].n = 1;
		whole_add(0, raw[0], BIG, &chains[i].links[0].at);
		id_of(raw[0], BIG, chains[i].links[0].id);
		for (k = 0; k < 9; k++) {
			memcpy(raw[1], raw[0], BIG);
			noise(raw[1] + k * 60000, 400000, 90 + i * 10 + k);
			delta_add(1 + k % 2, raw[1], raw[0], BIG, &chains[i]);
			memcpy(raw[0], raw[1], BIG);
		}
	}
	packs_put(chains, 2);
	for (k = 0; k < 3; k++) {
		item_add(&chains[0]);
		item_add(&chains[1]);
		/* What the last three links were built on. */
		memmove(&chains[0].links[0], &chains[0].links[3],
		    (chains[0].n -= 3) * sizeof(chains[0].links[0]));
	}
	fetch();
	assert_int_equal(good, 6);
	assert_int_equal(lost, 0);
}

/* With another base, a delta gives anything, which must not come. */
static void
test_a_wrong_base_is_found(void **state)
{
	static struct chain chains[3];
	size_t i;

	(void)state;
	memset(chains, 0, sizeof(chains));
	for (i = 0; i < 2; i++) {
		noise(raw[i], SMALL, i + 1);
		chains[i].n = 1;
		whole_add(0, raw[i], SMALL, &chains[i].links[0].at);
		id_of(raw[i], SMALL, chains[i].links[0].id);
	}
	chains[2] = chains[0];
	memcpy(raw[1], raw[0], SMALL);
	raw[1][10] ^= 1;
	delta_add(1, raw[1], raw[0], SMALL, &chains[2]);
	packs_put(chains, 3);
	for (i = 0; i < 3; i++)
		item_add(&chains[i]);
	chains[2].links[1] = chains[1].links[0];
	item_add(&chains[2]);
	fetch();
	assert_int_equal(good, 3);
	assert_int_equal(lost, 1);
	assert_non_null(strstr(why, "damaged"));
}

/* Only what needs it is lost with a pack of deltas. */
static void
test_a_missing_delta_is_told(void **state)
{
	static struct chain chains[2];

	(void)state;
	memset(chains, 0, sizeof(chains));
	noise(raw[0], SMALL, 1);
	chains[0].n = 1;
	whole_add(0, raw[0], SMALL, &chains[0].links[0].at);
	id_of(raw[0], SMALL, chains[0].links[0].id);
	chains[1] = chains[0];
	memcpy(raw[1], raw[0], SMALL);
	raw[1][10] ^= 1;
	delta_add(1, raw[1], raw[0], SMALL, &chains[1]);
	packs_put(chains, 2);
	item_add(&chains[0]);
	memset(chains[1].links[0].at.pack, 7, 32);
	item_add(&chains[1]);
	fetch();
	assert_int_equal(good, 1);
	assert_int_equal(lost, 1);
	assert_non_null(strstr(why, "missing"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("many deltas of one frame come right",
		    test_many_deltas_of_one_frame),
		CASE("long chains of long deltas come right",
		    test_long_chains_of_long_deltas),
		CASE("a wrong base is found", test_a_wrong_base_is_found),
		CASE("a missing delta is told, and nothing else is lost",
		    test_a_missing_delta_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
