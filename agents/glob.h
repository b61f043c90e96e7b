/* glob.h: one name against one pattern of *, ?, [] and backslash. */
#ifndef AGENTS_GLOB_H
#define AGENTS_GLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The byte after a bracket expression that begins at pattern[pos] ("["), or
 * 0 if it is not closed.
 */
size_t	 glob_bracket_end(const uint8_t *pattern, size_t len, size_t pos);

/*
 * Tell whether all of text matches.  text holds no slash.  Time is at most
 * the product of both lengths.  A pattern with an open bracket or a lone
 * backslash at its end matches nothing that gets so far.
 */
bool	 glob_match(const uint8_t *pattern, size_t plen, const uint8_t *text,
	    size_t tlen);

#endif /* AGENTS_GLOB_H */
