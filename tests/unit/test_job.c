/* test_job.c: job records and worker events as bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backupd/event.h"
#include "backupd/job.h"
#include "base/buf.h"
#include "base/fdio.h"
#include "base/throttle.h"

static char *paths[] = { "/srv/a", "/srv/b\xff", NULL };
static char *excludes[] = { "*.tmp", NULL };

static struct throttle_limit limits[] = { { 0, 65536 }, { 3600, 0 } };

static struct job_hook before[] = {
	{ .name = "dump", .timeout = 604800, .warns = true },
	{ .name = "b", .timeout = 1 }
};
static struct job_hook after[] = { { .name = "clean", .timeout = 60,
	.always = true } };

static struct job
sample(void)
{
	struct job j = { .id = "2026-01-01T00:00:00+00:00", .host = "h",
	    .set = "s", .npaths = 2, .paths = paths, .nexcludes = 1,
	    .excludes = excludes, .exclude_caches = true, .level = 3,
	    .delta = JOB_DELTA_NEVER, .dry = true,
	    .target_name = "t", .target = "/t",
	    .min_free = 500, .key_file = "/k", .state_dir = "/d" };

	j.link.address = "127.0.0.1";
	j.link.port = 65535;
	j.link.user = "kho";
	j.link.identity = "/id";
	j.link.host_key = "ssh-ed25519 AAAA";
	j.link.agent = "backup-agent serve";
	j.link.openssh = true;
	j.bounds = (struct job_bounds){ 1, UINT64_MAX, 3000, 4, true };
	j.link.limits = limits;
	j.link.nlimits = 2;
	j.link.began = UINT64_MAX;
	j.access.connections = 3;
	j.access.cache = UINT64_C(1) << 40;
	j.access.limits = limits;
	j.access.nlimits = 2;
	j.access.began = 77;
	j.link.stall = 900;
	j.link.clock = 1804000000;
	j.before = before;
	j.nbefore = 2;
	j.after = after;
	j.nafter = 1;
	j.load = (struct job_load){ true, 19, 2, 255 };
	return j;
}

static void
job_comes_back_as_it_was(void **state)
{
	struct job j = sample(), *k = NULL;
	struct buf *b = NULL;

	(void)state;
	assert_int_equal(buf_new(JOB_ENCODED_MAX, &b), 0);
	assert_int_equal(job_encode(&j, b), 0);
	assert_int_equal(job_decode(b, &k), 0);
	assert_string_equal(k->id, j.id);
	assert_string_equal(k->host, "h");
	assert_string_equal(k->set, "s");
	assert_string_equal(k->link.address, "127.0.0.1");
	assert_int_equal(k->link.port, 65535);
	assert_string_equal(k->link.host_key, "ssh-ed25519 AAAA");
	assert_true(k->link.openssh);
	assert_true(k->bounds.max_file == 1 &&
	    k->bounds.max_host == UINT64_MAX &&
	    k->bounds.max_growth == 3000 && k->bounds.min_files == 4 &&
	    k->bounds.fails);
	assert_int_equal(k->link.nlimits, 2);
	assert_true(k->link.began == UINT64_MAX);
	assert_int_equal(k->link.limits[0].rate, 65536);
	assert_int_equal(k->link.limits[1].after, 3600);
	assert_int_equal(k->access.connections, 3);
	assert_true(k->access.cache == UINT64_C(1) << 40);
	assert_int_equal(k->access.nlimits, 2);
	assert_int_equal(k->access.limits[1].after, 3600);
	assert_int_equal(k->access.began, 77);
	assert_int_equal(k->link.stall, 900);
	assert_int_equal(k->link.clock, 1804000000);
	assert_int_equal(k->npaths, 2);
	assert_string_equal(k->paths[1], "/srv/b\xff");
	assert_int_equal(k->nexcludes, 1);
	assert_string_equal(k->excludes[0], "*.tmp");
	assert_int_equal(k->nbefore, 2);
	assert_string_equal(k->before[0].name, "dump");
	assert_int_equal(k->before[0].timeout, 604800);
	assert_true(k->before[0].warns && !k->before[0].always);
	assert_false(k->before[1].warns);
	assert_int_equal(k->nafter, 1);
	assert_true(k->after[0].always && !k->after[0].warns);
	assert_true(k->load.any && k->load.nice == 19 && k->load.io == 2 &&
	    k->load.threads == 255);
	assert_false(k->one_file_system);
	assert_true(k->exclude_caches);
	assert_true(k->dry);
	assert_int_equal(k->level, 3);
	assert_int_equal(k->delta, JOB_DELTA_NEVER);
	assert_string_equal(k->state_dir, "/d");
	job_free(k);
	buf_free(b);
}

static void
job_cut_short_is_refused_at_every_length(void **state)
{
	struct job j = sample(), *k;
	struct buf *b = NULL, *cut = NULL;
	size_t i, len;

	(void)state;
	assert_int_equal(buf_new(JOB_ENCODED_MAX, &b), 0);
	assert_int_equal(job_encode(&j, b), 0);
	len = buf_len(b);
	for (i = 0; i < len; i++) {
		k = NULL;
		assert_int_equal(buf_borrow(buf_ptr(b), i, &cut), 0);
		assert_int_not_equal(job_decode(cut, &k), 0);
		assert_null(k);
		buf_free(cut);
	}
	buf_free(b);
}

static void
job_with_bytes_after_it_is_refused(void **state)
{
	struct job j = sample(), *k = NULL;
	struct buf *b = NULL;

	(void)state;
	assert_int_equal(buf_new(JOB_ENCODED_MAX, &b), 0);
	assert_int_equal(job_encode(&j, b), 0);
	assert_int_equal(buf_put_u8(b, 0), 0);
	assert_int_equal(job_decode(b, &k), ERR_FORMAT);
	buf_free(b);
}

static void
events_come_through_a_pipe_in_order(void **state)
{
	struct event_progress p = { .files = 1, .read = UINT64_MAX };
	struct event_issue i = { .code = ERR_DENIED,
	    .path = (const uint8_t *)"a\0b", .path_len = 3, .text = "no" };
	struct event_end end = { .exit = 3, .text = "why", .remedy = "",
	    .agent = "1.0, pc", .reached = EVENT_REACHED_AGENT,
	    .files = 7, .started = -5, .ended = 1LL << 40 };
	struct buf *b = NULL;
	struct event e;
	int fd[2];

	(void)state;
	end.delta.mode = JOB_DELTA_ALWAYS;
	end.delta.why = EVENT_WHY_POLICY;
	end.delta.rate = 17;
	end.changed_bytes = 18;
	end.delta.stored = UINT64_MAX;
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(buf_new(EVENT_MAX, &b), 0);
	strcpy(end.snapshot, "abcd");
	assert_int_equal(event_write_log(fd[1], 2, "line"), 0);
	assert_int_equal(event_write_progress(fd[1], &p), 0);
	assert_int_equal(event_write_issue(fd[1], &i), 0);
	assert_int_equal(event_write_end(fd[1], &end), 0);
	assert_int_equal(fdio_close(&fd[1]), 0);

	assert_int_equal(event_read(fd[0], b, &e), 0);
	assert_int_equal(e.type, EVENT_LOG);
	assert_int_equal(e.u.log.level, 2);
	assert_string_equal(e.u.log.line, "line");
	event_clear(&e);
	assert_int_equal(event_read(fd[0], b, &e), 0);
	assert_int_equal(e.type, EVENT_PROGRESS);
	assert_true(e.u.progress.read == UINT64_MAX);
	event_clear(&e);
	assert_int_equal(event_read(fd[0], b, &e), 0);
	assert_int_equal(e.type, EVENT_ISSUE);
	assert_int_equal(e.u.issue.code, ERR_DENIED);
	assert_int_equal(e.u.issue.path_len, 3);
	assert_memory_equal(e.u.issue.path, "a\0b", 3);
	assert_string_equal(e.u.issue.text, "no");
	event_clear(&e);
	assert_int_equal(event_read(fd[0], b, &e), 0);
	assert_int_equal(e.type, EVENT_END);
	assert_int_equal(e.u.end.exit, 3);
	assert_string_equal(e.u.end.text, "why");
	assert_string_equal(e.u.end.agent, "1.0, pc");
	assert_int_equal(e.u.end.reached, EVENT_REACHED_AGENT);
	assert_string_equal(e.u.end.snapshot, "abcd");
	assert_int_equal(e.u.end.files, 7);
	assert_int_equal(e.u.end.delta.mode, JOB_DELTA_ALWAYS);
	assert_int_equal(e.u.end.delta.why, EVENT_WHY_POLICY);
	assert_int_equal(e.u.end.delta.rate, 17);
	assert_int_equal(e.u.end.changed_bytes, 18);
	assert_true(e.u.end.delta.stored == UINT64_MAX);
	assert_true(e.u.end.started == -5);
	assert_true(e.u.end.ended == 1LL << 40);
	event_clear(&e);
	assert_int_equal(event_read(fd[0], b, &e), ERR_CLOSED);
	fdio_close(&fd[0]);
	buf_free(b);
}

static void
event_of_unknown_type_is_refused(void **state)
{
	static const uint8_t record[] = { 0, 0, 0, 2, 99, 0 };
	struct buf *b = NULL;
	struct event e;
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(buf_new(EVENT_MAX, &b), 0);
	assert_int_equal(fdio_write_all(fd[1], record, sizeof(record)), 0);
	assert_int_equal(event_read(fd[0], b, &e), ERR_FORMAT);
	fdio_close(&fd[0]);
	fdio_close(&fd[1]);
	buf_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(job_comes_back_as_it_was),
		cmocka_unit_test(job_cut_short_is_refused_at_every_length),
		cmocka_unit_test(job_with_bytes_after_it_is_refused),
		cmocka_unit_test(events_come_through_a_pipe_in_order),
		cmocka_unit_test(event_of_unknown_type_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
