/* replay.c: run a harness over its corpus, and what lies near each file. */
#include "config.h"

#include <sys/resource.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "tests/fuzz/fuzz.h"

/*
 * Each file as it is, cut short, and changed here and there.  Everything is
 * the same in every run: what fails once fails again.
 */
#define FILE_MAX_LEN (1u << 20)
#define CUTS_MAX 256
#define ROUNDS 1000		/* changed copies; REPLAY_ROUNDS */
#define SECONDS_MAX 20		/* for one input, on a busy machine */
#define RSS_MAX_KIB (512L << 10)
#define MEMORY_MAX (1024UL << 20)	/* of data; a bug shows sooner */
#define KEPT "replay-input"

void	__sanitizer_set_death_callback(void (*)(void)) __attribute__((weak));

static const char *file = "?";
static const char *step = "whole";
static unsigned long number;
static const uint8_t *input;
static size_t input_len;
static unsigned long long inputs;
static uint64_t state;

static void
say(const char *s)
{
	if (write(STDERR_FILENO, s, strlen(s)) == -1)
		_exit(1);
}

/* Tell where we were and keep the input; safe in a signal handler. */
static void
where(void)
{
	char digits[24], *p = digits + sizeof(digits) - 1;
	unsigned long n = number;
	int fd;

	*p = '\0';
	do
		*--p = (char)('0' + n % 10);
	while ((n /= 10) != 0);
	say("replay: ");
	say(file);
	say(": ");
	say(step);
	say(" ");
	say(p);
	say(", kept as " KEPT "\n");
	fd = open(KEPT, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd == -1 || write(fd, input, input_len) == -1)
		_exit(1);
	close(fd);
}

static void
died(int sig)
{
	where();
	signal(sig, SIG_DFL);
	raise(sig);
}

static uint64_t
random64(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Run a copy of exactly that length, so that reading past it is seen. */
static void
run(const uint8_t *data, size_t len)
{
	uint8_t *copy;

	if ((copy = malloc(len > 0 ? len : 1)) == NULL)
		abort();
	memcpy(copy, data, len);
	input = copy;
	input_len = len;
	alarm(SECONDS_MAX);
	LLVMFuzzerTestOneInput(copy, len);
	alarm(0);
	free(copy);
	inputs++;
}

static void
run_cuts(const uint8_t *data, size_t len)
{
	size_t i, n = len < CUTS_MAX ? len : CUTS_MAX;

	step = "cut to";
	for (i = 0; i < n; i++) {
		number = (unsigned long)(len * i / n);
		run(data, number);
	}
}

/* Change one place of *lenp bytes; there is room for 8 more. */
static void
change(uint8_t *p, size_t *lenp)
{
	static const uint8_t odd[] = { 0, 1, 0x7f, 0x80, 0xff };
	size_t len = *lenp, at = random64() % (len + 1), n, i;

	n = 1 + random64() % 8;
	switch (random64() % 6) {
	case 0:		/* a bit */
		if (at < len)
			p[at] ^= (uint8_t)(1u << random64() % 8);
		break;
	case 1:		/* a byte that is often a limit */
		if (at < len)
			p[at] = odd[random64() % sizeof(odd)];
		break;
	case 2:		/* any bytes */
		for (i = at; i < len && i < at + n; i++)
			p[i] = (uint8_t)random64();
		break;
	case 3:		/* one more or one less */
		if (at < len)
			p[at] = (uint8_t)(p[at] + (random64() % 2 ? 1 : -1));
		break;
	case 4:		/* left out */
		if (n > len - at)
			n = len - at;
		memmove(p + at, p + at + n, len - at - n);
		*lenp = len - n;
		break;
	default:	/* put in */
		memmove(p + at + n, p + at, len - at);
		memset(p + at, odd[random64() % sizeof(odd)], n);
		*lenp = len + n;
		break;
	}
}

static void
run_changed(const uint8_t *data, size_t len, unsigned long rounds)
{
	uint8_t *copy;
	size_t n, times;

	if ((copy = malloc(len + 8 * 8)) == NULL)
		abort();
	step = "changed";
	for (number = 0; number < rounds; number++) {
		state = 0x9e3779b97f4a7c15u * (number + 1) ^ len;
		memcpy(copy, data, len);
		n = len;
		for (times = 1 + random64() % 8; times > 0; times--)
			change(copy, &n);
		run(copy, n);
	}
	free(copy);
}

static void
run_file(const char *path, unsigned long rounds)
{
	uint8_t *data;
	FILE *f;
	size_t len;

	file = path;
	if ((f = fopen(path, "rb")) == NULL ||
	    (data = malloc(FILE_MAX_LEN)) == NULL) {
		perror(path);
		exit(1);
	}
	len = fread(data, 1, FILE_MAX_LEN, f);
	fclose(f);
	step = "whole";
	number = 0;
	run(data, len);
	run_cuts(data, len);
	run_changed(data, len, rounds);
	free(data);
}

/* Run all files of a directory, in the order of their names. */
static size_t
run_dir(const char *dir, unsigned long rounds)
{
	struct dirent **names;
	char *path;
	size_t done = 0;
	int i, n;

	if ((n = scandir(dir, &names, NULL, alphasort)) == -1) {
		perror(dir);
		exit(1);
	}
	for (i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.') {
			if (path_join(dir, names[i]->d_name, &path) != 0)
				abort();
			run_file(path, rounds);
			free(path);
			done++;
		}
		free(names[i]);
	}
	free(names);
	return done;
}

/* corpus/NAME for a program fuzz_NAME. */
static size_t
run_corpus(const char *program, unsigned long rounds)
{
	const char *top = getenv("top_srcdir"), *name;
	char dir[4096];

	if ((name = strrchr(program, '/')) != NULL)
		program = name + 1;
	if (strncmp(program, "fuzz_", 5) == 0)
		program += 5;
	snprintf(dir, sizeof(dir), "%s/tests/fuzz/corpus/%s",
	    top != NULL ? top : ".", program);
	return run_dir(dir, rounds);
}

#ifdef KHO_SANITIZED
/* Sanitizers need memory of their own. */
static void
limit_memory(void)
{
}

static bool
too_much_memory(void)
{
	return false;
}
#else
static void
limit_memory(void)
{
	const struct rlimit rl = { MEMORY_MAX, MEMORY_MAX };

	if (setrlimit(RLIMIT_DATA, &rl) == -1)
		perror("setrlimit");
}

static bool
too_much_memory(void)
{
	struct rusage ru;

	return getrusage(RUSAGE_SELF, &ru) == 0 &&
	    ru.ru_maxrss > RSS_MAX_KIB;
}
#endif

int
main(int argc, char **argv)
{
	const char *env = getenv("REPLAY_ROUNDS");
	unsigned long rounds = env != NULL ? strtoul(env, NULL, 10) : ROUNDS;
	size_t files = 0;
	int i;

	limit_memory();
	signal(SIGABRT, died);
	signal(SIGALRM, died);
	signal(SIGSEGV, died);
	if (__sanitizer_set_death_callback != NULL)
		__sanitizer_set_death_callback(where);
	run((const uint8_t *)"", 0);
	for (i = 1; i < argc; i++, files++)
		run_file(argv[i], rounds);
	if (argc == 1)
		files = run_corpus(argv[0], rounds);
	printf("%s: %zu files, %llu inputs\n", argv[0], files, inputs);
	if (files == 0) {
		fprintf(stderr, "replay: nothing to run\n");
		return 1;
	}
	if (too_much_memory()) {
		fprintf(stderr, "replay: more than 512 MiB of memory\n");
		return 1;
	}
	return 0;
}
