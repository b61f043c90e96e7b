/* test_manifest.c: manifests written, read back, and tampered with. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "restore/manifest.h"

static char dir[] = "/tmp/kho-manifest-XXXXXX";
static int dirfd = -1;

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	dirfd = open(dir, O_RDONLY | O_DIRECTORY);
	return dirfd == -1 ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlinkat(dirfd, MANIFEST_NAME, 0);
	close(dirfd);
	return rmdir(dir);
}

/* Write a manifest of n directories. */
static void
make(unsigned int n)
{
	struct manifest_info info = { .made = 1, .whole = true,
	    .reason = "drill\nfake line" };
	struct manifest_line l = { .have = 0 };
	struct manifest_writer *w;
	char path[32];
	unsigned int i;

	memset(info.snapshot, 0x5a, sizeof(info.snapshot));
	l.attr.type = ATTR_DIR;
	assert_int_equal(manifest_begin(dirfd, &info, &w), 0);
	for (i = 0; i < n; i++) {
		l.path_len = (size_t)snprintf(path, sizeof(path), "d%u", i);
		l.path = (const uint8_t *)path;
		assert_int_equal(manifest_add(w, &l), 0);
	}
	assert_int_equal(manifest_commit(w), 0);
	manifest_writer_free(w);
}

static void
reads(unsigned int n)
{
	struct manifest_info info;
	struct manifest_reader *r;
	struct manifest_line l;
	char path[32];
	unsigned int i;

	assert_int_equal(manifest_open(dirfd, &info, &r), 0);
	assert_int_equal(info.snapshot[31], 0x5a);
	assert_true(info.whole);
	for (i = 0; i < n; i++) {
		assert_int_equal(manifest_next(r, &l), 1);
		snprintf(path, sizeof(path), "d%u", i);
		assert_int_equal(l.path_len, strlen(path));
		assert_memory_equal(l.path, path, l.path_len);
	}
	assert_int_equal(manifest_next(r, &l), 0);
	manifest_close(r);
}

static void
test_reads_what_was_written(void **state)
{
	(void)state;
	make(0);
	reads(0);
	make(10000);
	reads(10000);
}

static void
test_any_changed_byte_is_found(void **state)
{
	struct manifest_info info;
	struct manifest_reader *r;
	char byte;
	off_t at, size;
	int fd;

	(void)state;
	make(3);
	fd = openat(dirfd, MANIFEST_NAME, O_RDWR);
	size = lseek(fd, 0, SEEK_END);
	assert_true(size > 100);
	for (at = 0; at < size; at++) {
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= 1;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		assert_int_equal(manifest_open(dirfd, &info, &r),
		    ERR_CORRUPT);
		byte ^= 1;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	assert_int_equal(ftruncate(fd, size - 1), 0);
	assert_int_equal(manifest_open(dirfd, &info, &r), ERR_CORRUPT);
	close(fd);
}

static void
test_uncommitted_leaves_nothing(void **state)
{
	struct manifest_info info = { .made = 1 };
	struct manifest_reader *r;
	struct manifest_writer *w;

	(void)state;
	unlinkat(dirfd, MANIFEST_NAME, 0);
	assert_int_equal(manifest_begin(dirfd, &info, &w), 0);
	manifest_writer_free(w);
	assert_int_equal(manifest_open(dirfd, &info, &r), ERR_NOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_what_was_written),
		cmocka_unit_test(test_any_changed_byte_is_found),
		cmocka_unit_test(test_uncommitted_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
