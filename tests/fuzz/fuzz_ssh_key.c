/* fuzz_ssh_key.c: public key lines of hosts, here and in the policy. */
#include <stdlib.h>

#include "policy/internal.h"
#include "ssh/key.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *line, text[SSH_KEY_FINGERPRINT_MAX];
	struct ssh_key key;
	int r;

	fuzz_init();
	line = fuzz_text(data, len);
	if ((r = ssh_key_parse(line, &key)) == 0)
		fuzz_check(key.len <= SSH_KEY_BLOB_MAX &&
		    ssh_key_fingerprint(key.blob, key.len, text) == 0,
		    "a fingerprint");
	fuzz_check(policy_hostkey(line) != HOSTKEY_OK || r == 0,
	    "what the policy takes, ssh takes");
	free(line);
	return 0;
}
