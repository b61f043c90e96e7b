/* store_dir_sweep.c: temporaries that killed writers have left. */
#include "config.h"

#include <sys/stat.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "store/dir.h"

/*
 * One put takes seconds, a minute on a slow share.  If a writer were held up
 * for a week its put would fail, no more.
 */
#define DEAD_AGE (7 * 24 * 60 * 60)
#define NAME_LEN 33		/* the mark and 32 digits */

/* Tell whether we have made a file of this name. */
static bool
ours(const char *name)
{
	return name[0] == STORE_DIR_TMP_MARK && strlen(name) == NAME_LEN &&
	    strspn(name + 1, "0123456789abcdef") == NAME_LEN - 1;
}

/* Remove name below fd if it is as old as that. */
static unsigned int
sweep_one(int fd, const char *name, time_t now)
{
	struct stat st;

	if (!ours(name) ||
	    fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !S_ISREG(st.st_mode) || st.st_mtime > now - DEAD_AGE)
		return 0;
	return unlinkat(fd, name, 0) == 0;
}

void
store_dir_sweep(const struct store_dir *d, int fresh)
{
	struct dirent *e;
	struct stat st;
	unsigned int n = 0;
	DIR *dir;
	int fd;

	if (fstat(fresh, &st) == -1)
		return;
	fd = openat(d->fd, STORE_DIR_TMP, O_RDONLY | O_DIRECTORY |
	    O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return;
	if ((dir = fdopendir(fd)) == NULL) {
		fdio_close(&fd);
		return;
	}
	while ((e = readdir(dir)) != NULL)
		n += sweep_one(dirfd(dir), e->d_name, st.st_mtime);
	closedir(dir);
	if (n > 0)
		log_info("store %s: removed %u files that writers left when"
		    " they were killed", d->path, n);
}
