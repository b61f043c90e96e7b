/* test_schedule.c: the verdict, from the first day of a source on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/schedule.h"
#include "policy/zone.h"

#define MINUTE 60
#define HOUR 3600

static struct calendar noon;
static struct window lunch;
static struct schedule s;
static struct schedule_state st;

static int64_t
at(const char *date, int hour, int minute)
{
	int64_t day;

	assert_int_equal(zone_date_parse(date, &day), 0);
	return zone_moment(day, hour * HOUR + minute * MINUTE);
}

static int
setup(void **state)
{
	char why[CALENDAR_WHY_MAX];

	(void)state;
	if (zone_use("Asia/Ho_Chi_Minh") != 0 ||
	    calendar_parse("Mon..Fri 11:45", &noon, why) != 0 ||
	    window_parse("Mon..Fri 11:30-17:00", &lunch, why) != 0)
		return -1;
	s = (struct schedule){
		.host = "ketoan-01", .set = "documents",
		.calendar = { &noon, 1 }, .window = { &lunch, 1 },
		.catch_up = true, .retry = { 2, 5 * MINUTE, 2.0, HOUR },
		.rpo = 24 * HOUR, .rpo_working_days = true
	};
	st = (struct schedule_state){ .since = at("2026-08-03", 8, 0) };
	return 0;
}

static struct schedule_verdict
decide(int64_t now)
{
	struct schedule_verdict v;

	schedule_mend(&st, now);
	schedule_decide(&s, &st, now, &v);
	return v;
}

/* Start what the verdict at the moment now starts, which must be why. */
static void
start(int64_t now, enum schedule_why why)
{
	struct schedule_verdict v = decide(now);

	assert_true(v.run);
	assert_int_equal(v.why, why);
	schedule_started(&st, &v, now);
}

static void
wait(int64_t now, enum schedule_why why, int64_t until)
{
	struct schedule_verdict v = decide(now);

	assert_false(v.run);
	assert_int_equal(v.why, why);
	assert_int_equal(v.at, until);
}

static void
a_run_is_planned_runs_once_and_the_next_is_awaited(void **state)
{
	int64_t t = at("2026-08-03", 11, 45);

	(void)state;
	wait(t - HOUR, SCHEDULE_PLANNED, t);
	start(t, SCHEDULE_PLANNED);
	wait(t, SCHEDULE_RUNNING, at("2026-08-03", 17, 0));
	schedule_ended(&st, SCHEDULE_GOOD, t + MINUTE);
	wait(t + MINUTE, SCHEDULE_PLANNED, at("2026-08-04", 11, 45));
	assert_int_equal(schedule_age(&s, &st, t + HOUR), HOUR);
	assert_int_equal(schedule_late(&s, &st), t + 24 * HOUR);
}

static void
missed_runs_are_one(void **state)
{
	int64_t t = at("2026-08-07", 9, 0);

	(void)state;
	wait(t, SCHEDULE_MISSED, at("2026-08-07", 11, 30));
	start(at("2026-08-07", 11, 30), SCHEDULE_MISSED);
	assert_int_equal(st.planned, at("2026-08-06", 11, 45));
	s.catch_up = false;
	st.running = false;
	st.planned = 0;
	wait(t, SCHEDULE_PLANNED, at("2026-08-07", 11, 45));
}

static void
failures_are_tried_again_and_then_not(void **state)
{
	int64_t t = at("2026-08-03", 11, 45);

	(void)state;
	start(t, SCHEDULE_PLANNED);
	schedule_ended(&st, SCHEDULE_FAILED, t);
	wait(t, SCHEDULE_RETRY, t + 5 * MINUTE);
	start(t + 5 * MINUTE, SCHEDULE_RETRY);
	schedule_ended(&st, SCHEDULE_FAILED, t + 6 * MINUTE);
	wait(t + 6 * MINUTE, SCHEDULE_RETRY, t + 16 * MINUTE);
	start(t + 16 * MINUTE, SCHEDULE_RETRY);
	schedule_ended(&st, SCHEDULE_FAILED, t + 17 * MINUTE);
	wait(t + 17 * MINUTE, SCHEDULE_PLANNED, at("2026-08-04", 11, 45));
	assert_int_equal(schedule_age(&s, &st, t), -1);
}

static void
a_sleeper_is_looked_for_until_it_is_back(void **state)
{
	int64_t t = at("2026-08-03", 11, 45);
	int i;

	(void)state;
	start(t, SCHEDULE_PLANNED);
	for (i = 0; i < 20; i++) {
		schedule_ended(&st, SCHEDULE_ASLEEP, t);
		t += i == 0 ? 5 * MINUTE : SCHEDULE_KNOCK;
		start(t, SCHEDULE_SLEEPER);
	}
	schedule_ended(&st, SCHEDULE_GOOD, t);
	wait(t, SCHEDULE_PLANNED, at("2026-08-04", 11, 45));
}

static void
a_window_pauses_a_job_and_it_is_resumed(void **state)
{
	int64_t end = at("2026-08-07", 17, 0);

	(void)state;
	st.since = at("2026-08-07", 8, 0);
	start(at("2026-08-07", 11, 45), SCHEDULE_PLANNED);
	wait(end, SCHEDULE_RUNNING, end);
	schedule_ended(&st, SCHEDULE_PAUSED, end);
	wait(end, SCHEDULE_RESUME, at("2026-08-10", 11, 30));
	start(at("2026-08-10", 11, 30), SCHEDULE_RESUME);
	schedule_ended(&st, SCHEDULE_STOPPED, at("2026-08-10", 11, 31));
	wait(at("2026-08-10", 11, 31), SCHEDULE_PLANNED,
	    at("2026-08-10", 11, 45));
	s.at_end = SCHEDULE_END_FINISH;
	start(at("2026-08-10", 11, 45), SCHEDULE_PLANNED);
	wait(end, SCHEDULE_RUNNING, ZONE_NEVER);
}

static void
who_asks_is_served_at_night_and_on_hold(void **state)
{
	int64_t night = at("2026-08-03", 23, 0);

	(void)state;
	st.since = night;
	st.paused_until = at("2026-08-10", 0, 0);
	wait(night, SCHEDULE_ON_HOLD, st.paused_until);
	st.asked = true;
	start(night, SCHEDULE_ASKED);
	assert_false(st.asked);
	wait(night + HOUR, SCHEDULE_RUNNING, ZONE_NEVER);
	schedule_ended(&st, SCHEDULE_GOOD, night + HOUR);
	wait(st.paused_until, SCHEDULE_MISSED, at("2026-08-10", 11, 30));
}

static void
a_clock_set_back_runs_nothing_twice(void **state)
{
	int64_t t = at("2026-08-03", 11, 45);

	(void)state;
	start(t, SCHEDULE_PLANNED);
	schedule_ended(&st, SCHEDULE_GOOD, t + MINUTE);
	wait(t - HOUR, SCHEDULE_PLANNED, at("2026-08-04", 11, 45));
}

static void
a_clock_that_ran_years_ahead_forgets_nothing(void **state)
{
	int64_t ahead = at("2030-08-05", 12, 0);

	(void)state;
	start(ahead, SCHEDULE_PLANNED);
	schedule_ended(&st, SCHEDULE_GOOD, ahead);
	wait(at("2026-08-03", 13, 0), SCHEDULE_PLANNED,
	    at("2026-08-04", 11, 45));
	assert_int_equal(schedule_age(&s, &st, at("2026-08-03", 13, 0)), -1);
	start(at("2026-08-04", 11, 45), SCHEDULE_PLANNED);
}

static void
jitter_stays_in_its_bounds_and_the_same(void **state)
{
	struct schedule_run run, again;
	int64_t t = at("2026-08-02", 0, 0), least = 20 * MINUTE, most = 0;
	int64_t late;
	int i;

	(void)state;
	s.jitter = 20 * MINUTE;
	for (i = 0; i < 500; i++) {
		assert_true(schedule_next(&s, t, &run));
		assert_true(schedule_next(&s, t, &again));
		assert_int_equal(run.start, again.start);
		late = run.start - run.planned;
		assert_true(late >= 0 && late <= s.jitter);
		least = late < least ? late : least;
		most = late > most ? late : most;
		t = run.planned;
	}
	assert_true(least < MINUTE && most > 19 * MINUTE);
	/* Not beyond the window. */
	s.jitter = 23 * HOUR;
	for (i = 0; i < 50; i++) {
		assert_true(schedule_next(&s, t, &run));
		assert_true(run.start < run.closes);
		t = run.planned;
	}
}

/* A calendar and a window of every day instead of the usual ones. */
static void
rules(const char *calendar, const char *window)
{
	char why[CALENDAR_WHY_MAX];

	assert_int_equal(calendar_parse(calendar, &noon, why), 0);
	assert_int_equal(window_parse(window, &lunch, why), 0);
}

static void
runs_planned_while_no_window_is_open_are_one(void **state)
{
	struct schedule_run run;

	(void)state;
	rules("18,20,22:00", "23:00-23:30");
	assert_true(schedule_next(&s, at("2026-08-03", 12, 0), &run));
	assert_int_equal(run.planned, at("2026-08-03", 22, 0));
	assert_int_equal(run.start, at("2026-08-03", 23, 0));
	assert_int_equal(run.closes, at("2026-08-03", 23, 30));
	assert_true(schedule_next(&s, run.planned, &run));
	assert_int_equal(run.planned, at("2026-08-04", 22, 0));
}

static void
jitter_reaches_neither_the_next_run_nor_the_end(void **state)
{
	int64_t t = at("2026-08-03", 11, 0);
	struct schedule_run run;
	int i;

	(void)state;
	rules("12:00,10", "11:30-12:15");
	s.jitter = 23 * HOUR;
	for (i = 0; i < 100; i++) {
		assert_true(schedule_next(&s, t, &run));
		assert_true(run.start >= run.planned);
		assert_true(run.start < run.planned + (i % 2 == 0 ?
		    10 * MINUTE : 5 * MINUTE));
		t = run.planned;
	}
}

/* The moment of 11:55 was slept through, its window ended at 12:00. */
static void
without_catch_up_a_window_that_closed_ends_its_run(void **state)
{
	(void)state;
	rules("11:55", "11:30-12:00");
	s.catch_up = false;
	wait(at("2026-08-03", 12, 5), SCHEDULE_PLANNED,
	    at("2026-08-04", 11, 55));
	s.catch_up = true;
	wait(at("2026-08-03", 12, 5), SCHEDULE_MISSED,
	    at("2026-08-04", 11, 30));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    a_run_is_planned_runs_once_and_the_next_is_awaited, setup),
		cmocka_unit_test_setup(missed_runs_are_one,
		    setup),
		cmocka_unit_test_setup(failures_are_tried_again_and_then_not,
		    setup),
		cmocka_unit_test_setup(
		    a_sleeper_is_looked_for_until_it_is_back, setup),
		cmocka_unit_test_setup(
		    a_window_pauses_a_job_and_it_is_resumed, setup),
		cmocka_unit_test_setup(
		    who_asks_is_served_at_night_and_on_hold, setup),
		cmocka_unit_test_setup(a_clock_set_back_runs_nothing_twice,
		    setup),
		cmocka_unit_test_setup(
		    a_clock_that_ran_years_ahead_forgets_nothing, setup),
		cmocka_unit_test_setup(
		    jitter_stays_in_its_bounds_and_the_same, setup),
		cmocka_unit_test_setup(
		    runs_planned_while_no_window_is_open_are_one, setup),
		cmocka_unit_test_setup(
		    jitter_reaches_neither_the_next_run_nor_the_end, setup),
		cmocka_unit_test_setup(
		    without_catch_up_a_window_that_closed_ends_its_run, setup)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
