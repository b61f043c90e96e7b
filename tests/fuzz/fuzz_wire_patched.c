/* fuzz_wire_patched.c: the body of PATCHED, with its parts. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/wire.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_init();
	fuzz_wire_body(WIRE_PATCHED, data, len);
	return 0;
}
