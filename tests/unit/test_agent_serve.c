/* test_agent_serve.c: backup-agent as a whole, asked by a small keeper. */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "tests/unit/agent_fixture.h"
#include "wire/page.h"
#include "wire/request.h"
#include "wire/start.h"

/* All regular files came with the content they have. */
static void
assert_contents(struct keeper *k)
{
	size_t i;

	for (i = 0; i < k->nentries; i++)
		if (k->entries[i].attr.type == ATTR_FILE &&
		    (k->entries[i].status != 0 || !keeper_same(k,
		    &k->entries[i], at(k->entries[i].path))))
			fail_msg("%s: status %d", k->entries[i].path,
			    k->entries[i].status);
}

static void
test_tree_comes_whole(void **state)
{
	struct keeper k = { .paged = NULL };
	struct kentry *e;
	struct stat st;

	(void)state;
	make_tree();
	pull(&k, 0, NULL);
	assert_int_equal(k.nissues, 0);
	assert_int_equal(k.nentries, 14);
	assert_contents(&k);
	e = keeper_entry(&k, "a/link");
	assert_non_null(e);
	assert_int_equal(e->attr.type, ATTR_SYMLINK);
	assert_string_equal(e->target, "../large");
	e = keeper_entry(&k, "a/fifo");
	assert_int_equal(e->attr.type, ATTR_FIFO);
	e = keeper_entry(&k, "hard");
	assert_int_equal(stat(at("hard"), &st), 0);
	assert_int_equal(e->attr.ino, st.st_ino);
	assert_int_equal(e->attr.links, 2);
	assert_int_equal(e->attr.mtime, st.st_mtim.tv_sec);
	assert_int_equal(e->attr.mtime_ns, st.st_mtim.tv_nsec);
	e = keeper_entry(&k, "sparse");
	if (stat(at("sparse"), &st) == 0 && st.st_blocks < 1000) {
		assert_true(e->npieces >= 2 && e->pieces[0].hole);
		assert_true(e->pieces[e->npieces - 1].hole);
	}
	/* What is there twice crosses once. */
	assert_true(k.used < 60);
	end(&k);
}

static void
test_lists_one_by_one_agree_with_recursion(void **state)
{
	struct keeper k = { .paged = NULL };
	const struct kdir *d;
	uint8_t digest[16];

	(void)state;
	make_tree();
	settle();
	pull(&k, 0, NULL);
	assert_true(k.dirs[0].has_digest);
	memcpy(digest, k.dirs[0].digest, 16);
	end(&k);
	begin(&k, "", 0, NULL);
	k.want = true;
	assert_int_equal(keeper_digest(&k, 0), 0);
	assert_int_equal(keeper_list(&k, 1, 0, false, ""), 0);
	assert_int_equal(keeper_list(&k, 2, 0, false, "a"), 0);
	assert_int_equal(keeper_list(&k, 3, 0, false, "a/b"), 0);
	assert_int_equal(keeper_list(&k, 4, 0, false, "empty"), 0);
	assert_int_equal(keeper_list(&k, 5, 0, false, "nowhere"), 0);
	assert_int_equal(keeper_list(&k, 6, 0, false, "a/link"), 0);
	assert_int_equal(keeper_run(&k), 0);
	assert_true(k.roots[0].has_digest);
	assert_memory_equal(k.roots[0].digest, digest, 16);
	assert_int_equal(k.nentries, 14);
	assert_contents(&k);
	for (d = k.dirs; d < k.dirs + k.ndirs; d++)
		assert_int_equal(d->status, d->dir > 4 ? ERR_NOENT : 0);
	assert_memory_equal(k.dirs[0].digest, digest, 16);
	assert_true(keeper_entry(&k, "a")->has_digest);
	assert_memory_equal(keeper_entry(&k, "a")->digest, k.dirs[1].digest,
	    16);
	assert_int_equal(k.nissues, 2);
	end(&k);
}

/* The digest of dir, or false. */
static bool
digest_of(uint8_t digest[16], const char *const *excludes)
{
	struct keeper k = { .paged = NULL };
	bool has;

	begin(&k, "", 0, excludes);
	assert_int_equal(keeper_digest(&k, 0), 0);
	while (k.nroots == 0)
		assert_int_equal(keeper_step(&k), 0);
	has = k.roots[0].has_digest;
	memcpy(digest, k.roots[0].digest, 16);
	end(&k);
	return has;
}

static void
test_digest_shows_every_change(void **state)
{
	const char *const excludes[] = { "*.tmp", NULL };
	static const char *const changes[] = {
		"chmod 600 a/small", "touch -d 2001-01-01 a/b", "mv a/b a/c",
		"echo >> a/c/medium", "ln large a/new", "rm a/new",
		"touch -h -d 2001-01-01 a/link", "chown 1:1 a/small"
	};
	uint8_t before[16], after[16];
	char cmd[256];
	size_t i;

	(void)state;
	make_tree();
	/* Racy, once the machine is quick enough to see it. */
	for (i = 0; digest_of(before, NULL); i++) {
		assert_true(i < 50);
		make_file("large", 5, 1);
	}
	settle();
	assert_true(digest_of(before, NULL));
	assert_true(digest_of(after, NULL));
	assert_memory_equal(before, after, 16);
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		if (strncmp(changes[i], "chown", 5) == 0 && geteuid() != 0)
			continue;
		snprintf(cmd, sizeof(cmd), "cd %s && %s", dir, changes[i]);
		assert_int_equal(system(cmd), 0);
		settle();
		assert_true(digest_of(after, NULL));
		assert_memory_not_equal(before, after, 16);
		memcpy(before, after, 16);
	}
	/* The excludes count themselves, what they leave out does not. */
	assert_true(digest_of(before, excludes));
	assert_memory_not_equal(before, after, 16);
	make_file("large", 5000000, 4);
	settle();
	assert_true(digest_of(after, excludes));
	assert_memory_not_equal(before, after, 16);
}

static void
test_excludes_caches_and_their_digests(void **state)
{
	const char *const excludes[] = {
		"*.o", "!keep.o", "/a/b/", "large?", NULL
	};
	struct keeper k = { .paged = NULL };
	FILE *f;

	(void)state;
	make_tree();
	make_file("a/x.o", 5, 5);
	make_file("a/keep.o", 5, 5);
	f = fopen(at("empty/CACHEDIR.TAG"), "w");
	assert_non_null(f);
	fputs("Signature: 8a477f597d28d172789f06886806bc55\n", f);
	fclose(f);
	make_file("a/b/CACHEDIR.TAG", 50, 5);
	make_file("empty/cached", 5, 5);
	settle();
	pull(&k, WIRE_EXCLUDE_CACHES, excludes);
	assert_null(keeper_entry(&k, "a/x.o"));
	assert_null(keeper_entry(&k, "a/b"));
	assert_null(keeper_entry(&k, "a/b/medium"));
	assert_null(keeper_entry(&k, "large2"));
	assert_null(keeper_entry(&k, "empty/cached"));
	assert_non_null(keeper_entry(&k, "a/keep.o"));
	assert_non_null(keeper_entry(&k, "large"));
	assert_int_equal(keeper_entry(&k, "empty")->flags, WIRE_KEPT_EMPTY);
	assert_int_equal(keeper_entry(&k, "empty")->own, 0);
	assert_true(keeper_entry(&k, "empty")->has_digest);
	assert_true(k.dirs[0].has_digest);
	end(&k);
}

static void
test_path_beyond_path_max(void **state)
{
	const unsigned int depth = 1500;
	struct keeper k = { .paged = NULL };
	char name[] = "dir0";
	unsigned int i;
	int fd, next;

	(void)state;
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	for (i = 0; i < depth; i++) {
		name[3] = (char)('0' + i % 10);
		assert_int_equal(mkdirat(fd, name, 0755), 0);
		next = openat(fd, name, O_RDONLY | O_DIRECTORY);
		assert_true(next != -1);
		close(fd);
		fd = next;
		if (i % 100 == 99) {
			next = openat(fd, "file", O_CREAT | O_WRONLY, 0600);
			assert_int_equal(write(next, "hello", 5), 5);
			close(next);
		}
	}
	close(fd);
	pull(&k, 0, NULL);
	assert_int_equal(k.nissues, 0);
	assert_int_equal(k.nentries, depth + depth / 100);
	assert_true(strlen(k.entries[k.nentries - 1].path) > 4096);
	end(&k);
}

static void
test_directory_of_many_entries(void **state)
{
	const unsigned int n = 20000;
	struct keeper k = { .paged = NULL };
	char name[32];
	unsigned int i;

	(void)state;
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "f%u", i);
		close(open(at(name), O_CREAT | O_WRONLY, 0600));
	}
	begin(&k, "", 0, NULL);
	k.want = true;
	assert_int_equal(keeper_list(&k, 1, 0, false, ""), 0);
	assert_int_equal(keeper_run(&k), 0);
	assert_int_equal(k.nentries, n);
	assert_true(k.dirs[0].pages >= n / WIRE_ENTRIES_MAX);
	for (i = 1; i < n; i++)
		assert_true(strcmp(k.entries[i - 1].path,
		    k.entries[i].path) < 0);
	end(&k);
	pull(&k, 0, NULL);
	assert_int_equal(k.nentries, n);
	end(&k);
}

static void
test_xattrs_are_sorted(void **state)
{
	struct keeper k = { .paged = NULL };
	const struct kentry *e;

	(void)state;
	make_file("f", 10, 1);
	if (setxattr(at("f"), "user.b", "2", 1, 0) == -1)
		skip();
	assert_int_equal(setxattr(at("f"), "user.a", "\0x", 2, 0), 0);
	pull(&k, 0, NULL);
	e = keeper_entry(&k, "f");
	assert_int_equal(e->xattrs_len, 20);
	assert_memory_equal(e->xattrs, "\2\6user.a\2\0x\6user.b\1" "2", 20);
	end(&k);
}

static void
remove_some(struct keeper *k, void *arg)
{
	(void)k;
	(void)arg;
	assert_int_equal(unlink(at("gone")), 0);
	assert_int_equal(unlink(at("pipe")), 0);
	assert_int_equal(mkfifo(at("pipe"), 0600), 0);
	assert_int_equal(unlink(at("linked")), 0);
	assert_int_equal(symlink("/etc/passwd", at("linked")), 0);
	assert_int_equal(truncate(at("short"), 3), 0);
}

/* Ask for the five files of the first page. */
static void
want_all(struct keeper *k)
{
	static const uint32_t all[] = { 0, 1, 2, 3, 4 };
	const struct wire_want m = {
		.dir = 1, .page = 0, .n = 5, .numbers = all
	};
	struct buf *b;
	size_t mark, i;

	for (i = 0; i < k->nentries; i++)
		k->entries[i].ended = false;
	assert_int_equal(buf_new(1000, &b), 0);
	assert_int_equal(wire_begin(b, WIRE_WANT, &mark), 0);
	assert_int_equal(wire_want_encode(&m, b), 0);
	assert_int_equal(wire_end(b, mark), 0);
	assert_int_equal(keeper_send(k, buf_ptr(b), buf_len(b)), 0);
	buf_free(b);
}

static void
test_files_that_vanish_or_turn(void **state)
{
	struct keeper k = { .paged = remove_some };
	const struct kentry *e;

	(void)state;
	make_file("gone", 10, 1);
	make_file("pipe", 10, 1);
	make_file("linked", 10, 1);
	make_file("short", 10, 1);
	make_file("stays", 10, 1);
	begin(&k, "", 0, NULL);
	/* The page is there before its WANT is sent. */
	assert_int_equal(keeper_list(&k, 1, 0, false, ""), 0);
	while (k.dirs[0].pages == 0)
		assert_int_equal(keeper_step(&k), 0);
	k.paged = NULL;
	want_all(&k);
	assert_int_equal(keeper_run(&k), 0);
	assert_int_equal(keeper_entry(&k, "gone")->status, ERR_NOENT);
	assert_int_equal(keeper_entry(&k, "pipe")->status, ERR_NOENT);
	assert_int_equal(keeper_entry(&k, "linked")->status, ERR_NOENT);
	e = keeper_entry(&k, "short");
	assert_int_equal(e->status, 0);
	assert_int_equal(e->end.size, 3);
	assert_true(keeper_same(&k, e, at("short")));
	assert_int_equal(keeper_entry(&k, "stays")->status, 0);
	assert_int_equal(k.nissues, 3);
	end(&k);
}

static void
test_file_that_never_rests(void **state)
{
	struct keeper k = { .paged = NULL };
	const struct kentry *e;
	pid_t pid;
	int fd;

	(void)state;
	make_file("log", 30 << 20, 1);
	fd = open(at("log"), O_WRONLY | O_APPEND);
	if ((pid = fork()) == 0) {
		alarm(60);
		while (write(fd, "x", 1) == 1)
			;
		_exit(0);
	}
	pull(&k, 0, NULL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fd);
	e = keeper_entry(&k, "log");
	assert_int_equal(e->status, ERR_CHANGED);
	assert_true(e->end.size >= 30 << 20);
	assert_int_equal(k.nissues, 1);
	end(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_tree_comes_whole),
		TEST(test_lists_one_by_one_agree_with_recursion),
		TEST(test_digest_shows_every_change),
		TEST(test_excludes_caches_and_their_digests),
		TEST(test_path_beyond_path_max),
		TEST(test_directory_of_many_entries),
		TEST(test_xattrs_are_sorted),
		TEST(test_files_that_vanish_or_turn),
		TEST(test_file_that_never_rests)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
