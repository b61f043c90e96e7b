/* phrase.h: a 256-bit key as text, to be written on paper and typed again. */
#ifndef CRYPTO_PHRASE_H
#define CRYPTO_PHRASE_H

#include <stdint.h>

#include "base/err.h"

/*
 * Eleven groups of six characters of Crockford's Base32 (no I, L, O, U):
 *
 *	XXXXXC-XXXXXC-...-XXXXXC	(76 characters)
 *
 * The 55 X carry 275 bits, first ones first: the key, then the first 19 bits
 * of BLAKE2b-256("kho phrase 1" || key).  C closes its group: with x times
 * the polynomial in GF(32) = GF(2)[x]/(x^5+x^2+1), a character being its bits,
 * and with the number of the group (1 to 11) in front, the seven values n, X,
 * X, X, X, X, C taken as a polynomial in x are zero.
 *
 * So a single wrong character, two neighbours exchanged, and groups exchanged
 * are always found, and the group is known.  Of other errors one in 2^19 or
 * fewer goes unnoticed.  What is typed may be in lower case, with
 * dashes and blanks anywhere or nowhere, O for 0, and I or L for 1.
 *
 * A phrase is the key: callers wipe it.  Any thread.
 */
#define PHRASE_KEY_LEN 32
#define PHRASE_GROUPS 11
#define PHRASE_GROUP_LEN 6
#define PHRASE_MAX (PHRASE_GROUPS * (PHRASE_GROUP_LEN + 1))	/* with NUL */

/* Write key as a NUL-terminated phrase of PHRASE_MAX - 1 characters. */
void	 phrase_format(const uint8_t key[PHRASE_KEY_LEN],
	    char textp[PHRASE_MAX]);

/*
 * Read a phrase.  ERR_FORMAT for a character that cannot be in one, or too
 * few or too many of them; ERR_CORRUPT if the shape is right and a check
 * fails.
 */
int	 phrase_parse(const char *text, uint8_t keyp[PHRASE_KEY_LEN])
	    ERR_MUST_USE;

/*
 * The number, from 1, of the first group that is wrong: its check fails, it
 * is cut short, or it has a character that cannot be.  0 if all groups are
 * right or there are more than there should be.  Where a character is missing
 * or too many, everything after it shifts, and the first wrong group is
 * (31 times in 32) the place.
 */
unsigned int phrase_error_group(const char *text);

#endif /* CRYPTO_PHRASE_H */
