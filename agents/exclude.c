/* exclude.c: what is left out, by patterns as in gitignore(5). */
#include "config.h"

#include "agents/exclude.h"

#include <stdlib.h>
#include <string.h>

#include "agents/glob.h"

struct pattern {
	uint8_t	*text;		/* owns; without "!", "/" at the ends */
	size_t	 len;
	bool	 negated;
	bool	 only_dirs;
	bool	 anchored;	/* to the root; else any last name */
	bool	 literal;	/* no special byte: compared as it is */
	bool	 suffix;	/* "*" and then literal */
};

struct exclude {
	struct pattern *patterns;	/* owns */
	size_t	 n, cap;
};

int
exclude_new(struct exclude **ep)
{
	struct exclude *e;

	if ((e = calloc(1, sizeof(*e))) == NULL)
		return ERR_NOMEM;
	*ep = e;
	return 0;
}

void
exclude_free(struct exclude *e)
{
	size_t i;

	if (e == NULL)
		return;
	for (i = 0; i < e->n; i++)
		free(e->patterns[i].text);
	free(e->patterns);
	free(e);
}

/* The length without trailing spaces; one after a backslash stays. */
static size_t
trimmed(const uint8_t *p, size_t len)
{
	size_t i, end = 0;

	for (i = 0; i < len; i++) {
		if (p[i] == '\\' && i + 1 < len)
			end = ++i + 1;
		else if (p[i] != ' ')
			end = i + 1;
	}
	return end;
}

/* The end of the pattern's part that begins at pos: its slash, or len. */
static size_t
part_end(const uint8_t *p, size_t len, size_t pos)
{
	size_t end;

	while (pos < len && p[pos] != '/') {
		end = p[pos] == '[' ? glob_bracket_end(p, len, pos) : 0;
		if (end == 0)
			end = p[pos] == '\\' ? pos + 2 : pos + 1;
		pos = end;
	}
	return pos < len ? pos : len;
}

/* Tell whether no byte is special. */
static bool
is_literal(const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (strchr("*?[\\", p[i]) != NULL)
			return false;
	return true;
}

/* Take off what stands around the pattern; false if nothing remains. */
static bool
pattern_read(const uint8_t *p, size_t len, struct pattern *pp)
{
	memset(pp, 0, sizeof(*pp));
	len = trimmed(p, len);
	if (len == 0 || p[0] == '#')
		return false;
	if (p[0] == '!') {
		pp->negated = true;
		p++;
		len--;
	}
	if (len > 0 && p[len - 1] == '/') {
		pp->only_dirs = true;
		len--;
	}
	pp->anchored = memchr(p, '/', len) != NULL;
	if (len > 0 && p[0] == '/') {
		p++;
		len--;
	}
	pp->text = (uint8_t *)(uintptr_t)p;	/* the caller copies it */
	pp->len = len;
	pp->literal = is_literal(p, len);
	pp->suffix = !pp->anchored && len > 1 && p[0] == '*' &&
	    is_literal(p + 1, len - 1);
	return len > 0;
}

int
exclude_add(struct exclude *e, const uint8_t *pattern, size_t len)
{
	struct pattern p;
	uint8_t *copy;
	void *grown;
	size_t cap;

	if (!pattern_read(pattern, len, &p))
		return 0;
	if (e->n == e->cap) {
		cap = e->cap == 0 ? 16 : e->cap * 2;
		grown = realloc(e->patterns, cap * sizeof(p));
		if (grown == NULL)
			return ERR_NOMEM;
		e->patterns = grown;
		e->cap = cap;
	}
	if ((copy = malloc(p.len)) == NULL)
		return ERR_NOMEM;
	memcpy(copy, p.text, p.len);
	p.text = copy;
	e->patterns[e->n++] = p;
	return 0;
}

bool
exclude_empty(const struct exclude *e)
{
	return e->n == 0;
}

/* Tell whether the part p[0..len) is "**". */
static bool
is_any_depth(const uint8_t *p, size_t len)
{
	return len == 2 && p[0] == '*' && p[1] == '*';
}

/*
 * Match a path part by part.  "**" stands for any number of parts, but for
 * at least one at the end; as with a star, only the last is tried again.
 */
static bool
match_parts(const struct pattern *pat, const uint8_t *path, size_t len)
{
	size_t p = 0, t = 0, pend, tend, again = SIZE_MAX, from = 0;
	const uint8_t *slash;

	for (;;) {
		if (p > pat->len && t > len)
			return true;
		pend = p > pat->len ? p : part_end(pat->text, pat->len, p);
		if (p <= pat->len && is_any_depth(pat->text + p, pend - p)) {
			if (pend == pat->len)
				return t <= len;
			again = p = pend + 1;
			from = t;
			continue;
		}
		slash = t < len ? memchr(path + t, '/', len - t) : NULL;
		tend = slash != NULL ? (size_t)(slash - path) : len;
		if (p <= pat->len && t <= len && glob_match(pat->text + p,
		    pend - p, path + t, tend - t)) {
			p = pend + 1;
			t = tend + 1;
			continue;
		}
		if (again == SIZE_MAX || from > len)
			return false;
		slash = memchr(path + from, '/', len - from);
		if (slash == NULL)
			return false;
		p = again;
		t = from = (size_t)(slash - path) + 1;
	}
}

static bool
pattern_match(const struct pattern *p, const uint8_t *path, size_t len,
    size_t name_off)
{
	const uint8_t *text = path;

	if (p->anchored && !p->literal)
		return match_parts(p, path, len);
	if (!p->anchored) {
		text += name_off;
		len -= name_off;
	}
	if (p->literal)
		return len == p->len && memcmp(text, p->text, len) == 0;
	if (p->suffix)
		return len >= p->len - 1 && memcmp(text + len - (p->len - 1),
		    p->text + 1, p->len - 1) == 0;
	return glob_match(p->text, p->len, text, len);
}

bool
exclude_match(const struct exclude *e, const uint8_t *path, size_t len,
    size_t name_off, bool is_dir)
{
	size_t i;

	for (i = e->n; i-- > 0;) {
		if (e->patterns[i].only_dirs && !is_dir)
			continue;
		if (pattern_match(&e->patterns[i], path, len, name_off))
			return !e->patterns[i].negated;
	}
	return false;
}
