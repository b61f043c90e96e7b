/* test_chunker.c: where cuts come, and that they come back. */
#include "codec/chunker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "hash/sha256.h"

#define DATA_LEN ((size_t)8 << 20)
#define CUTS_MAX (DATA_LEN / CHUNKER_MIN_MIN)

/* Small chunks in the proportions of the defaults: more of them to test. */
static const struct chunker_params small = { 1024, 4096, 16384, { 1 } };

struct cuts {
	size_t	 n;
	size_t	*end;		/* where each chunk ends */
};

static uint8_t *data;		/* DATA_LEN random bytes, always the same */
static struct chunker chunker;

/* splitmix64: fast, and the same everywhere. */
static void
fill(uint8_t *p, size_t len, uint64_t seed)
{
	uint64_t z;
	size_t i;

	for (i = 0; i + 8 <= len; i += 8) {
		z = seed += UINT64_C(0x9e3779b97f4a7c15);
		z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
		z ^= z >> 31;
		memcpy(p + i, &z, 8);
	}
}

static int
setup(void **state)
{
	(void)state;
	if ((data = malloc(DATA_LEN)) == NULL)
		return -1;
	fill(data, DATA_LEN, 1);
	return chunker_init(&chunker, &small);
}

static int
teardown(void **state)
{
	(void)state;
	free(data);
	return 0;
}

static void
cut_all(const struct chunker *c, const uint8_t *p, size_t len,
    struct cuts *cutsp)
{
	size_t pos = 0, n;

	cutsp->n = 0;
	cutsp->end = calloc(CUTS_MAX, sizeof(*cutsp->end));
	assert_non_null(cutsp->end);
	while (pos < len) {
		n = chunker_cut(c, p + pos, len - pos, true);
		assert_in_range(n, 1, len - pos);
		pos += n;
		cutsp->end[cutsp->n++] = pos;
	}
}

/* How many ends of a, moved by shift, are among those of b. */
static size_t
common(const struct cuts *a, size_t shift, const struct cuts *b)
{
	size_t i, j = 0, n = 0;

	for (i = 0; i < a->n; i++) {
		while (j < b->n && b->end[j] < a->end[i] + shift)
			j++;
		if (j < b->n && b->end[j] == a->end[i] + shift)
			n++;
	}
	return n;
}

static void
params_are_checked(void **state)
{
	static const struct chunker_params good = { CHUNKER_MIN_DEFAULT,
	    CHUNKER_AVG_DEFAULT, CHUNKER_MAX_DEFAULT, { 0 } };
	static const struct chunker_params bad[] = {
		{ 0, 4096, 16384, { 0 } },
		{ CHUNKER_MIN_MIN - 1, 4096, 16384, { 0 } },
		{ 4096, 4096, 16384, { 0 } },
		{ 8192, 4096, 16384, { 0 } },
		{ 1024, 5000, 16384, { 0 } },
		{ 1024, 4096, 4096, { 0 } },
		{ 1024, 4096, 4095, { 0 } },
		{ 1024, 4096, CHUNKER_MAX_MAX + 1, { 0 } },
		{ 1024, 0, 16384, { 0 } },
	};
	struct chunker c;
	size_t i;

	(void)state;
	assert_int_equal(chunker_init(&c, &good), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(chunker_init(&c, &bad[i]), ERR_CONFIG);
}

/* The definition, a byte at a time. */
static size_t
cut_plainly(const struct chunker *c, const uint8_t *p, size_t len)
{
	uint64_t h = 0, mask;
	size_t pos;

	for (pos = c->min; pos < len && pos < c->max;) {
		mask = pos < c->avg ? c->mask_hard : c->mask_easy;
		h = (h << 1) + c->gear[p[pos++]];
		if ((h & mask) == 0)
			return pos;
	}
	return len < c->max ? len : c->max;
}

/* Lanes may not show, whatever the lengths are. */
static void
cuts_are_those_of_the_definition(void **state)
{
	static const struct chunker_params params[] = {
		{ 64, 1024, 8192, { 1 } },
		{ 1024, 16384, 65536, { 2 } },
		{ 3000, 32768, 131072, { 3 } },
		{ 5000, 8192, 1 << 20, { 4 } },
	};
	struct chunker c;
	size_t i, pos, n, tries = 0;

	(void)state;
	for (i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		assert_int_equal(chunker_init(&c, &params[i]), 0);
		for (pos = 0; pos < DATA_LEN; pos += n, tries++) {
			n = cut_plainly(&c, data + pos, DATA_LEN - pos);
			assert_int_equal(chunker_cut(&c, data + pos,
			    DATA_LEN - pos, true), n);
		}
	}
	assert_true(tries > 1000);
}

/*
 * 64 KiB of SHA-256 in counter mode, with the seed 0, 1, 2, ...: the lengths
 * are from an independent implementation of the header's words.
 */
static void
known_cuts(void **state)
{
	static const uint32_t want[] = { 1208, 1532, 468, 1040, 1687, 1098 };
	struct chunker_params p = { 256, 1024, 4096, { 0 } };
	uint8_t *buf, block[4], lens[4 * 64], digest[SHA256_LEN];
	char text[2 * SHA256_LEN + 1];
	size_t len = 1 << 16, pos, n, k = 0, i;
	struct chunker c;

	(void)state;
	assert_non_null(buf = malloc(len));
	for (i = 0; i < len / SHA256_LEN; i++) {
		memset(block, 0, sizeof(block));
		block[2] = (uint8_t)(i >> 8);
		block[3] = (uint8_t)i;
		assert_int_equal(sha256_of(block, 4, buf + i * SHA256_LEN), 0);
	}
	for (i = 0; i < CHUNKER_SEED_LEN; i++)
		p.seed[i] = (uint8_t)i;
	assert_int_equal(chunker_init(&c, &p), 0);
	for (pos = 0; pos < len; pos += n, k++) {
		n = chunker_cut(&c, buf + pos, len - pos, true);
		assert_in_range(n, 1, 4096);
		assert_in_range(k, 0, 63);
		if (k < sizeof(want) / sizeof(want[0]))
			assert_int_equal(n, want[k]);
		memset(lens + 4 * k, 0, 4);
		lens[4 * k + 2] = (uint8_t)(n >> 8);
		lens[4 * k + 3] = (uint8_t)n;
	}
	assert_int_equal(k, 57);
	assert_int_equal(sha256_of(lens, 4 * k, digest), 0);
	hex_format(digest, SHA256_LEN, text);
	assert_string_equal(text, "ea70c122bb0e13d75e2885515663dc9e"
	    "8b37dcfca92ff090c9205c5e1d7a7d06");
	free(buf);
}

static void
lengths_stay_in_bounds(void **state)
{
	struct cuts cuts;
	size_t i, len, start = 0, at_max = 0;

	(void)state;
	cut_all(&chunker, data, DATA_LEN, &cuts);
	for (i = 0; i < cuts.n; i++) {
		len = cuts.end[i] - start;
		start = cuts.end[i];
		if (i + 1 < cuts.n)
			assert_in_range(len, small.min + 1, small.max);
		at_max += len == small.max;
	}
	assert_int_equal(start, DATA_LEN);
	/* Normalisation makes forced cuts rare: here fewer than one in 50. */
	assert_in_range(at_max, 0, cuts.n / 50);
	free(cuts.end);
}

static void
mean_is_near_average(void **state)
{
	struct cuts cuts;
	size_t mean;

	(void)state;
	cut_all(&chunker, data, DATA_LEN, &cuts);
	mean = DATA_LEN / cuts.n;
	assert_in_range(mean, small.avg, small.avg * 5 / 4);
	free(cuts.end);
}

static void
cuts_do_not_depend_on_what_follows(void **state)
{
	struct cuts cuts;
	size_t i, len, start = 0;

	(void)state;
	cut_all(&chunker, data, 1 << 20, &cuts);
	for (i = 0; i < cuts.n; i++) {
		len = cuts.end[i] - start;
		/* As a stream with max bytes in sight. */
		if (i + 20 < cuts.n) {
			assert_int_equal(chunker_cut(&chunker, data + start,
			    small.max, false), len);
			assert_int_equal(chunker_cut(&chunker, data + start,
			    small.max - 1, false), 0);
		}
		/* And if the stream ends with the chunk. */
		assert_int_equal(chunker_cut(&chunker, data + start, len,
		    true), len);
		start = cuts.end[i];
	}
	assert_int_equal(chunker_cut(&chunker, data, 0, true), 0);
	assert_int_equal(chunker_cut(&chunker, data, 0, false), 0);
	free(cuts.end);
}

static void
short_rests_are_whole_chunks(void **state)
{
	size_t len;

	(void)state;
	for (len = 1; len <= small.min; len++)
		assert_int_equal(chunker_cut(&chunker, data, len, true), len);
}

static void
insertion_in_front_is_forgotten(void **state)
{
	static const size_t shifts[] = { 1, 7, 1000, 5000, 40000 };
	struct cuts before, after;
	uint8_t *moved;
	size_t i, len = 2 << 20;

	(void)state;
	cut_all(&chunker, data, len, &before);
	for (i = 0; i < sizeof(shifts) / sizeof(shifts[0]); i++) {
		assert_non_null(moved = malloc(len + shifts[i]));
		memset(moved, 'x', shifts[i]);
		memcpy(moved + shifts[i], data, len);
		cut_all(&chunker, moved, len + shifts[i], &after);
		assert_true(common(&before, shifts[i], &after) >=
		    before.n * 95 / 100);
		free(after.end);
		free(moved);
	}
	free(before.end);
}

static void
one_changed_byte_moves_few_cuts(void **state)
{
	struct cuts before, after;
	size_t len = 2 << 20;

	(void)state;
	cut_all(&chunker, data, len, &before);
	data[len / 2] ^= 1;
	cut_all(&chunker, data, len, &after);
	data[len / 2] ^= 1;
	assert_true(common(&before, 0, &after) + 20 >= before.n);
	free(before.end);
	free(after.end);
}

static void
another_seed_cuts_elsewhere(void **state)
{
	struct chunker_params p = small;
	struct cuts mine, other;
	struct chunker c;

	(void)state;
	p.seed[31] ^= 1;
	assert_int_equal(chunker_init(&c, &p), 0);
	cut_all(&chunker, data, DATA_LEN, &mine);
	cut_all(&c, data, DATA_LEN, &other);
	/* By chance one in about avg; the end of the data is common. */
	assert_in_range(common(&mine, 0, &other), 1, 20);
	free(mine.end);
	free(other.end);
}

static void
constant_data_is_cut(void **state)
{
	uint8_t *zeros;
	struct cuts cuts;
	size_t i, len = 1 << 20;

	(void)state;
	assert_non_null(zeros = calloc(1, len));
	cut_all(&chunker, zeros, len, &cuts);
	for (i = 1; i + 1 < cuts.n; i++)
		assert_int_equal(cuts.end[i] - cuts.end[i - 1], cuts.end[0]);
	assert_true(cuts.end[0] <= small.max);
	free(cuts.end);
	free(zeros);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(params_are_checked),
		cmocka_unit_test(cuts_are_those_of_the_definition),
		cmocka_unit_test(known_cuts),
		cmocka_unit_test(lengths_stay_in_bounds),
		cmocka_unit_test(mean_is_near_average),
		cmocka_unit_test(cuts_do_not_depend_on_what_follows),
		cmocka_unit_test(short_rests_are_whole_chunks),
		cmocka_unit_test(insertion_in_front_is_forgotten),
		cmocka_unit_test(one_changed_byte_moves_few_cuts),
		cmocka_unit_test(another_seed_cuts_elsewhere),
		cmocka_unit_test(constant_data_is_cut),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
