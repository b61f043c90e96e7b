/* s3_call.c: one request to an S3 server, as often as it takes. */
#include "config.h"

#include <sys/random.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/log.h"
#include "hash/sha256.h"
#include "store/s3.h"

#define URL_MAX 16384
#define HEADER_MAX 1024
#define OWN_HEADERS 4		/* host, date, digest, authorization */

/* What a request is made of. */
struct wire {
	struct buf *url, *query, *authorization;
	char	 path[1024], date[32], digest[2 * SHA256_LEN + 1];
	char	 lines[S3_PAIRS + OWN_HEADERS][HEADER_MAX];
	const char *headers[S3_PAIRS + OWN_HEADERS];
	size_t	 nheaders;
};

void
s3_param(struct s3_call *c, const char *name, const char *value)
{
	c->params[c->nparams++] = (struct s3_pair){ name, value };
}

void
s3_header(struct s3_call *c, const char *name, const char *value)
{
	c->headers[c->nheaders++] = (struct s3_pair){ name, value };
}

static void
wire_free(struct wire *w)
{
	if (w == NULL)
		return;
	buf_free(w->url);
	buf_free(w->query);
	buf_free(w->authorization);
	free(w);
}

/* What stays the same however often it is sent; the caller owns *wp. */
static int
wire_new(struct s3 *s, struct s3_call *c, struct wire **wp)
{
	uint8_t digest[SHA256_LEN];
	struct wire *w;
	int r;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return ERR_NOMEM;
	if ((r = buf_new(URL_MAX, &w->url)) != 0 ||
	    (r = buf_new(URL_MAX, &w->query)) != 0 ||
	    (r = buf_new(URL_MAX, &w->authorization)) != 0)
		goto out;
	snprintf(w->path, sizeof(w->path), "%s%s%s%s", s->url.path,
	    c->name != NULL ? "/" : "", c->name != NULL ? s->url.prefix : "",
	    c->name != NULL ? c->name : "");
	s3_sort(c->params, c->nparams);
	if ((r = s3_query(c->params, c->nparams, w->query)) != 0 ||
	    (r = buf_put_u8(w->query, 0)) != 0)
		goto out;
	if (c->digest != NULL)
		snprintf(w->digest, sizeof(w->digest), "%s", c->digest);
	else if ((r = sha256_of(c->body, c->len, digest)) == 0)
		hex_format(digest, sizeof(digest), w->digest);
	if (r != 0)
		goto out;
	if ((r = buf_put(w->url, s->url.base, strlen(s->url.base))) != 0 ||
	    (r = buf_put(w->url, w->path, strlen(w->path))) != 0 ||
	    (r = buf_put(w->url, "?", c->nparams > 0)) != 0)
		goto out;
	r = buf_put(w->url, buf_ptr(w->query), buf_len(w->query));
 out:
	if (r != 0) {
		wire_free(w);
		return r;
	}
	*wp = w;
	return 0;
}

static void
add_line(struct wire *w, const char *name, const char *value)
{
	snprintf(w->lines[w->nheaders], HEADER_MAX, "%s: %s", name, value);
	w->headers[w->nheaders] = w->lines[w->nheaders];
	w->nheaders++;
}

/* Sign it as of now. */
static int
wire_sign(struct s3 *s, const struct s3_call *c, struct wire *w)
{
	const struct s3_signer k = { s->keys.id, s->keys.secret, s->region,
	    "s3" };
	struct s3_pair pairs[S3_PAIRS + OWN_HEADERS];
	struct s3_signed m = { .method = c->method, .path = w->path,
	    .query = (const char *)buf_ptr(w->query), .headers = pairs,
	    .payload = w->digest, .date = w->date };
	const time_t now = (time_t)clock_system();
	struct tm tm;
	size_t i;
	int r;

	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(w->date, sizeof(w->date), "%Y%m%dT%H%M%SZ", &tm) == 0)
		return ERR_CONFIG;
	for (i = 0; i < c->nheaders; i++)
		pairs[i] = c->headers[i];
	pairs[i++] = (struct s3_pair){ "host", s->url.host };
	pairs[i++] = (struct s3_pair){ "x-amz-content-sha256", w->digest };
	pairs[i++] = (struct s3_pair){ "x-amz-date", w->date };
	m.nheaders = i;
	s3_sort(pairs, i);
	buf_reset(w->authorization);
	if ((r = s3_sign(&k, &m, w->authorization)) != 0 ||
	    (r = buf_put_u8(w->authorization, 0)) != 0)
		return r;
	w->nheaders = 0;
	for (i = 0; i < m.nheaders; i++)
		add_line(w, pairs[i].name, pairs[i].value);
	add_line(w, "authorization", (const char *)buf_ptr(w->authorization));
	return 0;
}

/* The time for the whole of it, which depends on how much there is. */
static unsigned int
time_for(const struct s3 *s, const struct s3_call *c)
{
	const struct s3_patience *p = s->patience;
	const uint64_t len = (uint64_t)c->len + (c->out != NULL ? c->max : 0);

	return p->total_ms + (unsigned int)(len / p->rate) * 1000;
}

/* Send it once, signed.  Whether another try is worth it is in *againp. */
static int
try_once(struct s3 *s, struct s3_call *c, const struct wire *w, bool *againp)
{
	const struct http_request req = { .method = c->method,
	    .url = (const char *)buf_ptr(w->url), .headers = w->headers,
	    .nheaders = w->nheaders, .body = c->body, .len = c->len,
	    .out = c->out, .max = c->max, .complaint = s->complaint,
	    .total_ms = time_for(s, c),
	    .pace = s->access->pace != NULL ? &s->pace : NULL };
	const size_t had = c->out != NULL ? buf_len(c->out) : 0;
	int r;

	c->status = 0;
	memset(&c->complaint, 0, sizeof(c->complaint));
	buf_reset(s->complaint);
	r = http_do(s->http, &req, &c->status);
	if (r == 0) {
		s->answered = true;
		if (c->status >= 200 && c->status <= 299)
			return 0;
		/* What is no XML is nothing to go by. */
		(void)!s3_complaint_parse(buf_ptr(s->complaint),
		    buf_len(s->complaint), &c->complaint);
		r = s3_error_code(c, againp);
	} else {
		/* A certificate says nothing of an object. */
		if (r == ERR_CORRUPT && s->answered)
			r = ERR_CLOSED;
		*againp = r == ERR_CLOSED || r == ERR_TIMEOUT;
	}
	if (c->out != NULL)
		buf_trim(c->out, buf_len(c->out) - had);
	return r;
}

/* Before the next try: each time twice as long, but not all at one moment. */
static void
pause_before(const struct s3 *s, unsigned int tried)
{
	uint64_t most = s->patience->pause_ms, ms;
	uint32_t chance = 0;
	struct timespec t;

	while (--tried > 0 && most < s->patience->pause_max_ms)
		most *= 2;
	if (most > s->patience->pause_max_ms)
		most = s->patience->pause_max_ms;
	(void)!getrandom(&chance, sizeof(chance), GRND_NONBLOCK);
	ms = most / 2 + chance % (most / 2 + 1);
	t.tv_sec = (time_t)(ms / 1000);
	t.tv_nsec = (long)(ms % 1000) * 1000000;
	while (nanosleep(&t, &t) == -1 && errno == EINTR)
		;
}

int
s3_do(struct s3 *s, struct s3_call *c)
{
	struct wire *w = NULL;
	unsigned int tried = 0, hung = 0;
	bool again = false;
	int r;

	if ((r = wire_new(s, c, &w)) != 0)
		return r;
	for (;;) {
		again = false;
		if ((r = wire_sign(s, c, w)) == 0)
			r = try_once(s, c, w, &again);
		tried++;
		hung += r == ERR_TIMEOUT;
		if (r == 0 || !again || hung >= s->patience->hangs ||
		    tried >= (s->answered ? s->patience->tries :
		    s->patience->first_tries))
			break;
		/* The server may have done it, and only not told. */
		c->unsure = true;
		log_debug("store %s: %s %s: %s, again", s->name, c->verb,
		    c->name != NULL ? c->name : "bucket", c->status == 0 ?
		    http_error(s->http) : c->complaint.code);
		pause_before(s, tried);
	}
	/* With the bucket all is gone, or it is another server. */
	if (r == ERR_NOENT && c->name != NULL &&
	    strcmp(c->complaint.code, "NoSuchBucket") == 0)
		r = ERR_CLOSED;
	if (r != 0 && r != ERR_NOENT && r != ERR_EXIST && r != ERR_VERSION &&
	    !c->quiet)
		s3_error_log(s, c, r);
	wire_free(w);
	return r;
}
