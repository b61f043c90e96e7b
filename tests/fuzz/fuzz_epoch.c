/* fuzz_epoch.c: epochs: id, time, signer, then what is in the box. */
#include "base/buf.h"
#include "crypto/secret.h"
#include "repo/core.h"
#include "tests/fuzz/fuzz.h"

#define OPEN_LEN (16 + 8 + 32)

static void
decode(const struct buf *b)
{
	struct epoch ep;

	if (epoch_decode(fuzz_repo(), buf_ptr(b), buf_len(b), &ep) == 0)
		secret_free(ep.frame);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t open = len < OPEN_LEN ? len : OPEN_LEN;
	struct box box = { .number = 0 };
	struct buf *b;
	uint8_t *p;

	fuzz_init();
	b = fuzz_buf(len + OBJECT_HEAD_LEN + BOX_OVERHEAD);
	fuzz_head(b, OBJECT_EPOCH);
	fuzz_check(buf_put(b, data, len) == 0, "memory");
	decode(b);	/* with a box that is not one */
	buf_trim(b, len - open);
	fuzz_check(buf_reserve(b, len - open + BOX_OVERHEAD, &p) == 0,
	    "memory");
	box.key = repo_keys(fuzz_repo())->epoch;
	box.head = buf_ptr(b);
	box_seal_with(&box, data + open, len - open, p);
	decode(b);
	buf_free(b);
	return 0;
}
