/* table.c: tables, padded by display width. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/text.h"

#define COLUMNS_MAX 32

struct cli_table {
	char	**cells;	/* owns; row by row */
	size_t	 n, cap;
	size_t	 ncols;
	unsigned int right;
	int	 err;		/* the first failure */
};

int
cli_table_new(size_t ncols, unsigned int right, struct cli_table **tp)
{
	struct cli_table *t;

	if (ncols == 0 || ncols > COLUMNS_MAX)
		return ERR_CONFIG;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return ERR_NOMEM;
	t->ncols = ncols;
	t->right = right;
	*tp = t;
	return 0;
}

void
cli_table_free(struct cli_table *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->n; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t);
}

void
cli_table_cell(struct cli_table *t, const char *text)
{
	size_t cap, len = strlen(text) * 4 + 1;
	char **grown, *cell;

	if (t->err != 0)
		return;
	if (t->n == t->cap) {
		cap = t->cap == 0 ? 64 : t->cap * 2;
		grown = reallocarray(t->cells, cap, sizeof(*grown));
		if (grown == NULL) {
			t->err = ERR_NOMEM;
			return;
		}
		t->cells = grown;
		t->cap = cap;
	}
	if ((cell = malloc(len)) == NULL) {
		t->err = ERR_NOMEM;
		return;
	}
	log_escape(cell, len, text, strlen(text));
	t->cells[t->n++] = cell;
}

static void
print_cell(const struct cli_table *t, FILE *f, size_t i, size_t width)
{
	const char *cell = t->cells[i];
	int pad = (int)(width - cli_text_width(cell));
	size_t col = i % t->ncols, k;
	bool last = true;		/* nothing but empty cells follow */

	for (k = col + 1; k < t->ncols; k++)
		last = last && t->cells[i - col + k][0] == '\0';
	if (last && cell[0] == '\0')
		pad = 0;
	if (t->right >> col & 1)
		fprintf(f, "%*s%s", pad, "", cell);
	else
		fprintf(f, "%s%*s", cell, last ? 0 : pad, "");
	if (!last)
		fputs("  ", f);
	else if (col + 1 == t->ncols)
		fputc('\n', f);
}

int
cli_table_print(const struct cli_table *t, FILE *f, int indent)
{
	size_t widths[COLUMNS_MAX] = { 0 }, i, w;

	if (t->err != 0)
		return t->err;
	if (t->n % t->ncols != 0)
		return ERR_CONFIG;
	for (i = 0; i < t->n; i++)
		if ((w = cli_text_width(t->cells[i])) > widths[i % t->ncols])
			widths[i % t->ncols] = w;
	for (i = 0; i < t->n; i++) {
		if (i % t->ncols == 0)
			fprintf(f, "%*s", indent, "");
		print_cell(t, f, i, widths[i % t->ncols]);
	}
	return ferror(f) ? ERR_IO : 0;
}
