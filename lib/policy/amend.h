/* amend.h: changes to the text of a policy that leave the rest as it is. */
#ifndef POLICY_AMEND_H
#define POLICY_AMEND_H

#include <stddef.h>

#include "base/err.h"

/*
 * The officer's comments, order and layout are the officer's: only the bytes
 * that must change do.  The text need not be valid as a policy; what comes
 * out is to be loaded before it is used.  Text is borrowed, out is appended
 * to.  ERR_FORMAT if the braces or quotes of text do not match.
 */
struct buf;

struct amend_text {
	const char *data;
	size_t	 len;
};

/*
 * Put entry, a whole "{ ... }", at the end of the list "hosts", or make the
 * list at the end of the text if there is none.
 */
int	 amend_add_host(const struct amend_text *text, const char *entry,
	    struct buf *out) ERR_MUST_USE;

/*
 * Give host name the setting key with that value, in place of the one it
 * has.  ERR_NOENT if there is no such host.
 */
int	 amend_set_host(const struct amend_text *text, const char *name,
	    const char *key, const char *value, struct buf *out)
	    ERR_MUST_USE;

/* Take host name out of the list.  ERR_NOENT if it is not there. */
int	 amend_remove_host(const struct amend_text *text, const char *name,
	    struct buf *out) ERR_MUST_USE;

#endif /* POLICY_AMEND_H */
