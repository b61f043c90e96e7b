/* mirror_impl.h: what the parts of a mirror share. */
#ifndef REPO_MIRROR_IMPL_H
#define REPO_MIRROR_IMPL_H

#include "base/spool.h"
#include "repo/idset.h"
#include "repo/mirror.h"
#include "repo/stored.h"

#define MIRROR_SAMPLE_MAX 32

/* An object that the copy lacks, or that is compared. */
struct mirror_item {
	char	 name[STORED_NAME_MAX];
	uint64_t size;
};

struct mirror {
	const struct mirror_params *p;
	struct mirror_totals t;
	uint8_t	 id[REPO_ID_LEN];
	struct stored_by by;
	struct stored_bytes *bytes, *other;
	enum stored_kind kind;		/* that is listed */
	struct spool lacks[STORED_KINDS];	/* struct mirror_item */
	struct spool packs;		/* hashes of those in the copy */
	bool	 lost[STORED_KINDS];	/* some of them are not good there */
	uint64_t unread;		/* objects in a row */
	struct mirror_item sample[MIRROR_SAMPLE_MAX];
	uint64_t sampled, seen;		/* of so many */
};

/* Tell, and count. */
void	 mirror_tell(struct mirror *m, enum mirror_told told,
	    const char *object, const char *format, ...)
	    __attribute__((format(printf, 4, 5)));

/* List both stores: what the copy lacks, and what is to be compared. */
int	 mirror_plan(struct mirror *m) ERR_MUST_USE;

/* Put one object; 0 too if it was told that it cannot be. */
int	 mirror_put(struct mirror *m, enum stored_kind kind,
	    const struct mirror_item *item) ERR_MUST_USE;

/* Put those of the new snapshots whose objects are all in the copy. */
int	 mirror_publish(struct mirror *m) ERR_MUST_USE;

/* Compare the sample. */
int	 mirror_compare(struct mirror *m) ERR_MUST_USE;

#endif /* REPO_MIRROR_IMPL_H */
