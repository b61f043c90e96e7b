/* http.c: HTTP requests by libcurl. */
#include "config.h"

#include "http/http.h"

#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "http/curl.h"

#define UPLOAD_BUFFER (512L << 10)	/* bytes that curl asks for at once */
#define DOWNLOAD_BUFFER (256L << 10)

struct http {
	CURL	*curl;
	unsigned int stall_ms;
	char	 error[CURL_ERROR_SIZE];
	/* of the request under way */
	const struct http_request *req;
	unsigned int requests;	/* sent for it */
	size_t	 sent;		/* bytes of the body */
	size_t	 received;
	int64_t	 began, moved;	/* monotonic ms; without what a pace took */
	curl_off_t bytes;	/* that had moved by then, both ways */
	int	 failed;	/* why a callback ended it */
	int	 fd;		/* of the newest connection; curl's */
};

int
http_init(const char **whyp)
{
	static bool done;
	int r;

	if (done)
		return 0;
	if ((r = http_curl_load(whyp)) != 0)
		return r;
	if (http_curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		*whyp = "libcurl cannot be initialised";
		return ERR_IO;
	}
	done = true;
	return 0;
}

/* What a pace has taken since then is nobody's fault. */
static void
forgive(struct http *h, int64_t since)
{
	const int64_t took = clock_mono_ms() - since;

	h->began += took;
	h->moved += took;
}

static size_t
on_send(char *to, size_t size, size_t n, void *arg)
{
	struct http *h = arg;
	const struct http_pace *pace = h->req->pace;
	const int64_t now = clock_mono_ms();
	size_t len = size * n;

	if (len > h->req->len - h->sent)
		len = h->req->len - h->sent;
	if (pace != NULL && len > 0) {
		len = pace->send(pace->arg, len);
		forgive(h, now);
	}
	if (len > 0)
		memcpy(to, (const uint8_t *)h->req->body + h->sent, len);
	h->sent += len;
	return len;
}

/*
 * Before it is sent.  Where a kept connection turns out to be closed, curl
 * sends a request again, though its answer may have been lost: that is for
 * the caller to know of, and to do.
 */
static int
on_request(void *arg, char *to, char *from, int to_port, int from_port)
{
	struct http *h = arg;

	(void)to;
	(void)from;
	(void)to_port;
	(void)from_port;
	if (h->requests++ == 0)
		return CURL_PREREQFUNC_OK;
	h->failed = ERR_CLOSED;
	return CURL_PREREQFUNC_ABORT;
}

/* Keep what fits of a body that only explains. */
static void
keep_complaint(struct buf *b, const void *data, size_t len)
{
	while (b != NULL && len > 0 && buf_put(b, data, len) != 0)
		len /= 2;
}

static int
on_socket(void *arg, curl_socket_t fd, curlsocktype type)
{
	struct http *h = arg;

	(void)type;
	h->fd = fd;
	return CURL_SOCKOPT_OK;
}

/*
 * A server that sends an answer's head by itself waits with the body until the
 * head was acknowledged (Nagle, RFC 896), which takes us 40 ms unless it is
 * asked for: more than most answers take.
 */
static size_t
on_header(char *data, size_t size, size_t n, void *arg)
{
	const struct http *h = arg;
	const int now = 1;

	(void)data;
	if (h->fd != -1)
		(void)setsockopt(h->fd, IPPROTO_TCP, TCP_QUICKACK, &now,
		    sizeof(now));
	return size * n;
}

static size_t
on_receive(char *data, size_t size, size_t n, void *arg)
{
	struct http *h = arg;
	const struct http_request *req = h->req;
	const size_t len = size * n;
	const int64_t now = clock_mono_ms();
	long status = 0;

	http_curl.easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200 || status > 299)
		keep_complaint(req->complaint, data, len);
	else if (req->out != NULL) {
		if (len > req->max - h->received)
			h->failed = ERR_TOOBIG;
		else
			h->failed = buf_put(req->out, data, len);
		if (h->failed != 0)
			return CURL_WRITEFUNC_ERROR;
		h->received += len;
	}
	if (req->pace != NULL) {
		req->pace->received(req->pace->arg, len);
		forgive(h, now);
	}
	return len;
}

/* Called at every step, and once a second where there is none. */
static int
on_progress(void *arg, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
    curl_off_t up)
{
	struct http *h = arg;
	const int64_t now = clock_mono_ms();

	(void)down_all;
	(void)up_all;
	if (down + up != h->bytes) {
		h->bytes = down + up;
		h->moved = now;
	}
	if (now - h->moved > h->stall_ms || now - h->began > h->req->total_ms)
		h->failed = ERR_TIMEOUT;
	return h->failed != 0;
}

/* What holds for all requests of a client. */
static int
set_up(struct http *h, const struct http_setup *setup)
{
	CURL *c = h->curl;
	CURLcode e = CURLE_OK;

	e |= http_curl.easy_setopt(c, CURLOPT_ERRORBUFFER, h->error);
	e |= http_curl.easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	e |= http_curl.easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	e |= http_curl.easy_setopt(c, CURLOPT_PROXY, "");
	e |= http_curl.easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	e |= http_curl.easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	e |= http_curl.easy_setopt(c, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_1_1);
	e |= http_curl.easy_setopt(c, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	e |= http_curl.easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	e |= http_curl.easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	if (setup->ca_file != NULL) {
		e |= http_curl.easy_setopt(c, CURLOPT_CAINFO, setup->ca_file);
		e |= http_curl.easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
	e |= http_curl.easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)setup->connect_ms);
	e |= http_curl.easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
	e |= http_curl.easy_setopt(c, CURLOPT_BUFFERSIZE, DOWNLOAD_BUFFER);
	e |= http_curl.easy_setopt(c, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BUFFER);
	e |= http_curl.easy_setopt(c, CURLOPT_SOCKOPTFUNCTION, on_socket);
	e |= http_curl.easy_setopt(c, CURLOPT_SOCKOPTDATA, h);
	e |= http_curl.easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	e |= http_curl.easy_setopt(c, CURLOPT_HEADERDATA, h);
	e |= http_curl.easy_setopt(c, CURLOPT_READFUNCTION, on_send);
	e |= http_curl.easy_setopt(c, CURLOPT_READDATA, h);
	e |= http_curl.easy_setopt(c, CURLOPT_PREREQFUNCTION, on_request);
	e |= http_curl.easy_setopt(c, CURLOPT_PREREQDATA, h);
	e |= http_curl.easy_setopt(c, CURLOPT_WRITEFUNCTION, on_receive);
	e |= http_curl.easy_setopt(c, CURLOPT_WRITEDATA, h);
	e |= http_curl.easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	e |= http_curl.easy_setopt(c, CURLOPT_XFERINFODATA, h);
	e |= http_curl.easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	return e == CURLE_OK ? 0 : ERR_CONFIG;
}

int
http_new(const struct http_setup *setup, struct http **hp)
{
	struct http *h;
	int r;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		return ERR_NOMEM;
	h->stall_ms = setup->stall_ms;
	h->fd = -1;
	if ((h->curl = http_curl.easy_init()) == NULL)
		r = ERR_NOMEM;
	else
		r = set_up(h, setup);
	if (r != 0) {
		http_free(h);
		return r;
	}
	*hp = h;
	return 0;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	http_curl.easy_cleanup(h->curl);
	free(h);
}

/* The headers as curl has them; the caller owns *listp. */
static int
make_headers(const struct http_request *req, struct curl_slist **listp)
{
	/* It would wait for a word of the server before it sends a body. */
	static const char no_expect[] = "Expect:";
	struct curl_slist *list, *more;
	size_t i;

	if ((list = http_curl.slist_append(NULL, no_expect)) == NULL)
		return ERR_NOMEM;
	for (i = 0; i < req->nheaders; i++) {
		if ((more = http_curl.slist_append(list, req->headers[i])) ==
		    NULL) {
			http_curl.slist_free_all(list);
			return ERR_NOMEM;
		}
		list = more;
	}
	*listp = list;
	return 0;
}

/* What is of this request only. */
static int
set_request(struct http *h, const struct http_request *req,
    const struct curl_slist *headers)
{
	const bool body = strcmp(req->method, "PUT") == 0 ||
	    strcmp(req->method, "POST") == 0;
	CURL *c = h->curl;
	CURLcode e = CURLE_OK;

	/* Each sets the method that goes with it: ours comes last. */
	e |= http_curl.easy_setopt(c, CURLOPT_HTTPGET, 1L);
	if (body) {
		e |= http_curl.easy_setopt(c, CURLOPT_UPLOAD, 1L);
		e |= http_curl.easy_setopt(c, CURLOPT_INFILESIZE_LARGE,
		    (curl_off_t)req->len);
	} else if (strcmp(req->method, "HEAD") == 0)
		e |= http_curl.easy_setopt(c, CURLOPT_NOBODY, 1L);
	e |= http_curl.easy_setopt(c, CURLOPT_CUSTOMREQUEST, req->method);
	e |= http_curl.easy_setopt(c, CURLOPT_URL, req->url);
	e |= http_curl.easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	return e == CURLE_OK ? 0 : ERR_CONFIG;
}

/* Why one of our functions ended it. */
static const char *
own_words(int code)
{
	switch (code) {
	case ERR_TIMEOUT:
		return "the server does not go on";
	case ERR_CLOSED:
		return "the connection was closed";
	default:
		return "the answer is too long";
	}
}

/* The ERR_ code of what went wrong; its words are left in h. */
static int
error_of(struct http *h, CURLcode e)
{
	if (h->failed != 0 || h->error[0] == '\0')
		snprintf(h->error, sizeof(h->error), "%s", h->failed != 0 ?
		    own_words(h->failed) : http_curl.easy_strerror(e));
	if (h->failed != 0)
		return h->failed;
	switch (e) {
	case CURLE_OPERATION_TIMEDOUT:
		return ERR_TIMEOUT;
	case CURLE_OUT_OF_MEMORY:
		return ERR_NOMEM;
	case CURLE_PEER_FAILED_VERIFICATION:
		return ERR_CORRUPT;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_SSL_CACERT_BADFILE:
		return ERR_CONFIG;
	case CURLE_WEIRD_SERVER_REPLY:
		return ERR_FORMAT;
	default:
		return ERR_CLOSED;
	}
}

int
http_do(struct http *h, const struct http_request *req, unsigned int *statusp)
{
	struct curl_slist *headers = NULL;
	CURLcode e;
	long status = 0;
	int r;

	h->req = req;
	h->requests = 0;
	h->sent = h->received = 0;
	h->bytes = 0;
	h->failed = 0;
	h->error[0] = '\0';
	h->began = h->moved = clock_mono_ms();
	if ((r = make_headers(req, &headers)) != 0 ||
	    (r = set_request(h, req, headers)) != 0)
		goto out;
	e = http_curl.easy_perform(h->curl);
	http_curl.easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
	if (e != CURLE_OK) {
		r = error_of(h, e);
		goto out;
	}
	*statusp = (unsigned int)status;
 out:
	http_curl.easy_setopt(h->curl, CURLOPT_HTTPHEADER, NULL);
	http_curl.slist_free_all(headers);
	h->req = NULL;
	return r;
}

const char *
http_header(struct http *h, const char *name)
{
	struct curl_header *header;

	if (http_curl.easy_header(h->curl, name, 0, CURLH_HEADER, -1,
	    &header) != CURLHE_OK)
		return NULL;
	return header->value;
}

const char *
http_error(const struct http *h)
{
	return h->error;
}
