/* fuzz_control.c: what clients send to the control socket, and answers. */
#include "base/buf.h"
#include "control/control.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf *b, *again;
	struct control c;

	fuzz_init();
	b = fuzz_borrow(data, len);
	while (control_decode(b, CONTROL_REQUEST_MAX, &c) == 1) {
		again = fuzz_buf(CONTROL_REPLY_MAX + CONTROL_HEAD);
		fuzz_check(control_encode(&c, again) == 0,
		    "what can be read can be written");
		buf_free(again);
		control_clear(&c);
	}
	buf_free(b);
	return 0;
}
