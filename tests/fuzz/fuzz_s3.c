/* fuzz_s3.c: what an S3 server says; lists and complaints. */
#include <string.h>

#include "store/s3_xml.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char text[S3_TEXT_MAX];
	struct s3_complaint c;
	struct s3_page page;
	size_t i;

	fuzz_init();
	if (s3_page_parse(data, len, &page) == 0)
		for (i = 0; i < page.n; i++)
			fuzz_check(strlen(page.items[i].key) < S3_TEXT_MAX &&
			    page.items[i].size <= INT64_MAX,
			    "an item within its bounds");
	s3_page_clear(&page);
	if (s3_complaint_parse(data, len, &c) != 0)
		fuzz_check(c.code[0] == '\0' && c.region[0] == '\0',
		    "no half of a complaint");
	if (s3_xml_find(data, len, "Error/Code", text) == 0)
		fuzz_check(strlen(text) < sizeof(text), "a bounded text");
	return 0;
}
