/* json.h: writing the one JSON answer, or the JSON lines, of a command. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

/*
 * A value is built from its start to its end: begin an object or array, add
 * members, end it.  The outermost object is open from the start.  key is the
 * member's name in an object and must be NULL within an array.  The first
 * failure sticks and comes out of the printing function, so that builders
 * need not check every call.  Output is ASCII on one line.
 */
struct cli_json;

/* Start an empty object.  Caller owns *jp. */
int	 cli_json_new(struct cli_json **jp) ERR_MUST_USE;

/* Free j, which may be NULL. */
void	 cli_json_free(struct cli_json *j);

/* Open a nested object or array; end closes the innermost. */
void	 cli_json_object(struct cli_json *j, const char *key);
void	 cli_json_array(struct cli_json *j, const char *key);
void	 cli_json_end(struct cli_json *j);

/* Add a value.  A str of NULL is null; one that is not UTF-8 is escaped. */
void	 cli_json_str(struct cli_json *j, const char *key, const char *v);
void	 cli_json_int(struct cli_json *j, const char *key, int64_t v);
void	 cli_json_bool(struct cli_json *j, const char *key, bool v);

/*
 * Add a name or path of any bytes to an object: the text under key, and its
 * exact bytes as base64 under key_b64 (null where the text is exact).
 */
void	 cli_json_path(struct cli_json *j, const char *key, const void *v,
	    size_t len);

/*
 * Print {"schema":"backupd/1","cmd":...,"time":...,"code":...,"data":j} and
 * a newline.
 */
int	 cli_json_envelope(const struct cli_json *j, FILE *f, const char *cmd,
	    int code) ERR_MUST_USE;

/* Print j as one line, with "t":type as its first member, and flush. */
int	 cli_json_line(const struct cli_json *j, FILE *f, const char *type)
	    ERR_MUST_USE;

#endif /* CLI_JSON_H */
