/* fuzz_patch.c: the puller's part: 0 DELTA or 1 PACKED, a basis as a part, the
 * body. */
#include "backupd/patch.h"
#include "base/buf.h"
#include "tests/fuzz/fuzz.h"
#include "wire/delta.h"

#define NEW_LEN 64			/* of the new chunks */
#define OUT_MAX (4u << 20)

/* Chunks 0 and 2 of batch 1 have the basis. */
static void
bases_give(struct patch *p, const uint8_t *basis, size_t len)
{
	struct wire_basis m = { .batch = 1, .len = NEW_LEN, .block = 256,
	    .data = basis, .data_len = len };
	struct buf *body, *out;
	size_t got;

	for (m.chunk = 0; m.chunk <= 2; m.chunk += 2) {
		body = fuzz_buf(OUT_MAX);
		out = fuzz_buf(OUT_MAX);
		fuzz_check(wire_basis_encode(&m, body) == 0 &&
		    patch_basis(p, body, out, &got) == 0, "a basis is taken");
		buf_free(body);
		buf_free(out);
	}
}

/* PATCHED holds what it says. */
static void
patched_check(struct buf *out)
{
	struct wire_delta_part part;
	struct wire_patched m;
	size_t good = 0;
	int r;

	fuzz_check(buf_skip(out, WIRE_HEAD_LEN) == 0 &&
	    wire_patched_decode(out, &m) == 0, "PATCHED decodes");
	while ((r = wire_patched_next(out, &m, &part)) == 1)
		if (part.good)
			good += NEW_LEN;
	fuzz_check(r == 0 && m.data_len == good, "PATCHED holds its chunks");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_input in = { data, len };
	bool delta = fuzz_byte(&in) == 0;
	const uint8_t *basis;
	struct patch *p = NULL;
	struct buf *body, *out;
	const char *why = NULL;
	size_t basis_len;
	int r;

	fuzz_init();
	basis = fuzz_part(&in, &basis_len);
	fuzz_check(patch_new(&p) == 0, "memory");
	if (basis_len > 0)
		bases_give(p, basis, basis_len);
	body = fuzz_borrow(in.p, in.left);
	out = fuzz_buf(OUT_MAX);
	r = delta ? patch_delta(p, body, out, &why) :
	    patch_packed(p, body, out, &why);
	fuzz_check(r == 0 || (buf_len(out) == 0 && why != NULL),
	    "a failure leaves nothing, and says why");
	if (r == 0 && delta)
		patched_check(out);
	buf_free(body);
	buf_free(out);
	patch_free(p);
	return 0;
}
