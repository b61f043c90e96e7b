/* dir.h: what the files of the directory store share. */
#ifndef STORE_DIR_H
#define STORE_DIR_H

#include <sys/types.h>

#include "store/impl.h"

/*
 * Temporaries stand in STORE_DIR_TMP under a name that no object can have,
 * by the mark it begins with.
 */
#define STORE_DIR_TMP "tmp"
#define STORE_DIR_TMP_MARK '_'

struct store_dir {
	int	 fd;		/* the root, owned */
	dev_t	 dev;		/* which directory it is */
	ino_t	 ino;
	char	*path;		/* owned */
	struct store_pace *pace;	/* owned, or NULL */
	bool	 swept;		/* old temporaries were looked for */
	bool	 nosync;	/* told that directories cannot be synced */
	bool	 plain;		/* told that only rename(2) gives names */
};

/* A temporary file of our own, known by more than its name. */
struct store_dir_temp {
	char	 name[STORE_NAME_MAX];	/* in the root; "": none was made */
	dev_t	 dev;
	ino_t	 ino;
};

/*
 * Log a failed system call and give its code: ERR_CHANGED only for ESTALE,
 * never ERR_NOENT or ERR_EXIST.
 */
int	 store_dir_error(const struct store_dir *d, int errnum,
	    const char *what, const char *name);

/*
 * Open the directory that name stands in, which no link leads to; with make
 * it is made and durable.  leaf borrows from name.  Caller owns *fdp.
 */
int	 store_dir_parent(struct store_dir *d, const char *name, bool make,
	    int *fdp, const char **leafp) ERR_MUST_USE;

/*
 * Remove temporaries that are a week older than the file fresh, which was just
 * made on the same file system, by its clock.  A failure is no harm.
 */
void	 store_dir_sweep(const struct store_dir *d, int fresh);

/*
 * Give the temporary t the name leaf in the directory fd, where nothing of
 * that name must be: else ERR_EXIST.  t's own name may remain.
 */
int	 store_dir_publish(struct store_dir *d, const struct store_dir_temp *t,
	    int fd, const char *leaf) ERR_MUST_USE;

/*
 * After ERR_CHANGED (a share has forgotten a handle of ours): tell whether
 * the call may be made once more.  Where the root itself was forgotten it is
 * opened by its path, if that still leads to the very same directory.
 */
bool	 store_dir_again(struct store_dir *d);

/* The code for callers of the store: a share that keeps forgetting fails. */
int	 store_dir_code(const struct store_dir *d, int r) ERR_MUST_USE;

/* The promises of struct store_ops. */
int	 store_dir_promises(void *impl, struct store_promises *pp)
	    ERR_MUST_USE;

/* The list of struct store_ops. */
int	 store_dir_list(void *impl, const char *prefix,
	    struct store_list *l) ERR_MUST_USE;

#endif /* STORE_DIR_H */
