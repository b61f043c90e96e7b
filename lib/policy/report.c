/* report.c: diagnostics, collected and printed. */
#include "config.h"

#include "policy/report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/log.h"
#include "policy/internal.h"

struct policy_report {
	struct arena *arena;
	struct policy_diag *diags;
	size_t	 n, cap;
	size_t	 counts[2];
	bool	 oom;
	const char *file;	/* from the arena */
	const char *effect;	/* from the arena, or NULL */
	const char *text;	/* borrowed during a load, or NULL */
	size_t	 len;
};

int
policy_report_new(struct policy_report **rp)
{
	struct policy_report *r;
	int err;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return ERR_NOMEM;
	if ((err = arena_new(&r->arena)) != 0) {
		free(r);
		return err;
	}
	r->file = "";
	*rp = r;
	return 0;
}

void
policy_report_free(struct policy_report *r)
{
	if (r == NULL)
		return;
	arena_free(r->arena);
	free(r->diags);
	free(r);
}

void
policy_report_effect(struct policy_report *r, const char *effect)
{
	r->effect = arena_strndup(r->arena, effect, strlen(effect));
}

size_t
policy_report_count(const struct policy_report *r,
    enum policy_severity severity)
{
	return r->counts[severity];
}

const struct policy_diag *
policy_report_get(const struct policy_report *r, size_t i)
{
	return i < r->n ? &r->diags[i] : NULL;
}

int
report_file(struct policy_report *r, const char *file, const char *text,
    size_t len)
{
	if ((r->file = arena_strndup(r->arena, file, strlen(file))) == NULL) {
		r->file = "";
		return ERR_NOMEM;
	}
	r->text = text;
	r->len = len;
	return 0;
}

/* A copy of one line of the text, without its end. */
static const char *
report_source(struct policy_report *r, unsigned int line)
{
	const char *p = r->text, *end, *nl;
	size_t len;

	if (p == NULL || line == 0)
		return "";
	end = p + r->len;
	for (; line > 1 && p < end; line--) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			return "";
		p = nl + 1;
	}
	nl = memchr(p, '\n', (size_t)(end - p));
	len = (size_t)((nl != NULL ? nl : end) - p);
	if (len > 0 && p[len - 1] == '\r')
		len--;
	return arena_strndup(r->arena, p, len);
}

static struct policy_diag *
report_slot(struct policy_report *r)
{
	struct policy_diag *grown;
	size_t cap;

	if (r->n == r->cap) {
		cap = r->cap == 0 ? 16 : r->cap * 2;
		grown = reallocarray(r->diags, cap, sizeof(*grown));
		if (grown == NULL) {
			r->oom = true;
			return NULL;
		}
		r->diags = grown;
		r->cap = cap;
	}
	return &r->diags[r->n];
}

void
report_add(struct policy_report *r, enum policy_code code,
    const struct place *at, const char *help, const char *fmt, ...)
{
	struct policy_diag *d;
	char message[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	if (r->n >= POLICY_DIAGS_MAX || (d = report_slot(r)) == NULL) {
		r->counts[code >= POLICY_P050_LATER]++;
		return;
	}
	memset(d, 0, sizeof(*d));
	d->code = code;
	d->severity = code >= POLICY_P050_LATER ? POLICY_WARNING :
	    POLICY_ERROR;
	d->file = r->file;
	if (at != NULL) {
		d->line = at->line;
		d->col = at->col;
		d->width = at->width;
		d->other = at->other;
	}
	d->message = arena_strndup(r->arena, message, strlen(message));
	d->help = arena_strndup(r->arena, help, strlen(help));
	d->source = report_source(r, d->line);
	if (d->message == NULL || d->help == NULL || d->source == NULL) {
		r->oom = true;
		return;
	}
	r->counts[d->severity]++;
	r->n++;
}

static int
diag_compare(const void *va, const void *vb)
{
	const struct policy_diag *a = va, *b = vb;

	if (a->severity != b->severity)
		return a->severity < b->severity ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->col != b->col)
		return a->col < b->col ? -1 : 1;
	return 0;
}

bool
report_has(const struct policy_report *r, enum policy_code first,
    enum policy_code last)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (r->diags[i].code >= first && r->diags[i].code <= last)
			return true;
	return false;
}

static bool
is_syntax(const struct policy_diag *d)
{
	return d->code >= POLICY_P005_SYNTAX && d->code <= POLICY_P013_DEPTH;
}

/* After one syntax error of a line, what follows there means little. */
static void
drop_followers(struct policy_report *r)
{
	const struct policy_diag *d, *last = NULL;
	size_t i, kept = 0;

	for (i = 0; i < r->n; i++) {
		d = &r->diags[i];
		if (last != NULL && d->line == last->line &&
		    (d->code == POLICY_P005_SYNTAX ||
		    d->code == POLICY_P007_UNCLOSED)) {
			r->counts[d->severity]--;
			continue;
		}
		r->diags[kept++] = *d;
		if (is_syntax(d))
			last = &r->diags[kept - 1];
	}
	r->n = kept;
}

int
report_finish(struct policy_report *r)
{
	if (r->n > 1)
		qsort(r->diags, r->n, sizeof(*r->diags), diag_compare);
	drop_followers(r);
	r->text = NULL;
	r->len = 0;
	return r->oom ? ERR_NOMEM : 0;
}

/* Blanks as wide as the first n characters of s; tabs stay tabs. */
static void
print_indent(FILE *f, const char *s, unsigned int n)
{
	mbstate_t mb;
	wchar_t wc;
	size_t len;
	int w;

	memset(&mb, 0, sizeof(mb));
	for (; n > 0 && *s != '\0'; n--) {
		len = mbrtowc(&wc, s, strlen(s), &mb);
		if (len == (size_t)-1 || len == (size_t)-2 || len == 0) {
			memset(&mb, 0, sizeof(mb));
			len = 1;
			w = 1;
		} else
			w = wcwidth(wc);
		s += len;
		if (wc == L'\t')
			fputc('\t', f);
		else
			fprintf(f, "%*s", w < 0 ? 1 : w, "");
	}
}

/*
 * The escaped form, except that tabs stay, as the line with the caret has
 * them too, and backslashes, which are what some messages are about.
 */
static void
print_text(FILE *f, const char *s)
{
	char part[2048];
	size_t len;

	while (*s != '\0') {
		if (*s == '\t' || *s == '\\') {
			fputc(*s++, f);
			continue;
		}
		len = strcspn(s, "\t\\");
		if (len > sizeof(part) / 4 - 1)
			len = sizeof(part) / 4 - 1;
		log_escape(part, sizeof(part), s, len);
		fputs(part, f);
		s += len;
	}
}

struct colors {
	const char *error, *warning, *frame, *off;
};

/* The last lines of an error: its effect, and where to read more. */
static void
print_tail(const struct policy_report *r, const struct policy_diag *d,
    FILE *f, int gutter)
{
	if (r->effect != NULL)
		fprintf(f, "%*s = effect: %s\n", gutter, "", r->effect);
	fprintf(f, "%*s = more: backupctl policy explain P%03d\n\n", gutter,
	    "", (int)d->code);
}

static void
print_snippet(const struct policy_report *r, const struct policy_diag *d,
    FILE *f, const struct colors *c)
{
	unsigned int i;
	int gutter;

	gutter = snprintf(NULL, 0, "%u", d->line);
	fprintf(f, "%*s%s-->%s %s:%u:%u\n", gutter, "", c->frame, c->off,
	    d->file, d->line, d->col);
	fprintf(f, "%*s %s|%s\n", gutter, "", c->frame, c->off);
	fprintf(f, "%s%u |%s ", c->frame, d->line, c->off);
	print_text(f, d->source);
	fprintf(f, "\n%*s %s|%s ", gutter, "", c->frame, c->off);
	print_indent(f, d->source, d->col - 1);
	fputs(c->error, f);
	for (i = 0; i < (d->width > 0 ? d->width : 1); i++)
		fputc('^', f);
	fprintf(f, "%s ", c->off);
	print_text(f, d->help);
	fputc('\n', f);
	if (d->other != 0)
		fprintf(f, "%*s %s=%s the other one: %s:%u\n", gutter, "",
		    c->frame, c->off, d->file, d->other);
	print_tail(r, d, f, gutter);
}

static void
print_error(const struct policy_report *r, const struct policy_diag *d,
    FILE *f, const struct colors *c)
{
	fprintf(f, "%serror[P%03d]%s: ", c->error, (int)d->code, c->off);
	print_text(f, d->message);
	fputc('\n', f);
	if (d->line != 0) {
		print_snippet(r, d, f, c);
		return;
	}
	fprintf(f, "  --> %s\n   = ", d->file);
	print_text(f, d->help);
	fputc('\n', f);
	print_tail(r, d, f, 2);
}

/* One line: a policy may have many of them and still be right. */
static void
print_warning(const struct policy_diag *d, FILE *f, const struct colors *c)
{
	fprintf(f, "%swarning[P%03d]%s: %s", c->warning, (int)d->code, c->off,
	    d->file);
	if (d->line != 0)
		fprintf(f, ":%u:%u", d->line, d->col);
	fputs(": ", f);
	print_text(f, d->message);
	if (d->help[0] != '\0') {
		fputs("; ", f);
		print_text(f, d->help);
	}
	fputc('\n', f);
}

void
policy_report_print(const struct policy_report *r, FILE *f, bool color)
{
	static const struct colors plain = { "", "", "", "" };
	static const struct colors bright = {
		"\033[1;31m", "\033[1;33m", "\033[1;34m", "\033[0m"
	};
	size_t i, all = r->counts[0] + r->counts[1];

	for (i = 0; i < r->n; i++) {
		if (r->diags[i].severity == POLICY_ERROR)
			print_error(r, &r->diags[i], f,
			    color ? &bright : &plain);
		else
			print_warning(&r->diags[i], f,
			    color ? &bright : &plain);
	}
	if (all > r->n)
		fprintf(f, "... and %zu more\n", all - r->n);
}
