/* fuzz_attr.c: attribute blocks, one after the other. */
#include "base/attr.h"
#include "base/buf.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf *b, *again;
	const uint8_t *from;
	struct attr a;

	fuzz_init();
	b = fuzz_borrow(data, len);
	for (from = buf_ptr(b); attr_decode(b, &a) == 0; from = buf_ptr(b)) {
		again = fuzz_buf(ATTR_ENCODED_MAX);
		fuzz_check(attr_encode(&a, again) == 0,
		    "attributes can be encoded again");
		fuzz_same(again, from, (size_t)(buf_ptr(b) - from));
	}
	buf_free(b);
	return 0;
}
