/* problems.h: what went wrong with which file, counted and kept. */
#ifndef RESTORE_PROBLEMS_H
#define RESTORE_PROBLEMS_H

#include <stdint.h>
#include <stdio.h>

#include "cli/progress.h"

/*
 * A problem concerns one path and does not end the command.  All are kept
 * as escaped lines; with --json each is also told at once.  Recording never
 * fails as far as callers see: what could not be kept is still counted.
 */
struct plan;
struct problems;

enum problem_kind {
	PROBLEM_DAMAGED,		/* the repository: exit 9 */
	PROBLEM_FAILED,			/* the entry is not there: exit 3 */
	PROBLEM_ATTR,			/* there, but an attribute is not */
	PROBLEM_SOURCE,			/* the source could not read it */
	PROBLEM_DIFFERS			/* check: not as restored: exit 9 */
};

/* Start counting; cli is borrowed.  Caller owns *pp. */
int	 problems_new(const struct cli *cli, struct problems **pp)
	    ERR_MUST_USE;

/* Free p, which may be NULL. */
void	 problems_free(struct problems *p);

/* Where JSON records go; borrowed, NULL for nowhere. */
void	 problems_show(struct problems *p, struct cli_progress *show);

/* Record a problem with the path of len bytes. */
void	 problems_add(struct problems *p, enum problem_kind kind,
	    const void *path, size_t len, const char *fmt, ...)
	    __attribute__((format(printf, 5, 6)));

/* Record a problem with entry i of plan. */
void	 problems_entry(struct problems *p, enum problem_kind kind,
	    const struct plan *plan, uint64_t i, const char *fmt, ...)
	    __attribute__((format(printf, 5, 6)));

/* How many there were of a kind, and in all. */
uint64_t problems_count(const struct problems *p, enum problem_kind kind);
uint64_t problems_total(const struct problems *p);

/* Print at most max of them, and how many more there are. */
void	 problems_print(const struct problems *p, FILE *f, uint64_t max);

/* All of them as lines of text, borrowed. */
const char *problems_text(const struct problems *p, size_t *lenp);

#endif /* RESTORE_PROBLEMS_H */
