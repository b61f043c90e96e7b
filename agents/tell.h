/* tell.h: the walker's messages to the keeper. */
#ifndef AGENTS_TELL_H
#define AGENTS_TELL_H

#include <stddef.h>
#include <stdint.h>

#include "agents/outq.h"
#include "base/err.h"
#include "wire/page.h"
#include "wire/reply.h"

struct compressor;

/* Each waits while too much is queued; ERR_CANCELLED at the end. */

/* What went wrong where; name may be NULL, else it is below path. */
struct trouble {
	int	 code;
	int	 errnum;	/* 0: text says it all */
	uint32_t root;
	const uint8_t *path;
	size_t	 path_len;
	const char *name;
	const char *text;	/* what was tried, a verb and its object */
};

/* Send ISSUE. */
int	 tell_issue(struct outq *q, const struct trouble *t) ERR_MUST_USE;

/* Send ROOT. */
int	 tell_root(struct outq *q, const struct wire_root *m) ERR_MUST_USE;

/* Send PAGE; with a packer, which may be NULL, as PACKED if worth it. */
int	 tell_page(struct outq *q, struct compressor *packer,
	    const struct wire_page *m) ERR_MUST_USE;

/* Send DIREND. */
int	 tell_dirend(struct outq *q, const struct wire_dirend *m)
	    ERR_MUST_USE;

#endif /* AGENTS_TELL_H */
