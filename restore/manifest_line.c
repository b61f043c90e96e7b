/* manifest_line.c: one line of a manifest as text, and back. */
#include "restore/manifest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "restore/escape.h"

#define MANIFEST_FIELDS 7	/* before the path */
#define MANIFEST_FIELD_MAX 80

/* By enum attr_type. */
static const char manifest_types[] = "?fdlpscb";

static bool
manifest_device(const struct attr *a)
{

	return a->type == ATTR_CHAR || a->type == ATTR_BLOCK;
}

static void
manifest_size_format(const struct attr *a, char out[MANIFEST_FIELD_MAX])
{

	if (manifest_device(a) && (a->have & ATTR_RDEV) != 0)
		snprintf(out, MANIFEST_FIELD_MAX, "%" PRIu32 ":%" PRIu32,
		    a->rdev_major, a->rdev_minor);
	else if (!manifest_device(a) && (a->have & ATTR_SIZE) != 0)
		snprintf(out, MANIFEST_FIELD_MAX, "%" PRIu64, a->size);
	else
		snprintf(out, MANIFEST_FIELD_MAX, "-");
}

int
manifest_line_format(const struct manifest_line *l, struct buf *out)
{
	char mode[16] = "-", owner[32] = "- -", size[MANIFEST_FIELD_MAX];
	char mtime[48] = "-", hash[2 + 64 + 1] = "-";
	char text[MANIFEST_FIELD_MAX * 4];
	const struct attr *a = &l->attr;
	bool sparse = (l->have & MANIFEST_SPARSE) != 0;
	int n, r;

	if (a->type < ATTR_FILE || a->type > ATTR_BLOCK)
		return ERR_FORMAT;
	if ((a->have & ATTR_MODE) != 0)
		snprintf(mode, sizeof(mode), "%04" PRIo32, a->mode);
	if ((a->have & ATTR_OWNER) != 0)
		snprintf(owner, sizeof(owner), "%" PRIu32 " %" PRIu32,
		    a->uid, a->gid);
	manifest_size_format(a, size);
	if ((a->have & ATTR_MTIME) != 0)
		snprintf(mtime, sizeof(mtime), "%" PRId64 ".%09" PRIu32,
		    a->mtime, (a->have & ATTR_MTIME_NS) != 0 ?
		    a->mtime_ns : 0);
	if ((l->have & MANIFEST_HASH) != 0) {
		hash[0] = 'z';
		hex_format(l->hash, sizeof(l->hash), hash + sparse);
	}
	n = snprintf(text, sizeof(text), "%c %s %s %s %s %s ",
	    manifest_types[a->type], mode, owner, size, mtime, hash);
	if ((r = buf_put(out, text, (size_t)n)) != 0 ||
	    (r = escape_format(l->path, l->path_len, out)) != 0)
		return r;
	return buf_put(out, "\n", 1);
}

/* Read a whole decimal or octal number no greater than max. */
static bool
manifest_number(const char *text, int base, uint64_t max, uint64_t *np)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*np = strtoull(text, &end, base);
	return errno == 0 && *end == '\0' && *np <= max;
}

static bool
manifest_is_dash(const char *text)
{

	return strcmp(text, "-") == 0;
}

static bool
manifest_owner_parse(char **f, struct attr *a)
{
	uint64_t uid, gid;

	if (manifest_is_dash(f[0]) && manifest_is_dash(f[1]))
		return true;
	if (!manifest_number(f[0], 10, UINT32_MAX, &uid) ||
	    !manifest_number(f[1], 10, UINT32_MAX, &gid))
		return false;
	a->uid = (uint32_t)uid;
	a->gid = (uint32_t)gid;
	a->have |= ATTR_OWNER;
	return true;
}

static bool
manifest_size_parse(char *f, struct attr *a)
{
	uint64_t major, minor;
	char *colon;

	if (manifest_is_dash(f))
		return true;
	if (!manifest_device(a)) {
		a->have |= ATTR_SIZE;
		return manifest_number(f, 10, INT64_MAX, &a->size);
	}
	if ((colon = strchr(f, ':')) == NULL)
		return false;
	*colon = '\0';
	if (!manifest_number(f, 10, UINT32_MAX, &major) ||
	    !manifest_number(colon + 1, 10, UINT32_MAX, &minor))
		return false;
	a->rdev_major = (uint32_t)major;
	a->rdev_minor = (uint32_t)minor;
	a->have |= ATTR_RDEV;
	return true;
}

static bool
manifest_mtime_parse(char *f, struct attr *a)
{
	bool negative = *f == '-';
	uint64_t s, ns;
	char *dot;

	if (manifest_is_dash(f))
		return true;
	if ((dot = strchr(f, '.')) == NULL || strlen(dot + 1) != 9)
		return false;
	*dot = '\0';
	if (!manifest_number(f + negative, 10, INT64_MAX, &s) ||
	    !manifest_number(dot + 1, 10, 999999999, &ns))
		return false;
	a->mtime = negative ? -(int64_t)s : (int64_t)s;
	a->mtime_ns = (uint32_t)ns;
	a->have |= ATTR_MTIME | ATTR_MTIME_NS;
	return true;
}

static bool
manifest_hash_parse(const char *f, struct manifest_line *l)
{

	if (manifest_is_dash(f))
		return true;
	l->have |= MANIFEST_HASH;
	if (*f == 'z') {
		l->have |= MANIFEST_SPARSE;
		f++;
	}
	return hex_parse(f, l->hash, sizeof(l->hash)) == 0;
}

/* Cut the fields before the path; *pathp is what is left. */
static bool
manifest_split(char *text, size_t len, char *f[MANIFEST_FIELDS],
    char **pathp)
{
	char *end = text + len, *space;
	int i;

	for (i = 0; i < MANIFEST_FIELDS; i++) {
		space = memchr(text, ' ', (size_t)(end - text));
		if (space == NULL || space == text)
			return false;
		*space = '\0';
		f[i] = text;
		text = space + 1;
	}
	*pathp = text;
	return text < end;
}

int
manifest_line_parse(char *text, size_t len, struct manifest_line *lp)
{
	struct manifest_line l = { .have = 0 };
	char *f[MANIFEST_FIELDS], *path;
	const char *type;
	uint64_t mode = 0;
	int r;

	if (!manifest_split(text, len, f, &path))
		return ERR_FORMAT;
	if (f[0][0] == '?' || f[0][0] == '\0' || f[0][1] != '\0' ||
	    (type = strchr(manifest_types, f[0][0])) == NULL)
		return ERR_FORMAT;
	l.attr.type = (uint8_t)(type - manifest_types);
	if (!manifest_is_dash(f[1])) {
		if (!manifest_number(f[1], 8, 07777, &mode))
			return ERR_FORMAT;
		l.attr.mode = (uint32_t)mode;
		l.attr.have |= ATTR_MODE;
	}
	if (!manifest_owner_parse(f + 2, &l.attr) ||
	    !manifest_size_parse(f[4], &l.attr) ||
	    !manifest_mtime_parse(f[5], &l.attr) ||
	    !manifest_hash_parse(f[6], &l))
		return ERR_FORMAT;
	r = escape_parse(path, len - (size_t)(path - text), &l.path_len);
	if (r != 0)
		return r;
	l.path = (const uint8_t *)path;
	*lp = l;
	return 0;
}
