/* store.h: named, immutable objects in a backup target. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * An object is either absent or whole, even after a crash, and once put it
 * never changes.  A store neither hashes, encrypts nor locks: repo does.
 * Names are 1 to STORE_NAME_MAX - 1 characters of a-z 0-9 / . - without an
 * empty part, "." or ".."; others are ERR_CONFIG.
 *
 * Functions return 0 or a negative ERR_ code (base/err.h), and set their
 * outputs only when they return 0.  A store belongs to one thread.  The
 * cause of a failure is logged by the store, but ERR_NOENT and ERR_EXIST,
 * which callers expect, are not.
 */
#define STORE_NAME_MAX 200

struct buf;
struct store;
struct store_list;

/*
 * Open the target named by url: a bare path or dir:PATH (a directory that
 * exists).  ERR_NOENT if it is not there.  The caller owns *storep.
 */
int	 store_open(const char *url, struct store **storep) ERR_MUST_USE;

/*
 * Put *storep, which stays open in it, behind a store that only pretends to be
 * written to: what is put or deleted there is not.  For finding out what a
 * job would do.  On failure *storep is as it was.
 */
int	 store_dry(struct store **storep) ERR_MUST_USE;

/* Close s, which may be NULL. */
void	 store_close(struct store *s);

/* How much room there is for what the caller may write. */
struct store_room {
	uint64_t total, free;		/* bytes */
	bool	 readonly;		/* mounted so, or whole */
	bool	 denied;		/* this user may not write */
};

/* Ask for it; nothing is written.  Where there is no end, free is total. */
int	 store_room(struct store *s, struct store_room *roomp) ERR_MUST_USE;

/* What people call it: a path or a URL, borrowed from s. */
const char *store_name(const struct store *s);

/*
 * Put data on stable storage under a name that is a hash of it.  0 too if
 * the object is there already: it can only be the same.
 */
int	 store_put(struct store *s, const char *name, const void *data,
	    size_t len) ERR_MUST_USE;

/* As store_put, but ERR_EXIST if there is an object of that name. */
int	 store_put_exclusive(struct store *s, const char *name,
	    const void *data, size_t len) ERR_MUST_USE;

/*
 * Append the len bytes at off to out.  ERR_NOENT if the object is absent,
 * ERR_CORRUPT if it ends before off + len.
 */
int	 store_get(struct store *s, const char *name, uint64_t off, size_t len,
	    struct buf *out) ERR_MUST_USE;

/* Append the whole object, ERR_TOOBIG if it is longer than max. */
int	 store_get_all(struct store *s, const char *name, size_t max,
	    struct buf *out) ERR_MUST_USE;

/* Give the size in bytes; ERR_NOENT if absent.  Content is not read. */
int	 store_size(struct store *s, const char *name, uint64_t *sizep)
	    ERR_MUST_USE;

/* Remove the object; 0 too if it was absent.  Only a collector calls this. */
int	 store_delete(struct store *s, const char *name) ERR_MUST_USE;

/*
 * List all objects whose name begins with prefix ("" for all; else itself a
 * name, that may end in '/'), in byte order of their names.  Files that no
 * store made come too, with a name that store_name_ok refuses or that no
 * layer above knows.  Caller owns *listp.
 */
int	 store_list_new(struct store *s, const char *prefix,
	    struct store_list **listp) ERR_MUST_USE;

/* 1 and the next object (name borrowed until the next call), 0 at the end. */
int	 store_list_next(struct store_list *l, const char **namep,
	    uint64_t *sizep) ERR_MUST_USE;

/* Free l, which may be NULL. */
void	 store_list_free(struct store_list *l);

/* Tell whether name may name an object. */
bool	 store_name_ok(const char *name);

#endif /* STORE_STORE_H */
