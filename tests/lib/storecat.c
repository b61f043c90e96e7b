/*
 * storecat.c: use a store from a script, in this process:
 *
 *	storecat put NAME FILE		storecat get NAME >FILE
 *	storecat putx NAME FILE		storecat list
 *	storecat rm NAME		storecat churn SEED COUNT MAX
 *
 * churn puts COUNT objects of up to MAX bytes, now and then one again or an
 * exclusive one, reads each back, and at the end lists them all.  The target
 * is named as for tests/conformance/store; what is put is locked for as many
 * seconds as KHO_STORE_LOCK says.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/impl.h"

#define OBJECT_MAX (64u << 20)

static struct store *s;

static void
check(int r, const char *what)
{
	if (r == 0)
		return;
	fprintf(stderr, "storecat: %s: %s\n", what, err_text(r));
	exit(-r);
}

static struct buf *
read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct buf *b = NULL;
	uint8_t piece[65536];
	size_t n;

	check(f == NULL ? ERR_NOENT : buf_new(OBJECT_MAX, &b), path);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		check(buf_put(b, piece, n), path);
	fclose(f);
	return b;
}

static void
list(void)
{
	struct store_list *l;
	const char *name;
	uint64_t size;

	check(store_list_new(s, "", &l), "list");
	while (store_list_next(l, &name, &size) == 1)
		printf("%s %ju\n", name, (uintmax_t)size);
	store_list_free(l);
}

/* Bytes that follow from a number. */
static void
fill(uint8_t *p, size_t len, uint64_t x)
{
	size_t i;

	for (i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		p[i] = (uint8_t)(x >> 24);
	}
}

static void
churn_one(int i, uint8_t *data, size_t max, struct buf *back)
{
	size_t len = (size_t)rand() % max;
	bool exclusive = rand() % 3 == 0;
	char name[64];
	int r;

	/* Most are small, as those of a repository. */
	if (rand() % 4 != 0)
		len %= 5000;
	fill(data, len, (uint64_t)i * 77777 + 1);
	snprintf(name, sizeof(name), "churn/%02x/%d", i % 7, i);
	r = exclusive ? store_put_exclusive(s, name, data, len) :
	    store_put(s, name, data, len);
	check(r, name);
	if (exclusive) {
		/* A second writer. */
		if (len > 0)
			data[0] ^= 1;
		if ((r = store_put_exclusive(s, name, data, len)) !=
		    ERR_EXIST)
			check(r == 0 ? ERR_CORRUPT : r, "put it twice");
		if (len > 0)
			data[0] ^= 1;
	} else if (rand() % 4 == 0)
		check(store_put(s, name, data, len), "put it again");
	buf_reset(back);
	check(store_get_all(s, name, max, back), "get");
	if (buf_len(back) != len || memcmp(buf_ptr(back), data, len) != 0)
		check(ERR_CORRUPT, name);
	printf("%s %zu\n", name, len);
}

static void
churn(unsigned int seed, int count, size_t max)
{
	uint8_t *data = malloc(max);
	struct buf *back = NULL;
	int i;

	check(data == NULL ? ERR_NOMEM : buf_new(max, &back), "churn");
	srand(seed);
	for (i = 0; i < count; i++)
		churn_one(i, data, max, back);
	free(data);
	buf_free(back);
}

static int
run(int argc, char *argv[])
{
	const char *what = argv[1];
	struct buf *b = NULL;

	if (strcmp(what, "list") == 0)
		list();
	else if (strcmp(what, "churn") == 0 && argc == 5)
		churn((unsigned int)atoi(argv[2]), atoi(argv[3]),
		    (size_t)atol(argv[4]));
	else if (strcmp(what, "rm") == 0 && argc == 3)
		check(store_delete(s, argv[2]), argv[2]);
	else if (strcmp(what, "get") == 0 && argc == 3) {
		check(buf_new(OBJECT_MAX, &b), "memory");
		check(store_get_all(s, argv[2], OBJECT_MAX, b), argv[2]);
		fwrite(buf_ptr(b), 1, buf_len(b), stdout);
	} else if (strcmp(what, "put") == 0 && argc == 4) {
		b = read_file(argv[3]);
		check(store_put(s, argv[2], buf_ptr(b), buf_len(b)), argv[2]);
	} else if (strcmp(what, "putx") == 0 && argc == 4) {
		b = read_file(argv[3]);
		check(store_put_exclusive(s, argv[2], buf_ptr(b),
		    buf_len(b)), argv[2]);
	} else
		return 2;
	buf_free(b);
	return fflush(stdout) == 0 ? 0 : 1;
}

int
main(int argc, char *argv[])
{
	const char *url = getenv("KHO_STORE_URL");
	const char *lock = getenv("KHO_STORE_LOCK");
	const struct store_access access = {
	    .identity = getenv("KHO_STORE_IDENTITY"),
	    .host_key = getenv("KHO_STORE_HOST_KEY"),
	    .credentials = getenv("KHO_STORE_CREDENTIALS"),
	    .lock_s = lock != NULL ? strtoull(lock, NULL, 10) : 0 };
	int64_t began;
	int r;

	log_open("storecat", LOG_DEBUG);
	if (argc < 2 || url == NULL)
		return 2;
	check(strncmp(url, "sftp:", 5) == 0 ?
	    store_sftp_open(url, &access, &s) :
	    store_s3_open(url, &access, &s), url);
	began = clock_mono_ms();
	r = run(argc, argv);
	fprintf(stderr, "storecat: %s: %d ms\n", argv[1],
	    (int)(clock_mono_ms() - began));
	store_close(s);
	return r;
}
