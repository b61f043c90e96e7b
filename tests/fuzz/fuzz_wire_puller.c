/* fuzz_wire_puller.c: what a puller says to its keeper. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/wire.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_init();
	fuzz_wire_stream(WIRE_PULLER, data, len);
	return 0;
}
