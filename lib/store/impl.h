/* impl.h: what a kind of store provides; for lib/store and its tests. */
#ifndef STORE_IMPL_H
#define STORE_IMPL_H

#include "store/store.h"

/*
 * A kind of store fills struct store_ops; store.c checks names and calls
 * through.  Wrappers (dry, fault) are stores around a store.
 */
struct store_ops {
	void	(*close)(void *impl);
	int	(*put)(void *impl, const char *name, const void *data,
		    size_t len, bool exclusive);
	int	(*get)(void *impl, const char *name, uint64_t off, size_t len,
		    struct buf *out);
	int	(*size)(void *impl, const char *name, uint64_t *sizep);
	int	(*remove)(void *impl, const char *name);
	int	(*list)(void *impl, const char *prefix, struct store_list *l);
	int	(*room)(void *impl, struct store_room *roomp);	/* or NULL */
	int	(*get_all)(void *impl, const char *name, size_t max,
		    struct buf *out);				/* or NULL */
	int	(*promises)(void *impl, struct store_promises *pp);
	void	(*ahead)(void *impl, const char *name, uint64_t off,
		    size_t len);				/* or NULL */
	bool	(*distrust)(void *impl, const char *name);	/* or NULL */
};

/* Make a store of impl, which it takes; ops and what name points to are
 * borrowed for its life.  On failure impl still belongs to the caller. */
int	 store_new(const struct store_ops *ops, void *impl, const char *name,
	    struct store **storep) ERR_MUST_USE;

/* Add an object to a list under construction; store.c sorts it. */
int	 store_list_add(struct store_list *l, const char *name, uint64_t size)
	    ERR_MUST_USE;

/* For wrappers: add what s lists below prefix to l. */
int	 store_list_through(struct store *s, const char *prefix,
	    struct store_list *l) ERR_MUST_USE;

/* A store in the directory at path, which must exist; access may be NULL. */
int	 store_dir_open(const char *path, const struct store_access *access,
	    struct store **storep) ERR_MUST_USE;

/*
 * A store behind a process of its own, which opens what url names; for
 * url and errors see store_open.
 */
int	 store_remote_open(const char *url, const struct store_access *access,
	    struct store **storep) ERR_MUST_USE;

/*
 * A store in a directory of a server, by SFTP; in this process, and blocking.
 * access (its texts and limits too) is borrowed for the store's life.
 */
int	 store_sftp_open(const char *url, const struct store_access *access,
	    struct store **storep) ERR_MUST_USE;

/* As store_sftp_open, in a bucket of an S3 server. */
int	 store_s3_open(const char *url, const struct store_access *access,
	    struct store **storep) ERR_MUST_USE;

/* What must be loaded for that, which maps code; url is for the log. */
int	 store_s3_prepare(const char *url) ERR_MUST_USE;

/* An empty store in memory, for tests. */
int	 store_mem_open(struct store **storep) ERR_MUST_USE;

enum store_fault {
	STORE_FAULT_FAIL,	/* that operation fails, later ones work */
	STORE_FAULT_DEAD	/* it and all later ones fail: power is out */
};

/*
 * A store that hands everything to inner (borrowed) until its nth changing
 * operation (put, delete), counted from 1, which fails with code before it
 * does anything, or, with after set, after it was done.
 */
int	 store_fault_open(struct store *inner, enum store_fault kind,
	    unsigned int nth, bool after, int code, struct store **storep)
	    ERR_MUST_USE;

/* How many changing operations a fault store has been asked for so far. */
unsigned int store_fault_count(const struct store *s);

#endif /* STORE_IMPL_H */
