/* wire.h: decode messages of the pull protocol to their end. */
#ifndef TESTS_FUZZ_WIRE_H
#define TESTS_FUZZ_WIRE_H

#include "wire/wire.h"

/*
 * What one side says, from its preamble on, all features agreed.  The first
 * byte tells in what pieces it comes: 0 for all at once.
 */
void	 fuzz_wire_stream(enum wire_side from, const uint8_t *data,
	    size_t len);

/* The body of one message, with all of its items. */
void	 fuzz_wire_body(enum wire_type type, const uint8_t *data, size_t len);

#endif /* TESTS_FUZZ_WIRE_H */
