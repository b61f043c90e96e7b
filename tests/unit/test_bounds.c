/* test_bounds.c: what a source holds against what its policy lets it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backupd/bounds.h"
#include "backupd/directory.h"
#include "base/buf.h"
#include "repo/snapshot.h"
#include "repo/writer.h"

#define MIB (UINT64_C(1) << 20)

/* The world around bounds.c. */
static struct snapshot before;
static bool has_before;
static unsigned int remarks;
static char remarked[200];

const struct snapshot *
writer_previous(const struct writer *w)
{
	(void)w;
	return has_before ? &before : NULL;
}

int
session_fail(struct session *s, int code, const char *reason,
    const char *remedy)
{
	snprintf(s->reason, sizeof(s->reason), "%s", reason);
	snprintf(s->remedy, sizeof(s->remedy), "%s", remedy);
	return code;
}

void
session_remark(struct session *s, const struct event_issue *i)
{
	(void)s;
	remarks++;
	snprintf(remarked, sizeof(remarked), "%.*s: %s", (int)i->path_len,
	    (const char *)i->path, i->text);
}

int
request_path(const struct directory *d, struct buf *b)
{
	(void)d;
	return buf_put(b, "/sub", 4);
}

/* A session of a job with such limits; s is large. */
static char *paths[] = { "/srv", NULL };
static struct job job;
static struct session s;

static void
begin(uint64_t previous, bool fails)
{
	memset(&job, 0, sizeof(job));
	memset(&s, 0, sizeof(s));
	memset(&before, 0, sizeof(before));
	job.paths = paths;
	job.npaths = 1;
	job.bounds.fails = fails;
	s.job = &job;
	s.files = 1;
	before.bytes = previous;
	has_before = previous > 0;
	remarks = 0;
	remarked[0] = '\0';
}

/* A changed file of that size in /srv/sub. */
static int
file(uint64_t size)
{
	struct directory d = { .root = 0 };
	struct page p = { .dir = &d };
	struct slot slot = { .page = &p };

	slot.e.attr.size = size;
	slot.e.name = (const uint8_t *)"f";
	slot.e.name_len = 1;
	s.changed_bytes += size;
	return bounds_file(&s, &slot);
}

static void
without_limits_all_is_well(void **state)
{
	(void)state;
	begin(1, true);
	s.files = 0;
	s.bytes = UINT64_MAX;
	assert_int_equal(file(UINT64_MAX), 0);
	assert_int_equal(bounds_end(&s), 0);
	assert_string_equal(s.warning, "");
	assert_int_equal(remarks, 0);
}

static void
a_large_file_is_named(void **state)
{
	(void)state;
	begin(0, false);
	job.bounds.max_file = MIB;
	assert_int_equal(file(MIB), 0);
	assert_int_equal(remarks, 0);
	assert_int_equal(file(MIB + 1), 0);
	assert_int_equal(remarks, 1);
	assert_string_equal(remarked, "/srv/sub/f: 1.0 MiB, more than"
	    " max_file (1.0 MiB)");
	assert_non_null(strstr(s.warning, "max_file"));
	assert_true(s.warning_remedy[0] != '\0');
	assert_string_equal(s.reason, "");
	begin(0, true);
	job.bounds.max_file = MIB;
	assert_int_equal(file(MIB + 1), ERR_TOOBIG);
	assert_int_equal(remarks, 1);
	assert_non_null(strstr(s.reason, "max_file"));
}

static void
the_first_warning_stays(void **state)
{
	(void)state;
	begin(0, false);
	job.bounds.max_file = MIB;
	job.bounds.max_host = MIB;
	assert_int_equal(file(2 * MIB), 0);
	s.bytes = 2 * MIB;
	assert_int_equal(bounds_end(&s), 0);
	assert_non_null(strstr(s.warning, "max_file"));
}

static void
a_host_is_too_large_as_soon_as_that_is_known(void **state)
{
	(void)state;
	begin(0, true);
	job.bounds.max_host = 3 * MIB;
	assert_int_equal(file(2 * MIB), 0);
	assert_int_equal(file(MIB), 0);
	assert_int_equal(file(1), ERR_TOOBIG);
	assert_non_null(strstr(s.reason, "at least 3.0 MiB, more than"
	    " max_host (3.0 MiB)"));
	/* What did not change counts at the end. */
	begin(2 * MIB, true);
	job.bounds.max_host = 3 * MIB;
	assert_int_equal(file(2 * MIB), 0);
	s.bytes = 3 * MIB;
	assert_int_equal(bounds_end(&s), 0);
	s.bytes++;
	assert_int_equal(bounds_end(&s), ERR_TOOBIG);
	/* Who only warns has all of it first. */
	begin(0, false);
	job.bounds.max_host = MIB;
	assert_int_equal(file(2 * MIB), 0);
	assert_string_equal(s.warning, "");
	s.bytes = 2 * MIB;
	assert_int_equal(bounds_end(&s), 0);
	assert_non_null(strstr(s.warning, "max_host"));
}

static void
growth_is_told_as_soon_as_it_is_known(void **state)
{
	(void)state;
	begin(100 * MIB, true);
	job.bounds.max_growth = 3000;
	assert_int_equal(file(130 * MIB), 0);
	s.bytes = 130 * MIB;
	assert_int_equal(bounds_end(&s), 0);
	assert_int_equal(file(1), ERR_TOOBIG);
	assert_non_null(strstr(s.reason, "from 100.0 MiB to at least 130.0 MiB,"
	    " by more than max_growth (30.00 %)"));
	begin(100 * MIB, true);
	job.bounds.max_growth = 3000;
	s.bytes = 130 * MIB + 1;
	assert_int_equal(bounds_end(&s), ERR_TOOBIG);
	begin(100 * MIB, false);
	job.bounds.max_growth = 3000;
	assert_int_equal(file(200 * MIB), 0);
	s.bytes = 200 * MIB;
	assert_int_equal(bounds_end(&s), 0);
	assert_non_null(strstr(s.warning, "max_growth"));
}

static void
little_and_first_growth_is_none(void **state)
{
	(void)state;
	begin(0, true);
	job.bounds.max_growth = 1;
	s.bytes = 500 * MIB;
	assert_int_equal(file(500 * MIB), 0);
	assert_int_equal(bounds_end(&s), 0);
	/* A megabyte more is nothing to speak of. */
	begin(1000, true);
	job.bounds.max_growth = 1;
	s.bytes = 1000 + MIB;
	assert_int_equal(file(1000 + MIB), 0);
	assert_int_equal(bounds_end(&s), 0);
	s.bytes++;
	assert_int_equal(bounds_end(&s), ERR_TOOBIG);
	/* It shrank. */
	begin(500 * MIB, true);
	job.bounds.max_growth = 1;
	s.bytes = MIB;
	assert_int_equal(bounds_end(&s), 0);
}

static void
too_few_files_fail_always(void **state)
{
	(void)state;
	begin(0, false);
	job.bounds.min_files = 2;
	s.files = 2;
	assert_int_equal(bounds_end(&s), 0);
	s.files = 1;
	assert_int_equal(bounds_end(&s), ERR_CHANGED);
	assert_string_equal(s.reason, "1 files, fewer than min_files (2)");
	assert_true(s.remedy[0] != '\0');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_limits_all_is_well),
		cmocka_unit_test(a_large_file_is_named),
		cmocka_unit_test(the_first_warning_stays),
		cmocka_unit_test(
		    a_host_is_too_large_as_soon_as_that_is_known),
		cmocka_unit_test(growth_is_told_as_soon_as_it_is_known),
		cmocka_unit_test(little_and_first_growth_is_none),
		cmocka_unit_test(too_few_files_fail_always),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
