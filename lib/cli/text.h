/* text.h: sizes, durations, widths and colours as people read them. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "cli/options.h"

#define CLI_TEXT_MAX 32

/* "31.4 GiB"; below 1 KiB "512 B". */
void	 cli_size_format(uint64_t bytes, char out[CLI_TEXT_MAX]);

/* "48,902". */
void	 cli_count_format(uint64_t n, char out[CLI_TEXT_MAX]);

/* "9 min", "2 h 05 min", "3 days"; below a minute "45 s". */
void	 cli_duration_format(int64_t seconds, char out[CLI_TEXT_MAX]);

/* Columns that s takes on a terminal; bytes that are not UTF-8 count one. */
size_t	 cli_text_width(const char *s);

/* Tell whether to colour what goes to f, by --color, NO_COLOR and TERM. */
bool	 cli_color_on(const struct cli *cli, FILE *f);

/*
 * A table, printed with columns padded by display width.  Cells are copied
 * and escaped.  The first failure sticks and comes out of print.
 */
struct cli_table;

/* Make one of ncols columns; right names those aligned right, as bits. */
int	 cli_table_new(size_t ncols, unsigned int right,
	    struct cli_table **tp) ERR_MUST_USE;

/* Free t, which may be NULL. */
void	 cli_table_free(struct cli_table *t);

/* Add the next cell, row by row; the first row is the heading. */
void	 cli_table_cell(struct cli_table *t, const char *text);

/* Print it, every line indented by so many blanks. */
int	 cli_table_print(const struct cli_table *t, FILE *f, int indent)
	    ERR_MUST_USE;

#endif /* CLI_TEXT_H */
