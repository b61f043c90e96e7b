/* fuzz_wire_frame.c: the body of FRAME, with its items. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/wire.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_init();
	fuzz_wire_body(WIRE_FRAME, data, len);
	return 0;
}
