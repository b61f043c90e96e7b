/* fuzz_exclude.c: patterns as parts, an empty one, and then a path. */
#include "agents/exclude.h"
#include "tests/fuzz/fuzz.h"

#define PATTERN_MAX 4096	/* as the protocol has it */

/* Where the last name begins. */
static size_t
name_off(const uint8_t *path, size_t len)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	return len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_input in = { data, len };
	const uint8_t *p;
	struct exclude *e;
	size_t n, off;
	bool file, dir;

	fuzz_init();
	fuzz_check(exclude_new(&e) == 0, "memory");
	for (;;) {
		p = fuzz_part(&in, &n);
		if (n == 0)
			break;
		(void)!exclude_add(e, p, n < PATTERN_MAX ? n : PATTERN_MAX);
	}
	off = name_off(in.p, in.left);
	file = exclude_match(e, in.p, in.left, off, false);
	dir = exclude_match(e, in.p, in.left, off, true);
	fuzz_check(!exclude_empty(e) || (!file && !dir),
	    "no patterns exclude nothing");
	exclude_free(e);
	return 0;
}
