/* badfs.c: a mounted directory that misbehaves as shares do, when told to. */
#include "config.h"

#define FUSE_USE_VERSION 31
#include <fuse.h>

#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 *	badfs BASE MOUNTPOINT [SECONDS]
 *
 * shows BASE at MOUNTPOINT, in the foreground; it says "ready" when it is
 * mounted, and exits with 77 where that cannot be done.  With SECONDS the
 * kernel believes names, absences, attributes and listings for so long, as
 * clients of NFS do: what others do in BASE is seen later.
 *
 * What goes wrong is told by setting the attribute "user.badfs" of the root
 * to rules, as many as RULES_MAX, with blanks between them:
 *
 *	OPERATION[@PATH]:WHEN:WHAT
 *
 * OPERATION is one of op_names; with a PATH only those on a path that begins
 * with it.  WHEN counts those operations from 1, since
 * the rules were set: 3 is the third only, 3+ all from it on.  WHAT is
 *
 *	ENOSPC...	it is not done, and fails with that; a file that is
 *			synced or closed loses its second half by it
 *	late-EIO...	it is done, and fails with that: a lost answer
 *	short		it reads or writes less than it could; statfs does
 *			not tell of any room
 *	slow-MS		it is done, but takes so many milliseconds
 *	die		this program kills itself
 *
 * Its value is "N H": so many operations were asked for since then, and so
 * often a rule struck.
 */
#define RULES_MAX 8
#define ATTRIBUTE "user.badfs"
#define EXIT_SKIP 77

enum op { OP_ANY, OP_GETATTR, OP_MKDIR, OP_UNLINK, OP_RENAME, OP_NOREPLACE,
	OP_LINK, OP_OPEN, OP_CREATE, OP_READ, OP_WRITE, OP_FLUSH, OP_FSYNC,
	OP_FSYNCDIR, OP_OPENDIR, OP_READDIR, OP_STATFS, OP_ACCESS, OP_OTHER,
	OP_COUNT };

static const char *const op_names[OP_COUNT] = { "any", "getattr", "mkdir",
	"unlink", "rename", "noreplace", "link", "open", "create", "read",
	"write", "flush", "fsync", "fsyncdir", "opendir", "readdir",
	"statfs", "access", "other" };

static const struct {
	const char *name;
	int	 errnum;
} errors[] = { { "EACCES", EACCES }, { "EBADF", EBADF },
	{ "EINVAL", EINVAL }, { "EIO", EIO }, { "EMLINK", EMLINK },
	{ "ENOSPC", ENOSPC }, { "ENOSYS", ENOSYS }, { "ENOTCONN", ENOTCONN },
	{ "ENOTSUP", ENOTSUP }, { "EPERM", EPERM }, { "EROFS", EROFS },
	{ "ESTALE", ESTALE }, { "EDQUOT", EDQUOT }, { "EXDEV", EXDEV },
	{ "EEXIST", EEXIST }, { "ETIMEDOUT", ETIMEDOUT } };

struct rule {
	enum op	 op;
	char	 path[64];	/* what its path begins with */
	unsigned int first, count;
	bool	 on;		/* from the first on */
	bool	 late, die, cut;
	int	 errnum;
	unsigned int slow;	/* milliseconds */
};

/* What is to be done about one operation. */
struct fate {
	int	 before;	/* errno value, or 0 */
	int	 after;
	bool	 cut;
};

static struct rule rules[RULES_MAX];
static size_t nrules;
static unsigned int asked, struck;
static int base = -1;
static double believed;

/* One rule from its text, which is written to.  0 or -1. */
static int
rule_parse(char *text, struct rule *r)
{
	char *when = strchr(text, ':'), *what, *end, *at;
	size_t i;

	*r = (struct rule){ .op = OP_COUNT };
	if (when == NULL || (what = strchr(when + 1, ':')) == NULL)
		return -1;
	*when++ = *what++ = '\0';
	if ((at = strchr(text, '@')) != NULL) {
		*at++ = '\0';
		snprintf(r->path, sizeof(r->path), "%s", at);
	}
	for (i = 0; i < OP_COUNT; i++)
		if (strcmp(text, op_names[i]) == 0)
			r->op = (enum op)i;
	r->first = (unsigned int)strtoul(when, &end, 10);
	r->on = *end == '+';
	r->die = strcmp(what, "die") == 0;
	r->cut = strcmp(what, "short") == 0;
	if (strncmp(what, "slow-", 5) == 0)
		r->slow = (unsigned int)strtoul(what + 5, NULL, 10);
	if (strncmp(what, "late-", 5) == 0) {
		r->late = true;
		what += 5;
	}
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(what, errors[i].name) == 0)
			r->errnum = errors[i].errnum;
	if (r->op == OP_COUNT || r->first == 0 ||
	    (r->errnum == 0 && r->slow == 0 && !r->die && !r->cut))
		return -1;
	return 0;
}

/* All rules anew, and all counts from the beginning. */
static int
rules_set(const char *value, size_t len)
{
	char text[512], *rest = NULL, *one;
	struct rule new[RULES_MAX];
	size_t n = 0;

	if (len >= sizeof(text))
		return -EINVAL;
	memcpy(text, value, len);
	text[len] = '\0';
	for (one = strtok_r(text, " \n", &rest); one != NULL;
	    one = strtok_r(NULL, " \n", &rest))
		if (n == RULES_MAX || rule_parse(one, &new[n++]) != 0)
			return -EINVAL;
	memcpy(rules, new, n * sizeof(rules[0]));
	nrules = n;
	asked = struck = 0;
	return 0;
}

static struct fate
fate_of(enum op op, const char *path)
{
	struct fate f = { 0, 0, false };
	struct rule *r;

	asked++;
	for (r = rules; r < rules + nrules; r++) {
		if ((r->op != OP_ANY && r->op != op) ||
		    strncmp(path, r->path, strlen(r->path)) != 0)
			continue;
		r->count++;
		if (r->count != r->first && !(r->on && r->count > r->first))
			continue;
		struck++;
		if (r->die)
			_exit(1);
		if (r->slow != 0)
			nanosleep(&(struct timespec){ r->slow / 1000,
			    (long)(r->slow % 1000) * 1000000 }, NULL);
		f.cut = f.cut || r->cut;
		if (r->late)
			f.after = r->errnum;
		else if (r->errnum != 0)
			f.before = r->errnum;
	}
	return f;
}

/* The result of a system call as FUSE wants it, and as fate does. */
static int
result(struct fate f, int r)
{
	if (r == -1)
		return -errno;
	return f.after != 0 ? -f.after : r;
}

static const char *
below(const char *path)
{
	return path[1] == '\0' ? "." : path + 1;
}

static int
bad_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	struct fate f = fate_of(OP_GETATTR, path);

	if (f.before != 0)
		return -f.before;
	if (fi != NULL)
		return result(f, fstat((int)fi->fh, st));
	return result(f, fstatat(base, below(path), st, AT_SYMLINK_NOFOLLOW));
}

static int
bad_mkdir(const char *path, mode_t mode)
{
	struct fate f = fate_of(OP_MKDIR, path);

	return f.before != 0 ? -f.before :
	    result(f, mkdirat(base, below(path), mode));
}

static int
bad_unlink(const char *path)
{
	struct fate f = fate_of(OP_UNLINK, path);

	return f.before != 0 ? -f.before :
	    result(f, unlinkat(base, below(path), 0));
}

static int
bad_rmdir(const char *path)
{
	struct fate f = fate_of(OP_OTHER, path);

	return f.before != 0 ? -f.before :
	    result(f, unlinkat(base, below(path), AT_REMOVEDIR));
}

static int
bad_rename(const char *from, const char *to, unsigned int flags)
{
	struct fate f = fate_of(flags == 0 ? OP_RENAME : OP_NOREPLACE, from);

	return f.before != 0 ? -f.before :
	    result(f, renameat2(base, below(from), base, below(to), flags));
}

static int
bad_link(const char *from, const char *to)
{
	struct fate f = fate_of(OP_LINK, from);

	return f.before != 0 ? -f.before :
	    result(f, linkat(base, below(from), base, below(to), 0));
}

static int
bad_chmod(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	struct fate f = fate_of(OP_OTHER, path);

	(void)fi;
	return f.before != 0 ? -f.before :
	    result(f, fchmodat(base, below(path), mode, 0));
}

static int
bad_truncate(const char *path, off_t size, struct fuse_file_info *fi)
{
	struct fate f = fate_of(OP_OTHER, path);
	int fd, r;

	if (f.before != 0)
		return -f.before;
	if (fi != NULL)
		return result(f, ftruncate((int)fi->fh, size));
	if ((fd = openat(base, below(path), O_WRONLY | O_NOFOLLOW)) == -1)
		return -errno;
	r = result(f, ftruncate(fd, size));
	close(fd);
	return r;
}

static int
bad_utimens(const char *path, const struct timespec tv[2],
    struct fuse_file_info *fi)
{
	struct fate f = fate_of(OP_OTHER, path);

	(void)fi;
	return f.before != 0 ? -f.before : result(f, utimensat(base,
	    below(path), tv, AT_SYMLINK_NOFOLLOW));
}

/* Open with these flags and say so in fi. */
static int
open_as(const char *path, int flags, mode_t mode, struct fate f,
    struct fuse_file_info *fi)
{
	int fd;

	if (f.before != 0)
		return -f.before;
	fd = openat(base, below(path), flags | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd == -1)
		return -errno;
	if (f.after != 0) {
		close(fd);
		return -f.after;
	}
	fi->fh = (uint64_t)fd;
	return 0;
}

static int
bad_open(const char *path, struct fuse_file_info *fi)
{
	return open_as(path, fi->flags, 0, fate_of(OP_OPEN, path), fi);
}

static int
bad_create(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	return open_as(path, fi->flags | O_CREAT, mode,
	    fate_of(OP_CREATE, path), fi);
}

static int
bad_read(const char *path, char *p, size_t len, off_t off,
    struct fuse_file_info *fi)
{
	struct fate f = fate_of(OP_READ, path);

	if (f.cut)
		len = (len + 2) / 3;
	return f.before != 0 ? -f.before :
	    result(f, (int)pread((int)fi->fh, p, len, off));
}

static int
bad_write(const char *path, const char *p, size_t len, off_t off,
    struct fuse_file_info *fi)
{
	struct fate f = fate_of(OP_WRITE, path);

	if (f.cut)
		len = (len + 2) / 3;
	return f.before != 0 ? -f.before :
	    result(f, (int)pwrite((int)fi->fh, p, len, off));
}

/* The requests after that for opening do not tell how it was opened. */
static bool
is_written(const struct fuse_file_info *fi)
{
	return (fcntl((int)fi->fh, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

/* The server could not keep what it had taken. */
static void
lose_half(const struct fuse_file_info *fi)
{
	struct stat st;

	if (is_written(fi) && fstat((int)fi->fh, &st) == 0 &&
	    ftruncate((int)fi->fh, st.st_size / 2) == -1)
		perror("badfs: ftruncate");
}

static int
bad_flush(const char *path, struct fuse_file_info *fi)
{
	/* Nobody minds how the close of a file went that was only read. */
	struct fate f = fate_of(is_written(fi) ? OP_FLUSH : OP_OTHER, path);

	if (f.before != 0)
		lose_half(fi);
	return f.before != 0 ? -f.before : -f.after;
}

static int
bad_fsync(const char *path, int data, struct fuse_file_info *fi)
{
	struct fate f = fate_of(OP_FSYNC, path);

	(void)data;
	if (f.before != 0)
		lose_half(fi);
	return f.before != 0 ? -f.before : result(f, fsync((int)fi->fh));
}

static int
bad_release(const char *path, struct fuse_file_info *fi)
{
	(void)path;
	close((int)fi->fh);
	return 0;
}

static int
bad_opendir(const char *path, struct fuse_file_info *fi)
{
	fi->cache_readdir = fi->keep_cache = believed > 0;
	return open_as(path, O_RDONLY | O_DIRECTORY, 0,
	    fate_of(OP_OPENDIR, path), fi);
}

static int
bad_readdir(const char *path, void *to, fuse_fill_dir_t fill, off_t off,
    struct fuse_file_info *fi, enum fuse_readdir_flags flags)
{
	struct fate f = fate_of(OP_READDIR, path);
	struct dirent *e;
	DIR *dir;
	int fd;

	(void)off;
	(void)flags;
	if (f.before != 0)
		return -f.before;
	fd = openat((int)fi->fh, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || (dir = fdopendir(fd)) == NULL)
		return -errno;
	while ((e = readdir(dir)) != NULL)
		if (fill(to, e->d_name, NULL, 0, 0) != 0)
			break;
	closedir(dir);
	return -f.after;
}

static int
bad_fsyncdir(const char *path, int data, struct fuse_file_info *fi)
{
	struct fate f = fate_of(OP_FSYNCDIR, path);

	(void)data;
	return f.before != 0 ? -f.before : result(f, fsync((int)fi->fh));
}

static int
bad_statfs(const char *path, struct statvfs *st)
{
	struct fate f = fate_of(OP_STATFS, path);
	int r;

	if (f.before != 0)
		return -f.before;
	r = result(f, fstatvfs(base, st));
	if (f.cut)
		st->f_blocks = st->f_bfree = st->f_bavail = 0;
	return r;
}

static int
bad_access(const char *path, int mode)
{
	struct fate f = fate_of(OP_ACCESS, path);

	return f.before != 0 ? -f.before :
	    result(f, faccessat(base, below(path), mode, 0));
}

static int
bad_setxattr(const char *path, const char *name, const char *value,
    size_t len, int flags)
{
	(void)flags;
	if (path[1] != '\0' || strcmp(name, ATTRIBUTE) != 0)
		return -ENOTSUP;
	return rules_set(value, len);
}

static int
bad_getxattr(const char *path, const char *name, char *value, size_t len)
{
	char text[32];
	int n;

	if (path[1] != '\0' || strcmp(name, ATTRIBUTE) != 0)
		return -ENODATA;
	n = snprintf(text, sizeof(text), "%u %u", asked, struck);
	if (len == 0)
		return n;
	if (len < (size_t)n)
		return -ERANGE;
	memcpy(value, text, (size_t)n);
	return n;
}

/* With numbers of the files' own, and no cache but the one that is asked
 * for; each read and write comes here as it was made. */
static void *
bad_init(struct fuse_conn_info *conn, struct fuse_config *cfg)
{
	(void)conn;
	cfg->use_ino = 1;
	cfg->hard_remove = 1;
	cfg->direct_io = 1;
	cfg->attr_timeout = believed;
	cfg->entry_timeout = believed;
	cfg->negative_timeout = believed;
	return NULL;
}

static const struct fuse_operations bad = {
	.getattr = bad_getattr, .mkdir = bad_mkdir, .unlink = bad_unlink,
	.rmdir = bad_rmdir, .rename = bad_rename, .link = bad_link,
	.chmod = bad_chmod, .truncate = bad_truncate,
	.utimens = bad_utimens, .open = bad_open, .create = bad_create,
	.read = bad_read, .write = bad_write, .flush = bad_flush,
	.fsync = bad_fsync, .release = bad_release, .opendir = bad_opendir,
	.readdir = bad_readdir, .releasedir = bad_release,
	.fsyncdir = bad_fsyncdir, .statfs = bad_statfs,
	.access = bad_access, .setxattr = bad_setxattr,
	.getxattr = bad_getxattr, .init = bad_init
};

int
main(int argc, char *argv[])
{
	char *args[] = { argv[0], NULL };
	struct fuse_args fa = FUSE_ARGS_INIT(1, args);
	struct fuse *fuse;

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: badfs BASE MOUNTPOINT [SECONDS]\n");
		return 2;
	}
	if (argc == 4)
		believed = strtod(argv[3], NULL);
	umask(0);
	if ((base = open(argv[1], O_RDONLY | O_DIRECTORY)) == -1) {
		perror(argv[1]);
		return 2;
	}
	if ((fuse = fuse_new(&fa, &bad, sizeof(bad), NULL)) == NULL ||
	    fuse_mount(fuse, argv[2]) != 0)
		return EXIT_SKIP;
	if (fuse_set_signal_handlers(fuse_get_session(fuse)) != 0)
		return 1;
	if (write(STDOUT_FILENO, "ready\n", 6) != 6)
		return 1;
	fuse_loop(fuse);
	fuse_unmount(fuse);
	_exit(0);	/* the library does not free all that it has */
}
