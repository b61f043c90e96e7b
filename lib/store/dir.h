/* dir.h: what the two files of the directory store share. */
#ifndef STORE_DIR_H
#define STORE_DIR_H

#include "store/impl.h"

/*
 * Temporaries stand in STORE_DIR_TMP under a name that no object can have,
 * by the mark it begins with.
 */
#define STORE_DIR_TMP "tmp"
#define STORE_DIR_TMP_MARK '_'

struct store_dir {
	int	 fd;		/* the root, owned */
	char	*path;		/* owned */
	struct store_pace *pace;	/* owned, or NULL */
	bool	 swept;		/* old temporaries were looked for */
	bool	 nosync;	/* told that directories cannot be synced */
};

/* Log a failed system call and give its code. */
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

/* The list of struct store_ops. */
int	 store_dir_list(void *impl, const char *prefix,
	    struct store_list *l) ERR_MUST_USE;

#endif /* STORE_DIR_H */
