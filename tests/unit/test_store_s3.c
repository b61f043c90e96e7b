/* test_store_s3.c: what the S3 store makes of servers that err. */
#include "config.h"

#include <sys/stat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/throttle.h"
#include "store/pace.h"
#include "store/s3.h"
#include "tests/unit/s3_server.h"

#define SECRET "very/secret"
#define OUT_MAX 4096
#define LOG_LEN 8192
#define NONE "<ListBucketResult></ListBucketResult>"
#define OPENED { .status = "200 OK", .body = NONE }
#define ABSENT { .status = "404 Not Found", .headers = "Content-Length: 0\r\n" }
#define REFUSED { .status = "412 Precondition Failed" }
#define DONE { .status = "200 OK" }
#define COMPLAINT(code) "<Error><Code>" code "</Code><Message>m</Message>" \
	"</Error>"

static const struct s3_patience usual = {
	.connect_ms = 20000, .stall_ms = 20000, .total_ms = 60000,
	.rate = 8192, .tries = 4, .first_tries = 2, .hangs = 1,
	.pause_ms = 2, .pause_max_ms = 10, .whole = 8, .part = 8
};

static struct s3_patience patience;
static char logged[LOG_LEN];
static char keys_file[] = "/tmp/kho-s3-XXXXXX";
static struct store_access access_;
static struct s3_server *server;
static struct store *store;
static struct buf *out;

static void
keep_log(enum log_level level, const char *line, void *arg)
{
	const size_t at = strlen(logged);

	(void)level;
	(void)arg;
	snprintf(logged + at, sizeof(logged) - at, "%s\n", line);
}

static int
setup(void **state)
{
	static const char keys[] = "KEYID " SECRET "\n";
	int fd;

	(void)state;
	strcpy(keys_file, "/tmp/kho-s3-XXXXXX");
	fd = mkstemp(keys_file);
	assert_int_not_equal(fd, -1);
	assert_int_equal(fdio_write_all(fd, keys, sizeof(keys) - 1), 0);
	close(fd);
	patience = usual;
	logged[0] = '\0';
	log_open("test", LOG_DEBUG);
	log_sink(keep_log, NULL);
	access_ = (struct store_access){ .credentials = keys_file };
	assert_int_equal(buf_new(OUT_MAX, &out), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	store_close(store);
	store = NULL;
	if (server != NULL)
		s3_server_stop(server);
	server = NULL;
	buf_free(out);
	unlink(keys_file);
	log_sink(NULL, NULL);
	assert_null(strstr(logged, SECRET));
	return 0;
}

/* Open a store at a server with this script; what s3_open said. */
static int
try_open(const struct s3_step *script)
{
	char url[64];

	server = s3_server_start(script);
	snprintf(url, sizeof(url), "s3+http://127.0.0.1:%u/bucket/at",
	    s3_server_port(server));
	return s3_open(url, &access_, &patience, &store);
}

static void
begin(const struct s3_step *script)
{
	assert_int_equal(try_open(script), 0);
}

static void
assert_logged(const char *text)
{
	if (strstr(logged, text) == NULL)
		fail_msg("no \"%s\" in: %s", text, logged);
}

static void
assert_seen(const char *text)
{
	if (strstr(s3_server_seen(server), text) == NULL)
		fail_msg("no \"%s\" in: %s", text, s3_server_seen(server));
}

static void
a_server_that_hangs_is_noticed(void **state)
{
	static const struct s3_step script[] = { OPENED,
		{ .then = S3_THEN_HANG }, { .status = NULL } };

	(void)state;
	patience.stall_ms = 1000;
	begin(script);
	assert_int_equal(store_get_all(store, "a", 9, out), ERR_TIMEOUT);
	assert_logged("does not go on");
}

static void
an_object_is_not_missing_where_the_bucket_is(void **state)
{
	static const struct s3_step script[] = { OPENED,
		{ .status = "404 Not Found",
		    .body = COMPLAINT("NoSuchBucket") },
		{ .status = "404 Not Found",
		    .body = COMPLAINT("NoSuchBucket") },
		{ .status = NULL } };

	(void)state;
	begin(script);
	assert_int_equal(store_get_all(store, "a", 9, out), ERR_CLOSED);
	assert_int_equal(store_get(store, "a", 0, 9, out), ERR_CLOSED);
	assert_logged("there is no such bucket");
}

static void
a_server_that_stops_in_a_body_is_noticed(void **state)
{
	static const struct s3_step script[] = { OPENED,
		{ .status = "200 OK", .body = "0123456789", .cut = 5,
		    .then = S3_THEN_HANG }, { .status = NULL } };

	(void)state;
	patience.stall_ms = 1000;
	begin(script);
	assert_int_equal(store_get_all(store, "a", 10, out), ERR_TIMEOUT);
	assert_int_equal(buf_len(out), 0);
}

static void
half_a_body_is_fetched_again(void **state)
{
	static const struct s3_step script[] = { OPENED,
		{ .status = "200 OK", .body = "0123456789", .cut = 5,
		    .then = S3_THEN_CLOSE },
		{ .status = "200 OK", .body = "0123456789" },
		{ .status = NULL } };

	(void)state;
	begin(script);
	assert_int_equal(store_get_all(store, "a", 10, out), 0);
	assert_int_equal(buf_len(out), 10);
	assert_memory_equal(buf_ptr(out), "0123456789", 10);
}

static void
a_busy_server_is_asked_again(void **state)
{
	static const struct s3_step busy = { .status = "503 Slow Down",
	    .body = COMPLAINT("SlowDown") };
	const struct s3_step script[] = { OPENED, busy, busy, busy,
		{ .status = "200 OK", .body = "x" }, busy, busy, busy, busy,
		busy, { .status = NULL } };

	(void)state;
	begin(script);
	assert_int_equal(store_get_all(store, "a", 10, out), 0);
	assert_int_equal(s3_server_count(server), 5);
	assert_int_equal(store_get_all(store, "a", 10, out), ERR_BUSY);
	assert_int_equal(s3_server_count(server), 9);
	assert_logged("asks for fewer requests");
}

static void
a_condition_that_is_ignored_is_found_out(void **state)
{
	static const struct s3_step script[] = { OPENED,
		ABSENT, DONE, DONE,		/* it should have refused */
		{ .status = "200 OK", .body = "abc" },
		{ .status = "200 OK", .body = "abc" },
		{ .status = "501 Not Implemented" },
		/* the second: looked, put, read by another's put */
		ABSENT, DONE, { .status = "200 OK", .body = "xyz" },
		{ .status = "200 OK", .body = "xyz" },
		{ .status = "200 OK", .body = "xyz" },
		{ .status = NULL } };
	struct store_promises p;

	(void)state;
	begin(script);
	assert_int_equal(store_put_exclusive(store, "a", "abc", 3), 0);
	assert_int_equal(store_promises(store, &p), 0);
	assert_int_equal(p.exclusive, STORE_EXCLUSIVE_CHECKED);
	assert_false(p.listed);
	assert_int_equal(store_put_exclusive(store, "b", "abc", 3),
	    ERR_EXIST);
	assert_int_equal(store_put_exclusive(store, "b", "abc", 3),
	    ERR_EXIST);
}

static void
a_condition_that_is_kept_is_found_out(void **state)
{
	static const struct s3_step script[] = { OPENED,
		ABSENT, DONE, REFUSED,
		{ .status = "200 OK", .body = "<VersioningConfiguration>"
		    "<Status>Enabled</Status></VersioningConfiguration>" },
		DONE, REFUSED, { .status = NULL } };
	struct store_promises p;

	(void)state;
	begin(script);
	assert_int_equal(store_put_exclusive(store, "a", "abc", 3), 0);
	assert_int_equal(store_promises(store, &p), 0);
	assert_int_equal(p.exclusive, STORE_EXCLUSIVE_ATOMIC);
	assert_true(p.listed);
	assert_false(p.deletes);
	assert_int_equal(store_put_exclusive(store, "b", "abc", 3), 0);
	assert_int_equal(store_put_exclusive(store, "b", "abc", 3),
	    ERR_EXIST);
	assert_int_equal(s3_server_count(server), 7);
	assert_seen("if-none-match: *\r\n");
}

/* The answer to a put is lost, and then somebody's is there. */
static void
lose_answer(const char *there, int want)
{
	const struct s3_step script[] = { OPENED, ABSENT,
		{ .then = S3_THEN_CLOSE }, REFUSED,
		{ .status = "200 OK", .body = there },
		{ .status = "200 OK", .body = there }, { .status = NULL } };

	begin(script);
	assert_int_equal(store_put_exclusive(store, "a", "abc", 3), want);
	store_close(store);
	store = NULL;
	s3_server_stop(server);
	server = NULL;
}

static void
a_lost_answer_is_looked_into(void **state)
{
	(void)state;
	lose_answer("abc", 0);
	lose_answer("xyz", ERR_EXIST);
}

static void
skew_is_told(void **state)
{
	char date[96];
	const struct s3_step script[] = { { .status = "403 Forbidden",
	    .headers = date, .body = COMPLAINT("RequestTimeTooSkewed") },
	    { .status = NULL } };
	const time_t then = time(NULL) - 7200;
	struct tm tm;

	(void)state;
	assert_non_null(gmtime_r(&then, &tm));
	strftime(date, sizeof(date), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n",
	    &tm);
	assert_int_equal(try_open(script), ERR_DENIED);
	assert_logged("seconds ahead of the server's");
}

static void
refusals_are_told(void **state)
{
	static const struct {
		const char *status, *body, *words;
		int code;
	} cases[] = {
		{ "403 F", COMPLAINT("SignatureDoesNotMatch"), "secret of",
		    ERR_DENIED },
		{ "403 F", COMPLAINT("InvalidAccessKeyId"), "key id",
		    ERR_DENIED },
		{ "403 F", COMPLAINT("AccessDenied"), "do not allow",
		    ERR_DENIED },
		{ "403 F", COMPLAINT("QuotaExceeded"), "QuotaExceeded",
		    ERR_NOSPACE },
		{ "400 B", "<Error><Code>AuthorizationHeaderMalformed</Code>"
		    "<Region>eu-1</Region></Error>", "region is eu-1",
		    ERR_CONFIG },
		{ "301 Moved", COMPLAINT("PermanentRedirect"),
		    "another endpoint", ERR_CONFIG },
		{ "302 Found", NULL, "status 302", ERR_CONFIG },
		{ "507 Full", NULL, "status 507", ERR_NOSPACE },
		{ "404 N", COMPLAINT("NoSuchBucket"), "", ERR_NOENT }
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct s3_step script[] = { { .status = cases[i].status,
		    .headers = "Location: http://127.0.0.1:1/\r\n",
		    .body = cases[i].body }, { .status = NULL } };

		logged[0] = '\0';
		assert_int_equal(try_open(script), cases[i].code);
		assert_logged(cases[i].words);
		assert_int_equal(s3_server_count(server), 1);
		s3_server_stop(server);
		server = NULL;
	}
}

static void
nobody_at_home_is_closed(void **state)
{
	(void)state;
	assert_int_equal(s3_open("s3+http://127.0.0.1:1/bucket", &access_,
	    &patience, &store), ERR_CLOSED);
}

static void
ranges_are_checked(void **state)
{
	static const struct s3_step script[] = { OPENED,
		{ .status = "206 Partial", .body = "23",
		    .headers = "Content-Range: bytes 2-3/10\r\n" },
		{ .status = "206 Partial", .body = "23",
		    .headers = "Content-Range: bytes 1-2/10\r\n" },
		{ .status = "206 Partial", .body = "2",
		    .headers = "Content-Range: bytes 2-2/3\r\n" },
		{ .status = "200 OK", .body = "01" },
		{ .status = "200 OK", .body = "0123456789" },
		{ .status = "416 Range", .body = COMPLAINT("InvalidRange") },
		{ .status = NULL } };

	(void)state;
	begin(script);
	assert_int_equal(store_get(store, "a", 2, 2, out), 0);
	assert_seen("range: bytes=2-3\r\n");
	assert_int_equal(store_get(store, "a", 2, 2, out), ERR_IO);
	assert_int_equal(store_get(store, "a", 2, 2, out), ERR_CORRUPT);
	assert_int_equal(store_get(store, "a", 2, 2, out), ERR_IO);
	assert_int_equal(store_get(store, "a", 2, 2, out), ERR_IO);
	assert_int_equal(store_get(store, "a", 9, 2, out), ERR_CORRUPT);
	assert_int_equal(buf_len(out), 2);
}

/* An upload of three parts, of which the script tells the rest. */
static int
put_parts(const struct s3_step *script)
{
	begin(script);
	return store_put(store, "a", "0123456789abcdef0123", 20);
}

#define UPLOAD { .status = "200 OK", .body = "<InitiateMultipartUploadResult>" \
	"<UploadId>i/d</UploadId></InitiateMultipartUploadResult>" }
#define PART { .status = "200 OK", .headers = "ETag: \"e\"\r\n" }

static void
large_objects_cross_in_parts(void **state)
{
	static const struct s3_step script[] = { OPENED, ABSENT, UPLOAD, PART,
		{ .status = "503 S" }, PART, PART,
		{ .status = "200 OK", .body = "<CompleteMultipartUploadResult>"
		    "<ETag>x</ETag></CompleteMultipartUploadResult>" },
		{ .status = NULL } };

	(void)state;
	assert_int_equal(put_parts(script), 0);
	assert_seen("partNumber=2&uploadId=i%2Fd");
	assert_seen("<Part><PartNumber>3</PartNumber><ETag>\"e\"</ETag>");
	assert_int_equal(s3_server_count(server), 8);
}

static void
a_failed_upload_is_given_up(void **state)
{
	static const struct s3_step script[] = { OPENED, ABSENT, UPLOAD, PART,
		{ .status = "403 F", .body = COMPLAINT("QuotaExceeded") },
		{ .status = "204 Gone" }, { .status = NULL } };

	(void)state;
	assert_int_equal(put_parts(script), ERR_NOSPACE);
	assert_seen("DELETE /bucket/at/a?uploadId=i%2Fd");
}

static void
an_error_in_an_answer_200_is_seen(void **state)
{
	static const struct s3_step script[] = { OPENED, ABSENT, UPLOAD, PART,
		PART, PART,
		{ .status = "200 OK", .body = COMPLAINT("InternalError") },
		{ .status = "204 Gone" }, { .status = NULL } };

	(void)state;
	assert_int_equal(put_parts(script), ERR_IO);
	assert_seen("DELETE /bucket/at/a?uploadId=i%2Fd");
}

/* A list is answered so, in up to two pages. */
static void
list_is(const char *body, const char *more, int want)
{
	const struct s3_step script[] = { OPENED,
		{ .status = "200 OK", .body = body },
		{ .status = "200 OK", .body = more }, { .status = NULL } };
	struct store_list *l = NULL;

	begin(script);
	assert_int_equal(store_list_new(store, "packs/", &l), want);
	store_list_free(l);
	store_close(store);
	store = NULL;
	s3_server_stop(server);
	server = NULL;
}

#define PAGE(key, token) "<ListBucketResult><Contents><Key>" key "</Key>" \
	"<Size>1</Size></Contents><IsTruncated>true</IsTruncated>" \
	"<NextContinuationToken>" token "</NextContinuationToken>" \
	"</ListBucketResult>"

static void
lists_that_lie_are_refused(void **state)
{
	(void)state;
	list_is(PAGE("at/packs/a", "t"), NONE, 0);
	list_is(PAGE("at/packs/a", "t"), PAGE("at/packs/b", "t"), ERR_FORMAT);
	list_is(PAGE("at/packs/a", ""), NONE, ERR_FORMAT);
	list_is(PAGE("at/index/a", "t"), NONE, ERR_FORMAT);
	list_is(PAGE("bt/packs/a", "t"), NONE, ERR_FORMAT);
	list_is("<a/>", NONE, ERR_FORMAT);
	list_is("", NONE, ERR_FORMAT);
}

#define LOCKING { .status = "200 OK", .body = "<ObjectLockConfiguration>" \
	"<ObjectLockEnabled>Enabled</ObjectLockEnabled>" \
	"</ObjectLockConfiguration>" }

static void
what_is_to_be_locked_says_so(void **state)
{
	static const struct s3_step script[] = { OPENED, LOCKING,
		ABSENT, DONE, ABSENT, DONE, { .status = NULL } };
	const char *lock;

	(void)state;
	access_.lock_s = 86400;
	begin(script);
	assert_int_equal(store_put(store, "gc/probe", "x", 1), 0);
	assert_null(strstr(s3_server_seen(server), "x-amz-object-lock"));
	assert_int_equal(store_put(store, "packs/a", "0123456789", 10), 0);
	lock = strstr(s3_server_seen(server), "x-amz-object-lock-mode: "
	    "COMPLIANCE");
	assert_non_null(lock);
	assert_seen("x-amz-object-lock-retain-until-date: 20");
	assert_seen("x-amz-checksum-sha256: hNiYd/DUBB77a/kaFvAkjy"
	    "/Vc+avBcGflr7bn4gveII=\r\n");
}

static void
a_bucket_without_locks_is_refused(void **state)
{
	static const struct s3_step script[] = { OPENED, { .status = "404 N",
	    .body = COMPLAINT("ObjectLockConfigurationNotFoundError") },
	    { .status = NULL } };

	(void)state;
	access_.lock_s = 86400;
	assert_int_equal(try_open(script), ERR_CONFIG);
	assert_logged("made without object lock");
}

/* What goes out and what comes in count alike. */
static void
a_limit_is_kept(void **state)
{
	static const struct throttle_limit limit = { .rate = 100000 };
	static char body[30001], data[30000];
	const struct s3_step script[] = { OPENED, ABSENT, DONE,
		{ .status = "200 OK", .body = body },
		{ .status = "200 OK", .body = "x" }, { .status = NULL } };
	struct buf *big;
	char url[64];
	int64_t began;

	(void)state;
	memset(body, 'x', sizeof(body) - 1);
	access_.limits = &limit;
	access_.nlimits = 1;
	patience.whole = sizeof(data);
	assert_int_equal(store_pace_new(&access_, &access_.pace), 0);
	server = s3_server_start(script);
	snprintf(url, sizeof(url), "s3+http://127.0.0.1:%u/bucket",
	    s3_server_port(server));
	assert_int_equal(s3_open(url, &access_, &patience, &store), 0);
	assert_int_equal(buf_new(2 * sizeof(body), &big), 0);
	began = clock_mono_ms();
	assert_int_equal(store_put(store, "a", data, sizeof(data)), 0);
	assert_true(clock_mono_ms() - began >= 200);
	assert_int_equal(store_get_all(store, "b", sizeof(body), big), 0);
	/* Who comes next waits for what has come. */
	assert_int_equal(store_get_all(store, "c", 1, big), 0);
	assert_true(clock_mono_ms() - began >= 500);
	buf_free(big);
	store_close(store);
	store = NULL;
	store_pace_free(access_.pace);
}

static void
an_open_file_of_credentials_is_refused(void **state)
{
	(void)state;
	assert_int_equal(chmod(keys_file, 0640), 0);
	assert_int_equal(s3_open("s3://h/bucket", &access_, &patience,
	    &store), ERR_DENIED);
	assert_int_equal(chmod(keys_file, 0600), 0);
	assert_int_equal(truncate(keys_file, 5), 0);
	assert_int_equal(s3_open("s3://h/bucket", &access_, &patience,
	    &store), ERR_CONFIG);
	assert_logged("not two words");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_server_that_hangs_is_noticed),
		CASE(an_object_is_not_missing_where_the_bucket_is),
		CASE(a_server_that_stops_in_a_body_is_noticed),
		CASE(half_a_body_is_fetched_again),
		CASE(a_busy_server_is_asked_again),
		CASE(a_condition_that_is_ignored_is_found_out),
		CASE(a_condition_that_is_kept_is_found_out),
		CASE(a_lost_answer_is_looked_into),
		CASE(skew_is_told),
		CASE(refusals_are_told),
		CASE(nobody_at_home_is_closed),
		CASE(ranges_are_checked),
		CASE(large_objects_cross_in_parts),
		CASE(a_failed_upload_is_given_up),
		CASE(an_error_in_an_answer_200_is_seen),
		CASE(lists_that_lie_are_refused),
		CASE(what_is_to_be_locked_says_so),
		CASE(a_bucket_without_locks_is_refused),
		CASE(a_limit_is_kept),
		CASE(an_open_file_of_credentials_is_refused)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
