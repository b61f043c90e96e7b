/* fuzz_ssh_kexinit.c: the first bytes of a server; a byte gives the room. */
#include <string.h>

#include "ssh/kexinit.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_input in = { data, len };
	size_t room = 1 + (size_t)fuzz_byte(&in);
	char out[256];

	fuzz_init();
	if (ssh_kexinit_hostkeys(in.p, in.left, out, room) == 0)
		fuzz_check(strlen(out) < room, "a text that fits");
	return 0;
}
