/* due.c: what is to be read again although nothing shows a change. */
#include "config.h"

#include <string.h>

#include "reader/impl.h"

/*
 * Size and time of change to the second are little to go by.  So each file
 * is read again once in a period, spread over it: a hash of its path gives
 * its moment, and it is due in the first job after that.  Nothing has to be
 * remembered for it but when the job before this one began.  Files of a
 * directory share its moment, so that few directories have to be listed,
 * unless that would be much at once.
 */
#define TOGETHER_FILES 256u
#define TOGETHER_BYTES (UINT64_C(256) << 20)

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static uint64_t
hash_add(uint64_t h, const char *text)
{
	for (; *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * FNV_PRIME;
	return h;
}

/* Tell whether a moment given by h lies after since, up to now. */
static bool
is_due(const struct far *r, uint64_t h)
{
	const uint64_t at = (h ^ h >> 29) * FNV_PRIME % r->again.period;
	const uint64_t base = r->again.period - at;

	return ((uint64_t)r->again.now + base) / r->again.period >
	    ((uint64_t)r->again.since + base) / r->again.period;
}

void
due_mark(const struct far *r, struct dnode *d)
{
	struct listing *l = d->l;
	uint64_t bytes = 0, dir;
	size_t i, files = 0;
	bool due;

	if (r->again.period == 0)
		return;
	for (i = 0; i < l->n; i++)
		if (listing_type(l, i) == ATTR_FILE) {
			files++;
			bytes += l->e[i].size;
		}
	dir = hash_add(FNV_BASIS, d->path);
	due = is_due(r, dir);
	for (i = 0; i < l->n; i++) {
		if (listing_type(l, i) != ATTR_FILE)
			continue;
		if (files > TOGETHER_FILES || bytes > TOGETHER_BYTES)
			due = is_due(r, hash_add(hash_add(dir, "/"),
			    listing_name(l, i)));
		if (due)
			l->e[i].flags |= LISTING_DUE;
	}
}
