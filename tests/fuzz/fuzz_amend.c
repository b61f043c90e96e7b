/* fuzz_amend.c: any text, amended as a policy. */
#include <string.h>

#include "base/buf.h"
#include "policy/amend.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct amend_text t = { (const char *)data, len };
	struct buf *b;

	fuzz_init();
	b = fuzz_buf(len + 4096);
	if (amend_add_host(&t, "{ }", b) == 0)
		fuzz_check(buf_len(b) > len, "something was added");
	buf_free(b);
	b = fuzz_buf(len + 4096);
	if (amend_set_host(&t, "a", "key", "1", b) == 0)
		fuzz_check(buf_len(b) >= 1, "there is a value");
	buf_free(b);
	b = fuzz_buf(len + 4096);
	if (amend_remove_host(&t, "a", b) == 0)
		fuzz_check(buf_len(b) < len, "something was removed");
	buf_free(b);
	return 0;
}
