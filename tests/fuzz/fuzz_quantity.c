/* fuzz_quantity.c: sizes, times, rates and shares; a byte tells which. */
#include <stdlib.h>

#include "policy/quantity.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_input in = { data, len };
	enum quantity_kind kind = fuzz_byte(&in) % (QUANTITY_PERCENT + 1);
	int64_t v;
	char *text;

	fuzz_init();
	text = fuzz_text(in.p, in.left);
	if (quantity_parse(text, kind, &v) == 0)
		fuzz_check(v >= 0 && (kind != QUANTITY_PERCENT ||
		    v <= 10000), "a quantity within its bounds");
	free(text);
	return 0;
}
