/* s3_put.c: an object comes to a bucket, and only if none is there. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/log.h"
#include "hash/sha256.h"
#include "store/internal.h"
#include "store/s3.h"

#define SMALL (64u << 10)	/* as soon sent as asked for */
#define PROBES "gc/"		/* put to be deleted at once */

/* A request to put, and the texts that its headers borrow. */
struct put {
	struct s3_call call;
	char	 digest[2 * SHA256_LEN + 1];
	char	 sum[SHA256_LEN * 4 / 3 + 4];
	char	 until[32];
	bool	 locked;
};

/* A digest in base 64, as headers have it. */
static void
format_sum(const uint8_t digest[SHA256_LEN], char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t v;
	size_t i;

	for (i = 0; i < SHA256_LEN; i += 3) {
		v = (uint32_t)digest[i] << 16 | (uint32_t)digest[i + 1] << 8 |
		    (i + 2 < SHA256_LEN ? digest[i + 2] : 0);
		*text++ = digits[v >> 18 & 63];
		*text++ = digits[v >> 12 & 63];
		*text++ = digits[v >> 6 & 63];
		*text++ = i + 2 < SHA256_LEN ? digits[v & 63] : '=';
	}
	*text = '\0';
}

/* The headers that lock it; they want a sum that the server checks. */
static int
add_lock(const struct s3 *s, struct put *p)
{
	const time_t until = (time_t)(clock_system() +
	    (int64_t)s->access->lock_s);
	struct tm tm;

	if (s->access->lock_s > INT32_MAX || gmtime_r(&until, &tm) == NULL ||
	    strftime(p->until, sizeof(p->until), "%Y-%m-%dT%H:%M:%SZ",
	    &tm) == 0)
		return ERR_CONFIG;
	s3_header(&p->call, "x-amz-object-lock-mode", "COMPLIANCE");
	s3_header(&p->call, "x-amz-object-lock-retain-until-date", p->until);
	s3_header(&p->call, "x-amz-checksum-sha256", p->sum);
	s3_header(&p->call, "x-amz-sdk-checksum-algorithm", "SHA256");
	p->locked = true;
	return 0;
}

static int
put_init(const struct s3 *s, const char *name, const void *data, size_t len,
    struct put *p)
{
	uint8_t digest[SHA256_LEN];
	int r;

	memset(p, 0, sizeof(*p));
	p->call = (struct s3_call){ .method = "PUT", .name = name,
	    .verb = "put", .body = data, .len = len, .digest = p->digest };
	if ((r = sha256_of(data, len, digest)) != 0)
		return r;
	hex_format(digest, sizeof(digest), p->digest);
	format_sum(digest, p->sum);
	if (s->access->lock_s > 0 && !store_has_prefix(name, PROBES))
		return add_lock(s, p);
	return 0;
}

/* Send it whatever is there. */
static int
put_plain(struct s3 *s, struct put *p)
{
	int r;

	/* What is locked crosses at once: the server checks its sum. */
	if (p->call.len > s->patience->whole && !p->locked)
		r = s3_put_parts(s, &p->call);
	else
		r = s3_do(s, &p->call);
	if (r == ERR_NOENT || r == ERR_EXIST || r == ERR_VERSION) {
		s3_error_log(s, &p->call, r);
		r = ERR_IO;
	}
	return r;
}

/* Send it if nothing is there: ERR_EXIST, of which unsure tells more. */
static int
put_if_none(struct s3 *s, const struct put *p, bool *unsurep)
{
	struct s3_call c = p->call;
	int r;

	s3_header(&c, "if-none-match", "*");
	r = s3_do(s, &c);
	*unsurep = c.unsure;
	if (r == ERR_NOENT) {
		s3_error_log(s, &c, r);
		r = ERR_IO;
	}
	return r;
}

/* Something is there, but it may be what an earlier try of ours has put. */
static int
settle(struct s3 *s, const struct put *p, bool unsure)
{
	int r;

	if (!unsure)
		return ERR_EXIST;
	r = s3_compare(s, p->call.name, p->call.body, p->call.len);
	return r == ERR_CORRUPT ? ERR_EXIST : r;
}

/* Look, send, and look again whether another came at the same moment. */
static int
put_checked(struct s3 *s, struct put *p)
{
	uint64_t size;
	int r;

	if ((r = s3_store_size(s, p->call.name, &size)) != ERR_NOENT)
		return r == 0 ? ERR_EXIST : r;
	if ((r = put_plain(s, p)) != 0)
		return r;
	return settle(s, p, true);
}

/*
 * The first of this process.  Whether the server refuses what it should is
 * seen when the same is sent again; before, one looks as where it does not.
 */
static int
put_first(struct s3 *s, struct put *p)
{
	uint64_t size;
	bool unsure, again;
	int r;

	if ((r = s3_store_size(s, p->call.name, &size)) != ERR_NOENT)
		return r == 0 ? ERR_EXIST : r;
	r = put_if_none(s, p, &unsure);
	if (r == ERR_EXIST) {
		s->condition = S3_CONDITION_KEPT;
		return settle(s, p, unsure);
	}
	if (r == ERR_VERSION) {
		s->condition = S3_CONDITION_IGNORED;
		return put_checked(s, p);
	}
	if (r != 0)
		return r;
	if ((r = put_if_none(s, p, &again)) == ERR_EXIST) {
		s->condition = S3_CONDITION_KEPT;
		return 0;
	}
	if (r != 0 && r != ERR_VERSION)
		return r;
	s->condition = S3_CONDITION_IGNORED;
	return settle(s, p, true);
}

static int
put_exclusive(struct s3 *s, struct put *p)
{
	bool unsure;
	int r;

	if (s->condition == S3_CONDITION_UNKNOWN)
		return put_first(s, p);
	if (s->condition == S3_CONDITION_IGNORED)
		return put_checked(s, p);
	r = put_if_none(s, p, &unsure);
	if (r == ERR_VERSION) {
		s3_error_log(s, &p->call, r);
		return ERR_IO;
	}
	return r == ERR_EXIST ? settle(s, p, unsure) : r;
}

/* What is there under the name of a hash can only be the same. */
static int
check_size(const struct s3 *s, const struct put *p, uint64_t size)
{
	if (size == p->call.len)
		return 0;
	log_error("store %s: object %s: there in another size", s->name,
	    p->call.name);
	return ERR_CORRUPT;
}

int
s3_store_put(void *impl, const char *name, const void *data, size_t len,
    bool exclusive)
{
	struct s3 *s = impl;
	struct put p;
	uint64_t size;
	bool unsure;
	int r;

	if ((r = put_init(s, name, data, len, &p)) != 0)
		return r;
	if (exclusive)
		return put_exclusive(s, &p);
	if (s->condition == S3_CONDITION_KEPT && len <= SMALL &&
	    (r = put_if_none(s, &p, &unsure)) != ERR_EXIST)
		return r;
	r = s3_store_size(s, name, &size);
	if (r == ERR_NOENT)
		return put_plain(s, &p);
	return r == 0 ? check_size(s, &p, size) : r;
}
