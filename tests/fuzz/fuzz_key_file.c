/* fuzz_key_file.c: key files. */
#include "repo/key.h"
#include "tests/fuzz/file.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct key_file kf;

	fuzz_init();
	(void)!key_file_read(fuzz_file(data, len), &kf);
	return 0;
}
