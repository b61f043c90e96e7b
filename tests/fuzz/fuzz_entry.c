/* fuzz_entry.c: entries, one after the other; the first byte allows "/". */
#include "base/buf.h"
#include "repo/entry.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_input in = { data, len };
	bool any = fuzz_byte(&in) & 1;
	struct buf *b, *again;
	const uint8_t *from;
	struct entry e;

	fuzz_init();
	b = fuzz_borrow(in.p, in.left);
	for (from = buf_ptr(b); entry_decode(b, any, &e) == 0;
	    from = buf_ptr(b)) {
		again = fuzz_buf(ENTRY_ENCODED_MAX);
		fuzz_check(entry_encode(&e, again) == 0,
		    "an entry can be encoded again");
		fuzz_same(again, from, (size_t)(buf_ptr(b) - from));
	}
	buf_free(b);
	return 0;
}
