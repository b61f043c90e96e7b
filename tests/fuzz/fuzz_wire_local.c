/* fuzz_wire_local.c: what a keeper says to its puller. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/wire.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_init();
	fuzz_wire_stream(WIRE_KEEPER_LOCAL, data, len);
	return 0;
}
