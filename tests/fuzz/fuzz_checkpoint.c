/* fuzz_checkpoint.c: what is in the box of a writer's checkpoint. */
#include <stdlib.h>

#include "base/buf.h"
#include "repo/marker.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t (*runs)[32], last = 0;
	size_t count, i;
	uint32_t n;
	struct buf *b;

	fuzz_init();
	b = fuzz_object(OBJECT_CHECKPOINT, data, len);
	if (checkpoint_decode(fuzz_repo(), buf_ptr(b), buf_len(b), &n, &runs,
	    &count) == 0) {
		for (i = 0; i < count; i++)
			last |= runs[i][31];	/* all of it is there */
		fuzz_check(count <= MARKER_RUNS_MAX && (last == 0 ||
		    count > 0), "few runs");
		free(runs);
	}
	buf_free(b);
	return 0;
}
