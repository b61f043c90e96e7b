/* wire_vectors.h: a recorded message says what it said, to the byte. */
#ifndef TESTS_UNIT_WIRE_VECTORS_H
#define TESTS_UNIT_WIRE_VECTORS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "wire/wire.h"

struct vector {
	const char *file;
	enum wire_type type;
	/*
	 * Decodes the body from b, to its very end, says on t what it holds,
	 * and encodes what it got to out.
	 */
	int	 (*again)(struct buf *b, struct buf *out, FILE *t);
};

/* A line of name and value. */
void	 say_number(FILE *t, const char *name, uint64_t v);
void	 say_signed(FILE *t, const char *name, int64_t v);

/* Bytes that are not printable, and what escapes them, in hexadecimal. */
void	 say_bytes(FILE *t, const char *name, const uint8_t *p, size_t len);

/* Assert that it gives its text, and the same bytes again. */
void	 vector_check(const char *set, const struct vector *v);

#endif /* TESTS_UNIT_WIRE_VECTORS_H */
