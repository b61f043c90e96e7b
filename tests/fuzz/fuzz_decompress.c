/* fuzz_decompress.c: frames: kind, u32 raw length, packed bytes. */
#include <stdlib.h>

#include "codec/compress.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct decompressor *d;
	struct fuzz_input in = { data, len };
	struct frame_packed f;
	uint8_t head[4], *out;
	size_t i, room;

	fuzz_init();
	if (d == NULL)
		fuzz_check(decompressor_new(&d) == 0, "memory");
	f.kind = fuzz_byte(&in);
	for (i = 0; i < sizeof(head); i++)
		head[i] = fuzz_byte(&in);
	f.raw_len = bytes_get32(head);
	f.data = in.p;
	f.len = in.left;
	/* Exactly as much room as was announced, and may be taken. */
	room = f.raw_len <= COMPRESS_RAW_MAX ? f.raw_len : 0;
	fuzz_check((out = malloc(room > 0 ? room : 1)) != NULL, "memory");
	(void)!decompress_frame(d, &f, out);
	free(out);
	return 0;
}
