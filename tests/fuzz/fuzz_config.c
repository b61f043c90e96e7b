/* fuzz_config.c: the config; its sum is made to hold. */
#include "base/buf.h"
#include "hash/sha256.h"
#include "repo/core.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct repo_params p;
	struct buf *b;
	uint8_t sum[32];

	fuzz_init();
	b = fuzz_buf(len + sizeof(sum));
	fuzz_check(sha256_of(data, len, sum) == 0 &&
	    buf_put(b, data, len) == 0 && buf_put(b, sum, sizeof(sum)) == 0,
	    "memory");
	if (config_decode(buf_ptr(b), buf_len(b), &p) == 0) {
		fuzz_check(p.frame_max <= FRAME_RAW_MAX &&
		    p.chunk_max <= p.frame_max &&
		    p.pack_max >= 2 * p.frame_max, "possible parameters");
		(void)!config_check_mac(fuzz_repo(), buf_ptr(b), buf_len(b));
	}
	buf_free(b);
	(void)!config_decode(data, len, &p);
	return 0;
}
