/* fuzz_wire_page.c: the body of PAGE, with its items. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/wire.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_init();
	fuzz_wire_body(WIRE_PAGE, data, len);
	return 0;
}
