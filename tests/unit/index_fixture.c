/* index_fixture.c: runs of made-up chunks, for the tests of the index. */
#include "config.h"

#include "tests/unit/index_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/id.h"
#include "repo/internal.h"

#define FRAME_CHUNKS 8

void
chunk_id(uint32_t n, uint8_t id[32])
{
	static const struct id_key key = { { 1 } };

	id_mac(&key, &n, sizeof(n), id);
}

/* The pack of chunk n in the run called who. */
static void
pack_of(uint32_t n, uint8_t who, uint8_t pack[32])
{
	memset(pack, who, 32);
	bytes_put32(pack, n / 64);
}

void
add_chunks(struct index_run *run, uint32_t first, uint32_t n, uint8_t who)
{
	struct pack_chunk chunks[FRAME_CHUNKS];
	struct pack_frame f = { .chunks = chunks };
	uint8_t pack[32];
	uint32_t i, c;

	for (i = first; i < first + n; i += f.nchunks) {
		memset(chunks, 0, sizeof(chunks));
		f.nchunks = first + n - i < FRAME_CHUNKS ?
		    first + n - i : FRAME_CHUNKS;
		f.offset = 24 + 1000 * i;
		f.info.stored_len = 500 + i % 100;
		f.info.raw_len = FRAME_CHUNKS * 10;
		f.info.kind = 1;
		f.info.class = (uint8_t)(i % 2);
		for (c = 0; c < f.nchunks; c++) {
			chunk_id(i + c, chunks[c].id);
			chunks[c].offset = 10 * c;
			chunks[c].len = 10;
		}
		pack_of(i, who, pack);
		assert_int_equal(index_run_add(run, pack, &f, 1), 0);
	}
}

void
put_chunks(struct index *x, uint32_t first, uint32_t n, uint8_t hash[32])
{
	struct index_run *run;

	assert_int_equal(index_run_new(&run), 0);
	add_chunks(run, first, n, 0x55);
	assert_int_equal(index_run_put(x, run, hash), 0);
	index_run_free(run);
}

void
assert_chunks(struct index *x, uint32_t first, uint32_t n)
{
	struct index_place p;
	uint8_t id[32], pack[32];
	uint32_t i, frame;

	for (i = first; i < first + n; i++) {
		chunk_id(i, id);
		assert_int_equal(index_find(x, id, &p), 0);
		frame = first + (i - first) / FRAME_CHUNKS * FRAME_CHUNKS;
		pack_of(frame, 0x55, pack);
		assert_memory_equal(p.pack, pack, 32);
		assert_int_equal(p.frame_offset, 24 + 1000 * frame);
		assert_int_equal(p.frame_stored, 500 + frame % 100);
		assert_int_equal(p.frame_raw, FRAME_CHUNKS * 10);
		assert_int_equal(p.kind, 1);
		assert_int_equal(p.class, frame % 2);
		assert_int_equal(p.offset, 10 * (i - frame));
		assert_int_equal(p.len, 10);
		assert_int_equal(p.depth, 0);
	}
	chunk_id(i, id);
	assert_int_equal(index_find(x, id, &p), ERR_NOENT);
}
