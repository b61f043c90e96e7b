/* scale.c: what a repository of many sources, nights and chunks costs. */
#include "config.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/hex.h"
#include "crypto/secret.h"
#include "repo/index.h"
#include "repo/snapshot.h"
#include "repo/verify.h"
#include "repo/writer.h"
#include "tests/bench/scale.h"
#include "tests/unit/count_store.h"

/*
 * scale make DIR [SOURCES NIGHTS CHUNKS]
 * scale measure DIR [NAME...]
 *
 * DIR gets repo, key, cache, state and tmp.  Each measure is a process of its
 * own, whose memory is looked at every POLL_MS, and which counts what it asks
 * the store for.  To make is not to measure: nothing is synced then.
 */
#define POLL_MS 4
#define FINDS 200000

static bool no_sync;

/* What all measures work with. */
static struct {
	const char *dir;
	struct key_file kf;
	struct store *files, *s;
	struct store_counts c;
	struct repo *r;
} m;

void
scale_die(int r, const char *what)
{
	fprintf(stderr, "scale: %s: %s\n", what, err_text(r));
	exit(1);
}

static void
must(int r, const char *what)
{
	if (r < 0)
		scale_die(r, what);
}

/* Instead of libc's: a hundred thousand nights' objects need not last. */
int
fsync(int fd)
{
	return no_sync ? 0 : (int)syscall(SYS_fsync, fd);
}

int
fdatasync(int fd)
{
	return no_sync ? 0 : (int)syscall(SYS_fdatasync, fd);
}

void
scale_host(unsigned int source, char hostp[16])
{
	snprintf(hostp, 16, "host%06u", source);
}

double
scale_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* DIR/name, for ever. */
static const char *
path(const char *name)
{
	size_t len = strlen(m.dir) + strlen(name) + 2;
	char *p = malloc(len);

	if (p == NULL)
		scale_die(ERR_NOMEM, name);
	snprintf(p, len, "%s/%s", m.dir, name);
	return p;
}

/* Count what a measure has made its process hold at most. */
static unsigned long
status_kib(const char *status, const char *field)
{
	const char *at = strstr(status, field);

	return at == NULL ? 0 : strtoul(at + strlen(field), NULL, 10);
}

/* Wait for a child and give its peaks. */
static void
child_watch(pid_t pid, unsigned long *anonp, unsigned long *mappedp)
{
	const struct timespec poll = { 0, POLL_MS * 1000000L };
	char name[64], text[4096];
	unsigned long anon, mapped;
	size_t n;
	FILE *f;
	int status;

	*anonp = *mappedp = 0;
	snprintf(name, sizeof(name), "/proc/%ld/status", (long)pid);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if ((f = fopen(name, "r")) != NULL) {
			n = fread(text, 1, sizeof(text) - 1, f);
			text[n] = '\0';
			fclose(f);
			anon = status_kib(text, "RssAnon:");
			mapped = status_kib(text, "RssFile:") +
			    status_kib(text, "RssShmem:");
			*anonp = anon > *anonp ? anon : *anonp;
			*mappedp = mapped > *mappedp ? mapped : *mappedp;
		}
		nanosleep(&poll, NULL);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		printf("  failed\n");
}

/* Open the repository, counted, with or without its cache. */
static void
open_repo(bool cached)
{
	struct key_input key = { .kind = KEY_HOST };

	memcpy(key.token, m.kf.host, sizeof(key.token));
	must(store_open(path("repo"), NULL, &m.files), "repo");
	must(count_store_open(m.files, &m.c, &m.s), "repo");
	must(repo_open(m.s, &key, &m.r), "repo");
	if (cached)
		must(repo_set_cache(m.r, path("cache")), "cache");
}

/* Tell what was asked for and how long it took; begin to count anew. */
static void
tell(const char *what, double *beginp)
{
	printf("  %-34s %8.3f s %6" PRIu64 " lists %7" PRIu64 " gets %6"
	    PRIu64 " heads %4" PRIu64 " puts %8.1f MB read\n", what,
	    scale_now() - *beginp, m.c.pages, m.c.gets, m.c.sizes, m.c.puts,
	    (double)m.c.got_bytes / 1e6);
	memset(&m.c, 0, sizeof(m.c));
	*beginp = scale_now();
}

/* How many objects there are of each kind, and how large they are. */
static void
measure_objects(void)
{
	static const char *const kinds[] = { "packs/", "index/", "refs/",
	    "snapshots/", "writers/", "keys/" };
	struct store_list *l;
	const char *name;
	uint64_t size, n, bytes;
	double begin;
	size_t i;

	open_repo(false);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		memset(&m.c, 0, sizeof(m.c));
		begin = scale_now();
		must(store_list_new(m.s, kinds[i], &l), kinds[i]);
		for (n = bytes = 0; store_list_next(l, &name, &size) == 1;
		    n++)
			bytes += size;
		store_list_free(l);
		printf("  %-11s %8" PRIu64 " objects %9.1f MB %5" PRIu64
		    " lists %6.2f s\n", kinds[i], n, (double)bytes / 1e6,
		    m.c.pages, scale_now() - begin);
	}
}

/* Open the index, and find what is not there and what is. */
static void
index_measure(bool cached)
{
	struct index_cursor *c;
	struct index_place at;
	struct index *x;
	uint8_t id[32], known[64][32];
	double begin = scale_now();
	uint64_t n;
	size_t runs, i;

	open_repo(cached);
	must(index_open(m.r, &x), "index");
	tell("index: open", &begin);
	n = index_count(x, &runs);
	printf("  %" PRIu64 " chunks in %zu runs\n", n, runs);
	must(index_cursor_new(x, &c), "index");
	for (i = 0; i < 64 && index_cursor_next(c, known[i], &at) == 1; i++)
		continue;
	index_cursor_free(c);
	begin = scale_now();
	for (i = 0; i < FINDS; i++) {
		/* Half of them are there; the others are anywhere. */
		if (i % 2 == 0)
			memcpy(id, known[i % 64], sizeof(id));
		else
			crypto_random(id, sizeof(id));
		if (index_find(x, id, &at) != (i % 2 == 0 ? 0 : ERR_NOENT))
			scale_die(ERR_CORRUPT, "find");
	}
	printf("  index: find %25.2f us\n",
	    (scale_now() - begin) / FINDS * 1e6);
	index_close(x);
}

static void
measure_cold(void)
{
	index_measure(false);
}

/* Fills the cache, if it is not there. */
static void
measure_fill(void)
{
	index_measure(true);
}

static void
measure_cached(void)
{
	index_measure(true);
}

/* A night in which nothing has changed: the source's last tree again. */
static void
job_measure(const char *host, const char *state)
{
	struct writer_params p = { .host = host, .set = SCALE_SET, .job = "j",
	    .state_dir = state, .sign_seed = m.kf.signer, .compression = 3 };
	const struct snapshot *prev;
	struct snapshot *sn;
	struct writer *w;
	double begin = scale_now();

	open_repo(true);
	tell("job: open the repository", &begin);
	must(writer_begin(m.r, &p, &w), "begin");
	tell("job: begin, up to the first byte", &begin);
	prev = writer_previous(w);
	must(snapshot_new(&sn), "snapshot");
	must(snapshot_add_root(sn, prev->roots[0].path,
	    &prev->roots[0].entry), "root");
	must(writer_commit(w, sn), "commit");
	tell("job: commit", &begin);
	snapshot_free(sn);
	writer_end(w);
}

static void
measure_job(void)
{
	job_measure("host000000", path("state"));
}

/* As after the loss of the server's state directory. */
static void
measure_lost(void)
{
	char dir[] = "/tmp/kho-scale-XXXXXX", command[64];

	if (mkdtemp(dir) == NULL)
		scale_die(ERR_IO, dir);
	job_measure("host000001", dir);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	if (system(command) != 0)
		scale_die(ERR_IO, command);
}

static void
find_measure(const char *what, const char *selector)
{
	struct snapshot *sn = NULL;
	double begin = scale_now();
	char title[64];
	int r = snapshot_find(m.r, selector, &sn);

	snprintf(title, sizeof(title), "find %s%s", what,
	    r == ERR_NOENT ? " (none)" : "");
	snapshot_free(sn);
	tell(title, &begin);
}

/* What restore asks before it begins. */
static void
measure_find(void)
{
	open_repo(true);
	memset(&m.c, 0, sizeof(m.c));
	find_measure("HOST/SET", "host000007/" SCALE_SET);
	find_measure("HOST", "host000007");
	find_measure("an id", "feedfeedfeed");
}

/* What restore list asks, of one host and of all. */
static void
measure_list(void)
{
	struct snapshot_list *l;
	struct snapshot *sn;
	double begin;
	uint64_t n = 0;
	int host;

	open_repo(false);
	for (host = 1; host >= 0; host--) {
		memset(&m.c, 0, sizeof(m.c));
		begin = scale_now();
		must(snapshot_list_new(m.r, &l), "list");
		while (snapshot_list_next(l, &sn) == 1) {
			if (host == 1 && strcmp(sn->host, "host000007") != 0)
				snapshot_list_skip(l);
			snapshot_free(sn);
			n++;
		}
		snapshot_list_free(l);
		tell(host == 1 ? "restore list HOST" : "restore list",
		    &begin);
	}
}

static void
alarm_show(enum verify_level level, const char *object, const char *what,
    void *arg)
{
	int *shown = arg;

	if (++*shown <= 10)
		printf("  %s: %s%s\n", object, what,
		    level == VERIFY_ALARM ? " (alarm)" : "");
}

static void
measure_verify(void)
{
	int shown = 0;
	struct verify_params p = { .threads = 2, .report = alarm_show,
	    .arg = &shown };
	struct verify_totals t;
	double begin = scale_now();
	int r;

	open_repo(true);
	r = verify_run(m.r, &p, &t);
	tell("verify", &begin);
	printf("  %" PRIu64 " snapshots, %" PRIu64 " packs, %" PRIu64
	    " chunks, %" PRIu64 " alarms: %s\n", t.snapshots, t.packs,
	    t.chunks, t.alarms, r == 0 ? "good" : err_text(r));
}

static const struct measure {
	const char *name;
	void	(*fn)(void);
} measures[] = {
	{ "objects", measure_objects },
	{ "index-without-cache", measure_cold },
	{ "index-filling-cache", measure_fill },
	{ "index-cached", measure_cached },
	{ "job-without-state", measure_lost },
	{ "job-first", measure_job },
	{ "job", measure_job },
	{ "find", measure_find },
	{ "list", measure_list },
	{ "verify", measure_verify }
};

/* Run one in a process of its own. */
static void
measure_run(const struct measure *one)
{
	unsigned long anon, mapped;
	double begin = scale_now();
	pid_t pid;

	printf("%s\n", one->name);
	fflush(stdout);
	if ((pid = fork()) == -1)
		scale_die(err_from_errno(errno), "fork");
	if (pid == 0) {
		one->fn();
		exit(0);
	}
	child_watch(pid, &anon, &mapped);
	printf("  memory: %.1f MiB anonymous, %.1f MiB mapped; %.2f s\n",
	    (double)anon / 1024, (double)mapped / 1024,
	    scale_now() - begin);
}

static void
measure(char *const names[], int n)
{
	size_t i;
	int k;

	must(key_file_read(path("key"), &m.kf), "key");
	for (i = 0; i < sizeof(measures) / sizeof(measures[0]); i++) {
		for (k = 0; k < n && strcmp(names[k],
		    measures[i].name) != 0; k++)
			continue;
		if (n == 0 || k < n)
			measure_run(&measures[i]);
	}
}

static void
make(const struct scale_size *size)
{
	static const char *const dirs[] = { "", "repo", "cache", "state",
	    "tmp" };
	struct key_input key = { .kind = KEY_HOST };
	uint8_t recovery[32];
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (mkdir(path(dirs[i]), 0700) == -1)
			scale_die(err_from_errno(errno), path(dirs[i]));
	no_sync = true;
	must(store_open(path("repo"), NULL, &m.s), "repo");
	must(repo_create(m.s, "server", &m.kf, recovery), "repo");
	must(key_file_write(path("key"), &m.kf), "key");
	memcpy(key.token, m.kf.host, sizeof(key.token));
	must(repo_open(m.s, &key, &m.r), "repo");
	scale_make(m.r, &m.kf, size);
	repo_close(m.r);
	store_close(m.s);
}

int
main(int argc, char *argv[])
{
	struct scale_size size = { 2000, 50, 10000000 };

	if (argc < 3 || (strcmp(argv[1], "make") != 0 &&
	    strcmp(argv[1], "measure") != 0)) {
		fprintf(stderr, "usage: scale make DIR [SOURCES NIGHTS CHUNKS]"
		    "\n       scale measure DIR [NAME...]\n");
		return 2;
	}
	m.dir = argv[2];
	must(crypto_init(), "crypto");
	setenv("TMPDIR", path("tmp"), 1);
	if (strcmp(argv[1], "measure") == 0) {
		measure(argv + 3, argc - 3);
		return 0;
	}
	if (argc == 6) {
		size.sources = (unsigned int)strtoul(argv[3], NULL, 10);
		size.nights = (unsigned int)strtoul(argv[4], NULL, 10);
		size.chunks = strtoull(argv[5], NULL, 10);
	}
	if (size.sources == 0 || size.nights == 0)
		scale_die(ERR_CONFIG, "size");
	make(&size);
	return 0;
}
