/* fuzz_signature.c: signatures, and data to search for what they sign. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "codec/delta.h"
#include "tests/fuzz/fuzz.h"

/* What is made by a true signature of the basis gives the data. */
static void
come_back(const uint8_t *basis, size_t basis_len, const uint8_t *data,
    size_t len)
{
	struct buf *sig = fuzz_buf(1u << 20), *delta = fuzz_buf(1u << 20);
	struct delta_input d = { basis, basis_len, NULL, 0 };
	uint8_t *out;

	fuzz_check(delta_sign(basis, basis_len, DELTA_BLOCK_MIN, sig) == 0,
	    "signature made");
	fuzz_check(delta_make(buf_ptr(sig), buf_len(sig), data, len, 1u << 19,
	    delta) == 0, "delta made");
	d.delta = buf_ptr(delta);
	d.delta_len = buf_len(delta);
	fuzz_check((out = malloc(len + 1)) != NULL, "memory");
	fuzz_check(delta_apply(&d, out, len) == 0, "delta applied");
	fuzz_check(len == 0 || memcmp(out, data, len) == 0, "the same data");
	free(out);
	buf_free(sig);
	buf_free(delta);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_input in = { data, len };
	struct buf *out;
	const uint8_t *sig;
	size_t sig_len;
	int r;

	fuzz_init();
	sig = fuzz_part(&in, &sig_len);
	out = fuzz_buf(1u << 20);
	r = delta_make(sig, sig_len, in.p, in.left, in.left / 2, out);
	fuzz_check(r != 0 || buf_len(out) <= in.left / 2, "within its room");
	fuzz_check(r == 0 || buf_len(out) == 0, "nothing appended");
	fuzz_check(r != 0 || delta_signature_check(sig, sig_len) == 0,
	    "a signature that is one");
	buf_free(out);
	/* libFuzzer gives no input that is too long for this. */
	if (in.left <= 1u << 18)
		come_back(sig, sig_len, in.p, in.left);
	return 0;
}
