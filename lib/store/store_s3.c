/* store_s3.c: a store in a bucket of an S3 server. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "store/internal.h"
#include "store/pace.h"
#include "store/s3.h"

#define REGION "us-east-1"
#define COMPLAINT_MAX 16384
#define ANSWER_MAX (64u << 10)	/* of what asks about a bucket */

/* A pack crosses whole: in parts it would be five requests, and slower. */
static const struct s3_patience patience = {
	.connect_ms = 15000, .stall_ms = 60000, .total_ms = 300000,
	.rate = 8192, .tries = 8, .first_tries = 3, .hangs = 3, .pause_ms = 250,
	.pause_max_ms = 10000, .whole = 32u << 20, .part = 16u << 20
};

static void
s3_store_close(void *impl)
{
	struct s3 *s = impl;

	http_free(s->http);
	buf_free(s->complaint);
	explicit_bzero(&s->keys, sizeof(s->keys));
	s3_url_clear(&s->url);
	free(s->name);
	free(s);
}

/* A length in the header of an answer. */
static int
answer_length(struct s3 *s, const struct s3_call *c, uint64_t *lenp)
{
	const char *text = http_header(s->http, "content-length");
	char *end;
	unsigned long long n;

	if (text != NULL && text[0] >= '0' && text[0] <= '9') {
		n = strtoull(text, &end, 10);
		if (*end == '\0' && n <= INT64_MAX) {
			*lenp = n;
			return 0;
		}
	}
	log_error("store %s: %s %s: the answer has no length", s->name,
	    c->verb, c->name);
	return ERR_FORMAT;
}

int
s3_store_size(void *impl, const char *name, uint64_t *sizep)
{
	struct s3_call c = { .method = "HEAD", .name = name,
	    .verb = "look at" };
	int r;

	if ((r = s3_do(impl, &c)) != 0)
		return r;
	return answer_length(impl, &c, sizep);
}

/* Take what was read off out again: it is not what was asked for. */
static int
refuse(struct buf *out, size_t had, int code)
{
	buf_trim(out, buf_len(out) - had);
	return code;
}

int
s3_store_get_all(void *impl, const char *name, size_t max, struct buf *out)
{
	struct s3 *s = impl;
	struct s3_call c = { .method = "GET", .name = name, .verb = "get",
	    .out = out, .max = max };
	const size_t had = buf_len(out);
	uint64_t len;
	int r;

	c.quiet = true;
	if ((r = s3_do(s, &c)) == ERR_TOOBIG)
		return store_too_big(s->name, name, max);
	if (r != 0) {
		if (r != ERR_NOENT)
			s3_error_log(s, &c, r);
		return r;
	}
	if ((r = answer_length(s, &c, &len)) == 0 &&
	    len != buf_len(out) - had)
		r = ERR_CLOSED;
	return r == 0 ? 0 : refuse(out, had, r);
}

static int
past_the_end(const struct s3 *s, const char *name)
{
	log_error("store %s: object %s: ends before what is wanted", s->name,
	    name);
	return ERR_CORRUPT;
}

/* Look at an answer to a range: its status, where it begins, its length. */
static int
check_range(struct s3 *s, const struct s3_call *c, uint64_t off, size_t len)
{
	const char *range = http_header(s->http, "content-range");
	char begin[48];
	uint64_t sent;
	int r;

	if ((r = answer_length(s, c, &sent)) != 0)
		return r;
	/* A whole object is as well, where it was wanted. */
	if (c->status == 200 && off == 0 && sent == len)
		return 0;
	snprintf(begin, sizeof(begin), "bytes %llu-", (unsigned long long)off);
	if (c->status != 206 || range == NULL ||
	    strncmp(range, begin, strlen(begin)) != 0) {
		log_error("store %s: get %s: the server does not keep to"
		    " ranges", s->name, c->name);
		return ERR_IO;
	}
	return sent < len ? past_the_end(s, c->name) : 0;
}

static int
s3_store_get(void *impl, const char *name, uint64_t off, size_t len,
    struct buf *out)
{
	struct s3 *s = impl;
	struct s3_call c = { .method = "GET", .name = name, .verb = "get",
	    .out = out, .max = len, .quiet = true };
	const size_t had = buf_len(out);
	char range[64];
	uint64_t size;
	int r;

	if (len == 0) {
		if ((r = s3_store_size(s, name, &size)) != 0)
			return r;
		return off <= size ? 0 : past_the_end(s, name);
	}
	snprintf(range, sizeof(range), "bytes=%llu-%llu",
	    (unsigned long long)off, (unsigned long long)(off + len - 1));
	s3_header(&c, "range", range);
	r = s3_do(s, &c);
	if (r == ERR_CORRUPT && c.status == 416)
		return past_the_end(s, name);
	if (r == ERR_TOOBIG && c.status == 0) {
		log_error("store %s: get %s: the server sends more than it"
		    " was asked for", s->name, name);
		return ERR_IO;
	}
	if (r != 0) {
		if (r != ERR_NOENT)
			s3_error_log(s, &c, r);
		return r;
	}
	r = check_range(s, &c, off, len);
	if (r == 0 && buf_len(out) - had != len)
		r = past_the_end(s, name);
	return r == 0 ? 0 : refuse(out, had, r);
}

int
s3_compare(struct s3 *s, const char *name, const void *data, size_t len)
{
	struct buf *b = NULL;
	uint64_t size;
	int r;

	if ((r = s3_store_size(s, name, &size)) != 0)
		return r;
	if (size != len)
		return ERR_CORRUPT;
	if ((r = buf_new(len + 1, &b)) != 0 ||
	    (r = s3_store_get_all(s, name, len, b)) != 0)
		goto out;
	if (buf_len(b) != len || memcmp(buf_ptr(b), data, len) != 0)
		r = ERR_CORRUPT;
 out:
	buf_free(b);
	return r;
}

static int
s3_store_remove(void *impl, const char *name)
{
	struct s3_call c = { .method = "DELETE", .name = name,
	    .verb = "delete" };
	int r = s3_do(impl, &c);

	return r == ERR_NOENT ? 0 : r;
}

/*
 * Ask about the bucket: the text at path of what it answers to ?param=.
 * ERR_NOENT if there is none.
 */
static int
ask_bucket(struct s3 *s, const char *param, const char *path,
    char text[S3_TEXT_MAX])
{
	struct s3_call c = { .method = "GET", .verb = "ask about",
	    .max = ANSWER_MAX };
	int r;

	if ((r = buf_new(ANSWER_MAX, &c.out)) != 0)
		return r;
	s3_param(&c, param, "");
	if ((r = s3_do(s, &c)) == 0)
		r = s3_xml_find(buf_ptr(c.out), buf_len(c.out), path, text);
	buf_free(c.out);
	return r;
}

static int
s3_store_promises(void *impl, struct store_promises *pp)
{
	struct s3 *s = impl;
	const bool kept = s->condition == S3_CONDITION_KEPT;
	char versions[S3_TEXT_MAX] = "";
	int r;

	r = ask_bucket(s, "versioning", "VersioningConfiguration/Status",
	    versions);
	if (r == ERR_CLOSED || r == ERR_TIMEOUT || r == ERR_NOMEM)
		return r;
	*pp = (struct store_promises){
	    .exclusive = kept ? STORE_EXCLUSIVE_ATOMIC :
	    STORE_EXCLUSIVE_CHECKED,
	    .durable = STORE_DURABLE_WORD,
	    /* Servers that keep conditions list at once; Swift does not. */
	    .listed = kept,
	    /* With versions, a deleted object is only hidden. */
	    .deletes = versions[0] == '\0',
	    .lock_s = s->access->lock_s };
	return 0;
}

static const struct store_ops s3_store_ops = {
	.close = s3_store_close,
	.put = s3_store_put,
	.get = s3_store_get,
	.size = s3_store_size,
	.remove = s3_store_remove,
	.list = s3_store_list,
	.get_all = s3_store_get_all,
	.promises = s3_store_promises
};

/* The bucket must have been made so that objects can be locked. */
static int
check_lock(struct s3 *s)
{
	char text[S3_TEXT_MAX] = "";
	int r;

	if (s->access->lock_s == 0)
		return 0;
	r = ask_bucket(s, "object-lock",
	    "ObjectLockConfiguration/ObjectLockEnabled", text);
	if (r == 0 && strcmp(text, "Enabled") == 0)
		return 0;
	if (r == 0 || r == ERR_NOENT || r == ERR_VERSION ||
	    r == ERR_FORMAT) {
		log_error("store %s: objects are to be locked, but the bucket"
		    " was made without object lock", s->name);
		r = ERR_CONFIG;
	}
	return r;
}

/* Find out, by a list of one, whether the bucket and the keys are good. */
static int
check_bucket(struct s3 *s)
{
	struct s3_call c = { .method = "GET", .verb = "list" };
	int r;

	s3_param(&c, "list-type", "2");
	s3_param(&c, "max-keys", "1");
	s3_param(&c, "prefix", s->url.prefix);
	if ((r = s3_do(s, &c)) == ERR_VERSION)
		log_err(r, "store %s: not a server that lists objects",
		    s->name);
	return r;
}

static size_t
pace_send(void *arg, size_t len)
{
	return store_pace(arg, len);
}

static void
pace_received(void *arg, size_t len)
{
	store_paced(arg, len);
}

int
store_s3_prepare(const char *url)
{
	const char *why = "";
	int r;

	if ((r = http_init(&why)) != 0)
		log_error("store %s: %s", url, why);
	return r == 0 ? 0 : ERR_CONFIG;
}

/* All that needs no server. */
static int
prepare(struct s3 *s, const char *url)
{
	const struct store_access *a = s->access;
	const struct http_setup setup = { .ca_file = a->ca_file,
	    .connect_ms = s->patience->connect_ms,
	    .stall_ms = s->patience->stall_ms };
	int r;

	if ((s->name = strdup(url)) == NULL)
		return ERR_NOMEM;
	if ((r = s3_url_parse(url, &s->url)) != 0 ||
	    (r = s3_keys_read(a->credentials, &s->keys)) != 0 ||
	    (r = buf_new(COMPLAINT_MAX, &s->complaint)) != 0)
		return r;
	s->region = a->region != NULL ? a->region : REGION;
	s->pace = (struct http_pace){ pace_send, pace_received, a->pace };
	if ((r = store_s3_prepare(url)) != 0)
		return r;
	if ((r = http_new(&setup, &s->http)) != 0)
		log_err(r, "store %s: cannot begin", url);
	return r;
}

int
s3_open(const char *url, const struct store_access *access,
    const struct s3_patience *how, struct store **storep)
{
	struct s3 *s;
	int r;

	if (access == NULL || access->credentials == NULL) {
		log_error("store %s: needs a file of credentials", url);
		return ERR_CONFIG;
	}
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return ERR_NOMEM;
	s->access = access;
	s->patience = how;
	if ((r = prepare(s, url)) != 0 || (r = check_bucket(s)) != 0 ||
	    (r = check_lock(s)) != 0)
		goto out;
	if ((r = store_new(&s3_store_ops, s, s->name, storep)) == 0)
		s = NULL;	/* the store's now */
 out:
	if (s != NULL)
		s3_store_close(s);
	return r;
}

int
store_s3_open(const char *url, const struct store_access *access,
    struct store **storep)
{
	return s3_open(url, access, &patience, storep);
}
