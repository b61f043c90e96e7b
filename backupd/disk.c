/* disk.c: labels of disks, and which of them were ejected. */
#include "backupd/disk.h"

#include <sys/statvfs.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/path.h"
#include "crypto/secret.h"
#include "store/store.h"

#define LABEL_PREFIX "gc/disk-"
#define LABEL_MAX 512
#define LABEL_NAME_MAX 64

/* Take the text of a label apart. */
static int
label_parse(const char *text, struct disk_label *lp)
{
	char target[DISK_TARGET_MAX + 1];
	int64_t made;
	int end = 0;

	if (sscanf(text, "KHO-DISK-1\ntarget %64[^\n ]\nmade %" SCNd64 "\n%n",
	    target, &made, &end) != 2 || end == 0 || text[end] != '\0')
		return ERR_FORMAT;
	memcpy(lp->target, target, sizeof(lp->target));
	lp->made = made;
	return 0;
}

/* Read the label called name. */
static int
label_read(struct store *s, const char *name, struct disk_label *lp)
{
	const char *id = name + sizeof(LABEL_PREFIX) - 1;
	struct buf *b = NULL;
	uint8_t raw[16];
	int r;

	if (strlen(id) != DISK_ID_TEXT - 1 ||
	    hex_parse(id, raw, sizeof(raw)) != 0)
		return ERR_FORMAT;
	if ((r = buf_new(LABEL_MAX + 1, &b)) != 0)
		return r;
	if ((r = store_get_all(s, name, LABEL_MAX, b)) == 0 &&
	    (r = buf_put_u8(b, 0)) == 0 &&
	    (r = label_parse((const char *)buf_ptr(b), lp)) == 0)
		memcpy(lp->id, id, sizeof(lp->id));
	buf_free(b);
	return r;
}

int
disk_label_get(struct store *s, struct disk_label *lp)
{
	struct store_list *l = NULL;
	struct disk_label label;
	const char *name;
	uint64_t size;
	int r, n = 0, bad = 0;

	if ((r = store_list_new(s, LABEL_PREFIX, &l)) != 0)
		return r;
	while ((r = store_list_next(l, &name, &size)) == 1) {
		n++;
		if ((r = label_read(s, name, &label)) != 0)
			bad = r;
	}
	store_list_free(l);
	if (r != 0 || bad != 0)
		return r != 0 ? r : bad;
	if (n != 1)
		return n == 0 ? ERR_NOENT : ERR_FORMAT;
	*lp = label;
	return 0;
}

int
disk_label_put(struct store *s, const char *target, struct disk_label *lp)
{
	char text[LABEL_MAX], name[LABEL_NAME_MAX];
	struct disk_label l = { .made = clock_wall() };
	uint8_t raw[16];
	int n, r;

	crypto_random(raw, sizeof(raw));
	hex_format(raw, sizeof(raw), l.id);
	snprintf(l.target, sizeof(l.target), "%s", target);
	snprintf(name, sizeof(name), LABEL_PREFIX "%s", l.id);
	n = snprintf(text, sizeof(text), "KHO-DISK-1\ntarget %s\nmade %" PRId64
	    "\n", l.target, l.made);
	if ((r = store_put_exclusive(s, name, text, (size_t)n)) == 0)
		*lp = l;
	return r;
}

/* "DIR/ejected-NAME" in new memory. */
static char *
note_path(const char *state_dir, const char *target)
{
	char name[DISK_TARGET_MAX + 16], *path = NULL;

	snprintf(name, sizeof(name), "ejected-%s", target);
	return path_join(state_dir, name, &path) == 0 ? path : NULL;
}

int
disk_eject_note(const char *state_dir, const char *target, bool ejected)
{
	char *path = note_path(state_dir, target);
	int fd, r = 0;

	if (path == NULL)
		return ERR_NOMEM;
	if (!ejected) {
		if (unlink(path) == -1 && errno != ENOENT)
			r = err_from_errno(errno);
	} else if ((fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC,
	    0600)) == -1)
		r = err_from_errno(errno);
	else
		close(fd);
	free(path);
	return r;
}

bool
disk_is_ejected(const char *state_dir, const char *target)
{
	char *path = note_path(state_dir, target);
	bool there = path != NULL && access(path, F_OK) == 0;

	free(path);
	return there;
}

void
disk_volume(const char *path, char volumep[DISK_ID_TEXT])
{
	struct statvfs st;

	volumep[0] = '\0';
	if (statvfs(path, &st) == 0 && st.f_fsid != 0)
		snprintf(volumep, DISK_ID_TEXT, "%lx", st.f_fsid);
}
