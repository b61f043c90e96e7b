/* sftp.h: what the files of the SFTP store share. */
#ifndef STORE_SFTP_H
#define STORE_SFTP_H

#include "sftp/answer.h"
#include "sftp/bulk.h"
#include "store/impl.h"

/*
 * Objects stand below root as in a directory store, temporaries in its tmp/
 * under a name that no object can have.  An operation whose connection is lost
 * is repeated over a new one, so each must find out what became of it.
 */
#define STORE_SFTP_TMP "tmp"
#define STORE_SFTP_TMP_MARK '_'
#define STORE_SFTP_FILES 4

struct ssh_session;

/* sftp://user@host:port/root, in parts that are owned. */
struct store_sftp_url {
	char	*user, *host, *root;
	uint16_t port;
};

/* An object that is open for reading. */
struct store_sftp_file {
	char	 name[STORE_NAME_MAX];	/* "": none */
	struct sftp_handle handle;
	uint64_t size, used;		/* used: by d->clock */
};

struct store_sftp {
	char	*name;			/* the URL, owned */
	struct store_sftp_url url;
	const struct store_access *access;
	struct ssh_session *ssh;
	struct sftp *x;			/* NULL: not connected */
	unsigned int tries;		/* since something went on */
	bool	 linked;		/* links were found to work */
	bool	 nolink, nosync;	/* found out not to work here */
	bool	 made;			/* its tmp/ was there */
	bool	 swept;			/* old temporaries were looked for */
	int64_t	 skew;			/* the server's clock less ours, s */
	struct store_sftp_file files[STORE_SFTP_FILES];
	uint64_t clock;
};

/* Take a URL apart.  ERR_CONFIG, logged, if it is none.  Caller clears u. */
int	 store_sftp_url_parse(const char *url, struct store_sftp_url *u)
	    ERR_MUST_USE;
void	 store_sftp_url_clear(struct store_sftp_url *u);

/* Connect once.  Failures are logged. */
int	 store_sftp_connect(struct store_sftp *d) ERR_MUST_USE;

/* Let the connection go. */
void	 store_sftp_disconnect(struct store_sftp *d);

/*
 * Do op(d, job), and repeat it over a new connection as often as one is lost
 * on the way; a job that got further sets d->tries to 0.
 */
int	 store_sftp_do(struct store_sftp *d,
	    int (*op)(struct store_sftp *d, void *job), void *job)
	    ERR_MUST_USE;

/* The path of an object, or of root itself where name is "". */
void	 store_sftp_path(const struct store_sftp *d, const char *name,
	    char path[SFTP_PATH_MAX]);

/*
 * Log what the server answered, unless the connection was lost (which is told
 * once, by store_sftp_do), and give the code that fits: len is what the
 * operation needed to store.
 */
int	 store_sftp_error(struct store_sftp *d, const struct sftp_answer *a,
	    int code, const char *what, const char *name);
int	 store_sftp_full(struct store_sftp *d, const struct sftp_answer *a,
	    int code, size_t len) ERR_MUST_USE;

/*
 * A range of an open file, as it is to be moved now: at the target's pace,
 * and in small pieces where connections do not live long.
 */
struct sftp_range store_sftp_range(const struct store_sftp *d,
	    const struct sftp_handle *h, uint64_t off, size_t len);

/* Forget the answer to a request that only tidies up. */
struct sftp_done store_sftp_ignore(void);

/* Look whether the directory is there.  ERR_NOENT, not logged, if not. */
int	 store_sftp_root(struct store_sftp *d) ERR_MUST_USE;

/* Give the size of an object, which must be a plain file; errors logged. */
int	 store_sftp_stat(struct store_sftp *d, const char *name,
	    uint64_t *sizep) ERR_MUST_USE;

/*
 * Compare the file name (below root) with data: 0, or ERR_CORRUPT.  *donep
 * bytes of it were already; it is what has been in any case.
 */
int	 store_sftp_compare(struct store_sftp *d, const char *name,
	    const uint8_t *data, size_t len, size_t *donep) ERR_MUST_USE;

/* Close an object that is open for reading, or with NULL all of them. */
void	 store_sftp_forget(struct store_sftp *d, const char *name);

/* What struct store_ops has under these names. */
int	 store_sftp_put(void *impl, const char *name, const void *data,
	    size_t len, bool exclusive) ERR_MUST_USE;
int	 store_sftp_get(void *impl, const char *name, uint64_t off, size_t len,
	    struct buf *out) ERR_MUST_USE;
int	 store_sftp_list(void *impl, const char *prefix, struct store_list *l)
	    ERR_MUST_USE;

/*
 * Remove temporaries that are a week older than now, by the server's clock.
 * A failure is no harm, unless the connection is lost.
 */
void	 store_sftp_sweep(struct store_sftp *d, int64_t now);

#endif /* STORE_SFTP_H */
