/* http.h: one HTTP request at a time over a connection that is kept. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * http and https only; the server's certificate is always checked.  Nothing
 * is followed, no proxy is used, nothing is read from the environment, and
 * nothing is logged: http_error has the words.  A client blocks, and belongs
 * to one thread.
 *
 * A request is sent once, never again by itself: after ERR_CLOSED and
 * ERR_TIMEOUT it may have been done.
 *
 * A server that hangs is noticed: by the time for the connection, by the time
 * in which nothing moves, and by the time for the whole request.  Time that a
 * pace makes a request wait does not count.
 */
struct buf;
struct http;

/* Texts are borrowed for the client's life. */
struct http_setup {
	const char *ca_file;	/* PEM; NULL: whom the system trusts */
	unsigned int connect_ms;
	unsigned int stall_ms;	/* in which not a byte moves */
};

/* What may wait until bytes may move (store/pace.h). */
struct http_pace {
	size_t	(*send)(void *arg, size_t len);	/* how many of len may */
	void	(*received)(void *arg, size_t len);
	void	*arg;
};

/* All of it is borrowed while the request runs. */
struct http_request {
	const char *method;	/* PUT and POST have a body, if an empty one */
	const char *url;	/* taken as it is */
	const char *const *headers;	/* "Name: value" */
	size_t	 nheaders;
	const void *body;
	size_t	 len;
	struct buf *out;	/* the body of an answer 2xx is appended */
	size_t	 max;		/* ERR_TOOBIG if it is longer */
	struct buf *complaint;	/* the body of another one, cut at its cap */
	unsigned int total_ms;
	const struct http_pace *pace;	/* or NULL */
};

/*
 * Before any client, and before a sandbox that maps no code: libcurl is loaded
 * now.  Not to be undone; again, it does nothing.  On failure *whyp is a
 * constant text.  Main thread only.
 */
int	 http_init(const char **whyp) ERR_MUST_USE;

/* Make a client; it connects when it has to.  The caller owns *hp. */
int	 http_new(const struct http_setup *setup, struct http **hp)
	    ERR_MUST_USE;

/* Free h, which may be NULL, and close its connection. */
void	 http_free(struct http *h);

/*
 * Do the request, and give the status of the answer, which may be any; on
 * failure something may have been appended to out.
 *
 *	ERR_TIMEOUT	the server hangs, or took too long
 *	ERR_CLOSED	it cannot be reached, or closed in the middle
 *	ERR_CORRUPT	its certificate is not good
 *	ERR_CONFIG	a URL or a ca_file that cannot be used
 *	ERR_FORMAT	what it says is not HTTP
 */
int	 http_do(struct http *h, const struct http_request *req,
	    unsigned int *statusp) ERR_MUST_USE;

/* A header of the last answer, NULL if it had none; borrowed until the next
 * request. */
const char *http_header(struct http *h, const char *name);

/* Why the last request failed, in English; borrowed likewise. */
const char *http_error(const struct http *h);

#endif /* HTTP_HTTP_H */
