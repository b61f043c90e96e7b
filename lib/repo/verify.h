/* verify.h: read a repository back and check all of it with keys. */
#ifndef REPO_VERIFY_H
#define REPO_VERIFY_H

#include "repo/index.h"

/*
 * What is damaged is reported, object by object, and the check goes on.
 * Nothing is changed.
 */
enum verify_level {
	VERIFY_ALARM,		/* damaged or missing: data is lost */
	VERIFY_NOTE		/* a stray file, an interrupted writer */
};

struct verify_params {
	bool	 full;			/* read every byte of every pack */
	unsigned int sample;		/* without full: of so many packs in
					   10000, picked at random */
	unsigned int threads;		/* for decryption and hashing */
	void	(*report)(enum verify_level level, const char *object,
		    const char *what, void *arg);
	void	(*progress)(uint64_t done, uint64_t total, void *arg);
	void	*arg;
};

struct verify_totals {
	uint64_t snapshots, packs, frames, chunks, objects;
	uint64_t bytes;			/* stored bytes read */
	uint64_t read;			/* packs, whole */
	uint64_t alarms, notes;
};

/*
 * Check config copies, key objects, index, refs, snapshots with signatures
 * and chains, trees, and that each needed chunk is stored; with full, every
 * frame of every pack down to its chunks' ids.  0 if all is well,
 * ERR_CORRUPT if there was an alarm, others if it could not go on.
 */
int	 verify_run(struct repo *r, const struct verify_params *p,
	    struct verify_totals *tp) ERR_MUST_USE;

#endif /* REPO_VERIFY_H */
