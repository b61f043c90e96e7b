/* amend.c: where hosts stand in the text of a policy. */
#define _GNU_SOURCE
#include "policy/amend.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"

/* A token: a word, a quoted text, or one character. */
struct token {
	size_t	 at, end;	/* end is behind it; at == end: no more */
	char	 kind;		/* 'w', '"', or the character */
};

/* A setting of a group: KEY = VALUE, without the semicolon. */
struct setting {
	size_t	 at;		/* of the key */
	size_t	 value, end;
};

/* Behind what is no token: blanks and comments. */
static size_t
skip(const struct amend_text *t, size_t i)
{
	const char *end;

	for (;;) {
		while (i < t->len && isspace((unsigned char)t->data[i]))
			i++;
		if (i >= t->len)
			return t->len;
		if (t->data[i] == '#' || (t->data[i] == '/' &&
		    i + 1 < t->len && t->data[i + 1] == '/')) {
			end = memchr(t->data + i, '\n', t->len - i);
			i = end == NULL ? t->len : (size_t)(end - t->data);
			continue;
		}
		if (t->data[i] != '/' || i + 1 >= t->len ||
		    t->data[i + 1] != '*')
			return i;
		end = memmem(t->data + i + 2, t->len - i - 2, "*/", 2);
		i = end == NULL ? t->len : (size_t)(end - t->data) + 2;
	}
}

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '*' || c == '-' ||
	    c == '.' || c == '+';
}

/* The next token from i on.  ERR_FORMAT for a text without an end. */
static int
next(const struct amend_text *t, size_t i, struct token *k)
{
	k->at = k->end = skip(t, i);
	k->kind = '\0';
	if (k->at >= t->len)
		return 0;
	k->kind = t->data[k->at];
	k->end = k->at + 1;
	if (is_word(k->kind)) {
		k->kind = 'w';
		while (k->end < t->len && is_word(t->data[k->end]))
			k->end++;
	} else if (k->kind == '"') {
		while (k->end < t->len && t->data[k->end] != '"')
			k->end += t->data[k->end] == '\\' ? 2 : 1;
		if (k->end >= t->len)
			return ERR_FORMAT;
		k->end++;
	}
	return 0;
}

/* From the opening bracket at k to behind its end. */
static int
brackets(const struct amend_text *t, struct token k, size_t *endp)
{
	size_t depth = 0;
	int r = 0;

	for (; r == 0; r = next(t, k.end, &k)) {
		if (k.kind == '\0')
			return ERR_FORMAT;
		if (strchr("([{", k.kind) != NULL)
			depth++;
		else if (strchr(")]}", k.kind) != NULL && --depth == 0)
			break;
	}
	*endp = k.end;
	return r;
}

/*
 * The next setting of the group whose inside begins at i: 1 and *sp, 0 at
 * its end.
 */
static int
setting_next(const struct amend_text *t, size_t i, struct setting *sp)
{
	struct token key, k;
	int r;

	do {
		if ((r = next(t, i, &key)) != 0)
			return r;
		i = key.end;
	} while (key.kind == ';' || key.kind == ',');
	if (key.kind != 'w')
		return key.kind == '\0' || key.kind == '}' ? 0 : ERR_FORMAT;
	if ((r = next(t, key.end, &k)) != 0)
		return r;
	if (k.kind != '=' && k.kind != ':')
		return ERR_FORMAT;
	if ((r = next(t, k.end, &k)) != 0)
		return r;
	sp->at = key.at;
	sp->value = k.at;
	sp->end = k.end;
	if (k.kind == '\0')
		return ERR_FORMAT;
	if (strchr("([{", k.kind) != NULL &&
	    (r = brackets(t, k, &sp->end)) != 0)
		return r;
	/* Neighbouring texts are one. */
	while (k.kind == '"' && (r = next(t, sp->end, &k)) == 0 &&
	    k.kind == '"')
		sp->end = k.end;
	return r != 0 ? r : 1;
}

/* The setting of that name in the group whose inside begins at i. */
static int
setting_find(const struct amend_text *t, size_t i, const char *name,
    struct setting *sp)
{
	int r;

	while ((r = setting_next(t, i, sp)) == 1) {
		if (strncmp(t->data + sp->at, name, strlen(name)) == 0 &&
		    !is_word(t->data[sp->at + strlen(name)]))
			return 0;
		i = sp->end;
	}
	return r == 0 ? ERR_NOENT : r;
}

/* Tell whether the setting's value is that text. */
static bool
value_is(const struct amend_text *t, const struct setting *s,
    const char *value)
{
	size_t len = strlen(value);

	return s->end - s->value == len + 2 && t->data[s->value] == '"' &&
	    memcmp(t->data + s->value + 1, value, len) == 0;
}

/* The entry of host name in the list; its braces stand at *atp and before
 * *endp.  ERR_NOENT if there is none. */
static int
host_find(const struct amend_text *t, const char *name, size_t *atp,
    size_t *endp)
{
	struct setting hosts, s;
	struct token k;
	size_t i;
	int r;

	if ((r = setting_find(t, 0, "hosts", &hosts)) != 0)
		return r;
	for (i = hosts.value + 1; i < hosts.end; i = *endp) {
		if ((r = next(t, i, &k)) != 0)
			return r;
		*endp = k.end;
		if (k.kind != '{')
			continue;
		*atp = k.at;
		if ((r = brackets(t, k, endp)) != 0)
			return r;
		r = setting_find(t, k.end, "name", &s);
		if (r == 0 && value_is(t, &s, name))
			return 0;
		if (r != 0 && r != ERR_NOENT)
			return r;
	}
	return ERR_NOENT;
}

/* The text with what stands from at to end replaced. */
static int
replaced(const struct amend_text *t, size_t at, size_t end,
    const char *with, struct buf *out)
{
	int r;

	if ((r = buf_put(out, t->data, at)) != 0 ||
	    (r = buf_put(out, with, strlen(with))) != 0)
		return r;
	return buf_put(out, t->data + end, t->len - end);
}

/* Behind the last token before end, and what it is. */
static int
last_before(const struct amend_text *t, size_t at, size_t end,
    struct token *lastp)
{
	struct token k = { at, at, '\0' };
	int r;

	do {
		*lastp = k;
		if ((r = next(t, k.end, &k)) != 0)
			return r;
	} while (k.kind != '\0' && k.at < end);
	return 0;
}

static int
list_new(const struct amend_text *t, const char *entry, struct buf *out)
{
	static const char head[] = "hosts = (\n  ", foot[] = "\n);\n";
	int r;

	if ((r = buf_put(out, t->data, t->len)) != 0 ||
	    (t->len > 0 && t->data[t->len - 1] != '\n' &&
	    (r = buf_put_u8(out, '\n')) != 0) ||
	    (r = buf_put(out, head, strlen(head))) != 0 ||
	    (r = buf_put(out, entry, strlen(entry))) != 0)
		return r;
	return buf_put(out, foot, strlen(foot));
}

int
amend_add_host(const struct amend_text *text, const char *entry,
    struct buf *out)
{
	struct setting hosts;
	struct token last;
	const char *head;
	int r;

	r = setting_find(text, 0, "hosts", &hosts);
	if (r == ERR_NOENT)
		return list_new(text, entry, out);
	if (r != 0)
		return r;
	if (text->data[hosts.value] != '(')
		return ERR_FORMAT;
	if ((r = last_before(text, hosts.value, hosts.end - 1, &last)) != 0)
		return r;
	head = last.kind == '(' || last.kind == ',' ? "\n  " : ",\n  ";
	if ((r = buf_put(out, text->data, last.end)) != 0 ||
	    (r = buf_put(out, head, strlen(head))) != 0 ||
	    (r = buf_put(out, entry, strlen(entry))) != 0)
		return r;
	return buf_put(out, text->data + last.end, text->len - last.end);
}

int
amend_set_host(const struct amend_text *text, const char *name,
    const char *key, const char *value, struct buf *out)
{
	struct setting s;
	struct token last;
	size_t at, end;
	int r;

	if ((r = host_find(text, name, &at, &end)) != 0)
		return r;
	if ((r = setting_find(text, at + 1, key, &s)) == 0)
		return replaced(text, s.value, s.end, value, out);
	if (r != ERR_NOENT ||
	    (r = last_before(text, at, end - 1, &last)) != 0)
		return r;
	if ((r = buf_put(out, text->data, last.end)) != 0 ||
	    (last.kind != ';' && last.kind != '{' &&
	    (r = buf_put_u8(out, ';')) != 0) ||
	    (r = buf_put_u8(out, ' ')) != 0 ||
	    (r = buf_put(out, key, strlen(key))) != 0 ||
	    (r = buf_put(out, " = ", 3)) != 0 ||
	    (r = buf_put(out, value, strlen(value))) != 0 ||
	    (r = buf_put_u8(out, ';')) != 0)
		return r;
	return buf_put(out, text->data + last.end, text->len - last.end);
}

/* Where nothing else stands on its lines, the lines go. */
static void
lines_whole(const struct amend_text *t, size_t *atp, size_t *endp)
{
	size_t at = *atp, end = *endp;

	while (at > 0 && (t->data[at - 1] == ' ' || t->data[at - 1] == '\t'))
		at--;
	while (end < t->len && (t->data[end] == ' ' || t->data[end] == '\t'))
		end++;
	if (at > 0 && t->data[at - 1] == '\n' && end < t->len &&
	    t->data[end] == '\n') {
		*atp = at;
		*endp = end + 1;
	}
}

int
amend_remove_host(const struct amend_text *text, const char *name,
    struct buf *out)
{
	struct setting hosts;
	struct token before, after;
	size_t at, end;
	int r;

	if ((r = host_find(text, name, &at, &end)) != 0 ||
	    (r = setting_find(text, 0, "hosts", &hosts)) != 0 ||
	    (r = last_before(text, hosts.value, at, &before)) != 0 ||
	    (r = next(text, end, &after)) != 0)
		return r;
	/* One comma goes with it: the one behind, else the one before. */
	if (after.kind == ',')
		end = after.end;
	else if (before.kind == ',')
		at = before.at;
	lines_whole(text, &at, &end);
	return replaced(text, at, end, "", out);
}
