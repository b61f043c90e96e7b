/* fuzz_pack_footer.c: a part as the frames, and what is in the footer. */
#include "base/buf.h"
#include "hash/sha256.h"
#include "repo/pack.h"
#include "repo/pack_format.h"
#include "tests/fuzz/fuzz.h"

/* Append len bytes, the box, and the tail of a pack. */
static void
pack_make(struct buf *b, const uint8_t *frames, size_t len,
    const struct fuzz_input *in)
{
	fuzz_head(b, OBJECT_PACK);
	fuzz_check(buf_put(b, frames, len) == 0, "memory");
	fuzz_box(b, 0, in->p, in->left);
	fuzz_check(buf_put_u32(b, (uint32_t)(in->left + BOX_OVERHEAD)) == 0 &&
	    buf_put(b, PACK_MAGIC, PACK_MAGIC_LEN) == 0, "memory");
}

static void
decode(const uint8_t *object, size_t len)
{
	const struct pack_frame *frames;
	struct pack_footer *f;
	uint8_t hash[32];
	size_t n, i;
	uint32_t j;

	fuzz_check(sha256_of(object, len, hash) == 0, "a hash");
	if (pack_footer_decode(fuzz_repo(), hash, object, len, &f) != 0)
		return;
	frames = pack_footer_frames(f, &n);
	for (i = 0; i < n; i++) {
		fuzz_check(frames[i].offset + (uint64_t)
		    frames[i].info.stored_len <= len, "frames in the pack");
		for (j = 0; j < frames[i].nchunks; j++)
			fuzz_check(frames[i].chunks[j].offset +
			    (uint64_t)frames[i].chunks[j].len <=
			    frames[i].info.raw_len, "chunks in the frame");
	}
	pack_footer_free(f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_input in = { data, len };
	const uint8_t *frames;
	struct buf *b;
	size_t n;

	fuzz_init();
	decode(data, len);	/* without a seal */
	frames = fuzz_part(&in, &n);
	b = fuzz_buf(32u << 20);
	pack_make(b, frames, n, &in);
	decode(buf_ptr(b), buf_len(b));
	buf_free(b);
	return 0;
}
