/* fuzz.h: what the harnesses share: input in parts, checks, a repository. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "repo/internal.h"

/*
 * A harness is one file fuzz_NAME.c with LLVMFuzzerTestOneInput, linked with
 * replay.c, which runs it over corpus/NAME and what lies near, or with
 * libFuzzer (configure --enable-fuzzers).  It calls fuzz_init first.
 *
 * Sealed objects are sealed here, with the keys of a repository that only
 * the harness has: an input is what stands in the boxes, so that the decoder
 * behind them is what is tried.  Nothing in lib/ knows of this.
 */
struct frame_epoch;

/* Take one input, as libFuzzer gives it.  0. */
int	 LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Prepare once: no log lines, crypto ready. */
void	 fuzz_init(void);

/* Abort, naming what should hold, unless it does. */
void	 fuzz_check(bool holds, const char *what);

/* What is left of an input. */
struct fuzz_input {
	const uint8_t *p;
	size_t	 left;
};

/* Take a byte; 0 where there is none. */
uint8_t	 fuzz_byte(struct fuzz_input *in);

/* Take a part with a u16 length before it, as much of it as there is. */
const uint8_t *fuzz_part(struct fuzz_input *in, size_t *lenp);

/* Another buffer that borrows the bytes; aborts without memory. */
struct buf *fuzz_borrow(const void *data, size_t len);

/* An empty buffer. */
struct buf *fuzz_buf(size_t cap);

/* Check that b holds exactly these bytes; free it. */
void	 fuzz_same(struct buf *b, const void *data, size_t len);

/* A text with a NUL after it, for free(3). */
char	*fuzz_text(const uint8_t *data, size_t len);

/* The repository, in a store in memory, under fixed keys. */
struct repo *fuzz_repo(void);

/* The signer that it knows: public key and seed. */
const uint8_t *fuzz_signer(void);
const uint8_t *fuzz_signer_seed(void);

/* Its epoch. */
const struct frame_epoch *fuzz_epoch(void);

/* Append the head of an object of that type. */
void	 fuzz_head(struct buf *out, enum object_type type);

/* Append a box of that number, of an object whose head is at its start. */
void	 fuzz_box(struct buf *out, uint8_t number, const void *plain,
	    size_t len);

/* An object of a head and one box; the caller frees it. */
struct buf *fuzz_object(enum object_type type, const void *plain, size_t len);

#endif /* TESTS_FUZZ_FUZZ_H */
