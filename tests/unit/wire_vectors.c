/* wire_vectors.c: a recorded message says what it said, to the byte. */
#include "config.h"

#include "tests/unit/wire_vectors.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CAP (1u << 16)

void
say_number(FILE *t, const char *name, uint64_t v)
{
	fprintf(t, "%s %" PRIu64 "\n", name, v);
}

void
say_signed(FILE *t, const char *name, int64_t v)
{
	fprintf(t, "%s %" PRId64 "\n", name, v);
}

void
say_bytes(FILE *t, const char *name, const uint8_t *p, size_t len)
{
	size_t i;

	fprintf(t, "%s \"", name);
	for (i = 0; i < len; i++) {
		if (p[i] >= 0x20 && p[i] < 0x7f && p[i] != '\\' &&
		    p[i] != '"')
			fputc(p[i], t);
		else
			fprintf(t, "\\x%02x", p[i]);
	}
	fputs("\"\n", t);
}

/* Append a file of the vectors to b. */
static void
load(const char *set, const char *name, const char *suffix, struct buf *b)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	uint8_t data[4096];
	size_t len;
	FILE *f;

	assert_non_null(top);
	snprintf(path, sizeof(path), "%s/tests/vectors/%s/%s%s", top, set,
	    name, suffix);
	if ((f = fopen(path, "rb")) == NULL)
		fail_msg("%s is missing", path);
	len = fread(data, 1, sizeof(data), f);
	assert_true(len < sizeof(data));
	fclose(f);
	assert_int_equal(buf_put(b, data, len), 0);
}

static void
check_equal(const char *name, const struct buf *is, const struct buf *must)
{
	if (buf_len(is) != buf_len(must) ||
	    memcmp(buf_ptr(is), buf_ptr(must), buf_len(is)) != 0)
		fail_msg("%s differs; it is now:\n%.*s", name,
		    (int)buf_len(is), (const char *)buf_ptr(is));
}

void
vector_check(const char *set, const struct vector *v)
{
	struct buf *bin, *body, *out, *txt, *text;
	char *said = NULL;
	size_t said_len = 0, mark;
	uint32_t length;
	uint8_t type;
	FILE *t;

	assert_int_equal(buf_new(CAP, &bin), 0);
	assert_int_equal(buf_new(CAP, &body), 0);
	assert_int_equal(buf_new(CAP, &out), 0);
	assert_int_equal(buf_new(CAP, &txt), 0);
	load(set, v->file, ".bin", bin);
	load(set, v->file, ".txt", txt);
	assert_int_equal(buf_put(body, buf_ptr(bin), buf_len(bin)), 0);
	assert_int_equal(buf_get_u32(body, &length), 0);
	assert_int_equal(length, buf_len(body));
	assert_int_equal(buf_get_u8(body, &type), 0);
	assert_int_equal(type, v->type);

	assert_non_null(t = open_memstream(&said, &said_len));
	fprintf(t, "%s\n", wire_type_name(type));
	assert_int_equal(wire_begin(out, type, &mark), 0);
	assert_int_equal(v->again(body, out, t), 0);
	assert_int_equal(wire_end(out, mark), 0);
	assert_int_equal(fclose(t), 0);
	assert_int_equal(buf_end(body), 0);

	assert_int_equal(buf_borrow(said, said_len, &text), 0);
	check_equal(v->file, text, txt);
	check_equal(v->file, out, bin);
	buf_free(text);
	free(said);
	buf_free(txt);
	buf_free(out);
	buf_free(body);
	buf_free(bin);
}
