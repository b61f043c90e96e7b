/* fuzz_delta.c: deltas: basis as a part, u32 length to give, the delta. */
#include <stdlib.h>

#include "codec/delta.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_input in = { data, len };
	struct delta_input d;
	uint8_t head[4], *out;
	size_t i, want;

	fuzz_init();
	d.basis = fuzz_part(&in, &d.basis_len);
	for (i = 0; i < sizeof(head); i++)
		head[i] = fuzz_byte(&in);
	want = bytes_get32(head);
	d.delta = in.p;
	d.delta_len = in.left;
	/* Exactly as much room as is asked for, and may be. */
	out = malloc(want > 0 && want <= DELTA_RAW_MAX ? want : 1);
	fuzz_check(out != NULL, "memory");
	(void)!delta_apply(&d, out, want);
	free(out);
	return 0;
}
