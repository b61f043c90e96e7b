/* json_read.c: reading a JSON line that another program of ours printed. */
#include "cli/json_read.h"

#include <jansson.h>
#include <stdlib.h>

struct cli_json_object {
	json_t	*root;
};

int
cli_json_read(const char *line, struct cli_json_object **op)
{
	struct cli_json_object *o;

	if ((o = malloc(sizeof(*o))) == NULL)
		return ERR_NOMEM;
	o->root = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(o->root)) {
		cli_json_read_free(o);
		return ERR_FORMAT;
	}
	*op = o;
	return 0;
}

void
cli_json_read_free(struct cli_json_object *o)
{
	if (o == NULL)
		return;
	json_decref(o->root);
	free(o);
}

const char *
cli_json_read_str(const struct cli_json_object *o, const char *key)
{
	return json_string_value(json_object_get(o->root, key));
}

int64_t
cli_json_read_int(const struct cli_json_object *o, const char *key)
{
	return json_integer_value(json_object_get(o->root, key));
}
