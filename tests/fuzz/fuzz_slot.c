/* fuzz_slot.c: key slots, behind their head. */
#include <string.h>

#include "base/buf.h"
#include "crypto/kdf.h"
#include "crypto/secret.h"
#include "repo/core.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct key_input key = { .kind = KEY_HOST };
	const uint8_t *id;
	struct secret *master = NULL;
	struct slot slot;
	struct buf *b;

	fuzz_init();
	id = repo_params(fuzz_repo())->id;
	b = fuzz_buf(len + OBJECT_HEAD_LEN);
	fuzz_head(b, OBJECT_SLOT);
	fuzz_check(buf_put(b, data, len) == 0 &&
	    secret_new(SECRET_KEY_LEN, &master) == 0, "memory");
	if (slot_decode(id, buf_ptr(b), buf_len(b), &slot) == 0) {
		fuzz_check(strlen(slot.label) <= SLOT_LABEL_MAX &&
		    slot.mem <= KDF_PASS_MEM_MAX &&
		    slot.ops <= KDF_PASS_OPS_MAX, "the caps of a slot");
		(void)!slot_open(id, &slot, &key, master);
	}
	secret_free(master);
	buf_free(b);
	return 0;
}
