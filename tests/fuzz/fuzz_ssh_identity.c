/* fuzz_ssh_identity.c: private key files. */
#include "base/buf.h"
#include "ssh/identity.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf *b;

	fuzz_init();
	b = fuzz_borrow(data, len);
	(void)ssh_identity_kind(b);
	buf_free(b);
	return 0;
}
