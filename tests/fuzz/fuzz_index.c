/* fuzz_index.c: a run of the index: what is in its boxes, as parts. */
#include "base/buf.h"
#include "repo/index_impl.h"
#include "store/store.h"
#include "tests/fuzz/fuzz.h"

/* The head box, then the blocks. */
static void
index_make(struct buf *b, struct fuzz_input *in)
{
	const uint8_t *p;
	size_t len;

	fuzz_head(b, OBJECT_INDEX);
	p = fuzz_part(in, &len);
	fuzz_check(buf_put_u32(b, (uint32_t)(len + BOX_OVERHEAD)) == 0,
	    "memory");
	fuzz_box(b, 0, p, len);
	while (in->left > 0) {
		p = fuzz_part(in, &len);
		fuzz_box(b, 1, p, len);
	}
}

/* All that a reader asks of a run. */
static void
run_use(const struct run *u)
{
	struct index_place place;
	size_t i;

	for (i = 0; i < u->n[RUN_RECORDS]; i++) {
		run_place(u, i, &place);
		fuzz_check(place.offset + (uint64_t)place.len <=
		    place.frame_raw, "chunks in their frame");
		fuzz_check(run_search(u, run_at(u, RUN_RECORDS, i)) <= i,
		    "sorted records");
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_input in = { data, len };
	char name[OBJECT_NAME_MAX];
	struct repo *r;
	struct run *u;
	struct buf *b;
	uint8_t hash[32];

	fuzz_init();
	r = fuzz_repo();
	b = fuzz_buf(64u << 20);
	index_make(b, &in);
	fuzz_check(object_put(r, INDEX_DIR, buf_ptr(b), buf_len(b),
	    hash) == 0, "a put");
	if (run_read(r, hash, &u) == 0) {
		run_use(u);
		run_free(u);
	}
	object_name(INDEX_DIR, hash, name);
	fuzz_check(store_delete(repo_store(r), name) == 0, "a delete");
	buf_free(b);
	return 0;
}
