/* fuzz_xattrs.c: extended attributes, as they come out of a repository. */
#include <sys/stat.h>
#include <unistd.h>

#include "restore/meta.h"
#include "tests/fuzz/file.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct meta_self self = { .uid = geteuid(), .gid = getegid() };
	struct attr a = { .type = ATTR_FILE };
	struct meta m = { .self = &self, .dirfd = -1, .name = "file",
	    .attr = &a, .fresh = true, .safe = true };
	unsigned int failed;

	fuzz_init();
	/* A file without a name: what can be set on it is gone with it. */
	m.fd = fuzz_file_fd(NULL, 0);
	m.xattrs = data;
	m.xattrs_len = len;
	meta_apply(&m, &failed);
	fuzz_check((failed & ~(unsigned int)META_XATTR) == 0,
	    "nothing else fails");
	return 0;
}
