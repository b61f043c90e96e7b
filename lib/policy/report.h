/* report.h: what is wrong with a policy file, all of it at once. */
#ifndef POLICY_REPORT_H
#define POLICY_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "policy/code.h"

/*
 * Errors come first, then warnings, each in the order of the file.  Texts
 * of a struct policy_diag are owned by the report.  Bytes of the policy file
 * are escaped when printed, not before.
 */
enum policy_severity {
	POLICY_ERROR,
	POLICY_WARNING
};

struct policy_diag {
	enum policy_severity severity;
	enum policy_code code;
	const char *file;
	unsigned int line;	/* 1 for the first; 0: the file as a whole */
	unsigned int col;	/* 1 for the first, in characters */
	unsigned int width;	/* characters underlined */
	const char *message;	/* what is wrong */
	const char *help;	/* what to do; may be "" */
	const char *source;	/* the line of the file, may be "" */
	unsigned int other;	/* a second line that matters, or 0 */
};

struct policy_report;

/* Make an empty report.  Caller owns *rp. */
int	 policy_report_new(struct policy_report **rp) ERR_MUST_USE;

/* Free r, which may be NULL. */
void	 policy_report_free(struct policy_report *r);

/*
 * What mistakes have come to, such as "none; policy of 13 Aug 18:02 stays
 * active": printed with each error.  The text is copied.
 */
void	 policy_report_effect(struct policy_report *r, const char *effect);

/* How many diagnostics of that severity there are. */
size_t	 policy_report_count(const struct policy_report *r,
	    enum policy_severity severity);

/* The i-th of all diagnostics, borrowed; NULL past the last. */
const struct policy_diag *policy_report_get(const struct policy_report *r,
	    size_t i);

/* Print all of them, with source line and caret. */
void	 policy_report_print(const struct policy_report *r, FILE *f,
	    bool color);

#endif /* POLICY_REPORT_H */
