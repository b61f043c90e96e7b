/* test_queue.c: which job may begin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backupd/queue.h"

static char t_name[] = "t", none[] = "";

/* Have host/s of a group wait. */
static struct queue_task *
add(struct queue *q, const char *host, const char *group, int priority)
{
	struct queue_task t = { .priority = priority, .target = t_name,
	    .max_host = 1 };
	struct queue_task *added = NULL;
	char s[] = "s";

	t.host = (char *)host;
	t.set = s;
	t.group = group != NULL ? (char *)group : none;
	t.max_group = 2;
	assert_int_equal(queue_add(q, &t, &added), 0);
	assert_false(added->running);
	return added;
}

static struct queue *
make(int max)
{
	struct queue *q = NULL;

	assert_int_equal(queue_new(max, &q), 0);
	return q;
}

static void
jobs_begin_as_they_came_or_by_priority(void **state)
{
	struct queue *q = make(0);
	struct queue_task *a, *b, *c;

	(void)state;
	assert_null(queue_next(q));
	a = add(q, "a", NULL, 5);
	b = add(q, "b", NULL, 5);
	c = add(q, "c", NULL, 6);
	assert_ptr_equal(queue_next(q), c);
	queue_run(q, c);
	assert_ptr_equal(queue_next(q), a);
	queue_run(q, a);
	assert_ptr_equal(queue_next(q), b);
	queue_remove(q, b);
	assert_null(queue_next(q));
	assert_int_equal(queue_count(q, true), 2);
	assert_int_equal(queue_count(q, false), 0);
	/* The last one is gone: what comes now still stands at the end. */
	b = add(q, "d", NULL, 5);
	assert_ptr_equal(queue_next(q), b);
	assert_ptr_equal(queue_first(q), a);
	queue_free(q);
}

static void
the_server_has_a_limit(void **state)
{
	struct queue *q = make(1);
	struct queue_task *a, *b;

	(void)state;
	a = add(q, "a", NULL, 5);
	b = add(q, "b", NULL, 5);
	queue_run(q, queue_next(q));
	assert_true(a->running);
	assert_null(queue_next(q));
	queue_set_max(q, 2);
	assert_ptr_equal(queue_next(q), b);
	queue_set_max(q, 1);
	queue_remove(q, a);
	assert_ptr_equal(queue_next(q), b);
	queue_free(q);
}

static void
group_and_target_have_limits_that_hold_up_nobody_else(void **state)
{
	struct queue *q = make(0);
	struct queue_task *a, *b, *c, *d;

	(void)state;
	a = add(q, "a", "g", 5);
	b = add(q, "b", "g", 5);
	c = add(q, "c", "g", 9);
	d = add(q, "d", NULL, 1);
	queue_run(q, queue_next(q));
	queue_run(q, queue_next(q));
	assert_true(c->running && a->running && !b->running);
	assert_ptr_equal(queue_next(q), d);
	d->max_target = 2;
	assert_null(queue_next(q));
	queue_remove(q, c);
	assert_ptr_equal(queue_next(q), b);
	queue_free(q);
}

static void
a_source_is_there_once_and_a_host_has_a_limit(void **state)
{
	struct queue *q = make(0);
	struct queue_task *a, *again = NULL, t;
	char other[] = "other";

	(void)state;
	a = add(q, "a", NULL, 5);
	t = *a;
	assert_int_equal(queue_add(q, &t, &again), ERR_EXIST);
	assert_ptr_equal(again, a);
	t.set = other;
	assert_int_equal(queue_add(q, &t, &again), 0);
	assert_int_not_equal(again->id, a->id);
	assert_null(queue_job(q, 7));
	a->job = 7;
	assert_null(queue_job(q, 7));
	queue_run(q, a);
	assert_ptr_equal(queue_job(q, 7), a);
	assert_null(queue_next(q));
	again->max_host = 0;
	assert_ptr_equal(queue_next(q), again);
	assert_ptr_equal(queue_source(q, "a", "other"), again);
	assert_null(queue_source(q, "b", "other"));
	queue_free(q);
}

/* Random arrivals and ends: never more than allowed, nobody forgotten. */
static void
limits_hold_and_every_job_runs(void **state)
{
	struct queue *q = make(5);
	struct queue_task *t;
	unsigned int seed = 1, added = 0, ran = 0, turn;
	char host[16], group[4] = "g0";

	(void)state;
	for (turn = 0; turn < 2000 || ran < added; turn++) {
		seed = seed * 1103515245u + 12345u;
		if (turn < 2000 && (seed >> 16) % 3 != 0) {
			snprintf(host, sizeof(host), "h%u", added++);
			group[1] = (char)('0' + (seed >> 20) % 4);
			(void)add(q, host, group, (int)(seed >> 24) % 10);
		}
		while ((t = queue_next(q)) != NULL)
			queue_run(q, t);
		assert_true(queue_count(q, true) <= 5);
		for (t = queue_first(q); t != NULL; t = t->next)
			if (t->running)
				break;
		if (t != NULL) {
			queue_remove(q, t);
			ran++;
		}
	}
	assert_int_equal(ran, added);
	assert_null(queue_first(q));
	queue_free(q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_begin_as_they_came_or_by_priority),
		cmocka_unit_test(the_server_has_a_limit),
		cmocka_unit_test(
		    group_and_target_have_limits_that_hold_up_nobody_else),
		cmocka_unit_test(
		    a_source_is_there_once_and_a_host_has_a_limit),
		cmocka_unit_test(limits_hold_and_every_job_runs)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
