/* fuzz_signer.c: what is in the box of a signer. */
#include "base/buf.h"
#include "repo/core.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t public_key[32];
	struct buf *b;

	fuzz_init();
	b = fuzz_object(OBJECT_SIGNER, data, len);
	(void)!signer_decode(fuzz_repo(), buf_ptr(b), buf_len(b), public_key);
	buf_free(b);
	return 0;
}
