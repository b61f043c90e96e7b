/* arena.c: memory that is freed as a whole. */
#include <stdlib.h>
#include <string.h>

#include "policy/internal.h"

#define ARENA_BLOCK 16384

struct block {
	struct block *next;
	size_t	 used, size;
	max_align_t data[];
};

struct arena {
	struct block *blocks;
};

int
arena_new(struct arena **ap)
{
	struct arena *a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return ERR_NOMEM;
	*ap = a;
	return 0;
}

void
arena_free(struct arena *a)
{
	struct block *b;

	if (a == NULL)
		return;
	while ((b = a->blocks) != NULL) {
		a->blocks = b->next;
		free(b);
	}
	free(a);
}

void *
arena_alloc(struct arena *a, size_t n, size_t size)
{
	const size_t align = sizeof(max_align_t);
	struct block *b = a->blocks;
	size_t len;
	void *p;

	if (size != 0 && n > (SIZE_MAX / 4) / size)
		return NULL;
	len = (n * size + align - 1) / align * align;
	if (b == NULL || b->size - b->used < len) {
		size_t room = len > ARENA_BLOCK ? len : ARENA_BLOCK;

		if ((b = calloc(1, sizeof(*b) + room)) == NULL)
			return NULL;
		b->size = room;
		b->next = a->blocks;
		a->blocks = b;
	}
	p = (char *)b->data + b->used;
	b->used += len;
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p = arena_alloc(a, len + 1, 1);

	if (p != NULL)
		memcpy(p, s, len);
	return p;
}
