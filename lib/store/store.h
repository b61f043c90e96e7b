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
struct store_pace;
struct throttle_limit;

/*
 * What it takes to reach a target that is not a directory, and how hard it may
 * be used.  Texts and limits are borrowed for the store's life; NULL and 0
 * where there is nothing to say.
 */
struct store_access {
	const char *identity;		/* sftp: private key file */
	const char *host_key;		/* sftp: the server's pinned key line */
	const char *credentials;	/* s3: file of a key id and a secret */
	const char *ca_file;		/* s3: NULL: whom the system trusts */
	const char *region;		/* s3: NULL: us-east-1 */
	uint64_t lock_s;		/* s3: what is put is locked so many
					   seconds; 0: not */
	unsigned int connections;	/* at most; 0: as the kind does */
	const struct throttle_limit *limits;	/* base/throttle.h */
	size_t	 nlimits;
	uint64_t began;			/* they count from: monotonic ns */
	const char *pace_file;		/* by which all who use the target
					   share them (store/pace.h) */
	struct store_pace *pace;	/* set by store_open, for the kinds */
};

/*
 * Open the target named by url:
 *
 *	PATH or dir:PATH		a directory that exists
 *	sftp://USER@HOST[:PORT]/PATH	one on a server, by SFTP
 *	s3://HOST[:PORT]/BUCKET[/PREFIX]	an object store, over TLS
 *	s3+http://...			the same, without TLS
 *
 * access may be NULL for a directory.  The caller owns *storep.
 *
 *	ERR_NOENT	there is no such directory or bucket
 *	ERR_DENIED	identity, credentials or rights do not suffice
 *	ERR_CORRUPT	the server showed another key than the pinned one
 *	ERR_TIMEOUT	no answer in time
 *	ERR_CLOSED	not reachable
 *	ERR_CONFIG	a URL or an access that cannot be right
 *
 * Where the target is remote, a process of its own speaks to it, started as
 * this program (store_remote_main); so that must be done before the caller
 * enters a sandbox, and after it has no threads that hold locks.
 */
int	 store_open(const char *url, const struct store_access *access,
	    struct store **storep) ERR_MUST_USE;

/* Tell whether url names a target that is not a directory of this machine. */
bool	 store_is_remote(const char *url);

/*
 * First in main() of every program that opens stores: serve a store to the
 * process that started this one for it, and exit; return where it was not.
 */
void	 store_remote_main(int argc, char *const argv[]);

/* How surely only one of two writers of one name succeeds. */
enum store_exclusive {
	STORE_EXCLUSIVE_ATOMIC,		/* whatever the moment */
	STORE_EXCLUSIVE_CHECKED		/* not if both look at one moment */
};

/* What a put that has returned means. */
enum store_durable {
	STORE_DURABLE_SYNCED,		/* the server was told to sync it */
	STORE_DURABLE_READ_BACK,	/* it was read back and is the same */
	STORE_DURABLE_WORD		/* the server says that it has it */
};

/* What a target promises, as far as it is known by now. */
struct store_promises {
	enum store_exclusive exclusive;
	enum store_durable durable;
	bool	 listed;		/* a list shows all puts before it */
	bool	 deletes;		/* what is deleted is gone */
	uint64_t lock_s;		/* what is put cannot be deleted so
					   long; 0: it can */
};

/* What is known only after a put is told right only after one. */
int	 store_promises(struct store *s, struct store_promises *pp)
	    ERR_MUST_USE;

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
 * the object is there already: it can only be the same.  Where the target is
 * remote, a pack's name (packs/...) may return before it is there: every other
 * call waits for all packs put before it, and fails, as does every call from
 * then on, if one of them failed.
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

/*
 * Tell that store_get is going to be asked for this soon, so that a remote
 * store may fetch it meanwhile.  Nothing is promised by it.
 */
void	 store_ahead(struct store *s, const char *name, uint64_t off,
	    size_t len);

/*
 * What was read of the object is not what it should be.  A store that keeps
 * copies drops those of it, and tells so: it is worth reading it again.
 */
bool	 store_distrust(struct store *s, const char *name);

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
