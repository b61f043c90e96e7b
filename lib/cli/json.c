/* json.c: writing the one JSON answer, or the JSON lines, of a command. */
#include "cli/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define DEPTH_MAX 16
#define SCHEMA "backupd/1"

struct cli_json {
	json_t	*open[DEPTH_MAX];	/* [0] is owned, the others borrowed */
	size_t	 depth;			/* of the innermost */
	int	 err;			/* the first failure */
};

int
cli_json_new(struct cli_json **jp)
{
	struct cli_json *j;

	if ((j = calloc(1, sizeof(*j))) == NULL)
		return ERR_NOMEM;
	if ((j->open[0] = json_object()) == NULL) {
		free(j);
		return ERR_NOMEM;
	}
	*jp = j;
	return 0;
}

void
cli_json_free(struct cli_json *j)
{
	if (j == NULL)
		return;
	json_decref(j->open[0]);
	free(j);
}

/* Add v, which is taken, to what is innermost. */
static void
add(struct cli_json *j, const char *key, json_t *v)
{
	json_t *in = j->open[j->depth];

	if (v == NULL) {
		if (j->err == 0)
			j->err = ERR_NOMEM;
		return;
	}
	if (json_is_array(in) != (key == NULL)) {
		json_decref(v);
		j->err = ERR_CONFIG;
	} else if ((key == NULL ? json_array_append_new(in, v) :
	    json_object_set_new(in, key, v)) != 0 && j->err == 0)
		j->err = ERR_NOMEM;
}

static void
begin(struct cli_json *j, const char *key, json_t *v)
{
	int before = j->err;

	if (j->depth + 1 == DEPTH_MAX) {
		json_decref(v);
		j->err = ERR_CONFIG;
		return;
	}
	j->err = 0;
	add(j, key, v);
	if (j->err == 0)
		j->open[++j->depth] = v;
	if (before != 0)
		j->err = before;
}

void
cli_json_object(struct cli_json *j, const char *key)
{
	begin(j, key, json_object());
}

void
cli_json_array(struct cli_json *j, const char *key)
{
	begin(j, key, json_array());
}

void
cli_json_end(struct cli_json *j)
{
	if (j->depth > 0)
		j->depth--;
	else
		j->err = ERR_CONFIG;
}

/* The text of any bytes: as they are if UTF-8, else escaped; *exactp tells. */
static json_t *
text(const void *v, size_t len, bool *exactp)
{
	json_t *s;
	char *escaped;

	*exactp = (s = json_stringn(v, len)) != NULL;
	if (s != NULL)
		return s;
	if ((escaped = malloc(len * 4 + 1)) == NULL)
		return NULL;
	log_escape(escaped, len * 4 + 1, v, len);
	s = json_string(escaped);
	free(escaped);
	return s;
}

void
cli_json_str(struct cli_json *j, const char *key, const char *v)
{
	bool exact;

	add(j, key, v == NULL ? json_null() : text(v, strlen(v), &exact));
}

void
cli_json_int(struct cli_json *j, const char *key, int64_t v)
{
	add(j, key, json_integer(v));
}

void
cli_json_bool(struct cli_json *j, const char *key, bool v)
{
	add(j, key, json_boolean(v));
}

static json_t *
base64(const uint8_t *v, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out, *p;
	json_t *s;
	size_t i, k, left;
	uint32_t w;

	if ((out = p = malloc((len + 2) / 3 * 4 + 1)) == NULL)
		return NULL;
	for (i = 0; i < len; i += 3) {
		left = len - i < 3 ? len - i : 3;
		w = (uint32_t)v[i] << 16;
		w |= left > 1 ? (uint32_t)v[i + 1] << 8 : 0;
		w |= left > 2 ? v[i + 2] : 0;
		for (k = 0; k < 4; k++)
			*p++ = k <= left ? digits[w >> (18 - 6 * k) & 63] :
			    '=';
	}
	*p = '\0';
	s = json_string(out);
	free(out);
	return s;
}

void
cli_json_path(struct cli_json *j, const char *key, const void *v, size_t len)
{
	char key64[64];
	bool exact;

	add(j, key, text(v, len, &exact));
	snprintf(key64, sizeof(key64), "%s_b64", key);
	add(j, key64, exact ? json_null() : base64(v, len));
}

static int
print(const json_t *v, FILE *f)
{
	if (json_dumpf(v, f, JSON_COMPACT | JSON_ENSURE_ASCII) != 0 ||
	    fputc('\n', f) == EOF || fflush(f) == EOF)
		return ERR_IO;
	return 0;
}

/* Print top, which is taken, with the members of j in it or after it. */
static int
finish(const struct cli_json *j, FILE *f, json_t *top, bool envelope)
{
	int r = j->err;

	if (r == 0 && j->depth != 0)
		r = ERR_CONFIG;
	if (r == 0 && (top == NULL || (envelope ?
	    json_object_set(top, "data", j->open[0]) :
	    json_object_update(top, j->open[0])) != 0))
		r = ERR_NOMEM;
	if (r == 0)
		r = print(top, f);
	json_decref(top);
	return r;
}

int
cli_json_envelope(const struct cli_json *j, FILE *f, const char *cmd,
    int code)
{
	char now[CLOCK_TEXT_MAX];

	clock_format(clock_wall(), now);
	return finish(j, f, json_pack("{s:s, s:s, s:s, s:i}", "schema",
	    SCHEMA, "cmd", cmd, "time", now, "code", code), true);
}

int
cli_json_line(const struct cli_json *j, FILE *f, const char *type)
{
	return finish(j, f, json_pack("{s:s}", "t", type), false);
}
