/* suggest.h: what somebody who mistyped a word may have meant. */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stddef.h>

/* Longer words are never suggested. */
#define SUGGEST_WORD_MAX 64

/*
 * How many letters must be added, removed, replaced or swapped with their
 * neighbour to make b of a; SUGGEST_WORD_MAX for words longer than that.
 */
size_t	 suggest_distance(const char *a, const char *b);

/*
 * How far word is from what was typed, as far as a suggestion goes: a wrong
 * prefix such as the "keep_" of "keep_dayly" counts one.  SUGGEST_WORD_MAX
 * if it is too far to be worth suggesting.
 */
size_t	 suggest_score(const char *typed, const char *word);

/* The best of the NULL-ended list, borrowed from it, or NULL. */
const char *suggest_word(const char *typed, const char *const *words);

#endif /* BASE_SUGGEST_H */
