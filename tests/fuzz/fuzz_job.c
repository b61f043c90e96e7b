/* fuzz_job.c: job records, as a worker reads them. */
#include "backupd/job.h"
#include "base/buf.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf *b, *again;
	struct job *j;

	fuzz_init();
	b = fuzz_borrow(data, len);
	if (job_decode(b, &j) == 0) {
		again = fuzz_buf(JOB_ENCODED_MAX);
		fuzz_check(job_encode(j, again) == 0,
		    "a job can be encoded again");
		fuzz_check(buf_len(again) == len, "in as many bytes");
		buf_free(again);
		job_free(j);
	}
	buf_free(b);
	return 0;
}
