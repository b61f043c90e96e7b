/* liar.h: how the lying agent of the tests speaks. */
#ifndef TESTS_LIB_LIAR_H
#define TESTS_LIB_LIAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "wire/wire.h"

/* One conversation; failures of our own end the program. */
#define OUT_MAX (64u << 20)

extern const char *lie;			/* the one to be told */
extern struct wire_reader *in;
extern struct buf *out;

/* End the program unless r is 0. */
void	 ok(int r, const char *what);

/* Tell whether it is the lie of that name. */
int	 lies(const char *name);

/* Send what was put into out. */
void	 flush(void);

/* Wait for the next message. */
void	 next(struct wire_msg *m);

/* Wait for the next message of the given type. */
void	 expect(enum wire_type type, struct wire_msg *m);

/* Begin a message in out; gives the mark for wire_end. */
size_t	 begin(enum wire_type type);

/* Put bytes, or a message that no encoder would write. */
void	 raw(const void *data, size_t len);
void	 raw_message(uint8_t type, const void *body, size_t len);

/* Attributes of a file or directory as they might be. */
void	 attr_make(struct attr *a, uint8_t type);

#endif /* TESTS_LIB_LIAR_H */
