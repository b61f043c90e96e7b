/* fuzz_phrase.c: recovery keys as they are typed. */
#include <stdlib.h>
#include <string.h>

#include "crypto/phrase.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t key[PHRASE_KEY_LEN], again[PHRASE_KEY_LEN];
	char *text, printed[PHRASE_MAX];

	fuzz_init();
	text = fuzz_text(data, len);
	if (phrase_parse(text, key) == 0) {
		phrase_format(key, printed);
		fuzz_check(phrase_parse(printed, again) == 0 &&
		    memcmp(key, again, sizeof(key)) == 0,
		    "a phrase is a key and the key a phrase");
		fuzz_check(phrase_error_group(text) == 0, "no wrong group");
	} else
		fuzz_check(phrase_error_group(text) <= PHRASE_GROUPS,
		    "one of the groups");
	free(text);
	return 0;
}
