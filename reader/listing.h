/* listing.h: what a server tells of the entries of one directory. */
#ifndef READER_LISTING_H
#define READER_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "sftp/sftp.h"

/*
 * Filled in any order, then sorted as bytes; what stands there twice is there
 * once.  Names that the wire cannot carry are only counted.  A listing has a
 * largest size, whatever the server goes on to tell.
 */
#define LISTING_MAX (48u << 20)		/* bytes of memory */

enum {
	LISTING_CACHE = 1,	/* a directory that says that it is a cache */
	LISTING_DUE = 2,	/* its content is to be read again */
	LISTING_NO_TARGET = 4	/* a link that could not be read */
};

struct listing_entry {
	uint64_t size;
	uint32_t name, target;	/* where in text; target 0: none */
	uint32_t mtime, uid, gid, mode;
	uint8_t	 len;		/* of the name */
	uint8_t	 has;		/* SFTP_HAS_ bits */
	uint8_t	 flags;
};

struct listing {
	struct listing_entry *e;	/* owns */
	size_t	 n, cap;
	char	*text;			/* owns; terminated texts */
	size_t	 used, size;
	size_t	 toolong;		/* names over 255 bytes, left out */
};

/* An empty listing.  Caller owns *lp. */
int	 listing_new(struct listing **lp) ERR_MUST_USE;

/* Free l, which may be NULL. */
void	 listing_free(struct listing *l);

/* Append an entry.  ERR_TOOBIG beyond LISTING_MAX. */
int	 listing_add(struct listing *l, const struct sftp_name *n)
	    ERR_MUST_USE;

/* Sort it, once all is there. */
void	 listing_sort(struct listing *l);

/* The name of an entry, terminated; borrowed until something is added. */
const char *listing_name(const struct listing *l, size_t i);

/* Note what a link leads to. */
int	 listing_target(struct listing *l, size_t i, const char *target)
	    ERR_MUST_USE;

/* The entry of that name; -1 if there is none. */
ptrdiff_t listing_find(const struct listing *l, const char *name);

/* Take new attributes of an entry; and give those of one. */
void	 listing_set(struct listing *l, size_t i, const struct sftp_attrs *a);
void	 listing_attr(const struct listing *l, size_t i, struct attr *ap);

/* Its type, ATTR_FILE and so on; 0 if it is not known. */
uint8_t	 listing_type(const struct listing *l, size_t i);

/* The memory that it takes. */
size_t	 listing_memory(const struct listing *l);

/* What is known of a file: type 0 if the server does not tell it. */
void	 listing_attr_of(const struct sftp_attrs *a, struct attr *ap);

#endif /* READER_LISTING_H */
