/* store_dir_list.c: all files of a directory store. */
#include "config.h"

#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "store/dir.h"
#include "store/internal.h"

/* A temporary this old has lost its writer. */
#define DIR_TMP_AGE (24 * 60 * 60)

/* Names found on disk may be longer than those of objects. */
#define DIR_NAME_MAX (STORE_NAME_MAX + 256)

struct dir_walk {
	struct store_dir *d;
	const char *prefix;
	struct store_list *l;
	char	 name[DIR_NAME_MAX];
};

static int	 dir_walk(struct dir_walk *w, int fd, size_t len);

/* Tell whether this is a temporary that may still be written. */
static bool
dir_young_tmp(const struct dir_walk *w, const struct stat *st)
{
	static const char mark[] = { 't', 'm', 'p', '/', STORE_DIR_TMP_MARK,
	    '\0' };

	return store_has_prefix(w->name, mark) &&
	    st->st_mtime > clock_system() - DIR_TMP_AGE;
}

/*
 * What a file system or a NAS has in a share beside what is stored: fsck's,
 * snapshots with all of the repository in each of them, bins, thumbnails.
 * Not all of them may be read.
 */
static bool
dir_foreign(const char *leaf)
{
	static const char *const names[] = { "lost+found", ".snapshot",
	    ".snapshots", "~snapshot", "#snapshot", ".zfs", "#recycle",
	    "$RECYCLE.BIN", "System Volume Information" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(leaf, names[i]) == 0)
			return true;
	/* QNAP: @Recycle, .@__thumb; Synology: @eaDir; desktops: .Trash-0 */
	return leaf[0] == '@' || store_has_prefix(leaf, ".@") ||
	    store_has_prefix(leaf, ".Trash");
}

/* Tell whether anything below the directory w->name can be wanted. */
static bool
dir_wanted(const struct dir_walk *w, const char *leaf)
{
	size_t n = strlen(w->name), p = strlen(w->prefix);

	return strncmp(w->name, w->prefix, n < p ? n : p) == 0 &&
	    !dir_foreign(leaf);
}

/* Go down into the directory called leaf, which is w->name, len long. */
static int
dir_descend(struct dir_walk *w, int fd, const char *leaf, size_t len)
{
	int sub;

	if (!dir_wanted(w, leaf))
		return 0;
	/* No object is down there, and links could make it endless. */
	if (len + 1 >= STORE_NAME_MAX)
		return store_list_add(w->l, w->name, 0);
	sub = openat(fd, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (sub == -1)
		return errno == ENOENT ? 0 :
		    store_dir_error(w->d, errno, "open", w->name);
	w->name[len] = '/';
	return dir_walk(w, sub, len + 1);
}

/* Add the entry called leaf; the directory's name is len long. */
static int
dir_entry(struct dir_walk *w, int fd, const char *leaf, size_t len)
{
	struct stat st;

	snprintf(w->name + len, sizeof(w->name) - len, "%s", leaf);
	if (fstatat(fd, leaf, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 :
		    store_dir_error(w->d, errno, "stat", w->name);
	if (S_ISDIR(st.st_mode))
		return dir_descend(w, fd, leaf, strlen(w->name));
	if (!store_has_prefix(w->name, w->prefix) || dir_young_tmp(w, &st))
		return 0;
	return store_list_add(w->l, w->name, (uint64_t)st.st_size);
}

/* List the directory fd, which it takes; w->name is its name, len long. */
static int
dir_walk(struct dir_walk *w, int fd, size_t len)
{
	struct dirent *e;
	DIR *dir;
	int r = 0;

	if ((dir = fdopendir(fd)) == NULL) {
		r = store_dir_error(w->d, errno, "list", w->prefix);
		fdio_close(&fd);
		return r;
	}
	while (r == 0) {
		errno = 0;
		if ((e = readdir(dir)) == NULL) {
			if (errno != 0)
				r = store_dir_error(w->d, errno, "list",
				    w->prefix);
			break;
		}
		if (strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0)
			r = dir_entry(w, dirfd(dir), e->d_name, len);
	}
	closedir(dir);
	return r;
}

static int
dir_list_once(struct store_dir *d, const char *prefix, struct store_list *l)
{
	struct dir_walk w = { .d = d, .prefix = prefix, .l = l };
	const char *slash = strrchr(prefix, '/'), *leaf;
	size_t len = 0;
	int fd, r;

	if (slash != NULL)
		len = (size_t)(slash - prefix) + 1;
	if (len >= STORE_NAME_MAX)
		return 0;
	memcpy(w.name, prefix, len);
	/* With a last part, a dot, the directory itself is the parent. */
	memcpy(w.name + len, ".", 2);
	r = store_dir_parent(w.d, w.name, false, &fd, &leaf);
	if (r != 0)
		return r == ERR_NOENT ? 0 : r;
	return dir_walk(&w, fd, len);
}

int
store_dir_list(void *impl, const char *prefix, struct store_list *l)
{
	struct store_dir *d = impl;
	int r;

	r = dir_list_once(d, prefix, l);
	if (r == ERR_CHANGED && store_dir_again(d)) {
		store_list_clear(l);
		r = dir_list_once(d, prefix, l);
	}
	return store_dir_code(d, r);
}
