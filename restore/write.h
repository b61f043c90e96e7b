/* write.h: make the entries of a plan, once their content is there. */
#ifndef RESTORE_WRITE_H
#define RESTORE_WRITE_H

#include "restore/dest.h"
#include "restore/plan.h"

/*
 * What cannot be made is recorded as a problem with its entry, and 0 is
 * returned: the rest goes on.  A negative code ends the restore: no space,
 * a read-only file system, no memory.  Nothing that a file cannot get
 * whole is left under its name.  One thread, umask 0.
 */
struct problems;
struct write;

struct write_params {
	struct plan *plan;		/* all borrowed */
	struct dest *dest;
	struct problems *problems;
	bool	 safe;			/* no setuid, devices, security.* */
	bool	 careful;		/* rename everything into place */
	mode_t	 umask;			/* of the officer: made-up parents */
};

struct write_counts {
	uint64_t done[8];		/* by attr type */
	uint64_t bytes;			/* of content written */
	uint64_t kept;			/* files whose content matched */
	uint64_t no_owner, no_device;	/* only root can */
	uint64_t safe_modes, safe_devices, safe_xattrs;
	uint64_t links;			/* further names of files */
};

/* Caller owns *wp. */
int	 write_new(const struct write_params *p, struct write **wp)
	    ERR_MUST_USE;

/* Free w, which may be NULL.  Files that lack content are removed. */
void	 write_free(struct write *w);

/* Make entry i if it needs no content: directories (their attributes come
 * last), links, devices, empty files, and files that match already. */
int	 write_entry(struct write *w, uint64_t i) ERR_MUST_USE;

/* Write one piece of content, whose SHA-256 is hash.  The last one
 * finishes the file. */
int	 write_item(struct write *w, const struct plan_item *item,
	    const uint8_t *data, const uint8_t hash[32]) ERR_MUST_USE;

/* Give up the file of a piece that cannot be had; why is a phrase. */
void	 write_damaged(struct write *w, const struct plan_item *item,
	    const char *why);

/* Make entry i if it is a further hard link. */
int	 write_link(struct write *w, uint64_t i) ERR_MUST_USE;

/* Give directory i its attributes; children come before parents. */
int	 write_dir(struct write *w, uint64_t i) ERR_MUST_USE;

/* What was done so far. */
const struct write_counts *write_counts(const struct write *w);

#endif /* RESTORE_WRITE_H */
