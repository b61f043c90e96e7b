/* s3_parts.c: a large object crosses in parts, each of which can fail. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "store/s3.h"

#define ANSWER_MAX (64u << 10)
#define ETAG_MAX 128
#define PARTS_MAX 10000		/* that a server takes */
#define LINE_MAX_LEN (ETAG_MAX + 64)

struct parts {
	const struct s3_call *put;
	char	 id[S3_TEXT_MAX];
	struct buf *done;	/* the text that puts them together */
	struct buf *answer;
};

/* A request about the upload as a whole. */
static struct s3_call
call_of(const struct parts *u, const char *method, const char *verb)
{
	struct s3_call c = { .method = method, .name = u->put->name,
	    .verb = verb, .out = u->answer, .max = ANSWER_MAX };

	buf_reset(u->answer);
	return c;
}

static int
begin(struct s3 *s, struct parts *u)
{
	struct s3_call c = call_of(u, "POST", "begin to put");
	size_t i;
	int r;

	for (i = 0; i < u->put->nheaders; i++)
		c.headers[i] = u->put->headers[i];
	c.nheaders = u->put->nheaders;
	s3_param(&c, "uploads", "");
	if ((r = s3_do(s, &c)) != 0)
		return r;
	r = s3_xml_find(buf_ptr(u->answer), buf_len(u->answer),
	    "InitiateMultipartUploadResult/UploadId", u->id);
	if (r == 0 && u->id[0] != '\0')
		return 0;
	u->id[0] = '\0';
	log_error("store %s: begin to put %s: the answer names no upload",
	    s->name, c.name);
	return ERR_FORMAT;
}

/* Remember that a part has arrived, by what the server calls it. */
static int
add_done(struct s3 *s, struct parts *u, unsigned int number)
{
	const char *etag = http_header(s->http, "etag");
	char line[LINE_MAX_LEN];

	if (etag == NULL || strlen(etag) >= ETAG_MAX ||
	    strpbrk(etag, "<>&") != NULL) {
		log_error("store %s: put part %u of %s: the answer names no"
		    " part", s->name, number, u->put->name);
		return ERR_FORMAT;
	}
	snprintf(line, sizeof(line), "<Part><PartNumber>%u</PartNumber>"
	    "<ETag>%s</ETag></Part>", number, etag);
	return buf_put(u->done, line, strlen(line));
}

static int
send_part(struct s3 *s, struct parts *u, unsigned int number, size_t off)
{
	struct s3_call c = call_of(u, "PUT", "put a part of");
	char text[16];
	int r;

	c.body = (const uint8_t *)u->put->body + off;
	c.len = u->put->len - off;
	if (c.len > s->patience->part)
		c.len = s->patience->part;
	snprintf(text, sizeof(text), "%u", number);
	s3_param(&c, "partNumber", text);
	s3_param(&c, "uploadId", u->id);
	if ((r = s3_do(s, &c)) != 0)
		return r;
	return add_done(s, u, number);
}

/* An answer 200 may still say, in its body, that it failed. */
static int
complete(struct s3 *s, struct parts *u)
{
	static const char end[] = "</CompleteMultipartUpload>";
	struct s3_call c = call_of(u, "POST", "complete");
	char text[S3_TEXT_MAX];
	uint64_t size;
	int r;

	if ((r = buf_put(u->done, end, sizeof(end) - 1)) != 0)
		return r;
	c.body = buf_ptr(u->done);
	c.len = buf_len(u->done);
	s3_param(&c, "uploadId", u->id);
	r = s3_do(s, &c);
	if (r == 0 && (r = s3_xml_find(buf_ptr(u->answer),
	    buf_len(u->answer), "CompleteMultipartUploadResult/ETag",
	    text)) != 0) {
		log_error("store %s: complete %s: the server did not",
		    s->name, c.name);
		r = ERR_IO;
	}
	/* It may have been done by a try whose answer was lost. */
	if (r != 0 && c.unsure && s3_store_size(s, c.name, &size) == 0 &&
	    size == u->put->len)
		r = 0;
	return r;
}

/* What has arrived would be paid for until somebody looked. */
static void
give_up(struct s3 *s, const struct parts *u)
{
	struct s3_call c = call_of(u, "DELETE", "give up");

	s3_param(&c, "uploadId", u->id);
	c.quiet = true;
	(void)!s3_do(s, &c);
}

int
s3_put_parts(struct s3 *s, const struct s3_call *put)
{
	static const char head[] = "<CompleteMultipartUpload xmlns=\"http://"
	    "s3.amazonaws.com/doc/2006-03-01/\">";
	struct parts *u;
	unsigned int number = 1;
	size_t off;
	int r;

	if (put->len / s->patience->part >= PARTS_MAX)
		return ERR_TOOBIG;
	if ((u = calloc(1, sizeof(*u))) == NULL)
		return ERR_NOMEM;
	u->put = put;
	if ((r = buf_new(PARTS_MAX * LINE_MAX_LEN, &u->done)) != 0 ||
	    (r = buf_put(u->done, head, sizeof(head) - 1)) != 0 ||
	    (r = buf_new(ANSWER_MAX, &u->answer)) != 0 ||
	    (r = begin(s, u)) != 0)
		goto out;
	for (off = 0; off < put->len && r == 0; off += s->patience->part)
		r = send_part(s, u, number++, off);
	if (r == 0)
		r = complete(s, u);
	if (r != 0)
		give_up(s, u);
 out:
	buf_free(u->done);
	buf_free(u->answer);
	free(u);
	return r;
}
