/* seeds.h: what the parts of the program that writes seeds share. */
#ifndef TESTS_FUZZ_SEEDS_H
#define TESTS_FUZZ_SEEDS_H

#include "base/attr.h"
#include "tests/fuzz/fuzz.h"

/* A step that cannot fail here. */
#define DO(call) fuzz_check((call) == 0, #call)

/* Write b, which is taken, as a seed of a harness. */
void	 seed_put(const char *harness, const char *name, struct buf *b);

/* An empty buffer. */
struct buf *seed_buf(void);

/* Append a part, which is taken, behind its u16 length. */
void	 seed_part(struct buf *b, struct buf *part);

/* An id of 32 equal bytes. */
void	 seed_id(uint8_t id[32], uint8_t number);

/* Attributes of a type with all that fits it. */
void	 seed_attr(struct attr *a, uint8_t type);

/* The seeds of a group of harnesses. */
void	 seeds_codec(void);
void	 seeds_entry(void);
void	 seeds_object(void);
void	 seeds_wire(void);
void	 seeds_wire_delta(void);
void	 seeds_job(void);
void	 seeds_hook(void);
void	 seeds_sftp(void);

#endif /* TESTS_FUZZ_SEEDS_H */
