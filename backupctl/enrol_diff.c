/* enrol_diff.c: what a change does to the policy's text. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "backupctl/enrol.h"
#include "base/buf.h"
#include "base/log.h"

#define LINE_SHOWN 1024

struct text {
	const char *data;
	size_t	 len;
};

/* How much is the same at the beginning, in whole lines. */
static size_t
same_head(const struct text *a, const struct text *b)
{
	size_t i = 0, whole = 0;

	while (i < a->len && i < b->len && a->data[i] == b->data[i])
		if (a->data[i++] == '\n')
			whole = i;
	return whole;
}

/* Tell whether a line begins at at. */
static bool
begins(const struct text *t, size_t at)
{
	return at == 0 || t->data[at - 1] == '\n';
}

/* And at the end, of what is behind the beginning. */
static size_t
same_tail(const struct text *a, const struct text *b, size_t head)
{
	size_t i = 0, whole = 0;

	while (head + i < a->len && head + i < b->len &&
	    a->data[a->len - 1 - i] == b->data[b->len - 1 - i]) {
		i++;
		if (begins(a, a->len - i) && begins(b, b->len - i))
			whole = i;
	}
	return whole;
}

static void
lines_show(char sign, const char *at, const char *end)
{
	char safe[LINE_SHOWN];
	const char *nl;

	for (; at < end; at = nl + 1) {
		nl = memchr(at, '\n', (size_t)(end - at));
		nl = nl == NULL ? end : nl;
		log_escape(safe, sizeof(safe), at, (size_t)(nl - at));
		printf("    %c%s\n", sign, safe);
	}
}

void
enrol_diff(const struct cli *cli, const struct buf *old,
    const struct buf *new)
{
	const struct text a = { (const char *)buf_ptr(old), buf_len(old) };
	const struct text b = { (const char *)buf_ptr(new), buf_len(new) };
	size_t head, tail;

	if (cli->quiet || cli->json)
		return;
	head = same_head(&a, &b);
	tail = same_tail(&a, &b, head);
	printf("    In %s:\n", cli->config);
	lines_show('-', a.data + head, a.data + a.len - tail);
	lines_show('+', b.data + head, b.data + b.len - tail);
	fflush(stdout);
}
