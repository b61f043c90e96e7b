/* test_sandbox.c: what each profile allows, and what it does not. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "base/path.h"
#include "base/sandbox.h"

/* Made before the process forks, for what the sandboxed child tries. */
static char dir[] = "/tmp/kho-sandbox.XXXXXX";
static char file[sizeof(dir) + 16];
static int pair[2];

static int
setup(void **state)
{
	int fd;

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(file, sizeof(file), "%s/file", dir);
	if ((fd = open(file, O_WRONLY | O_CREAT | O_EXCL, 0600)) == -1)
		return -1;
	if (write(fd, "content", 7) != 7 || close(fd) == -1)
		return -1;
	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static int
teardown(void **state)
{
	(void)state;
	close(pair[0]);
	close(pair[1]);
	unlink(file);
	return rmdir(dir);
}

/* Run fn in a child that has entered profile; return its wait status. */
static int
run(enum sandbox_profile profile, int (*fn)(void))
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		if (sandbox_harden() != 0 || sandbox_enter(profile) != 0)
			_exit(99);
		_exit(fn());
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* fn returns 0, or the number of the step that failed. */
static void
assert_allows(enum sandbox_profile profile, int (*fn)(void))
{
	int status = run(profile, fn);

	if (WIFSIGNALED(status))
		fail_msg("killed by signal %d", WTERMSIG(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
assert_kills(enum sandbox_profile profile, int (*fn)(void))
{
	int status = run(profile, fn);

#ifdef KHO_SANITIZED
	(void)status;		/* no filter: only that nothing else breaks */
#else
	if (!WIFSIGNALED(status))
		fail_msg("not killed, exit %d", WEXITSTATUS(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
#endif
}

/* fn returns 0 if it was refused everything: nothing to see unfiltered. */
static void
assert_refuses(enum sandbox_profile profile, int (*fn)(void))
{
#ifdef KHO_SANITIZED
	(void)profile;
	(void)fn;
#else
	assert_allows(profile, fn);
#endif
}

/* ---- steps ---- */

static int
use_memory_and_time(void)
{
	struct timespec ts = { 0, 1000 };
	struct pollfd pfd = { pair[0], POLLOUT, 0 };
	char text[64];
	void *small, *large;
	time_t now;
	struct tm tm;

	if ((small = malloc(100)) == NULL)
		return 1;
	if ((large = malloc(8 << 20)) == NULL)
		return 2;
	memset(large, 1, 8 << 20);
	if ((large = realloc(large, 16 << 20)) == NULL)
		return 3;
	free(small);
	free(large);
	now = time(NULL);
	if (nanosleep(&ts, NULL) != 0 || localtime_r(&now, &tm) == NULL)
		return 4;
	if (poll(&pfd, 1, 0) != 1)
		return 5;
	log_error("sandbox: this line of a test is expected");
	snprintf(text, sizeof(text), "%s", strerror(EPERM));
	return text[0] == '\0' ? 6 : 0;
}

static int
use_connection(void)
{
	int value, flags;
	socklen_t len = sizeof(value);
	char c;

	if (send(pair[0], "x", 1, MSG_NOSIGNAL) != 1)
		return 1;
	if (recv(pair[1], &c, 1, 0) != 1 || c != 'x')
		return 2;
	if (getsockopt(pair[0], SOL_SOCKET, SO_ERROR, &value, &len) != 0)
		return 3;
	if ((flags = fcntl(pair[0], F_GETFL)) == -1 ||
	    fcntl(pair[0], F_SETFL, flags | O_NONBLOCK) == -1)
		return 4;
	return close(pair[0]) == 0 ? 0 : 5;
}

static int
open_for_reading(void)
{
	char text[8];
	int fd;

	if ((fd = open(file, O_RDONLY | O_CLOEXEC)) == -1)
		return 1;
	if (read(fd, text, 7) != 7 || pread(fd, text, 7, 0) != 7)
		return 2;
	if (lseek(fd, 0, SEEK_DATA) == -1 && errno != EINVAL)
		return 3;
	return close(fd) == 0 ? 0 : 4;
}

static int
read_names_and_attributes(void)
{
	char list[256], *cwd;
	struct statfs fs;
	struct statx stx;
	struct stat st;
	DIR *d;
	int fd, n = 0;

	if ((d = opendir(dir)) == NULL)
		return 1;
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	if (n != 3)
		return 2;
	if ((fd = open(file, O_RDONLY | O_NOFOLLOW)) == -1)
		return 3;
	if (fstat(fd, &st) != 0 || lstat(file, &st) != 0 ||
	    fstatat(AT_FDCWD, file, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    statx(AT_FDCWD, file, 0, STATX_BASIC_STATS, &stx) != 0)
		return 4;
	if (llistxattr(file, list, sizeof(list)) == -1 && errno != ENOTSUP)
		return 5;
	if (fgetxattr(fd, "user.none", list, sizeof(list)) != -1)
		return 6;
	if (fstatfs(fd, &fs) != 0)
		return 7;
	if ((cwd = getcwd(NULL, 0)) == NULL)
		return 8;
	free(cwd);
	return readlink(file, list, sizeof(list)) == -1 && errno == EINVAL ?
	    0 : 9;
}

static int
write_as_a_store_does(void)
{
	char tmp[sizeof(file) + 8], sub[sizeof(file) + 8];
	struct flock lock = { .l_type = F_WRLCK };
	int dirfd, fd;

	snprintf(tmp, sizeof(tmp), "%s.new", file);
	snprintf(sub, sizeof(sub), "%s/sub", dir);
	if (mkdir(sub, 0700) != 0 || rmdir(sub) != 0 ||
	    path_mkdirs(sub, 0700) != 0 || unlinkat(AT_FDCWD, sub,
	    AT_REMOVEDIR) != 0)
		return 1;
	if ((dirfd = open(dir, O_RDONLY | O_DIRECTORY)) == -1)
		return 2;
	if ((fd = openat(dirfd, "t", O_RDWR | O_CREAT | O_EXCL, 0600)) == -1)
		return 3;
	if (write(fd, "abc", 3) != 3 || fallocate(fd, 0, 0, 4096) != 0 ||
	    ftruncate(fd, 3) != 0 || fsync(fd) != 0 || fdatasync(fd) != 0)
		return 4;
	if (fcntl(fd, F_SETLK, &lock) == -1 || close(fd) != 0)
		return 5;
	if (linkat(dirfd, "t", AT_FDCWD, tmp, 0) != 0 ||
	    unlinkat(dirfd, "t", 0) != 0 || fsync(dirfd) != 0)
		return 6;
	if (rename(tmp, file) != 0 ||
	    fdio_replace_file(file, 0600, "content", 7) != 0)
		return 7;
	if (fdio_tmpfile(dir, &fd) != 0 || fdio_close(&fd) != 0)
		return 8;
	return 0;
}

static int
map_a_file(void)
{
	void *p;
	int fd;

	if ((fd = open(file, O_RDONLY)) == -1)
		return 1;
	p = mmap(NULL, 7, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED || memcmp(p, "content", 7) != 0)
		return 2;
	return munmap(p, 7) == 0 ? 0 : 3;
}

static int
open_for_writing_is_eperm(void)
{
	static const int flags[] = {
		O_WRONLY, O_RDWR, O_RDONLY | O_CREAT, O_RDONLY | O_TRUNC,
		O_WRONLY | O_CREAT | O_TRUNC, O_RDWR | O_TMPFILE,
		O_RDONLY | O_CREAT | O_EXCL, O_WRONLY | O_RDWR
	};
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (openat(AT_FDCWD, file, flags[i], 0600) != -1 ||
		    errno != EPERM)
			return (int)i + 1;
	return 0;
}

static int
openat2_is_enosys(void)
{
	struct { uint64_t flags, mode, resolve; } how = { O_WRONLY, 0, 0 };

	return syscall(SYS_openat2, AT_FDCWD, file, &how, sizeof(how)) == -1 &&
	    errno == ENOSYS ? 0 : 1;
}

static int
reply_on_stdout(void)
{
	return write(pair[0], "reply", 5) == 5 ? 0 : 1;
}

/* ---- what must kill ---- */

static int
do_exec(void)
{
	char *const argv[] = { (char *)(uintptr_t)"true", NULL };

	execv("/bin/true", argv);
	return 1;
}

static int
do_fork(void)
{
	if (fork() == 0)
		_exit(0);
	return 1;
}

static int
do_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) == -1;
}

static int
do_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1;
}

static int
do_open(void)
{
	return open(file, O_RDONLY) == -1;
}

static int
do_legacy_open(void)
{
#ifdef SYS_open
	return syscall(SYS_open, file, O_WRONLY) == -1;
#else
	return do_socket();
#endif
}

static int
do_unlink(void)
{
	return unlinkat(AT_FDCWD, "/nonexistent", 0) == -1;
}

static int
do_rename(void)
{
	return renameat(AT_FDCWD, "/nonexistent", AT_FDCWD, "/other") == -1;
}

static int
do_chmod(void)
{
	return chmod("/nonexistent", 0600) == -1;
}

static int
do_utimens(void)
{
	return utimensat(AT_FDCWD, "/nonexistent", NULL, 0) == -1;
}

static int
do_truncate(void)
{
	return truncate("/nonexistent", 0) == -1;
}

static int
do_setxattr(void)
{
	return setxattr("/nonexistent", "user.x", "", 0, 0) == -1;
}

static int
do_kill_parent(void)
{
	return kill(getppid(), 0) == -1;
}

static int
do_map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

static int
do_protect_code(void)
{
	void *p;

	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED || mprotect(p, 4096, PROT_EXEC) == -1;
}

static int
do_sendto_address(void)
{
	struct sockaddr sa = { .sa_family = AF_INET };

	return sendto(pair[0], "x", 1, 0, &sa, sizeof(sa)) == -1;
}

static int
do_set_owner(void)
{
	return fcntl(pair[0], F_SETOWN, getppid()) == -1;
}

static int
do_limit(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	return setrlimit(RLIMIT_CORE, &limit) == -1;
}

/* What a resolver tries that knows more than files and DNS. */
static int
remote_is_refused(void)
{
	if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE |
	    MAP_ANONYMOUS, -1, 0) != MAP_FAILED || errno != EPERM)
		return 1;
	if (socket(AF_UNIX, SOCK_STREAM, 0) != -1 || errno != EACCES)
		return 2;
#ifdef SYS_open
	if (syscall(SYS_open, file, O_WRONLY | O_TRUNC) != -1 ||
	    errno != EPERM)
		return 3;
#endif
	return 0;
}

static int
use_sockets(void)
{
	static const int families[] = { AF_INET, AF_INET6, AF_NETLINK };
	size_t i;
	int fd;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		fd = socket(families[i], SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (fd == -1 && errno != EAFNOSUPPORT)
			return 1;
		if (fd != -1)
			close(fd);
	}
	return 0;
}

/* ---- tests ---- */

static void
test_puller_allows(void **state)
{
	(void)state;
	assert_allows(SANDBOX_PULLER, use_memory_and_time);
	assert_allows(SANDBOX_PULLER, use_connection);
}

static void
test_puller_kills(void **state)
{
	(void)state;
	assert_kills(SANDBOX_PULLER, do_open);
	assert_kills(SANDBOX_PULLER, do_legacy_open);
	assert_kills(SANDBOX_PULLER, do_exec);
	assert_kills(SANDBOX_PULLER, do_fork);
	assert_kills(SANDBOX_PULLER, do_socket);
	assert_kills(SANDBOX_PULLER, do_sendto_address);
	assert_kills(SANDBOX_PULLER, do_set_owner);
	assert_kills(SANDBOX_PULLER, do_kill_parent);
	assert_kills(SANDBOX_PULLER, do_map_code);
	assert_kills(SANDBOX_PULLER, do_protect_code);
	assert_kills(SANDBOX_PULLER, do_unlink);
	assert_kills(SANDBOX_PULLER, do_limit);
}

static void
test_keeper_allows(void **state)
{
	(void)state;
	assert_allows(SANDBOX_KEEPER, use_memory_and_time);
	assert_allows(SANDBOX_KEEPER, use_connection);
	assert_allows(SANDBOX_KEEPER, open_for_reading);
	assert_allows(SANDBOX_KEEPER, read_names_and_attributes);
	assert_allows(SANDBOX_KEEPER, write_as_a_store_does);
	assert_allows(SANDBOX_KEEPER, map_a_file);
}

static void
test_keeper_kills(void **state)
{
	(void)state;
	assert_kills(SANDBOX_KEEPER, do_exec);
	assert_kills(SANDBOX_KEEPER, do_fork);
	assert_kills(SANDBOX_KEEPER, do_socket);
	assert_kills(SANDBOX_KEEPER, do_ptrace);
	assert_kills(SANDBOX_KEEPER, do_kill_parent);
	assert_kills(SANDBOX_KEEPER, do_map_code);
	assert_kills(SANDBOX_KEEPER, do_set_owner);
	assert_kills(SANDBOX_KEEPER, do_setxattr);
}

static void
test_agent_allows(void **state)
{
	(void)state;
	assert_allows(SANDBOX_AGENT, use_memory_and_time);
	assert_allows(SANDBOX_AGENT, open_for_reading);
	assert_allows(SANDBOX_AGENT, read_names_and_attributes);
	assert_allows(SANDBOX_AGENT, map_a_file);
	assert_allows(SANDBOX_AGENT, reply_on_stdout);
}

static void
test_agent_refuses_writing(void **state)
{
	struct stat st;

	(void)state;
	assert_refuses(SANDBOX_AGENT, open_for_writing_is_eperm);
	assert_refuses(SANDBOX_AGENT, openat2_is_enosys);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_size, 7);
}

static void
test_agent_kills(void **state)
{
	(void)state;
	assert_kills(SANDBOX_AGENT, do_exec);
	assert_kills(SANDBOX_AGENT, do_fork);
	assert_kills(SANDBOX_AGENT, do_socket);
	assert_kills(SANDBOX_AGENT, do_legacy_open);
	assert_kills(SANDBOX_AGENT, do_unlink);
	assert_kills(SANDBOX_AGENT, do_rename);
	assert_kills(SANDBOX_AGENT, do_chmod);
	assert_kills(SANDBOX_AGENT, do_utimens);
	assert_kills(SANDBOX_AGENT, do_truncate);
	assert_kills(SANDBOX_AGENT, do_setxattr);
	assert_kills(SANDBOX_AGENT, do_kill_parent);
}

static void
test_remote(void **state)
{
	struct stat st;

	(void)state;
	assert_allows(SANDBOX_REMOTE, use_memory_and_time);
	assert_allows(SANDBOX_REMOTE, open_for_reading);
	assert_allows(SANDBOX_REMOTE, use_sockets);
	assert_refuses(SANDBOX_REMOTE, remote_is_refused);
	assert_refuses(SANDBOX_REMOTE, open_for_writing_is_eperm);
	assert_kills(SANDBOX_REMOTE, do_exec);
	assert_kills(SANDBOX_REMOTE, do_fork);
	assert_kills(SANDBOX_REMOTE, do_unlink);
	assert_kills(SANDBOX_REMOTE, do_kill_parent);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_size, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		{ "puller uses memory, time and its connection",
		    test_puller_allows, NULL, NULL, NULL },
		{ "puller dies of files, programs, sockets, signals",
		    test_puller_kills, NULL, NULL, NULL },
		{ "keeper reads and writes files",
		    test_keeper_allows, NULL, NULL, NULL },
		{ "keeper dies of programs, sockets, signals",
		    test_keeper_kills, NULL, NULL, NULL },
		{ "agent reads files and names",
		    test_agent_allows, NULL, NULL, NULL },
		{ "agent cannot open for writing",
		    test_agent_refuses_writing, NULL, NULL, NULL },
		{ "agent dies of changing anything",
		    test_agent_kills, NULL, NULL, NULL },
		{ "remote: the Internet, but nothing of this machine",
		    test_remote, NULL, NULL, NULL }
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
