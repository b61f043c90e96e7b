/* scale.h: a large repository without large data, made and measured. */
#ifndef BENCH_SCALE_H
#define BENCH_SCALE_H

#include "repo/key.h"
#include "repo/repo.h"

#define SCALE_SET "data"
#define SCALE_SERVERS 4

/* How large it is. */
struct scale_size {
	unsigned int sources, nights;
	uint64_t chunks;		/* of content, in all */
};

/* Say why and exit. */
void	 scale_die(int r, const char *what) __attribute__((noreturn));

/* The name of a source's host. */
void	 scale_host(unsigned int source, char hostp[16]);

/* Seconds that never go back. */
double	 scale_now(void);

/*
 * Fill the empty repository r, whose first signer is that of kf, by the
 * functions of lib/repo: what a job of each source would leave each night.
 */
void	 scale_make(struct repo *r, const struct key_file *kf,
	    const struct scale_size *size);

#endif /* BENCH_SCALE_H */
