/* fuzz_event.c: what workers tell, behind lengths, until the end. */
#include "backupd/event.h"
#include "base/buf.h"
#include "base/err.h"
#include "tests/fuzz/file.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf *scratch;
	struct event e;
	int fd;

	fuzz_init();
	scratch = fuzz_buf(EVENT_MAX);
	fd = fuzz_file_fd(data, len);
	while (event_read(fd, scratch, &e) == 0) {
		if (e.type == EVENT_ISSUE)
			(void)err_text(e.u.issue.code);
		event_clear(&e);
	}
	buf_free(scratch);
	return 0;
}
