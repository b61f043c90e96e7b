/* s3_server.h: an S3 server that answers from a script, for tests. */
#ifndef TESTS_UNIT_S3_SERVER_H
#define TESTS_UNIT_S3_SERVER_H

#include <stddef.h>

/*
 * A process of its own, on loopback, that reads one request after the other
 * and answers each with the next step of the script, whatever it was.  Texts
 * are borrowed until s3_server_stop.
 */
enum s3_then {
	S3_THEN_ON,		/* keep the connection */
	S3_THEN_CLOSE,		/* close it after what is said */
	S3_THEN_HANG		/* say no more, and keep it */
};

struct s3_step {
	const char *status;	/* "200 OK"; NULL: nothing is said */
	const char *headers;	/* with their line ends; or NULL */
	const char *body;	/* its length is told, unless headers do */
	enum s3_then then;
	size_t	 cut;		/* bytes of the body that are not sent */
};

struct s3_server;

/* Start one; the script ends with a step of 0s, after which all is 500. */
struct s3_server *s3_server_start(const struct s3_step *script);

/* End it, and free s. */
void	 s3_server_stop(struct s3_server *s);

/* Where it listens. */
unsigned int s3_server_port(const struct s3_server *s);

/* How many requests it has seen, and the heads of all, and their bodies. */
unsigned int s3_server_count(const struct s3_server *s);
const char *s3_server_seen(const struct s3_server *s);

#endif /* TESTS_UNIT_S3_SERVER_H */
