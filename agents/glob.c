/* glob.c: one name against one pattern of *, ?, [] and backslash. */
#include "config.h"

#include "agents/glob.h"

#include <ctype.h>
#include <string.h>

/* A member of a bracket expression, [:class:] or one byte or escaped byte. */
struct member {
	size_t	 next;		/* the position after it */
	const struct class *class;	/* NULL: a byte */
	bool	 valid;
	uint8_t	 byte;
};

struct class {
	const char *name;
	int	 (*is)(int);
};

static const struct class classes[] = {
	{ "alnum", isalnum }, { "alpha", isalpha }, { "blank", isblank },
	{ "cntrl", iscntrl }, { "digit", isdigit }, { "graph", isgraph },
	{ "lower", islower }, { "print", isprint }, { "punct", ispunct },
	{ "space", isspace }, { "upper", isupper }, { "xdigit", isxdigit }
};

/* Read "[:name:]" at pos; false if it is no such thing. */
static bool
class_read(const uint8_t *p, size_t len, size_t pos, struct member *mp)
{
	size_t end, i, n;

	if (pos + 1 >= len || p[pos + 1] != ':')
		return false;
	for (end = pos + 2; end < len && p[end] != ']'; end++)
		;
	if (end == len || end < pos + 3 || p[end - 1] != ':')
		return false;
	n = end - 1 - (pos + 2);
	mp->next = end + 1;
	mp->valid = false;
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strlen(classes[i].name) == n &&
		    memcmp(classes[i].name, p + pos + 2, n) == 0) {
			mp->class = &classes[i];
			mp->valid = true;
		}
	return true;
}

/* Read the member at pos, which is not the closing bracket. */
static void
member_read(const uint8_t *p, size_t len, size_t pos, struct member *mp)
{
	mp->class = NULL;
	if (p[pos] == '[' && class_read(p, len, pos, mp))
		return;
	mp->valid = true;
	if (p[pos] == '\\' && ++pos == len)
		mp->valid = false;
	else
		mp->byte = p[pos];
	mp->next = pos < len ? pos + 1 : len;
}

/*
 * Walk a bracket expression from the byte after "["; *inp tells whether c is
 * in it.  The position after "]", or 0 if it is not well formed.
 */
static size_t
bracket(const uint8_t *p, size_t len, size_t pos, uint8_t c, bool *inp)
{
	struct member m, to;
	bool negated = false, in = false, first = true;

	if (pos < len && (p[pos] == '!' || p[pos] == '^')) {
		negated = true;
		pos++;
	}
	for (; pos < len && (first || p[pos] != ']'); first = false) {
		member_read(p, len, pos, &m);
		if (!m.valid)
			return 0;
		pos = m.next;
		if (m.class != NULL) {
			in = in || m.class->is(c) != 0;
			continue;
		}
		to = m;
		if (pos + 1 < len && p[pos] == '-' && p[pos + 1] != ']') {
			member_read(p, len, pos + 1, &to);
			if (!to.valid || to.class != NULL)
				return 0;
			pos = to.next;
		}
		in = in || (c >= m.byte && c <= to.byte);
	}
	if (pos >= len)
		return 0;
	*inp = in != negated;
	return pos + 1;
}

size_t
glob_bracket_end(const uint8_t *pattern, size_t len, size_t pos)
{
	bool in;

	return bracket(pattern, len, pos + 1, 0, &in);
}

/*
 * Match one byte of text with the element at *pos, which is not a star, and
 * move *pos behind it.
 */
static bool
glob_one(const uint8_t *p, size_t len, size_t *pos, uint8_t c)
{
	size_t end;
	bool in = false;

	if (p[*pos] == '[') {
		end = bracket(p, len, *pos + 1, c, &in);
		if (end == 0)
			return false;
		*pos = end;
		return in;
	}
	if (p[*pos] == '?') {
		++*pos;
		return true;
	}
	if (p[*pos] == '\\' && ++*pos == len)
		return false;
	return p[(*pos)++] == c;
}

bool
glob_match(const uint8_t *pattern, size_t plen, const uint8_t *text,
    size_t tlen)
{
	size_t p = 0, t = 0, star = SIZE_MAX, from = 0;

	/* Only the last star is ever tried again: it takes one byte more. */
	while (t < tlen || p < plen) {
		if (p < plen && pattern[p] == '*') {
			star = ++p;
			from = t;
			continue;
		}
		if (t < tlen && p < plen &&
		    glob_one(pattern, plen, &p, text[t])) {
			t++;
			continue;
		}
		if (star == SIZE_MAX || from == tlen)
			return false;
		p = star;
		t = ++from;
	}
	return true;
}
