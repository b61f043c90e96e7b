/* test_s3_xml.c: lists and complaints, and what is none. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/s3_xml.h"

#define ITEM(key, size) "<Contents><Key>" key "</Key><ETag>&quot;x&quot;" \
	"</ETag><Size>" size "</Size></Contents>"

static int
parse(const char *text, struct s3_page *page)
{
	return s3_page_parse(text, strlen(text), page);
}

static void
a_page_is_read(void **state)
{
	struct s3_page page;

	(void)state;
	assert_int_equal(parse("<?xml version='1.0' encoding='UTF-8'?>\n"
	    "<ListBucketResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'"
	    "><Name>b</Name>" ITEM("a%2Fb+c%41", "7") ITEM("d%00e", "0")
	    ITEM("f%2", "1") "<IsTruncated>true</IsTruncated>"
	    "<NextContinuationToken>t&amp;u</NextContinuationToken>"
	    "<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes>"
	    "<EncodingType>url</EncodingType></ListBucketResult>", &page), 0);
	assert_int_equal(page.n, 3);
	assert_string_equal(page.items[0].key, "a/b cA");
	assert_int_equal(page.items[0].size, 7);
	assert_string_equal(page.items[1].key, "d%00e");
	assert_string_equal(page.items[2].key, "f%2");
	assert_true(page.truncated);
	assert_string_equal(page.token, "t&u");
	s3_page_clear(&page);
}

static void
keys_stay_as_they_are_unless_encoded(void **state)
{
	struct s3_page page;

	(void)state;
	assert_int_equal(parse("<ListBucketResult>" ITEM("a+%41", "7")
	    "</ListBucketResult>", &page), 0);
	assert_string_equal(page.items[0].key, "a+%41");
	assert_false(page.truncated);
	s3_page_clear(&page);
}

static void
what_is_no_list_is_refused(void **state)
{
	static const char *const bad[] = { "", "x", "<a></a>",
	    "<html><body>no</body></html>", "<ListBucketResult>",
	    "<ListBucketResult>" ITEM("a", "") "</ListBucketResult>",
	    "<ListBucketResult>" ITEM("a", "-1") "</ListBucketResult>",
	    "<ListBucketResult>" ITEM("a", "99999999999999999999")
	    "</ListBucketResult>",
	    "<ListBucketResult><Contents><Size>1</Size></Contents>"
	    "</ListBucketResult>",
	    "<!DOCTYPE x [<!ENTITY a 'b'>]><ListBucketResult>"
	    ITEM("&a;", "1") "</ListBucketResult>",
	    "<ListBucketResult><a><a><a><a><a><a><a><a></a></a></a></a></a>"
	    "</a></a></a></ListBucketResult>" };
	struct s3_page page;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(bad[i], &page), ERR_FORMAT);
		s3_page_clear(&page);
	}
}

/* A document of begin, n times middle, and end. */
static int
parse_many(const char *begin, const char *middle, size_t n, const char *end,
    struct s3_page *page)
{
	char *text = malloc(strlen(begin) + n * strlen(middle) +
	    strlen(end) + 1), *at;
	int r;

	assert_non_null(text);
	at = stpcpy(text, begin);
	while (n-- > 0)
		at = stpcpy(at, middle);
	strcpy(at, end);
	r = parse(text, page);
	free(text);
	return r;
}

static void
everything_has_an_end(void **state)
{
	struct s3_page page;

	(void)state;
	assert_int_equal(parse_many("<ListBucketResult><Contents><Key>", "a",
	    S3_TEXT_MAX, "</Key></Contents></ListBucketResult>", &page),
	    ERR_FORMAT);
	s3_page_clear(&page);
	assert_int_equal(parse_many("<ListBucketResult><", "a", 300, ">",
	    &page), ERR_FORMAT);
	s3_page_clear(&page);
	assert_int_equal(parse_many("<ListBucketResult>", ITEM("a", "1"),
	    20000, "</ListBucketResult>", &page), ERR_FORMAT);
	s3_page_clear(&page);
	assert_int_equal(parse_many("<ListBucketResult>", ITEM("a", "1"),
	    1000, "</ListBucketResult>", &page), 0);
	assert_int_equal(page.n, 1000);
	s3_page_clear(&page);
}

static void
complaints_are_read(void **state)
{
	static const char text[] = "<Error><Code>C</Code><Message>M</Message>"
	    "<Region>r</Region></Error>";
	struct s3_complaint c;
	char found[S3_TEXT_MAX];

	(void)state;
	assert_int_equal(s3_complaint_parse(text, sizeof(text) - 1, &c), 0);
	assert_string_equal(c.code, "C");
	assert_string_equal(c.message, "M");
	assert_string_equal(c.region, "r");
	assert_int_equal(s3_complaint_parse(text, 20, &c), ERR_FORMAT);
	assert_string_equal(c.code, "");
	assert_int_equal(s3_xml_find(text, sizeof(text) - 1, "Error/Message",
	    found), 0);
	assert_string_equal(found, "M");
	assert_int_equal(s3_xml_find(text, sizeof(text) - 1, "Error/X",
	    found), ERR_NOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_is_read),
		cmocka_unit_test(keys_stay_as_they_are_unless_encoded),
		cmocka_unit_test(what_is_no_list_is_refused),
		cmocka_unit_test(everything_has_an_end),
		cmocka_unit_test(complaints_are_read)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
