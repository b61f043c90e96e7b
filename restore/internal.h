/* internal.h: what write.c and content.c share. */
#ifndef RESTORE_INTERNAL_H
#define RESTORE_INTERNAL_H

#include "restore/hash.h"
#include "restore/meta.h"
#include "restore/write.h"

#define WRITE_FILES 32		/* files in pieces that are kept open */
#define WRITE_NAME_MAX 32	/* of a temporary name */

/* A file whose pieces come one after the other. */
struct write_file {
	uint64_t entry;
	uint64_t used;		/* when; 0: empty */
	int	 fd;
	struct sha256 *sha;
	uint64_t next;		/* bytes in the digest so far */
};

struct write {
	struct write_params p;
	struct write_counts counts;
	struct hasher *hasher;
	struct meta_self self;
	struct write_file files[WRITE_FILES];
	uint64_t now;
};

/* Where an entry is made: its directory, under a name for now. */
struct write_place {
	struct dest_dir dir;
	const char *name;		/* the final one or tmp */
	char	 tmp[WRITE_NAME_MAX];
};

/*
 * Record that doing what with entry i failed with errnum, which makes it
 * PLAN_FAILED; or give the code that ends the restore.
 */
int	 write_errno(struct write *w, uint64_t i, int errnum,
	    const char *what) ERR_MUST_USE;

/* Find the place of entry i.  1: it failed, and that is recorded. */
int	 write_where(struct write *w, uint64_t i, struct write_place *pl)
	    ERR_MUST_USE;

/* The mode to create entry i with: its own, if nothing else comes after. */
mode_t	 write_mode(const struct write *w, const struct plan_entry *e,
	    const struct write_place *pl);

/* Apply attributes to what is open as fd, or stands at pl if fd is -1. */
void	 write_meta(struct write *w, uint64_t i, const struct write_place *pl,
	    int fd, mode_t created);

/* As created, for an entry that was there before. */
#define WRITE_NOT_FRESH ((mode_t)-1)

/* Give it its final name, and count it as done. */
int	 write_settle(struct write *w, uint64_t i,
	    const struct write_place *pl) ERR_MUST_USE;

/* Make the file of entry i whose only data, len bytes, and their digest are
 * given; without any (hash NULL) it is empty or a hole. */
int	 write_whole(struct write *w, uint64_t i, const uint8_t *data,
	    size_t len, const uint8_t *hash) ERR_MUST_USE;

#endif /* RESTORE_INTERNAL_H */
