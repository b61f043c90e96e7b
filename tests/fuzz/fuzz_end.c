/* fuzz_end.c: what is in the box of a writer's end. */
#include "base/buf.h"
#include "repo/marker.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	enum marker_outcome outcome;
	struct buf *b;

	fuzz_init();
	b = fuzz_object(OBJECT_END, data, len);
	if (marker_end_decode(fuzz_repo(), buf_ptr(b), buf_len(b),
	    &outcome) == 0)
		fuzz_check(outcome <= MARKER_ENDED, "a known outcome");
	buf_free(b);
	return 0;
}
