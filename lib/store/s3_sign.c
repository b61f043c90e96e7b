/* s3_sign.c: AWS Signature Version 4. */
#include "config.h"

#include "store/s3_sign.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "hash/hmac.h"
#include "hash/sha256.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define TEXT_MAX 16384
#define DAY_LEN 8		/* of a date: 20130524 */

static int
pair_cmp(const void *a, const void *b)
{
	const struct s3_pair *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void
s3_sort(struct s3_pair *pairs, size_t n)
{
	if (n > 1)
		qsort(pairs, n, sizeof(*pairs), pair_cmp);
}

/* Append a text, of any length. */
static int __attribute__((format(printf, 2, 3)))
put_format(struct buf *out, const char *fmt, ...)
{
	va_list ap;
	uint8_t *p;
	int len, r;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		return ERR_IO;
	if ((r = buf_reserve(out, (size_t)len + 1, &p)) != 0)
		return r;
	va_start(ap, fmt);
	vsnprintf((char *)p, (size_t)len + 1, fmt, ap);
	va_end(ap);
	buf_trim(out, 1);
	return 0;
}

/* All but what RFC 3986 calls unreserved, as %XX. */
static int
put_encoded(struct buf *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._~";
	static const char digits[] = "0123456789ABCDEF";
	char c[3] = "%";
	int r = 0;

	for (; *text != '\0' && r == 0; text++) {
		c[1] = digits[(uint8_t)*text >> 4];
		c[2] = digits[(uint8_t)*text & 15];
		if (strchr(plain, *text) != NULL)
			r = buf_put(out, text, 1);
		else
			r = buf_put(out, c, sizeof(c));
	}
	return r;
}

int
s3_query(const struct s3_pair *params, size_t n, struct buf *out)
{
	size_t i;
	int r;

	for (i = 0; i < n; i++)
		if ((r = buf_put(out, "&", i > 0)) != 0 ||
		    (r = put_encoded(out, params[i].name)) != 0 ||
		    (r = buf_put(out, "=", 1)) != 0 ||
		    (r = put_encoded(out, params[i].value)) != 0)
			return r;
	return 0;
}

static int
put_header_names(const struct s3_signed *m, struct buf *out)
{
	size_t i;
	int r;

	for (i = 0; i < m->nheaders; i++)
		if ((r = put_format(out, "%s%s", i > 0 ? ";" : "",
		    m->headers[i].name)) != 0)
			return r;
	return 0;
}

/* Append the digest, in hexadecimal, of the request in one fixed form. */
static int
put_request_digest(const struct s3_signed *m, struct buf *out)
{
	char hex[2 * SHA256_LEN + 1];
	uint8_t digest[SHA256_LEN];
	struct buf *b = NULL;
	size_t i;
	int r;

	if ((r = buf_new(TEXT_MAX, &b)) != 0 ||
	    (r = put_format(b, "%s\n%s\n%s\n", m->method, m->path,
	    m->query)) != 0)
		goto out;
	for (i = 0; i < m->nheaders; i++)
		if ((r = put_format(b, "%s:%s\n", m->headers[i].name,
		    m->headers[i].value)) != 0)
			goto out;
	if ((r = buf_put(b, "\n", 1)) != 0 ||
	    (r = put_header_names(m, b)) != 0 ||
	    (r = put_format(b, "\n%s", m->payload)) != 0 ||
	    (r = sha256_of(buf_ptr(b), buf_len(b), digest)) != 0)
		goto out;
	hex_format(digest, sizeof(digest), hex);
	r = put_format(out, "%s", hex);
 out:
	buf_free(b);
	return r;
}

/* The key of one day, region and service. */
static int
derive_key(const struct s3_signer *k, const char *day,
    uint8_t key[SHA256_LEN])
{
	const char *const parts[] = { k->region, k->service, "aws4_request" };
	struct buf *b = NULL;
	size_t i;
	int r;

	if ((r = buf_new(TEXT_MAX, &b)) != 0 ||
	    (r = put_format(b, "AWS4%s", k->secret)) != 0)
		goto out;
	r = hmac_sha256(buf_ptr(b), buf_len(b), day, strlen(day), key);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]) && r == 0; i++)
		r = hmac_sha256(key, SHA256_LEN, parts[i], strlen(parts[i]),
		    key);
 out:
	if (b != NULL)
		buf_wipe(b);
	buf_free(b);
	return r;
}

int
s3_sign(const struct s3_signer *k, const struct s3_signed *m, struct buf *out)
{
	char day[DAY_LEN + 1], hex[2 * SHA256_LEN + 1];
	uint8_t key[SHA256_LEN];
	struct buf *scope = NULL, *b = NULL;
	int r;

	if (strlen(m->date) < DAY_LEN)
		return ERR_CONFIG;
	memcpy(day, m->date, DAY_LEN);
	day[DAY_LEN] = '\0';
	if ((r = buf_new(TEXT_MAX, &scope)) != 0 ||
	    (r = buf_new(TEXT_MAX, &b)) != 0 ||
	    (r = put_format(scope, "%s/%s/%s/aws4_request", day, k->region,
	    k->service)) != 0 ||
	    (r = put_format(b, ALGORITHM "\n%s\n", m->date)) != 0 ||
	    (r = buf_put(b, buf_ptr(scope), buf_len(scope))) != 0 ||
	    (r = buf_put(b, "\n", 1)) != 0 ||
	    (r = put_request_digest(m, b)) != 0 ||
	    (r = derive_key(k, day, key)) != 0 ||
	    (r = hmac_sha256(key, sizeof(key), buf_ptr(b), buf_len(b),
	    key)) != 0)
		goto out;
	hex_format(key, sizeof(key), hex);
	if ((r = put_format(out, ALGORITHM " Credential=%s/", k->id)) != 0 ||
	    (r = buf_put(out, buf_ptr(scope), buf_len(scope))) != 0 ||
	    (r = put_format(out, ", SignedHeaders=")) != 0 ||
	    (r = put_header_names(m, out)) != 0)
		goto out;
	r = put_format(out, ", Signature=%s", hex);
 out:
	explicit_bzero(key, sizeof(key));
	buf_free(b);
	buf_free(scope);
	return r;
}
