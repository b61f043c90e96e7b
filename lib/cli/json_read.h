/* json_read.h: reading a JSON line that another program of ours printed. */
#ifndef CLI_JSON_READ_H
#define CLI_JSON_READ_H

#include <stdint.h>

#include "base/err.h"

/*
 * One object, whose members are asked for by name.  What is not there, or of
 * another type, is as if it were null: programs of another version may know
 * fewer.
 */
struct cli_json_object;

/*
 * Read line, one whole object.  ERR_FORMAT if it is none.  Caller owns *op.
 */
int	 cli_json_read(const char *line, struct cli_json_object **op)
	    ERR_MUST_USE;

/* Free o, which may be NULL. */
void	 cli_json_read_free(struct cli_json_object *o);

/* A text, borrowed from o; NULL for null. */
const char *cli_json_read_str(const struct cli_json_object *o,
	    const char *key);

/* A number; 0 for null. */
int64_t	 cli_json_read_int(const struct cli_json_object *o, const char *key);

#endif /* CLI_JSON_READ_H */
