/* seeds_job.c: what backupd and its workers tell one another. */
#include <unistd.h>

#include "backupd/event.h"
#include "backupd/job.h"
#include "base/buf.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/throttle.h"
#include "tests/fuzz/file.h"
#include "tests/fuzz/seeds.h"

#define TEXT(s) fuzz_text((const uint8_t *)(s), sizeof(s) - 1)

static void
job(void)
{
	char *paths[] = { TEXT("/srv"), TEXT("/home") };
	char *excludes[] = { TEXT("**/*.tmp") };
	struct throttle_limit limits[] = { { 0, 65536 }, { 60, 0 } };
	struct job_hook hooks[] = { { TEXT("db-dump"), 1800, true, false },
	    { TEXT("clean"), 60, false, true } };
	const struct job j = { .id = TEXT("1"), .host = TEXT("host"),
	    .set = TEXT("set"), .link = { TEXT("192.0.2.1"), 22,
	    TEXT("kho"), TEXT("/etc/kho/id"), TEXT("ssh-ed25519 AAAA"),
	    TEXT("backup-agent serve"), true, 2, limits, 77, 900,
	    1804000000 },
	    .npaths = 2, .paths = paths,
	    .nexcludes = 1, .excludes = excludes, .exclude_caches = true,
	    .level = 3, .delta = JOB_DELTA_ALWAYS,
	    .target_name = TEXT("nas"), .target = TEXT("/srv/repo"),
	    .min_free = 500, .key_file = TEXT("k"),
	    .state_dir = TEXT("/var/lib/kho"),
	    .nbefore = 1, .before = hooks, .nafter = 1, .after = hooks + 1,
	    .load = { true, 15, 1, 2 },
	    .bounds = { 1 << 20, 0, 1281, 1, true } };
	struct buf *b = seed_buf();

	DO(job_encode(&j, b));
	seed_put("job", "job", b);
}

static void
events(void)
{
	const struct event_progress p = { 1, 2, 3000, 400, 50, 6000, 7,
	    9, 8000, 1 };
	const struct event_issue i = { ERR_DENIED, (const uint8_t *)"a\377",
	    2, "open" };
	const struct event_end e = { .exit = 3, .text = TEXT("cause"),
	    .remedy = TEXT("remedy"), .agent = TEXT("agent"),
	    .reached = EVENT_REACHED_AGENT, .snapshot = "abcd", .sequence = 4,
	    .last = p, .delta = { JOB_DELTA_NEVER, EVENT_WHY_FAST, 1, 2, 3, 4,
	    5, 6, 7, 8, 9, 10 }, .started = 1700000000, .ended = 1700000001 };
	const struct event_hook h = { true, EVENT_HOOK_EXITED, 7, 1500,
	    TEXT("db-dump"), (const uint8_t *)"no\n", 3 };
	struct buf *b = seed_buf();
	uint8_t *place;
	size_t n;
	int fd = fuzz_file_fd(NULL, 0);

	DO(event_write_log(fd, LOG_INFO, "job 1: begins"));
	DO(event_write_progress(fd, &p));
	DO(event_write_issue(fd, &i));
	DO(event_write_hook(fd, &h));
	DO(event_write_end(fd, &e));
	DO(buf_reserve(b, 4096, &place));
	DO(fdio_pread(fd, place, 4096, 0, &n));
	buf_trim(b, 4096 - n);
	seed_put("event", "events", b);
}

void
seeds_job(void)
{
	job();
	events();
}
