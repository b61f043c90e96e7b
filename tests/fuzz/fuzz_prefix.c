/* fuzz_prefix.c: frames with a prefix: it as a part, u32 raw length, bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "codec/compress.h"
#include "tests/fuzz/fuzz.h"

static struct decompressor *decomp;

/* What is packed with the prefix comes back. */
static void
come_back(const struct frame_packed *from)
{
	static struct compressor *c;
	struct compress_prefixed p = { from->prefix, from->prefix_len,
	    from->data, from->len };
	struct buf *out = fuzz_buf(1u << 21);
	struct frame_packed f = *from;
	uint8_t *got;

	if (c == NULL)
		fuzz_check(compressor_new(3, &c) == 0, "memory");
	fuzz_check(compress_with_prefix(c, &p, SIZE_MAX, out) == 0, "packed");
	f.raw_len = (uint32_t)f.len;
	f.data = buf_ptr(out);
	f.len = buf_len(out);
	fuzz_check((got = malloc(f.raw_len)) != NULL, "memory");
	fuzz_check(decompress_frame(decomp, &f, got) == 0, "unpacked");
	fuzz_check(memcmp(got, from->data, f.raw_len) == 0, "the same data");
	free(got);
	buf_free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_input in = { data, len };
	struct frame_packed f = { .kind = FRAME_ZSTD_PREFIX };
	uint8_t head[4], *out;
	size_t i, room;

	fuzz_init();
	if (decomp == NULL)
		fuzz_check(decompressor_new(&decomp) == 0, "memory");
	f.prefix = fuzz_part(&in, &f.prefix_len);
	for (i = 0; i < sizeof(head); i++)
		head[i] = fuzz_byte(&in);
	f.raw_len = bytes_get32(head);
	f.data = in.p;
	f.len = in.left;
	/* Exactly as much room as was announced, and may be taken. */
	room = f.raw_len <= COMPRESS_RAW_MAX ? f.raw_len : 0;
	fuzz_check((out = malloc(room > 0 ? room : 1)) != NULL, "memory");
	(void)!decompress_frame(decomp, &f, out);
	free(out);
	if (f.prefix_len > 0 && f.len > 0 && f.len <= COMPRESS_PREFIX_MAX)
		come_back(&f);
	return 0;
}
