/* job_fixture.h: small jobs against a repository, and what they must leave. */
#ifndef TESTS_JOB_FIXTURE_H
#define TESTS_JOB_FIXTURE_H

#include "repo/snapshot.h"
#include "repo/verify.h"
#include "repo/writer.h"

#define JOB_DIRS 3
#define JOB_FILES 4

/*
 * What a source holds: files in directories below one root, "/srv".  A
 * version decides the content; 0: no such file.  Versions that have the same
 * hundreds, of 1 and more, differ by little.  The first file of a
 * directory has more chunks than an entry holds inline, and each directory
 * has extended attributes.
 */
struct job_model {
	unsigned int version[JOB_DIRS][JOB_FILES];
};

/* Who does the job. */
struct job {
	struct repo *r;			/* borrowed */
	const uint8_t *seed;		/* of the signer, borrowed */
	const char *host;		/* the set is "s" */
	const char *state_dir;		/* may be NULL */
	bool	 count;			/* count references by hand */
	bool	 delta;			/* against the version before, where
					 * that is stored and little differs */
};

/* Begin a writer for j. */
int	 job_begin(const struct job *j, struct writer **wp);

/* Write the files of m that the source is not known to have, and the trees;
 * give an uncommitted snapshot, which is the caller's. */
int	 job_write(const struct job *j, struct writer *w,
	    const struct job_model *m, struct snapshot **snp);

/* All of a job: begin, write, commit, end. */
int	 job_run(const struct job *j, const struct job_model *m);

/*
 * Store chunk number i of a version as a delta against that of the version
 * base, or whole if that is 0, whether it is stored already or not.
 */
struct job_delta {
	unsigned int version, base, i;
	uint8_t	 depth;			/* 0: one more than the base's */
	unsigned int lie;		/* named as base; 0: base */
};
int	 job_put(const struct job *j, struct writer *w,
	    const struct job_delta *d);

/* The chunk number i of a file's content. */
void	 job_chunk(unsigned int version, unsigned int i, uint8_t *data,
	    size_t *lenp);

/* The id of that chunk. */
void	 job_chunk_id(struct repo *r, unsigned int version, unsigned int i,
	    uint8_t idp[32]);

/* The test fails unless the source's snapshot seq holds m. */
void	 job_check(const struct job *j, uint64_t seq,
	    const struct job_model *m);

/* Verify; the totals are the caller's if it wants them. */
int	 job_verify(struct repo *r, bool full, struct verify_totals *tp);

#endif /* TESTS_JOB_FIXTURE_H */
