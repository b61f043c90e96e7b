/* fuzz_object_name.c: names in a store: of snapshots, writers, hashes. */
#include <stdlib.h>
#include <string.h>

#include "repo/core.h"
#include "repo/marker.h"
#include "repo/snapshot.h"
#include "store/store.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *name, source[33], again[SNAPSHOT_NAME_MAX];
	struct marker_name m;
	uint8_t hash[32];
	uint64_t seq;

	fuzz_init();
	name = fuzz_text(data, len);
	if (snapshot_name_parse(name, source, &seq) == 0) {
		snapshot_name(source, seq, again);
		fuzz_check(strcmp(name, again) == 0, "one name a snapshot");
	}
	if (marker_name_parse(name, &m) == 0)
		fuzz_check(store_name_ok(name), "a name of the store");
	(void)!object_name_hash(name, "keys/slots", hash);
	free(name);
	return 0;
}
