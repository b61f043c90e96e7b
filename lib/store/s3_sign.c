/* s3_sign.c: AWS Signature Version 4. */
#include "config.h"

#include "store/s3_sign.h"

#include <stdarg.h>
#include <stdint.h>
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

/* Append texts, up to a NULL. */
static int
put_texts(struct buf *out, ...)
{
	const char *text;
	va_list ap;
	int r = 0;

	va_start(ap, out);
	while (r == 0 && (text = va_arg(ap, const char *)) != NULL)
		r = buf_put(out, text, strlen(text));
	va_end(ap);
	return r;
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
		if ((i > 0 && (r = put_texts(out, "&", NULL)) != 0) ||
		    (r = put_encoded(out, params[i].name)) != 0 ||
		    (r = put_texts(out, "=", NULL)) != 0 ||
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
		if ((r = put_texts(out, i > 0 ? ";" : "",
		    m->headers[i].name, NULL)) != 0)
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
	    (r = put_texts(b, m->method, "\n", m->path, "\n", m->query, "\n",
	    NULL)) != 0)
		goto out;
	for (i = 0; i < m->nheaders; i++)
		if ((r = put_texts(b, m->headers[i].name, ":",
		    m->headers[i].value, "\n", NULL)) != 0)
			goto out;
	if ((r = put_texts(b, "\n", NULL)) != 0 ||
	    (r = put_header_names(m, b)) != 0 ||
	    (r = put_texts(b, "\n", m->payload, NULL)) != 0 ||
	    (r = sha256_of(buf_ptr(b), buf_len(b), digest)) != 0)
		goto out;
	hex_format(digest, sizeof(digest), hex);
	r = put_texts(out, hex, NULL);
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
	    (r = put_texts(b, "AWS4", k->secret, NULL)) != 0)
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
	    (r = put_texts(scope, day, "/", k->region, "/", k->service,
	    "/aws4_request", NULL)) != 0 ||
	    (r = put_texts(b, ALGORITHM "\n", m->date, "\n", NULL)) != 0 ||
	    (r = buf_put(b, buf_ptr(scope), buf_len(scope))) != 0 ||
	    (r = put_texts(b, "\n", NULL)) != 0 ||
	    (r = put_request_digest(m, b)) != 0 ||
	    (r = derive_key(k, day, key)) != 0 ||
	    (r = hmac_sha256(key, sizeof(key), buf_ptr(b), buf_len(b),
	    key)) != 0)
		goto out;
	hex_format(key, sizeof(key), hex);
	if ((r = put_texts(out, ALGORITHM " Credential=", k->id, "/",
	    NULL)) != 0 ||
	    (r = buf_put(out, buf_ptr(scope), buf_len(scope))) != 0 ||
	    (r = put_texts(out, ", SignedHeaders=", NULL)) != 0 ||
	    (r = put_header_names(m, out)) != 0)
		goto out;
	r = put_texts(out, ", Signature=", hex, NULL);
 out:
	explicit_bzero(key, sizeof(key));
	buf_free(b);
	buf_free(scope);
	return r;
}
