/* test_planner.c: what is due when, and what a restart knows of it. */
#include <sys/stat.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backupd/planner.h"
#include "base/log.h"
#include "catalog/pause.h"
#include "catalog/history.h"
#include "cli/exit.h"
#include "policy/policy.h"
#include "policy/report.h"
#include "policy/zone.h"

#define HOUR 3600
#define T0 INT64_C(1800001800)	/* half past an hour, UTC */

static char snapshot[] = "00";

struct fixture {
	char	 dir[32];
	const struct policy *policy;
	struct catalog *catalog;
	struct planner *planner;
};

static void
policy_write(struct fixture *f, const char *schedule, const char *host)
{
	struct policy_report *report = NULL;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/policy.cfg", f->dir);
	assert_non_null(file = fopen(path, "w"));
	assert_int_equal(fchmod(fileno(file), 0600), 0);
	fprintf(file, "policy_version = 1; office = { timezone = \"UTC\"; };"
	    "sets = { s = { paths = [ \"/srv\" ]; }; };"
	    "hosts = ( { name = \"%s\"; address = \"127.0.0.1\";"
	    "host_key = [ \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMMzptiFScLGY"
	    "BbfME+sJ5LHoHXRgibZsGrWqN8PhrgP\" ]; sets = [ \"s\" ];"
	    "schedule = { calendar = [ \"*:00\" ]; jitter = \"0 s\"; %s }; }"
	    "); targets = ( { name = \"t\"; type = \"dir\";"
	    "role = \"primary\"; path = \"/t\"; } );\n", host, schedule);
	assert_int_equal(fclose(file), 0);
	policy_free(f->policy);
	f->policy = NULL;
	assert_int_equal(policy_report_new(&report), 0);
	if (policy_load(path, report, &f->policy) != 0) {
		policy_report_print(report, stderr, false);
		fail();
	}
	policy_report_free(report);
}

static void
no_line(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	log_sink(no_line, NULL);
	assert_int_equal(zone_use("UTC"), 0);
	snprintf(f->dir, sizeof(f->dir), "/tmp/kho-planner-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(catalog_open(f->dir, CATALOG_WRITE, &f->catalog), 0);
	assert_int_equal(planner_new(f->catalog, &f->planner), 0);
	policy_write(f, "", "h");
	assert_int_equal(planner_policy(f->planner, f->policy, T0), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "policy.cfg", "catalog.db",
	    "catalog.db-journal", "catalog.lock" };
	struct fixture *f = *state;
	char path[64];
	size_t i;

	planner_free(f->planner);
	catalog_close(f->catalog);
	policy_free(f->policy);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(f->dir), 0);
	log_sink(NULL, NULL);
	free(f);
	return 0;
}

/* A job of s, from begin to end. */
static void
run(struct fixture *f, struct planner_source *s, int64_t now, int code)
{
	struct catalog_job j = { .host = s->host, .set = s->set,
	    .target = "t", .name = "n", .started = now, .text = "",
	    .remedy = "" };
	struct event_end e;

	assert_true(s->verdict.run);
	assert_int_equal(catalog_job_begin(f->catalog, &j, &j.id), 0);
	planner_started(f->planner, s, (uint64_t)j.id, now);
	assert_null(planner_due(f->planner, now));
	if (code < 0)
		return;
	memset(&e, 0, sizeof(e));
	e.exit = code;
	e.started = now;
	e.ended = j.ended = now + 60;
	j.exit = code;
	j.outcome = code == 0 ? CATALOG_COMPLETE :
	    code == CLI_EXIT_SIGINT ? CATALOG_CANCELLED : CATALOG_FAILED;
	j.has_snapshot = code == 0;
	memcpy(e.snapshot, snapshot, code == 0 ? sizeof(snapshot) : 1);
	j.snapshot[0] = (uint8_t)j.id;
	assert_int_equal(catalog_job_end(f->catalog, &j), 0);
	planner_ended(f->planner, s, &e, now + 60);
}

static void
restart(struct fixture *f, int64_t now)
{
	planner_free(f->planner);
	catalog_close(f->catalog);
	f->planner = NULL;
	assert_int_equal(catalog_open(f->dir, CATALOG_WRITE, &f->catalog), 0);
	assert_int_equal(planner_new(f->catalog, &f->planner), 0);
	assert_int_equal(planner_policy(f->planner, f->policy, now), 0);
}

/* Paused until between two runs, kept over a restart, ended by time. */
static void
a_paused_host_waits(void **state)
{
	const struct catalog_pause p = { "h", "holiday", T0, T0 + 2 * HOUR,
	    0 };
	struct fixture *f = *state;
	struct planner_source *s;

	assert_int_equal(catalog_pause_put(f->catalog, &p), 0);
	assert_int_equal(planner_pause(f->planner, "h", p.until, p.reason,
	    T0), 0);
	assert_null(planner_due(f->planner, T0 + HOUR));
	assert_true(planner_wake(f->planner) == p.until);
	restart(f, T0 + HOUR);
	assert_null(planner_due(f->planner, T0 + HOUR));
	s = planner_find(f->planner, "h", "s");
	assert_string_equal(s->paused_why, "holiday");
	/* What was missed meanwhile is caught up once. */
	assert_ptr_equal(planner_due(f->planner, p.until), s);
	run(f, s, p.until, 0);
	assert_null(planner_due(f->planner, p.until + 120));
	/* Until further notice, and its end. */
	assert_int_equal(planner_pause(f->planner, "h", ZONE_NEVER, "",
	    p.until + 120), 0);
	assert_null(planner_due(f->planner, p.until + 1000 * HOUR));
	assert_int_equal(planner_pause(f->planner, "h", 0, "",
	    p.until + 1000 * HOUR), 0);
	assert_non_null(planner_due(f->planner, p.until + 1000 * HOUR));
}

static void
a_source_is_due_at_its_moment_once(void **state)
{
	struct fixture *f = *state;
	struct planner_source *s;

	assert_null(planner_due(f->planner, T0));
	assert_true(planner_wake(f->planner) == T0 + HOUR / 2);
	assert_null(planner_due(f->planner, T0 + HOUR / 2 - 1));
	s = planner_due(f->planner, T0 + HOUR / 2);
	assert_non_null(s);
	assert_string_equal(s->host, "h");
	/* As long as it waits for its turn nobody asks for it again. */
	s->queued = true;
	assert_null(planner_due(f->planner, T0 + HOUR / 2));
	s->queued = false;
	run(f, s, T0 + HOUR / 2, 0);
	assert_null(planner_due(f->planner, T0 + HOUR));
	assert_true(planner_wake(f->planner) == T0 + HOUR + HOUR / 2);
	/* The clock goes back: the same moment is not run twice. */
	planner_jump(f->planner);
	assert_null(planner_due(f->planner, T0 + HOUR / 2));
}

static void
a_restart_runs_nothing_twice_and_forgets_nothing(void **state)
{
	struct fixture *f = *state;
	struct planner_source *s = planner_due(f->planner, T0 + HOUR / 2);

	assert_non_null(s);
	run(f, s, T0 + HOUR / 2, 0);
	restart(f, T0 + HOUR);
	assert_null(planner_due(f->planner, T0 + HOUR));
	s = planner_find(f->planner, "h", "s");
	assert_non_null(s);
	assert_true(s->snapshot == T0 + HOUR / 2);
	assert_int_equal(s->job, 1);
	/* Three moments passed while there was no daemon: one run. */
	restart(f, T0 + 4 * HOUR);
	s = planner_due(f->planner, T0 + 4 * HOUR);
	assert_non_null(s);
	run(f, s, T0 + 4 * HOUR, 0);
	assert_null(planner_due(f->planner, T0 + 4 * HOUR + 61));
}

static void
what_was_cut_off_is_tried_again_what_was_cancelled_not(void **state)
{
	struct fixture *f = *state;
	struct planner_source *s = planner_due(f->planner, T0 + HOUR / 2);
	int64_t now = T0 + HOUR / 2;

	assert_non_null(s);
	run(f, s, now, -1);
	restart(f, now + 60);
	s = planner_find(f->planner, "h", "s");
	assert_string_equal(s->text, "it was interrupted: backupd or the"
	    " server ended");
	now = planner_wake(f->planner);
	assert_true(now < T0 + HOUR + HOUR / 2);
	s = planner_due(f->planner, now);
	assert_non_null(s);
	assert_int_equal(s->verdict.why, SCHEDULE_RETRY);
	run(f, s, now, CLI_EXIT_SIGINT);
	assert_true(planner_wake(f->planner) == T0 + HOUR + HOUR / 2);
	restart(f, now + 120);
	assert_true(planner_wake(f->planner) == T0 + HOUR + HOUR / 2);
}

static void
a_window_that_ends_is_told_once_and_pauses_the_run(void **state)
{
	struct fixture *f = *state;
	struct planner_source *s;
	int64_t now = T0 + HOUR / 2, day = T0 - T0 % ZONE_DAY;
	struct event_end e;
	char schedule[128];
	int hour = (int)(now % ZONE_DAY / HOUR);

	snprintf(schedule, sizeof(schedule), "window = [ \"%02d:00-%02d:30\" ];"
	    "at_window_end = \"pause\";", hour, hour);
	policy_write(f, schedule, "h");
	assert_int_equal(planner_policy(f->planner, f->policy, T0), 0);
	s = planner_due(f->planner, now);
	assert_non_null(s);
	run(f, s, now, -1);
	assert_true(planner_wake(f->planner) == now + HOUR / 2);
	assert_ptr_equal(planner_due(f->planner, now + HOUR / 2), s);
	assert_false(s->verdict.run);
	assert_null(planner_due(f->planner, now + HOUR / 2));
	s->cut = true;
	memset(&e, 0, sizeof(e));
	e.exit = CLI_EXIT_SIGTERM;
	planner_ended(f->planner, s, &e, now + HOUR / 2 + 5);
	assert_int_equal(s->state.result, SCHEDULE_PAUSED);
	assert_true(planner_wake(f->planner) >= day + ZONE_DAY);
}

static void
another_policy_takes_and_gives_sources(void **state)
{
	struct fixture *f = *state;
	const struct policy *old = f->policy;
	struct planner_source *s;

	f->policy = NULL;
	policy_write(f, "", "other");
	assert_int_equal(planner_policy(f->planner, f->policy, T0), 0);
	policy_free(old);
	s = planner_due(f->planner, T0 + HOUR / 2);
	assert_non_null(s);
	assert_string_equal(s->host, "other");
	s->queued = true;
	assert_null(planner_due(f->planner, T0 + HOUR));
	assert_null(planner_find(f->planner, "h", "s")->in);
	assert_null(planner_find(f->planner, "nobody", "s"));
	/* Asked for by hand it is due at once. */
	s->queued = false;
	s->state.asked = true;
	planner_decide(f->planner, s, T0);
	assert_int_equal(s->verdict.why, SCHEDULE_ASKED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_paused_host_waits, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    a_source_is_due_at_its_moment_once, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_restart_runs_nothing_twice_and_forgets_nothing, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    what_was_cut_off_is_tried_again_what_was_cancelled_not,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_window_that_ends_is_told_once_and_pauses_the_run,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    another_policy_takes_and_gives_sources, setup, teardown)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
