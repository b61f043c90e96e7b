/* fuzz_content.c: items of content, one after the other. */
#include "base/buf.h"
#include "repo/entry.h"
#include "repo/frame.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf *b, *again;
	const uint8_t *from;
	struct content_item i;

	fuzz_init();
	b = fuzz_borrow(data, len);
	for (from = buf_ptr(b); content_decode(b, &i) == 0;
	    from = buf_ptr(b)) {
		fuzz_check(i.len > 0 && (i.hole || i.len <= FRAME_RAW_MAX),
		    "a chunk fits a frame");
		again = fuzz_buf(64);
		fuzz_check(content_encode(&i, again) == 0,
		    "an item can be encoded again");
		fuzz_same(again, from, (size_t)(buf_ptr(b) - from));
	}
	buf_free(b);
	return 0;
}
