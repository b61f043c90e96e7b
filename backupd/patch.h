/* patch.h: what the puller makes of deltas and of packed messages. */
#ifndef BACKUPD_PATCH_H
#define BACKUPD_PATCH_H

#include <stddef.h>

#include "base/err.h"

/*
 * doc/protocol.md sections 6 and 7.  Bases come from the keeper, deltas and
 * packed messages from the source, which is not trusted: nothing it says
 * makes more than one message of output, and of memory no more than
 * PATCH_BASES_MAX and a few frames are ever held.  A delta that is wrong in
 * itself is no lie: its chunk comes whole.
 *
 * On failure nothing stands in out, and the job is over.  One thread.
 */
#define PATCH_BASES_MAX ((size_t)48 << 20)	/* bytes, of all batches */

struct buf;
struct patch;

/* Caller owns *pp. */
int	 patch_new(struct patch **pp) ERR_MUST_USE;

/* Free p, which may be NULL. */
void	 patch_free(struct patch *p);

/*
 * Consume the body of a BASIS, keep the basis and append SIGNATURE to out.
 * Any failure but ERR_NOMEM is the keeper's fault.  *lenp: bytes signed by
 * librsync.
 */
int	 patch_basis(struct patch *p, struct buf *body, struct buf *out,
	    size_t *lenp) ERR_MUST_USE;

/*
 * Consume the body of a DELTA, append PATCHED to out, and let the batch's
 * bases go.  ERR_FORMAT or ERR_TOOBIG is the source's fault; *whyp then says
 * what is wrong, in words.
 */
int	 patch_delta(struct patch *p, struct buf *body, struct buf *out,
	    const char **whyp) ERR_MUST_USE;

/*
 * Consume the body of a PACKED and append the message within, checked, to
 * out.  Failures as with patch_delta.
 */
int	 patch_packed(struct patch *p, struct buf *body, struct buf *out,
	    const char **whyp) ERR_MUST_USE;

#endif /* BACKUPD_PATCH_H */
