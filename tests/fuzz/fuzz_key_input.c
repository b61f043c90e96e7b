/* fuzz_key_input.c: what an officer gives: key file, phrase, passphrase. */
#include <stdlib.h>

#include "repo/key.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct key_input key;
	char *text;

	fuzz_init();
	text = fuzz_text(data, len);
	if (key_input_parse(text, &key) == 0)
		fuzz_check(key.kind != KEY_PASSPHRASE ||
		    key.passphrase[0] != '\0', "a passphrase is not empty");
	free(text);
	return 0;
}
