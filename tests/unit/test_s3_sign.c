/* test_s3_sign.c: the examples that AWS has published. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "store/s3_sign.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* "Signature Calculations for the Authorization Header", Amazon S3. */
static const struct s3_signer s3 = { "AKIAIOSFODNN7EXAMPLE",
	"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1", "s3" };

/* The suite of vectors for all services. */
static const struct s3_signer suite = { "AKIDEXAMPLE",
	"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service" };

static void
assert_signed(const struct s3_signer *k, struct s3_signed *m,
    struct s3_pair *headers, const char *signature)
{
	struct buf *out;
	char text[1024];

	s3_sort(headers, m->nheaders);
	m->headers = headers;
	assert_int_equal(buf_new(sizeof(text), &out), 0);
	assert_int_equal(s3_sign(k, m, out), 0);
	assert_int_equal(buf_put_u8(out, 0), 0);
	assert_non_null(strstr((const char *)buf_ptr(out), signature));
	buf_free(out);
}

static void
a_range_is_signed(void **state)
{
	struct s3_pair headers[] = {
		{ "x-amz-date", "20130524T000000Z" },
		{ "x-amz-content-sha256", EMPTY },
		{ "host", "examplebucket.s3.amazonaws.com" },
		{ "range", "bytes=0-9" }
	};
	struct s3_signed m = { .method = "GET", .path = "/test.txt",
	    .query = "", .payload = EMPTY, .date = "20130524T000000Z",
	    .nheaders = COUNT(headers) };

	(void)state;
	assert_signed(&s3, &m, headers, "AWS4-HMAC-SHA256 Credential="
	    "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
	    "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
	    "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c"
	    "6036bdb41");
}

static void
a_put_is_signed(void **state)
{
	static const char payload[] = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6"
	    "b4b4e99e42034a8b803f8b072";
	struct s3_pair headers[] = {
		{ "x-amz-storage-class", "REDUCED_REDUNDANCY" },
		{ "date", "Fri, 24 May 2013 00:00:00 GMT" },
		{ "host", "examplebucket.s3.amazonaws.com" },
		{ "x-amz-date", "20130524T000000Z" },
		{ "x-amz-content-sha256", payload }
	};
	struct s3_signed m = { .method = "PUT", .path = "/test%24file.text",
	    .query = "", .payload = payload, .date = "20130524T000000Z",
	    .nheaders = COUNT(headers) };

	(void)state;
	assert_signed(&s3, &m, headers, "Signature=98ad721746da40c64f1a55b78f1"
	    "4c238d841ea1380cd77a1b5971af0ece108bd");
}

/* Sign a GET of params at the examples' bucket. */
static void
assert_query(struct s3_pair *params, size_t n, const char *query,
    const char *signature)
{
	struct s3_pair headers[] = {
		{ "host", "examplebucket.s3.amazonaws.com" },
		{ "x-amz-date", "20130524T000000Z" },
		{ "x-amz-content-sha256", EMPTY }
	};
	struct s3_signed m = { .method = "GET", .path = "/", .query = query,
	    .payload = EMPTY, .date = "20130524T000000Z",
	    .nheaders = COUNT(headers) };
	struct buf *out;

	assert_int_equal(buf_new(1024, &out), 0);
	s3_sort(params, n);
	assert_int_equal(s3_query(params, n, out), 0);
	assert_int_equal(buf_put_u8(out, 0), 0);
	assert_string_equal(buf_ptr(out), query);
	buf_free(out);
	assert_signed(&s3, &m, headers, signature);
}

static void
queries_are_signed(void **state)
{
	struct s3_pair lifecycle[] = { { "lifecycle", "" } };
	struct s3_pair list[] = { { "prefix", "J" }, { "max-keys", "2" } };

	(void)state;
	assert_query(lifecycle, 1, "lifecycle=", "Signature=fea454ca298b7da1c6"
	    "8078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
	assert_query(list, 2, "max-keys=2&prefix=J", "Signature=34b48302e7b5fa"
	    "45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

static void
the_suite_of_all_services_holds(void **state)
{
	struct s3_pair headers[] = {
		{ "x-amz-date", "20150830T123600Z" },
		{ "host", "example.amazonaws.com" }
	};
	struct s3_signed m = { .method = "GET", .path = "/", .query = "",
	    .payload = EMPTY, .date = "20150830T123600Z",
	    .nheaders = COUNT(headers) };

	(void)state;
	assert_signed(&suite, &m, headers, "Signature=5fa00fa31553b73ebf194267"
	    "6e86291e8372ff2a2260956d9b8aae1d763fbf31");
	m.query = "Param1=value1&Param2=value2";
	assert_signed(&suite, &m, headers, "Signature=b97d918cfa904a5beff61c98"
	    "2a1b6f458b799221646efd99d3219ec94cdf2500");
}

static void
queries_are_encoded(void **state)
{
	const struct s3_pair params[] = { { "a", "x/y z+=~" },
	    { "b", "\xc3\xa1%" } };
	struct buf *out;

	(void)state;
	assert_int_equal(buf_new(64, &out), 0);
	assert_int_equal(s3_query(params, 2, out), 0);
	assert_int_equal(buf_put_u8(out, 0), 0);
	assert_string_equal(buf_ptr(out), "a=x%2Fy%20z%2B%3D~&b=%C3%A1%25");
	buf_free(out);
}

static void
what_does_not_fit_is_told(void **state)
{
	struct s3_pair headers[] = { { "host", "h" } };
	struct s3_signed m = { .method = "GET", .path = "/", .query = "",
	    .payload = EMPTY, .date = "20150830T123600Z", .headers = headers,
	    .nheaders = 1 };
	struct buf *out;

	(void)state;
	assert_int_equal(buf_new(40, &out), 0);
	assert_int_equal(s3_sign(&s3, &m, out), ERR_NOMEM);
	m.date = "2015";
	assert_int_equal(s3_sign(&s3, &m, out), ERR_CONFIG);
	buf_free(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_is_signed),
		cmocka_unit_test(a_put_is_signed),
		cmocka_unit_test(queries_are_signed),
		cmocka_unit_test(the_suite_of_all_services_holds),
		cmocka_unit_test(queries_are_encoded),
		cmocka_unit_test(what_does_not_fit_is_told)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
