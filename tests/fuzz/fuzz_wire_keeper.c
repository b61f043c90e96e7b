/* fuzz_wire_keeper.c: what a keeper says, from the preamble on. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/wire.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_init();
	fuzz_wire_stream(WIRE_KEEPER, data, len);
	return 0;
}
