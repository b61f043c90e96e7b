/* marker.c: what a writer leaves under writers/, as names and bytes. */
#include "config.h"

#include "repo/marker.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "repo/internal.h"

#define SEQ_DIGITS 10
#define WRITER_LEN (SEQ_DIGITS + 1 + 16)

/* Read digits without a leading zero up to the end of s. */
static int
number_parse(const char *s, uint32_t *np)
{
	uint64_t n = 0;

	if (*s < '1' || *s > '9')
		return ERR_FORMAT;
	for (; *s >= '0' && *s <= '9' && n <= UINT32_MAX; s++)
		n = n * 10 + (uint64_t)(*s - '0');
	if (*s != '\0' || n > UINT32_MAX)
		return ERR_FORMAT;
	*np = (uint32_t)n;
	return 0;
}

/* Read len lower-case hexadecimal digits. */
static bool
hex_ok(const char *s, size_t len)
{
	return strspn(s, "0123456789abcdef") >= len;
}

/* Read "<seq>-<random>" at s. */
static int
writer_parse(const char *s, struct marker_name *m)
{
	size_t i;

	for (i = 0; i < SEQ_DIGITS; i++) {
		if (s[i] < '0' || s[i] > '9')
			return ERR_FORMAT;
		m->seq = m->seq * 10 + (uint64_t)(s[i] - '0');
	}
	if (m->seq == 0 || s[SEQ_DIGITS] != '-' ||
	    !hex_ok(s + SEQ_DIGITS + 1, 16))
		return ERR_FORMAT;
	memcpy(m->writer, s, WRITER_LEN);
	m->writer[WRITER_LEN] = '\0';
	return 0;
}

int
marker_name_parse(const char *name, struct marker_name *mp)
{
	static const char dir[] = "writers/";
	struct marker_name m;
	int r;

	memset(&m, 0, sizeof(m));
	if (strncmp(name, dir, sizeof(dir) - 1) != 0)
		return ERR_FORMAT;
	name += sizeof(dir) - 1;
	if (!hex_ok(name, 32) || name[32] != '/')
		return ERR_FORMAT;
	memcpy(m.source, name, 32);
	name += 33;
	if ((r = writer_parse(name, &m)) != 0)
		return r;
	name += WRITER_LEN;
	if (*name == '\0')
		m.kind = MARKER_BEGIN;
	else if (strcmp(name, ".end") == 0)
		m.kind = MARKER_END;
	else if (*name == '.' && number_parse(name + 1, &m.n) == 0)
		m.kind = MARKER_CHECKPOINT;
	else
		return ERR_FORMAT;
	*mp = m;
	return 0;
}

int
marker_encode(const struct repo *r, const struct marker *m, struct buf *out)
{
	struct buf *b = NULL;
	uint8_t source[16];
	int res;

	if ((res = hex_parse(m->source, source, sizeof(source))) != 0 ||
	    (res = buf_new(4096, &b)) != 0 ||
	    (res = buf_put(b, source, sizeof(source))) != 0 ||
	    (res = buf_put_u64(b, m->seq)) != 0 ||
	    (res = buf_put(b, m->signer, sizeof(m->signer))) != 0 ||
	    (res = buf_put_i64(b, m->started)) != 0 ||
	    (res = buf_put_str(b, m->host)) != 0 ||
	    (res = buf_put_str(b, m->boot)) != 0 ||
	    (res = buf_put_u64(b, m->pid)) != 0)
		goto out;
	res = object_seal_box(r, OBJECT_WRITER, b, out);
 out:
	buf_free(b);
	return res;
}

int
marker_decode(const struct repo *r, const uint8_t *object, size_t len,
    struct marker *mp)
{
	struct buf *b = NULL;
	struct marker m;
	const uint8_t *text;
	uint8_t source[16];
	size_t n;
	int res;

	memset(&m, 0, sizeof(m));
	if ((res = object_open_box(r, OBJECT_WRITER, object, len, &b)) != 0 ||
	    (res = buf_get(b, source, sizeof(source))) != 0 ||
	    (res = buf_get_u64(b, &m.seq)) != 0 ||
	    (res = buf_get(b, m.signer, sizeof(m.signer))) != 0 ||
	    (res = buf_get_i64(b, &m.started)) != 0 ||
	    (res = buf_get_bytes(b, MARKER_TEXT_MAX, &text, &n)) != 0 ||
	    (res = buf_get_bytes(b, MARKER_TEXT_MAX, &text, &n)) != 0 ||
	    (res = buf_get_u64(b, &m.pid)) != 0 ||
	    (res = buf_end(b)) != 0)
		goto out;
	hex_format(source, sizeof(source), m.source);
	*mp = m;
 out:
	buf_free(b);
	return res;
}

int
checkpoint_encode(const struct repo *r, uint32_t n,
    const uint8_t (*runs)[32], size_t count, struct buf *out)
{
	struct buf *b = NULL;
	size_t i;
	int res;

	if (count > MARKER_RUNS_MAX)
		return ERR_TOOBIG;
	if ((res = buf_new(MARKER_OBJECT_MAX, &b)) != 0 ||
	    (res = buf_put_u32(b, n)) != 0 ||
	    (res = buf_put_varint(b, count)) != 0)
		goto out;
	for (i = 0; i < count; i++)
		if ((res = buf_put(b, runs[i], 32)) != 0)
			goto out;
	res = object_seal_box(r, OBJECT_CHECKPOINT, b, out);
 out:
	buf_free(b);
	return res;
}

int
checkpoint_decode(const struct repo *r, const uint8_t *object, size_t len,
    uint32_t *np, uint8_t (**runsp)[32], size_t *countp)
{
	struct buf *b = NULL;
	uint8_t (*runs)[32] = NULL;
	uint64_t count;
	uint32_t n;
	int res;

	if ((res = object_open_box(r, OBJECT_CHECKPOINT, object, len,
	    &b)) != 0 ||
	    (res = buf_get_u32(b, &n)) != 0 ||
	    (res = buf_get_varint(b, &count)) != 0)
		goto out;
	if (count > MARKER_RUNS_MAX || buf_len(b) != count * 32) {
		res = ERR_FORMAT;
		goto out;
	}
	if (count > 0 && (runs = malloc((size_t)count * 32)) == NULL) {
		res = ERR_NOMEM;
		goto out;
	}
	if (count > 0)
		memcpy(runs, buf_ptr(b), (size_t)count * 32);
	*np = n;
	*runsp = runs;
	*countp = (size_t)count;
 out:
	buf_free(b);
	return res;
}

int
marker_end_encode(const struct repo *r, enum marker_outcome outcome,
    int64_t ended, struct buf *out)
{
	struct buf *b = NULL;
	int res;

	if ((res = buf_new(16, &b)) != 0 ||
	    (res = buf_put_u8(b, (uint8_t)outcome)) != 0 ||
	    (res = buf_put_i64(b, ended)) != 0)
		goto out;
	res = object_seal_box(r, OBJECT_END, b, out);
 out:
	buf_free(b);
	return res;
}

int
marker_end_decode(const struct repo *r, const uint8_t *object, size_t len,
    enum marker_outcome *outcomep)
{
	struct buf *b = NULL;
	uint8_t outcome;
	int64_t ended;
	int res;

	if ((res = object_open_box(r, OBJECT_END, object, len, &b)) != 0 ||
	    (res = buf_get_u8(b, &outcome)) != 0 ||
	    (res = buf_get_i64(b, &ended)) != 0 ||
	    (res = buf_end(b)) != 0)
		goto out;
	if (outcome > MARKER_ENDED)
		res = ERR_FORMAT;
	else
		*outcomep = (enum marker_outcome)outcome;
 out:
	buf_free(b);
	return res;
}
