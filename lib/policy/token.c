/* token.c: the words of a policy file, each with its line and column. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/internal.h"

#define BOM "\xEF\xBB\xBF"

void
scanner_init(struct scanner *s, const char *text, size_t len, struct arena *a,
    struct policy_report *r)
{
	s->p = text;
	s->end = text + len;
	if (len >= 3 && memcmp(text, BOM, 3) == 0)
		s->p += 3;
	s->line_start = s->mark = s->p;
	s->mark_col = 1;
	s->line = 1;
	s->fresh = true;
	s->indent = 0;
	s->arena = a;
	s->report = r;
}

/* Characters between two points of one line: bytes that begin one. */
static unsigned int
characters(const char *from, const char *to)
{
	unsigned int n = 0;

	for (; from < to; from++)
		n += ((unsigned char)*from & 0xc0) != 0x80;
	return n;
}

/* Counted from the last place asked for, lest a long line cost its square. */
static struct place
scanner_place(struct scanner *s, const char *from, const char *to)
{
	struct place at = { 0 };

	if (from < s->mark) {
		s->mark = s->line_start;
		s->mark_col = 1;
	}
	s->mark_col += characters(s->mark, from);
	s->mark = from;
	at.line = s->line;
	at.col = s->mark_col;
	at.width = characters(from, to);
	return at;
}

static void
scanner_newline(struct scanner *s)
{
	s->p++;
	s->line++;
	s->line_start = s->mark = s->p;
	s->mark_col = 1;
	s->fresh = true;
}

/* Skip a comment that may span lines. */
static void
skip_block_comment(struct scanner *s)
{
	struct place at = scanner_place(s, s->p, s->p + 2);

	for (s->p += 2; s->p < s->end; ) {
		if (*s->p == '*' && s->end - s->p > 1 && s->p[1] == '/') {
			s->p += 2;
			return;
		}
		if (*s->p == '\n')
			scanner_newline(s);
		else
			s->p++;
	}
	report_add(s->report, POLICY_P007_UNCLOSED, &at,
	    "add */ where the comment ends", "comment is never closed");
}

static void
skip_line(struct scanner *s)
{
	while (s->p < s->end && *s->p != '\n')
		s->p++;
}

static void
skip_blanks(struct scanner *s)
{
	for (; s->p < s->end; ) {
		if (*s->p == '\n')
			scanner_newline(s);
		else if (strchr(" \t\r\f", *s->p) != NULL)
			s->p++;
		else if (*s->p == '#')
			skip_line(s);
		else if (*s->p == '/' && s->end - s->p > 1 && s->p[1] == '/')
			skip_line(s);
		else if (*s->p == '/' && s->end - s->p > 1 && s->p[1] == '*')
			skip_block_comment(s);
		else
			break;
	}
}

static void
bad_escape(struct scanner *s, const char *at)
{
	struct place place = scanner_place(s, at, at + 2);

	report_add(s->report, POLICY_P008_BACKSLASH, &place,
	    "use / in paths (\\\\ stands for one backslash in a pattern)",
	    "backslash in a string");
}

/*
 * A string ends on its line: one that does not has lost its quote, and what
 * libconfig would report is the end of the file.  Only \\ and \" are taken
 * as escapes; the others are never needed and mostly are Windows paths.
 */
static int
scan_string(struct scanner *s, struct token *t)
{
	const char *open = s->p;
	char *out;

	for (s->p++; s->p < s->end && *s->p != '"' && *s->p != '\n'; s->p++)
		if (*s->p == '\\' && s->end - s->p > 1 && s->p[1] != '\n')
			s->p++;
	t->place = scanner_place(s, open, s->p);
	if (s->p == s->end || *s->p == '\n') {
		t->kind = TOKEN_BAD;
		t->place.width = 1;
		report_add(s->report, POLICY_P007_UNCLOSED, &t->place,
		    "add the closing quote on the same line",
		    "string is never closed");
		return 0;
	}
	t->kind = TOKEN_STRING;
	t->place.width++;
	t->str = out = arena_alloc(s->arena, (size_t)(s->p - open), 1);
	if (out == NULL)
		return ERR_NOMEM;
	for (open++; open < s->p; open++) {
		if (*open == '\\') {
			if (open[1] != '\\' && open[1] != '"' &&
			    t->kind == TOKEN_STRING) {
				bad_escape(s, open);
				t->kind = TOKEN_BAD;
			}
			open++;
		}
		*out++ = *open;
	}
	s->p++;
	return 0;
}

static bool
name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '*';
}

static bool
word_is(const struct token *t, const char *word)
{
	size_t i;

	if (strlen(word) != t->len)
		return false;
	for (i = 0; i < t->len; i++)
		if (tolower((unsigned char)t->text[i]) != word[i])
			return false;
	return true;
}

static void
scan_name(struct scanner *s, struct token *t)
{
	const char *from = s->p;

	while (s->p < s->end && (name_byte(*s->p) ||
	    (*s->p == '.' && s->end - s->p > 1 && name_byte(s->p[1]))))
		s->p++;
	t->text = from;
	t->len = (size_t)(s->p - from);
	t->place = scanner_place(s, from, s->p);
	t->kind = TOKEN_NAME;
	if (word_is(t, "true") || word_is(t, "false")) {
		t->kind = TOKEN_BOOL;
		t->num = word_is(t, "true");
	}
}

static void
bad_number(struct scanner *s, struct token *t, const char *what)
{
	report_add(s->report, POLICY_P009_NUMBER, &t->place,
	    "write a size with its unit in quotes, such as \"5 GiB\"",
	    "%s: %.*s", what, t->len > 60 ? 60 : (int)t->len, t->text);
	t->kind = TOKEN_BAD;
}

/* Give *t the value of the integer or decimal in its text. */
static void
convert_number(struct scanner *s, struct token *t)
{
	char digits[64], *end;
	long long v;

	if (t->len >= sizeof(digits)) {
		bad_number(s, t, "number out of range");
		return;
	}
	memcpy(digits, t->text, t->len);
	digits[t->len] = '\0';
	if (digits[t->len - 1] == 'L') {
		bad_number(s, t, "64-bit numbers are not used in a policy");
		return;
	}
	if (t->len > 1 && strspn(digits, "+-0") > strspn(digits, "+-") &&
	    isdigit((unsigned char)digits[strspn(digits, "+-") + 1])) {
		bad_number(s, t, "number begins with 0");
		return;
	}
	errno = 0;
	if (strpbrk(digits, "xX") == NULL && strpbrk(digits, ".eE") != NULL) {
		t->kind = TOKEN_FLOAT;
		t->real = strtod(digits, &end);
	} else {
		t->kind = TOKEN_INT;
		v = strtoll(digits, &end,
		    strpbrk(digits, "xX") != NULL ? 16 : 10);
		t->num = v;
		if (errno != 0 || v > INT32_MAX || v < INT32_MIN) {
			bad_number(s, t, "number does not fit 32 bits");
			return;
		}
	}
	if (*end == '\0' && errno == 0)
		return;
	report_add(s->report, POLICY_P005_SYNTAX, &t->place,
	    "put quotes around text and around quantities such as \"5 min\"",
	    "`%s` is not a number", digits);
	t->kind = TOKEN_BAD;
}

static void
scan_number(struct scanner *s, struct token *t)
{
	const char *from = s->p;

	for (s->p++; s->p < s->end && (name_byte(*s->p) || *s->p == '.' ||
	    ((*s->p == '+' || *s->p == '-') && tolower(s->p[-1]) == 'e'));
	    s->p++)
		;
	t->text = from;
	t->len = (size_t)(s->p - from);
	t->place = scanner_place(s, from, s->p);
	convert_number(s, t);
}

/* What word processors and web pages put in, or a shell would take. */
static const char *
other_help(const char *s)
{
	static const char *const quotes[] = {
		"'", "`", "\xE2\x80\x98", "\xE2\x80\x99", "\xE2\x80\x9C",
		"\xE2\x80\x9D", "\xE2\x80\x9E", "\xC2\xAB"
	};
	size_t i;

	for (i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++)
		if (strncmp(s, quotes[i], strlen(quotes[i])) == 0)
			return "use the straight \" around text";
	if (strncmp(s, "\xC2\xA0", 2) == 0)
		return "this is a no-break space: type a plain one";
	return "put quotes around text: \"...\"";
}

static void
scan_other(struct scanner *s, struct token *t)
{
	const char *from = s->p;

	t->kind = TOKEN_BAD;
	if (*from == '@') {
		for (s->p++; s->p < s->end && isalpha((unsigned char)*s->p); )
			s->p++;
		t->place = scanner_place(s, from, s->p);
		report_add(s->report, POLICY_P006_INCLUDE, &t->place,
		    "copy the other file's text here",
		    "a policy is one file: @include is refused");
		skip_line(s);
		return;
	}
	for (s->p++; s->p < s->end && ((unsigned char)*s->p & 0xc0) == 0x80; )
		s->p++;
	t->place = scanner_place(s, from, s->p);
	report_add(s->report, POLICY_P005_SYNTAX, &t->place, other_help(from),
	    "`%.*s` cannot stand here", (int)(s->p - from), from);
}

int
scanner_next(struct scanner *s, struct token *tp)
{
	struct token t = { 0 };
	int r = 0;

	skip_blanks(s);
	t.first = s->fresh;
	if (s->fresh)
		s->indent = characters(s->line_start, s->p);
	s->fresh = false;
	t.text = s->p;
	if (s->p == s->end) {
		t.kind = TOKEN_END;
		t.place = scanner_place(s, s->p, s->p);
	} else if (*s->p == '"') {
		r = scan_string(s, &t);
	} else if (isalpha((unsigned char)*s->p) || *s->p == '*') {
		scan_name(s, &t);
	} else if (isdigit((unsigned char)*s->p) ||
	    (strchr("+-.", *s->p) != NULL && s->end - s->p > 1 &&
	    isdigit((unsigned char)s->p[1]))) {
		scan_number(s, &t);
	} else if (strchr("=:;,{}()[]", *s->p) != NULL) {
		t.kind = TOKEN_PUNCT;
		t.punct = *s->p++;
		t.len = 1;
		t.place = scanner_place(s, t.text, s->p);
	} else
		scan_other(s, &t);
	if (r == 0)
		*tp = t;
	return r;
}
