/* sequence.h: a server's place in its own chain of snapshots. */
#ifndef REPO_SEQUENCE_H
#define REPO_SEQUENCE_H

#include "repo/snapshot.h"

/*
 * Each snapshot carries a number that its signer counts and the hash of the
 * one that signer signed before.  The last of both stand in a file of the
 * state directory, whose lock is held from open to close: two jobs of one
 * server commit one after the other.  What is about to be put is written
 * there first, so that a crash on either side of the put is told apart.
 * Without the file, all snapshots are read.
 *
 * What was seen of the others stands in a second file (repo/seen.h): every
 * quarter of an hour a commit lists all snapshots and reads the latest of each
 * source that has a new one; the others read just that of their own source.
 */
struct sequence;

/*
 * Lock and find the last place of signer, and the heads of the others, for a
 * snapshot of source.  state_dir may be NULL: no lock, no file.  ERR_BUSY if
 * the lock is not to be had for a minute.  Caller owns *qp.
 */
int	 sequence_open(struct repo *r, const char *state_dir,
	    const uint8_t signer[32], const char *source,
	    struct sequence **qp) ERR_MUST_USE;

/* Unlock and free q, which may be NULL. */
void	 sequence_close(struct sequence *q);

/* Fill in sn's signer_seq, signer_previous and heads. */
int	 sequence_fill(const struct sequence *q, struct snapshot *sn)
	    ERR_MUST_USE;

/* Remember that the object of that hash is about to be put as sn. */
int	 sequence_intend(struct sequence *q, const struct snapshot *sn,
	    const uint8_t hash[32]) ERR_MUST_USE;

/* It was put.  A failure is only logged: the next open finds out. */
void	 sequence_done(struct sequence *q);

#endif /* REPO_SEQUENCE_H */
