/* quantity.h: "5 min", "20 GiB", "30 %" and "2 MiB/s" as numbers. */
#ifndef POLICY_QUANTITY_H
#define POLICY_QUANTITY_H

#include <stdint.h>

#include "base/err.h"

/*
 * A number, optional blanks, a unit.  The number may have a decimal fraction
 * ("1.5 GiB"); there is no sign and no exponent.  Nothing is guessed: a size
 * without a unit is refused, as is KB for KiB.
 */
enum quantity_kind {
	QUANTITY_SIZE,		/* B KiB MiB GiB TiB, in bytes */
	QUANTITY_TIME,		/* s min h day(s) week(s) month(s) year(s) */
	QUANTITY_RATE,		/* a size and "/s", in bytes a second */
	QUANTITY_PERCENT	/* 0 to 100, in hundredths of a percent */
};

/*
 * Read text.  ERR_FORMAT if it is not of that kind, ERR_TOOBIG if it does
 * not fit 63 bits (or 100 %).  A month is 30 days, a year 365.
 */
int	 quantity_parse(const char *text, enum quantity_kind kind,
	    int64_t *valuep) ERR_MUST_USE;

#define QUANTITY_TEXT_MAX 32

/* The text of a value, in the largest unit that makes it a whole number. */
void	 quantity_format(int64_t value, enum quantity_kind kind,
	    char out[QUANTITY_TEXT_MAX]);

/* An example of the kind, for help texts: "20 GiB". */
const char *quantity_example(enum quantity_kind kind);

#endif /* POLICY_QUANTITY_H */
