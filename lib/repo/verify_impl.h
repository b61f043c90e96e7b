/* verify_impl.h: the inside of a verification, shared by its files. */
#ifndef REPO_VERIFY_IMPL_H
#define REPO_VERIFY_IMPL_H

#include "repo/idset.h"
#include "repo/reader.h"
#include "repo/verify.h"

struct store_list;

struct verify {
	struct repo *r;				/* borrowed */
	const struct verify_params *p;		/* borrowed */
	struct verify_totals t;
	uint64_t done, total;			/* bytes, for progress */
	struct index *x;			/* owns; NULL: damaged */
	struct reader *rd;			/* owns; NULL with x */
	struct spool packs;			/* struct verify_pack */
	struct spool instances;			/* struct verify_instance */
	struct spool bases;			/* ids, of their deltas */
	struct spool places;			/* struct verify_place */
	struct spool heads;			/* struct verify_head */
	struct idset used_refs;			/* by snapshots */
	char	 last_source[33];		/* asked for last */
	uint64_t last_seq;			/* of its snapshots */
};

/* A pack in the store, in the order of their hashes. */
struct verify_pack {
	uint8_t	 hash[32];
	uint64_t size;
	uint32_t indexed;	/* chunks that the index names */
	uint32_t state;		/* enum verify_pack_state */
	uint32_t lost;		/* deltas that cannot be had */
	uint8_t	 first[32];	/* one of them */
};

enum verify_pack_state {
	VERIFY_PACK_GOOD,	/* its footer was read */
	VERIFY_PACK_BAD,	/* its footer is damaged */
	VERIFY_PACK_TOLD	/* what the index lacks of it was reported */
};

/* A chunk as a footer lists it; ordered by the first two. */
struct verify_instance {
	uint8_t	 id[32];
	uint8_t	 depth;
	uint8_t	 kind, class;
	uint8_t	 seen;		/* the index names it */
	uint32_t pack;		/* its number in packs */
	uint32_t frame_offset, frame_stored, frame_raw;
	uint32_t offset, len;
	uint32_t base;		/* its number in bases, if depth > 0 */
};
#define VERIFY_INSTANCE_KEY 33

/* A snapshot in its signer's chain; ordered by the first two. */
struct verify_place {
	uint8_t	 signer[32];
	uint8_t	 seq[8];	/* big-endian */
	uint8_t	 hash[32];
	uint8_t	 previous[32];
};

/* What a snapshot says to have seen of another signer. */
struct verify_head {
	uint8_t	 signer[32];
	uint8_t	 seq[8];
	uint8_t	 hash[32];
};

/* Report. */
void	 verify_alarm(struct verify *v, const char *object, const char *what);
void	 verify_note(struct verify *v, const char *object, const char *what);

/*
 * Report that what has failed with r as an alarm, and give 0; or give r back
 * if it is not the object's fault and the check cannot go on.
 */
int	 verify_damage(struct verify *v, int r, const char *object,
	    const char *what) ERR_MUST_USE;

/* Count an object of size bytes as looked at. */
void	 verify_progress(struct verify *v, uint64_t size);

/* Take the object packs/aa/<hash>, to be checked by verify_packs. */
int	 verify_take_pack(struct verify *v, const char *name, uint64_t size)
	    ERR_MUST_USE;

/* Check all packs, whose instances are sorted then, and the index against
 * them. */
int	 verify_packs(struct verify *v) ERR_MUST_USE;
int	 verify_index(struct verify *v) ERR_MUST_USE;

/* The n-th pack, borrowed. */
struct verify_pack *verify_pack_at(const struct verify *v, size_t n);

/*
 * Check that what each delta builds on is there and, with full, the content
 * of all: verify_deltas.c.
 */
int	 verify_deltas(struct verify *v) ERR_MUST_USE;

/* Read all of a pack in the pool: verify_full.c. */
struct verify_pool;
int	 verify_pool_new(struct verify *v, struct verify_pool **pp)
	    ERR_MUST_USE;
void	 verify_pool_free(struct verify_pool *p);

/* Give the footer of pack, borrowed until the call after the next; its
 * frames are checked meanwhile.  NULL if it is damaged. */
struct pack_footer;
int	 verify_pool_pack(struct verify_pool *p,
	    const struct verify_pack *pack, const struct pack_footer **fp)
	    ERR_MUST_USE;

/* Wait for all frames and report. */
int	 verify_pool_end(struct verify_pool *p) ERR_MUST_USE;

/* Check all snapshots, their chains, trees and references. */
int	 verify_snapshots(struct verify *v) ERR_MUST_USE;

#endif /* REPO_VERIFY_IMPL_H */
