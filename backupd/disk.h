/* disk.h: which of the disks that come and go is this one? */
#ifndef BACKUPD_DISK_H
#define BACKUPD_DISK_H

#include "repo/repo.h"

/*
 * All disks of a rotation hold copies of one repository, and are mounted at one
 * place.  So each bears a label, an object of the store (doc/format.md section
 * 1), that names its target in the policy and has a random id.  A label says
 * which disk is meant, never that its content is good.
 *
 * A disk that was ejected and still lies there is left alone: a file in the
 * state directory says so until it is gone or attached again.
 */
#define DISK_TARGET_MAX 64
#define DISK_ID_TEXT 33

struct disk_label {
	char	 id[DISK_ID_TEXT];
	char	 target[DISK_TARGET_MAX + 1];
	int64_t	 made;
};

/* Read the label of s.  ERR_NOENT if it has none; ERR_FORMAT if it has one
 * that is not understood, or several. */
int	 disk_label_get(struct store *s, struct disk_label *lp) ERR_MUST_USE;

/* Put one on s, which has none. */
int	 disk_label_put(struct store *s, const char *target,
	    struct disk_label *lp) ERR_MUST_USE;

/* Say that the disk of target was ejected, or that this is over. */
int	 disk_eject_note(const char *state_dir, const char *target,
	    bool ejected) ERR_MUST_USE;

/* Tell whether it was ejected and nobody has said otherwise. */
bool	 disk_is_ejected(const char *state_dir, const char *target);

/* What the system calls the file system at path, in hexadecimal. */
void	 disk_volume(const char *path, char volumep[DISK_ID_TEXT]);

#endif /* BACKUPD_DISK_H */
