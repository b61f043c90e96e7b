/* align_fixture.h: contents with the origin of every byte, cut and listed. */
#ifndef TESTS_ALIGN_FIXTURE_H
#define TESTS_ALIGN_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "repo/entry.h"

#define TEXT_MAX (8u << 20)
#define TEXT_ITEMS (16u << 10)
#define TEXT_NEW (-1)			/* a byte that the old text has not */

/* A file's content.  origin[i] is where byte i stood in the old text. */
struct text {
	size_t	 len;
	uint8_t	*data;
	int32_t	*origin;
	size_t	 n;			/* once cut */
	struct content_item *items;
	size_t	*offs;
};

/* Make len random bytes that are their own origin. */
void	 text_init(struct text *t, size_t len);
void	 text_clear(struct text *t);
void	 text_copy(struct text *t, const struct text *from);

/* Insert new bytes at off; cut bytes out; write over bytes; move a block to
 * where to is in what is left of it. */
void	 text_insert(struct text *t, size_t off, size_t len);
void	 text_delete(struct text *t, size_t off, size_t len);
void	 text_change(struct text *t, size_t off, size_t len);
void	 text_move(struct text *t, size_t from, size_t len, size_t to);

/* Cut t by the chunker: min 256, average 1 KiB, max 4 KiB. */
void	 text_cut(struct text *t);

/* The entry of a file of that content; its nodes are in memory. */
void	 text_entry(const struct text *t, struct entry *e);

/* Bytes of chunk i of t that come from the old text's chunk j. */
size_t	 text_shared(const struct text *t, size_t i, const struct text *old,
	    size_t j);

/* The number of the chunk of that id, or t->n. */
size_t	 text_find(const struct text *t, const struct content_item *item);

/* Random numbers, always the same. */
uint32_t text_random(uint32_t below);

#endif /* TESTS_ALIGN_FIXTURE_H */
