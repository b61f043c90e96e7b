/* problems.c: what went wrong with which file, counted and kept. */
#include "restore/problems.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/spool.h"
#include "cli/text.h"
#include "restore/plan.h"

#define PROBLEM_TEXT_MAX 512

static const struct {
	const char *code, *level;
} problem_kinds[] = {
	[PROBLEM_DAMAGED] = { "R001", "error" },
	[PROBLEM_FAILED] = { "R002", "error" },
	[PROBLEM_ATTR] = { "R003", "warning" },
	[PROBLEM_SOURCE] = { "R004", "warning" },
	[PROBLEM_DIFFERS] = { "R005", "error" },
};

#define PROBLEM_KINDS (sizeof(problem_kinds) / sizeof(problem_kinds[0]))

struct problems {
	const struct cli *cli;
	struct cli_progress *show;
	struct spool lines;		/* bytes */
	uint64_t counts[PROBLEM_KINDS];
};

int
problems_new(const struct cli *cli, struct problems **pp)
{
	struct problems *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return ERR_NOMEM;
	p->cli = cli;
	spool_init(&p->lines, 1);
	*pp = p;
	return 0;
}

void
problems_free(struct problems *p)
{

	if (p == NULL)
		return;
	spool_clear(&p->lines);
	free(p);
}

void
problems_show(struct problems *p, struct cli_progress *show)
{

	p->show = show;
}

/* Keep "path: text" as one escaped line. */
static int
problems_keep(struct problems *p, const void *path, size_t len,
    const char *text)
{
	char *line;
	size_t cap = len * 4 + strlen(text) + 4, used;
	int r;

	if ((line = malloc(cap)) == NULL)
		return ERR_NOMEM;
	log_escape(line, len * 4 + 1, path, len);
	used = strlen(line);
	used += (size_t)snprintf(line + used, cap - used, "%s%s\n",
	    used > 0 ? ": " : "", text);
	r = spool_append(&p->lines, line, used);
	free(line);
	return r;
}

static void
problems_record(struct problems *p, enum problem_kind kind, const void *path,
    size_t len, const char *text)
{
	struct cli_issue issue = {
		.level = problem_kinds[kind].level,
		.code = problem_kinds[kind].code,
		.message = text,
		.path = path,
		.path_len = len,
	};
	int r;

	p->counts[kind]++;
	if (p->cli->json && p->show != NULL)
		cli_progress_issue(p->show, &issue);
	if ((r = problems_keep(p, path, len, text)) != 0)
		log_err(r, "problem %s: keep", text);
}

void
problems_add(struct problems *p, enum problem_kind kind, const void *path,
    size_t len, const char *fmt, ...)
{
	char text[PROBLEM_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	problems_record(p, kind, path, len, text);
}

void
problems_entry(struct problems *p, enum problem_kind kind,
    const struct plan *plan, uint64_t i, const char *fmt, ...)
{
	struct buf *path = NULL;
	char text[PROBLEM_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (buf_new(SIZE_MAX / 2, &path) == 0 &&
	    plan_path(plan, i, path) == 0)
		problems_record(p, kind, buf_ptr(path), buf_len(path), text);
	else
		problems_record(p, kind, "", 0, text);
	buf_free(path);
}

uint64_t
problems_count(const struct problems *p, enum problem_kind kind)
{

	return p->counts[kind];
}

uint64_t
problems_total(const struct problems *p)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < PROBLEM_KINDS; i++)
		n += p->counts[i];
	return n;
}

void
problems_print(const struct problems *p, FILE *f, uint64_t max)
{
	const char *line, *end;
	char more[CLI_TEXT_MAX];
	size_t len;
	uint64_t n;

	line = problems_text(p, &len);
	for (n = 0; n < max && len > 0; n++) {
		end = memchr(line, '\n', len);
		fprintf(f, "  %.*s\n", (int)(end - line), line);
		len -= (size_t)(end + 1 - line);
		line = end + 1;
	}
	if (problems_total(p) > n) {
		cli_count_format(problems_total(p) - n, more);
		fprintf(f, "  and %s more\n", more);
	}
}

const char *
problems_text(const struct problems *p, size_t *lenp)
{

	*lenp = p->lines.n;
	return *lenp == 0 ? "" : spool_at(&p->lines, 0);
}
