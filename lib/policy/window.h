/* window.h: "Mon..Fri 11:30-17:00": when something may go on. */
#ifndef POLICY_WINDOW_H
#define POLICY_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * "always", or weekdays, or a span of time, or both.  A span whose end is not
 * later than its start goes over midnight and belongs to the day on which it
 * starts: "Fri 22:00-06:00" ends on Saturday.  24:00 is an end.  Where clocks
 * are changed, start and end are moments by the rules of policy/zone.h, and
 * the window is open from the one to the other.
 */
struct window {
	uint8_t	 weekdays;	/* on which it starts; bit 0 is Monday */
	int	 from, to;	/* seconds; to is above 86400 over midnight */
};

/* Some of them.  None at all means always. */
struct window_list {
	const struct window *v;
	size_t	 n;
};

#define WINDOW_WHY_MAX 160

/* Read text.  ERR_FORMAT leaves in whyp what is wrong, as one phrase. */
int	 window_parse(const char *text, struct window *wp,
	    char whyp[WINDOW_WHY_MAX]) ERR_MUST_USE;

/* Tell whether any is open at the moment t. */
bool	 window_open(const struct window_list *list, int64_t t);

/* The first moment from t on at which one is open; or ZONE_NEVER. */
int64_t	 window_opens(const struct window_list *list, int64_t t);

/* The first moment from t on at which none is open; or ZONE_NEVER. */
int64_t	 window_closes(const struct window_list *list, int64_t t);

#endif /* POLICY_WINDOW_H */
