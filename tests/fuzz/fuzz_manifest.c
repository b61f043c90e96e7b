/* fuzz_manifest.c: the line of a manifest, and escaped paths. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "restore/manifest.h"
#include "tests/fuzz/fuzz.h"

/* What was parsed comes back, whatever way it was written before. */
static void
again(const struct manifest_line *l)
{
	struct buf *b = fuzz_buf(1u << 20), *c = fuzz_buf(1u << 20);
	struct manifest_line m;
	char *text;
	size_t len;

	fuzz_check(manifest_line_format(l, b) == 0, "a line is formatted");
	len = buf_len(b) - 1;
	text = fuzz_text(buf_ptr(b), len);
	fuzz_check(manifest_line_parse(text, len, &m) == 0 &&
	    m.path_len == l->path_len && m.have == l->have &&
	    m.attr.have == l->attr.have &&
	    memcmp(m.path, l->path, m.path_len) == 0,
	    "a line that was formatted says the same");
	fuzz_check(manifest_line_format(&m, c) == 0, "formatted again");
	fuzz_same(c, buf_ptr(b), buf_len(b));
	buf_free(b);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct manifest_line l;
	char *text;

	fuzz_init();
	text = fuzz_text(data, len);
	if (manifest_line_parse(text, len, &l) == 0)
		again(&l);
	free(text);
	return 0;
}
