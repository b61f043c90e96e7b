/* wire_samples.h: messages there and back, cut short, too long, changed. */
#ifndef TESTS_UNIT_WIRE_SAMPLES_H
#define TESTS_UNIT_WIRE_SAMPLES_H

#include <stddef.h>

#include "base/buf.h"

/* Bytes and their number, for an initializer. */
#define B(s) (const uint8_t *)(s), sizeof(s) - 1

/*
 * Each _again function decodes a message from b, to its very end, and encodes
 * what it got to out: that the two agree is the property.
 */
struct sample {
	const char *name;
	int	 (*make)(struct buf *out);
	int	 (*again)(struct buf *b, struct buf *out);
};

struct samples {
	const struct sample *of;
	size_t	 n;
};

/* Test them all; what main returns. */
int	 samples_run(const struct samples *all);

#endif /* TESTS_UNIT_WIRE_SAMPLES_H */
