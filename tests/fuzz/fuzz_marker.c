/* fuzz_marker.c: what is in the box of a writer's beginning. */
#include "base/buf.h"
#include "repo/marker.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct marker m;
	struct buf *b;

	fuzz_init();
	b = fuzz_object(OBJECT_WRITER, data, len);
	(void)!marker_decode(fuzz_repo(), buf_ptr(b), buf_len(b), &m);
	buf_free(b);
	return 0;
}
