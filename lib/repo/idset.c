/* idset.c: a set of ids, each with a number, in mapped memory. */
#include "repo/idset.h"

#include <string.h>

#define SET_FIRST 1024		/* slots, a power of two */

/* A slot; free ones are all zero. */
struct slot {
	uint8_t	 id[32];
	uint32_t used;
	uint32_t number;
};

void
idset_init(struct idset *s)
{
	spool_init(&s->slots, sizeof(struct slot));
	s->n = 0;
}

void
idset_clear(struct idset *s)
{
	spool_clear(&s->slots);
	s->n = 0;
}

/* The slot of id, or the free one where it would stand. */
static struct slot *
idset_slot(const struct spool *slots, const uint8_t id[32])
{
	struct slot *all = (void *)slots->p;
	uint64_t h;
	size_t i;

	memcpy(&h, id, sizeof(h));
	for (i = (size_t)h & (slots->n - 1); all[i].used != 0 &&
	    memcmp(all[i].id, id, 32) != 0; i = (i + 1) & (slots->n - 1))
		continue;
	return &all[i];
}

/* Double the table. */
static int
idset_double(struct idset *s)
{
	const struct slot *old = (const void *)s->slots.p;
	struct spool more;
	size_t i;
	int r;

	spool_init(&more, sizeof(struct slot));
	if ((r = spool_fill(&more, s->slots.n == 0 ? SET_FIRST :
	    s->slots.n * 2)) != 0) {
		spool_clear(&more);
		return r;
	}
	for (i = 0; i < s->slots.n; i++)
		if (old[i].used != 0)
			*idset_slot(&more, old[i].id) = old[i];
	spool_clear(&s->slots);
	s->slots = more;
	return 0;
}

int
idset_put(struct idset *s, const uint8_t id[32], uint32_t number)
{
	struct slot *slot;
	int r;

	if (s->n >= s->slots.n / 4 * 3 && (r = idset_double(s)) != 0)
		return r;
	slot = idset_slot(&s->slots, id);
	if (slot->used == 0) {
		memcpy(slot->id, id, sizeof(slot->id));
		slot->used = 1;
		s->n++;
	}
	slot->number = number;
	return 0;
}

bool
idset_get(const struct idset *s, const uint8_t id[32], uint32_t *numberp)
{
	const struct slot *slot;

	if (s->n == 0)
		return false;
	slot = idset_slot(&s->slots, id);
	if (slot->used != 0 && numberp != NULL)
		*numberp = slot->number;
	return slot->used != 0;
}

bool
idset_step(const struct idset *s, size_t *posp, const uint8_t **idp,
    uint32_t *numberp)
{
	const struct slot *all = (const void *)s->slots.p;

	while (*posp < s->slots.n) {
		const struct slot *slot = &all[(*posp)++];

		if (slot->used != 0) {
			*idp = slot->id;
			*numberp = slot->number;
			return true;
		}
	}
	return false;
}
