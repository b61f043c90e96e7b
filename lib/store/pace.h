/* pace.h: how fast a target may be used, by all who use it together. */
#ifndef STORE_PACE_H
#define STORE_PACE_H

#include <stddef.h>

#include "base/err.h"

/*
 * Every byte that crosses, in either direction, books its time on the link:
 * who wants to send begins when what was booked before has passed.  The moment
 * up to which the link is booked stands in a file that the processes of all
 * jobs map, so that they share the limit whoever of them is busy; nothing is
 * locked, and what a process that was killed had booked just passes.
 *
 * A kind of store borrows access->pace (store/store.h), and sends and reads in
 * pieces:
 *
 *	while (len > 0) {
 *		n = store_pace(access->pace, len);
 *		... move n bytes ...
 *		len -= n;
 *	}
 *
 * Where bytes come as they come (a library's callback), store_paced is called
 * with what came, and the transport's own window holds back the rest.  Either
 * may sleep for seconds: a deadline begins after it.  A signal that is handled
 * ends the wait and all later ones, so that who is asked to end does not first
 * finish an object at its leisure.  One thread.
 */
struct store_access;
struct store_pace;

/*
 * Begin to keep to the limits of access, which are borrowed; *pp is NULL if it
 * has none.  Where its pace_file cannot be used, this process keeps to them
 * alone, which is told.  The caller owns *pp.
 */
int	 store_pace_new(const struct store_access *access,
	    struct store_pace **pp) ERR_MUST_USE;

/*
 * Wait until some of len bytes may move, and give how many: 1 to len, so much
 * that a piece takes a moment.  All of them with p NULL.
 */
size_t	 store_pace(struct store_pace *p, size_t len);

/* So many bytes have moved already: wait until they might have. */
void	 store_paced(struct store_pace *p, size_t len);

/* Free p, which may be NULL. */
void	 store_pace_free(struct store_pace *p);

#endif /* STORE_PACE_H */
