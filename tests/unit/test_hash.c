/* test_hash.c: digests of whole files, with and without holes. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "restore/hash.h"

#define SIZE (HASH_BLOCK * 5 + 77)

static struct hasher *hasher;

static int
setup(void **state)
{
	(void)state;
	return hasher_new(&hasher);
}

static int
teardown(void **state)
{
	(void)state;
	hasher_free(hasher);
	return 0;
}

/* A file of zeros with some bytes at three places; its zeros are written
 * where dense, else left as holes. */
static int
make(int dense)
{
	static uint8_t zeros[SIZE];
	int fd;

	assert_int_equal(fdio_tmpfile(NULL, &fd), 0);
	if (dense)
		assert_int_equal(fdio_write_all(fd, zeros, SIZE), 0);
	assert_int_equal(ftruncate(fd, SIZE), 0);
	assert_int_equal(fdio_pwrite_all(fd, "one", 3, 5), 0);
	assert_int_equal(fdio_pwrite_all(fd, "two", 3, HASH_BLOCK * 3 - 1),
	    0);
	assert_int_equal(fdio_pwrite_all(fd, "end", 3, SIZE - 3), 0);
	return fd;
}

static void
test_holes_do_not_matter(void **state)
{
	uint8_t a[SHA256_LEN], b[SHA256_LEN], plain[SHA256_LEN];
	uint8_t content[SIZE];
	int dense = make(1), holes = make(0);

	(void)state;
	assert_int_equal(hasher_file(hasher, dense, SIZE, true, a), 0);
	assert_int_equal(hasher_file(hasher, holes, SIZE, true, b), 0);
	assert_memory_equal(a, b, sizeof(a));
	assert_int_equal(hasher_file(hasher, holes, SIZE, false, plain), 0);
	assert_int_equal(pread(dense, content, SIZE, 0), SIZE);
	assert_int_equal(sha256_of(content, SIZE, b), 0);
	assert_memory_equal(plain, b, sizeof(b));
	assert_memory_not_equal(plain, a, sizeof(a));
	close(dense);
	close(holes);
}

static void
test_every_change_shows(void **state)
{
	uint8_t a[SHA256_LEN], b[SHA256_LEN];
	int fd = make(0);

	(void)state;
	assert_int_equal(hasher_file(hasher, fd, SIZE, true, a), 0);
	assert_int_equal(fdio_pwrite_all(fd, "x", 1, HASH_BLOCK * 4), 0);
	assert_int_equal(hasher_file(hasher, fd, SIZE, true, b), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_int_equal(ftruncate(fd, SIZE + HASH_BLOCK), 0);
	assert_int_equal(hasher_file(hasher, fd, SIZE + HASH_BLOCK, true, a),
	    0);
	assert_memory_not_equal(a, b, sizeof(a));
	close(fd);
}

static void
test_short_file_is_told(void **state)
{
	uint8_t a[SHA256_LEN];
	int fd = make(1);

	(void)state;
	assert_int_equal(hasher_file(hasher, fd, SIZE + 1, false, a),
	    ERR_CHANGED);
	close(fd);
}

static void
test_zeros_as_if_written(void **state)
{
	static uint8_t zeros[HASH_BLOCK * 2 + 3];
	uint8_t a[SHA256_LEN], b[SHA256_LEN];
	struct sha256 *s;

	(void)state;
	assert_int_equal(sha256_new(&s), 0);
	sha256_init(s);
	hash_zeros(s, sizeof(zeros));
	assert_int_equal(sha256_final(s, a), 0);
	assert_int_equal(sha256_of(zeros, sizeof(zeros), b), 0);
	assert_memory_equal(a, b, sizeof(a));
	assert_true(hash_is_zero(zeros, sizeof(zeros)));
	zeros[sizeof(zeros) - 1] = 1;
	assert_false(hash_is_zero(zeros, sizeof(zeros)));
	sha256_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holes_do_not_matter),
		cmocka_unit_test(test_every_change_shows),
		cmocka_unit_test(test_short_file_is_told),
		cmocka_unit_test(test_zeros_as_if_written),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
