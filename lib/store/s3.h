/* s3.h: what the files of the S3 store share. */
#ifndef STORE_S3_H
#define STORE_S3_H

#include "http/http.h"
#include "store/impl.h"
#include "store/s3_sign.h"
#include "store/s3_xml.h"

/*
 * An object is the key PREFIX/NAME of a bucket.  A request whose answer is
 * lost, or that the server puts off, is repeated, so that each must find out
 * what became of it.
 */
#define S3_PAIRS 8		/* of one request, besides what all have */

/* s3://host:port/bucket/prefix, in parts that are owned. */
struct s3_url {
	char	*base;		/* https://host:port */
	char	*host;		/* as it is signed: without a usual port */
	char	*path;		/* /bucket */
	char	*prefix;	/* "" or ends in '/' */
};

/* From the file of credentials; owned. */
struct s3_keys {
	char	 id[136], secret[136];
};

/* How long the store waits for what. */
struct s3_patience {
	unsigned int connect_ms, stall_ms, total_ms;
	unsigned int rate;	/* bytes a second that total_ms grows by */
	unsigned int tries;
	unsigned int first_tries;	/* as long as nobody has answered */
	unsigned int hangs;	/* tries that may end so */
	unsigned int pause_ms;	/* before the second, and twice that... */
	unsigned int pause_max_ms;
	size_t	 whole;		/* what is longer crosses in parts, */
	size_t	 part;		/* of this length */
};

/* Whether If-None-Match is honoured. */
enum s3_condition {
	S3_CONDITION_UNKNOWN,
	S3_CONDITION_KEPT,
	S3_CONDITION_IGNORED
};

struct s3 {
	char	*name;		/* the URL, owned */
	const struct store_access *access;
	const struct s3_patience *patience;
	const char *region;
	struct s3_url url;
	struct s3_keys keys;
	struct http *http;
	struct http_pace pace;
	struct buf *complaint;	/* what an answer that is none says */
	bool	 answered;	/* the server has, once */
	enum s3_condition condition;
};

/* One request, and what was answered. */
struct s3_call {
	const char *method;
	const char *name;	/* of an object; NULL: the bucket */
	const char *verb;	/* for the log: "put" */
	struct s3_pair params[S3_PAIRS], headers[S3_PAIRS];
	size_t	 nparams, nheaders;
	const void *body;
	size_t	 len;
	const char *digest;	/* of body, in hexadecimal; NULL: not known */
	struct buf *out;	/* as in http.h */
	size_t	 max;
	bool	 quiet;		/* failures are the caller's to tell */
	/* answer */
	unsigned int status;	/* 0: none */
	struct s3_complaint complaint;
	bool	 unsure;	/* an earlier try may have been done */
};

/* Take a URL apart.  ERR_CONFIG, logged, if it is none.  Caller clears u. */
int	 s3_url_parse(const char *url, struct s3_url *u) ERR_MUST_USE;
void	 s3_url_clear(struct s3_url *u);

/* Read the file of credentials, which nobody else may read.  Failures are
 * logged. */
int	 s3_keys_read(const char *path, struct s3_keys *keys) ERR_MUST_USE;

/* Add a parameter or a header, whose texts are borrowed. */
void	 s3_param(struct s3_call *c, const char *name, const char *value);
void	 s3_header(struct s3_call *c, const char *name, const char *value);

/*
 * Do it, as often as it takes.  0 if the answer is 2xx; otherwise out is as it
 * was, and the failure is logged, but
 *
 *	ERR_NOENT	there is no such object, or bucket
 *	ERR_EXIST	a condition did not hold
 *	ERR_VERSION	the server does not know such a request
 */
int	 s3_do(struct s3 *s, struct s3_call *c) ERR_MUST_USE;

/* The code of an answer that is none, and whether it is worth another try. */
int	 s3_error_code(const struct s3_call *c, bool *againp) ERR_MUST_USE;

/* Log, in words, why c failed with code. */
void	 s3_error_log(struct s3 *s, const struct s3_call *c, int code);

/* Seconds by which the server's clock is ahead, as its last answer tells. */
int64_t	 s3_skew(struct s3 *s);

/* 0 if the object holds exactly that; ERR_CORRUPT if it holds another. */
int	 s3_compare(struct s3 *s, const char *name, const void *data,
	    size_t len) ERR_MUST_USE;

/* An upload in parts, of what is longer than one; headers has what the object
 * shall have. */
int	 s3_put_parts(struct s3 *s, const struct s3_call *put) ERR_MUST_USE;

/* What struct store_ops has under these names. */
int	 s3_store_size(void *impl, const char *name, uint64_t *sizep)
	    ERR_MUST_USE;
int	 s3_store_get_all(void *impl, const char *name, size_t max,
	    struct buf *out) ERR_MUST_USE;
int	 s3_store_put(void *impl, const char *name, const void *data,
	    size_t len, bool exclusive) ERR_MUST_USE;
int	 s3_store_list(void *impl, const char *prefix, struct store_list *l)
	    ERR_MUST_USE;

/* As store_s3_open, with another patience, which is borrowed. */
int	 s3_open(const char *url, const struct store_access *access,
	    const struct s3_patience *patience, struct store **storep)
	    ERR_MUST_USE;

#endif /* STORE_S3_H */
