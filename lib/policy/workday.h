/* workday.h: time that counts: all of it, or that of working days. */
#ifndef POLICY_WORKDAY_H
#define POLICY_WORKDAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A working day is a whole local day from Monday to Friday that is no
 * holiday.  Days are as in policy/zone.h.
 */
struct workday_span {
	int64_t	 first, last;	/* days, both included */
};

struct workday_list {
	const struct workday_span *v;
	size_t	 n;
};

/* Read "2027-02-04" or "2027-02-04..2027-02-10".  ERR_FORMAT if it is none. */
int	 workday_parse(const char *text, struct workday_span *sp) ERR_MUST_USE;

/* Tell whether the day is one, with these holidays. */
bool	 workday_is(const struct workday_list *holidays, int64_t day);

/* Seconds of working days from one moment to a later one; else 0. */
int64_t	 workday_between(const struct workday_list *holidays, int64_t from,
	    int64_t to);

/*
 * The first moment at which so many seconds of working days have passed
 * since from; ZONE_NEVER if that takes more than a hundred years.
 */
int64_t	 workday_after(const struct workday_list *holidays, int64_t from,
	    int64_t seconds);

#endif /* POLICY_WORKDAY_H */
