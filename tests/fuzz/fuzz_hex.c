/* fuzz_hex.c: hexadecimal digits; the first byte tells how many bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_input in = { data, len };
	size_t want = fuzz_byte(&in);
	char *text, again[2 * 255 + 1];
	uint8_t *out;

	fuzz_init();
	text = fuzz_text(in.p, in.left);
	fuzz_check((out = malloc(want > 0 ? want : 1)) != NULL, "memory");
	if (hex_parse(text, out, want) == 0) {
		hex_format(out, want, again);
		fuzz_check(strlen(text) == strlen(again), "all of it");
	}
	free(out);
	free(text);
	return 0;
}
