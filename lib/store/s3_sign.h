/* s3_sign.h: AWS Signature Version 4, of requests whose headers carry it. */
#ifndef STORE_S3_SIGN_H
#define STORE_S3_SIGN_H

#include <stddef.h>

#include "base/err.h"

/*
 * Pure functions; nothing is logged.  Texts are borrowed for the call.  A
 * request must be sent exactly as it was signed: same path, query and headers.
 */
struct buf;

/* A parameter of a query, or a header (its name in lower case). */
struct s3_pair {
	const char *name, *value;
};

struct s3_signer {
	const char *id, *secret;
	const char *region, *service;
};

struct s3_signed {
	const char *method, *path;	/* the path as it is sent */
	const char *query;		/* by s3_query; "" if none */
	const struct s3_pair *headers;	/* in the order of their names */
	size_t	 nheaders;
	const char *payload;		/* SHA-256 of the body, hexadecimal */
	const char *date;		/* 20130524T000000Z, as in x-amz-date */
};

/* Put n pairs into the order of their names. */
void	 s3_sort(struct s3_pair *pairs, size_t n);

/* Append a query: n parameters, sorted already, encoded. */
int	 s3_query(const struct s3_pair *params, size_t n, struct buf *out)
	    ERR_MUST_USE;

/* Append the value of the header Authorization. */
int	 s3_sign(const struct s3_signer *k, const struct s3_signed *m,
	    struct buf *out) ERR_MUST_USE;

#endif /* STORE_S3_SIGN_H */
