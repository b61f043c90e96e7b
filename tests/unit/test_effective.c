/* test_effective.c: values through the levels, typed and with their lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "policy/effective.h"
#include "policy/report.h"

static const char text[] =
    "policy_version = 1;\n"
    "office = { holidays = [ \"2027-02-04..2027-02-10\" ]; };\n"
    "defaults = { sets = [ \"docs\" ]; exclude = [ \"*.tmp\" ];\n"
    "  schedule = { calendar = [ \"01:00\" ]; jitter = \"20 min\";\n"
    "    max_parallel = 6; rpo = \"30 h\"; retry = { factor = 3; }; };\n"
    "  bandwidth = ( { window = \"always\"; limit = \"2 MiB/s\"; } );\n"
    "  limits = { max_file = \"20 GiB\"; }; };\n"
    "groups = { a = { label = \"A\"; sets_add = [ \"db\" ];\n"
    "  schedule = { calendar_add = [ \"13:00\" ]; max_parallel = 2; };\n"
    "  limits = { nice = 19; ionice = \"idle\"; }; }; };\n"
    "sets = { docs = { paths = [ \"/home\" ]; };\n"
    "  db = { paths = [ \"/db\" ]; exclude = [ \"*.old\" ];\n"
    "    schedule = { calendar = [ \"hourly\" ]; at_window_end = \"stop\";\n"
    "      retry = { times = 9; }; };\n"
    "    limits = { over = \"fail\"; min_files = 7; };\n"
    "    before = ( { use = \"dump\"; timeout = \"5 min\"; },\n"
    "      { use = \"look\"; on_fail = \"warn\"; } );\n"
    "    after = ( { use = \"clean\"; always = true; } ); }; };\n"
    "hosts = ( { name = \"h\"; group = \"a\"; address = \"192.0.2.1\";\n"
    "  schedule = { rpo = \"26 h\"; };\n"
    "  host_key = [ \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK2V8bUKkk1lmM7kgTBd"
    "BQQFhfr/3ejD36gqJh0qbFB7\" ]; } );\n"
    "targets = ( { name = \"t\"; type = \"nfs\"; path = \"/t\";\n"
    "  min_free = \"12.5 %\"; max_parallel = 3; } );\n";

static char path[64];

static int
setup(void **state)
{
	ssize_t n;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/kho-effective-XXXXXX");
	if ((fd = mkstemp(path)) == -1)
		return -1;
	n = write(fd, text, sizeof(text) - 1);
	return close(fd) == 0 && n == (ssize_t)sizeof(text) - 1 ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static const struct policy *
load(void)
{
	struct policy_report *r;
	const struct policy *p = NULL;

	assert_int_equal(policy_report_new(&r), 0);
	if (policy_load(path, r, &p) != 0)
		policy_report_print(r, stderr, false);
	policy_report_free(r);
	assert_non_null(p);
	return p;
}

static void
sets_override_what_hosts_inherit(void **state)
{
	const struct policy *p = load();
	const struct policy_host *h = policy_host_find(p, "h");
	const struct policy_source *docs = policy_source_find(h, "docs");
	const struct policy_source *db = policy_source_find(h, "db");

	(void)state;
	assert_int_equal(docs->schedule.calendar.n, 2);
	assert_int_equal(db->schedule.calendar.n, 1);
	assert_int_equal(docs->schedule.jitter, 20 * 60);
	assert_int_equal(db->schedule.jitter, 20 * 60);
	assert_int_equal(docs->schedule.rpo, 26 * 3600);
	assert_int_equal(docs->schedule.at_end, SCHEDULE_END_PAUSE);
	assert_int_equal(db->schedule.at_end, SCHEDULE_END_STOP);
	assert_int_equal(docs->schedule.retry.times, 4);
	assert_int_equal(db->schedule.retry.times, 9);
	assert_true(db->schedule.retry.factor > 2.9);
	assert_int_equal(db->schedule.retry.first, 5 * 60);
	assert_true(docs->schedule.catch_up);
	assert_int_equal(docs->schedule.priority, 5);
	assert_string_equal(db->schedule.host, "h");
	assert_string_equal(db->schedule.set, "db");
	assert_int_equal(db->schedule.holidays.n, 1);
	assert_int_equal(docs->limits.max_file, 20LL << 30);
	assert_int_equal(docs->limits.min_files, 1);
	assert_false(docs->limits.fails);
	assert_int_equal(db->limits.max_file, 20LL << 30);
	assert_int_equal(db->limits.min_files, 7);
	assert_true(db->limits.fails);
	policy_free(p);
}

static void
hooks_load_and_parallel_jobs_are_typed(void **state)
{
	const struct policy *p = load();
	const struct policy_host *h = policy_host_find(p, "h");
	const struct policy_source *db = policy_source_find(h, "db");

	(void)state;
	assert_int_equal(policy_source_find(h, "docs")->before.n, 0);
	assert_int_equal(db->before.n, 2);
	assert_string_equal(db->before.v[0].use, "dump");
	assert_int_equal(db->before.v[0].timeout, 300);
	assert_false(db->before.v[0].warns);
	assert_int_equal(db->before.v[1].timeout, 3600);
	assert_true(db->before.v[1].warns);
	assert_true(db->after.v[0].always);
	assert_int_equal(h->bandwidth.n, 1);
	assert_int_equal(h->bandwidth.v[0].limit, 2 << 20);
	assert_int_equal(h->load.nice, 19);
	assert_int_equal(h->load.io, POLICY_IO_IDLE);
	assert_int_equal(h->load.threads, 2);
	assert_int_equal(h->max_parallel, 0);
	assert_int_equal(p->max_parallel, 6);
	assert_int_equal(policy_group_find(p, "a")->max_parallel, 2);
	assert_string_equal(policy_group_find(p, "a")->label, "A");
	assert_null(policy_group_find(p, "b"));
	assert_int_equal(policy_target_primary(p)->min_free, 1250);
	assert_int_equal(policy_target_primary(p)->max_parallel, 3);
	policy_free(p);
}

static const struct policy_value *
find(const struct policy_effective *e, const char *key, const char *set)
{
	const struct policy_value *v;
	size_t i;

	for (i = 0; (v = policy_effective_get(e, i)) != NULL; i++)
		if (strcmp(v->key->path, key) == 0 && (set == NULL ?
		    v->set == NULL : v->set != NULL &&
		    strcmp(v->set, set) == 0))
			return v;
	return NULL;
}

static void
each_value_knows_its_line(void **state)
{
	struct policy_effective *e = NULL;
	const struct policy_value *v;
	struct policy_report *r;

	(void)state;
	assert_int_equal(policy_report_new(&r), 0);
	assert_int_equal(policy_effective_load(path, "h", r, &e), 0);
	assert_non_null(v = find(e, "schedule.rpo", NULL));
	assert_string_equal(v->items[0], "26 h");
	assert_int_equal(v->origins[0].line, 20);
	assert_string_equal(v->origins[0].scope, "host");
	assert_non_null(v = find(e, "schedule.calendar", NULL));
	assert_int_equal(v->nitems, 2);
	assert_int_equal(v->norigins, 2);
	assert_int_equal(v->origins[0].line, 4);
	assert_int_equal(v->origins[1].line, 9);
	assert_string_equal(v->origins[1].name, "a");
	assert_true(v->origins[1].added);
	assert_non_null(v = find(e, "schedule.calendar", "db"));
	assert_int_equal(v->nitems, 1);
	assert_int_equal(v->origins[0].line, 13);
	assert_null(find(e, "schedule.calendar", "docs"));
	assert_non_null(v = find(e, "schedule.retry.max", NULL));
	assert_string_equal(v->items[0], "1 h");
	assert_int_equal(v->norigins, 0);
	assert_non_null(v = find(e, "exclude", "db"));
	assert_int_equal(v->nitems, 2);
	assert_string_equal(v->items[1], "*.old");
	assert_true(v->origins[1].added);
	assert_non_null(v = find(e, "bandwidth", NULL));
	assert_string_equal(v->items[0],
	    "{ window = \"always\"; limit = \"2 MiB/s\"; }");
	policy_effective_free(e);
	assert_int_equal(policy_effective_load(path, "nobody", r, &e),
	    ERR_NOENT);
	policy_report_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_override_what_hosts_inherit),
		cmocka_unit_test(hooks_load_and_parallel_jobs_are_typed),
		cmocka_unit_test(each_value_knows_its_line),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
