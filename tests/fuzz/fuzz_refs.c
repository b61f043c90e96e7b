/* fuzz_refs.c: a refs object: what is in its boxes, as parts. */
#include "base/buf.h"
#include "repo/refs_impl.h"
#include "store/store.h"
#include "tests/fuzz/fuzz.h"

static void
refs_make(struct buf *b, struct fuzz_input *in)
{
	const uint8_t *p;
	uint8_t number = 0;
	size_t len;

	fuzz_head(b, OBJECT_REFS);
	do {
		p = fuzz_part(in, &len);
		fuzz_check(buf_put_u32(b, (uint32_t)(len + BOX_OVERHEAD)) ==
		    0, "memory");
		fuzz_box(b, number, p, len);
		number = 1;
	} while (in->left > 0);
}

/* As one object, and as a chain. */
static void
refs_use(struct repo *r, const uint8_t hash[32])
{
	struct refs_head head;
	struct refs_set *set;
	struct spool recs;
	int64_t count;
	size_t i;

	spool_init(&recs, sizeof(struct ref));
	if (refs_object_get(r, hash, 1, &recs, &head) == 0)
		fuzz_check(recs.n == head.records, "as many as announced");
	spool_clear(&recs);
	if (refs_set_load(r, hash, &set) != 0)
		return;
	for (i = 0; i < refs_set_count(set); i++)
		fuzz_check(refs_set_has(set, refs_set_id(set, i, &count)),
		    "what is in a set is found in it");
	refs_set_free(set);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_input in = { data, len };
	char name[OBJECT_NAME_MAX];
	struct repo *r;
	struct buf *b;
	uint8_t hash[32];

	fuzz_init();
	r = fuzz_repo();
	b = fuzz_buf(64u << 20);
	refs_make(b, &in);
	fuzz_check(object_put(r, "refs", buf_ptr(b), buf_len(b), hash) == 0,
	    "a put");
	refs_use(r, hash);
	object_name("refs", hash, name);
	fuzz_check(store_delete(repo_store(r), name) == 0, "a delete");
	buf_free(b);
	return 0;
}
