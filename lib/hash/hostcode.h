/* hostcode.h: a public host key as a short code, to be read out and typed. */
#ifndef HASH_HOSTCODE_H
#define HASH_HOSTCODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Four groups of four characters of Crockford's Base32 (no I, L, O, U):
 *
 *	XXXX-XXXX-XXXX-XXXC
 *
 * The X are the first 75 bits of the SHA-256 of the key as SSH sends it: who
 * wants another key to have the same code must try 2^75 of them.  C is a
 * check character by the Luhn algorithm for 32 symbols (ISO/IEC 7812-1,
 * carried over from 10): it finds every single wrong character and nearly
 * all neighbours exchanged, so that a slip is told from another key.
 *
 * What is typed may be in lower case, with dashes and blanks anywhere or
 * nowhere, O for 0, and I or L for 1.  Pure functions.
 */
#define HOSTCODE_MAX 20		/* with the NUL */

/* The code of the key of len bytes.  Fails only if the crypto library does. */
int	 hostcode_of(const uint8_t *key, size_t len, char out[HOSTCODE_MAX])
	    ERR_MUST_USE;

/*
 * Bring what was typed into the form above.  ERR_FORMAT for a character that
 * cannot be in a code, or too few or too many of them; ERR_CORRUPT if the
 * check character is not the one that belongs there.
 */
int	 hostcode_parse(const char *text, char out[HOSTCODE_MAX])
	    ERR_MUST_USE;

#endif /* HASH_HOSTCODE_H */
