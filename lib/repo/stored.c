/* stored.c: objects as they are stored: named, listed, read and checked. */
#include "config.h"

#include "repo/stored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/spool.h"
#include "hash/sha256.h"
#include "repo/core.h"
#include "repo/internal.h"
#include "repo/pack.h"
#include "repo/snapshot.h"
#include "store/store.h"

#define SMALL_MAX (64u << 20)	/* longer objects are kept in a file */
#define WINDOW (4u << 20)
#define DIGITS 64
#define PIN_DIGITS 10
#define PIN_DIR "pins/"

/* With more packs than this under one of 256 prefixes, one is listed after
 * the other. */
#define PACKS_AT_ONCE 2000

/* Objects named by their hash, by where they stand. */
static const struct {
	const char *dir;
	enum stored_kind kind;
	enum object_type type;
} dirs[] = {
	{ SLOT_DIR, STORED_KEY, OBJECT_SLOT },
	{ EPOCH_DIR, STORED_KEY, OBJECT_EPOCH },
	{ SIGNER_DIR, STORED_KEY, OBJECT_SIGNER },
	{ "index", STORED_INDEX, OBJECT_INDEX },
	{ "refs", STORED_REFS, OBJECT_REFS }
};

static const char *const prefixes[STORED_KINDS] = {
	[STORED_KEY] = "keys/",
	[STORED_CONFIG] = "config",
	[STORED_PACK] = "packs/",
	[STORED_INDEX] = "index/",
	[STORED_REFS] = "refs/",
	[STORED_SNAPSHOT] = "snapshots/",
	[STORED_PIN] = PIN_DIR
};

bool
stored_needs_key(enum stored_kind kind)
{
	return kind == STORED_SNAPSHOT || kind == STORED_PIN;
}

static int
pack_parse(const char *name, struct stored *o)
{
	char again[OBJECT_NAME_MAX];
	const char *hex = strrchr(name, '/') + 1;

	if (strlen(hex) != DIGITS || hex_parse(hex, o->hash, 32) != 0)
		return ERR_FORMAT;
	pack_name(o->hash, again, sizeof(again));
	if (strcmp(name, again) != 0)
		return ERR_FORMAT;
	o->kind = STORED_PACK;
	o->type = OBJECT_PACK;
	o->named = true;
	return 0;
}

/* pins/<snapshot>/<n> */
static int
pin_parse(const char *name, struct stored *o)
{
	char hex[DIGITS + 1];
	const char *n;

	if (strlen(name) != strlen(PIN_DIR) + DIGITS + 1 + PIN_DIGITS)
		return ERR_FORMAT;
	memcpy(hex, name + strlen(PIN_DIR), DIGITS);
	hex[DIGITS] = '\0';
	n = name + strlen(PIN_DIR) + DIGITS;
	if (hex_parse(hex, o->hash, 32) != 0 || n[0] != '/' ||
	    strspn(n + 1, "0123456789") != PIN_DIGITS)
		return ERR_FORMAT;
	o->kind = STORED_PIN;
	o->type = OBJECT_PIN;
	return 0;
}

/* Objects that are not named by their hash. */
static int
other_parse(const char *name, struct stored *o)
{
	char source[33];
	unsigned int i;
	uint64_t seq;

	for (i = 0; i < CONFIG_COPIES; i++)
		if (strcmp(name, config_name(i)) == 0) {
			o->kind = STORED_CONFIG;
			o->type = OBJECT_CONFIG;
			return 0;
		}
	if (strncmp(name, PIN_DIR, strlen(PIN_DIR)) == 0)
		return pin_parse(name, o);
	o->kind = STORED_SNAPSHOT;
	o->type = OBJECT_SNAPSHOT;
	return snapshot_name_parse(name, source, &seq);
}

int
stored_parse(const char *name, struct stored *op)
{
	struct stored o;
	size_t i;
	int r;

	memset(&o, 0, sizeof(o));
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (object_name_hash(name, dirs[i].dir, o.hash) == 0) {
			o.kind = dirs[i].kind;
			o.type = (uint8_t)dirs[i].type;
			o.slot = dirs[i].type == OBJECT_SLOT;
			o.named = true;
			*op = o;
			return 0;
		}
	r = strncmp(name, "packs/", 6) == 0 ? pack_parse(name, &o) :
	    other_parse(name, &o);
	if (r == 0)
		*op = o;
	return r;
}

/* A list of one store, and where it stands. */
struct side {
	struct store_list *l;		/* NULL: there is none */
	const char *name;		/* NULL: at its end */
	uint64_t size;
};

static int
side_step(struct side *s)
{
	int r;

	s->name = NULL;
	if (s->l == NULL || (r = store_list_next(s->l, &s->name,
	    &s->size)) == 1)
		return 0;
	s->name = NULL;
	return r;
}

static int
side_open(struct side *s, struct store *st, const char *prefix)
{
	int r;

	if (st == NULL)
		return 0;
	if ((r = store_list_new(st, prefix, &s->l)) != 0)
		return r;
	return side_step(s);
}

/* Give the pair with the least name, if it is an object, and go on. */
static int
pair_visit(struct side *s, int (*fn)(const struct stored_pair *p, void *arg),
    void *arg)
{
	struct stored_pair p = { .name = NULL };
	char name[STORE_NAME_MAX];
	int cmp, i, r = 0;

	cmp = s[0].name == NULL ? 1 : s[1].name == NULL ? -1 :
	    strcmp(s[0].name, s[1].name);
	snprintf(name, sizeof(name), "%s", cmp <= 0 ? s[0].name : s[1].name);
	p.name = name;
	p.in[0] = cmp <= 0;
	p.in[1] = cmp >= 0;
	for (i = 0; i < 2; i++)
		p.size[i] = p.in[i] ? s[i].size : 0;
	if (strlen(name) < STORED_NAME_MAX &&
	    stored_parse(name, &p.what) == 0)
		r = fn(&p, arg);
	for (i = 0; i < 2 && r == 0; i++)
		if (p.in[i])
			r = side_step(&s[i]);
	return r;
}

static int
walk_prefix(struct store *a, struct store *b, const char *prefix,
    int (*fn)(const struct stored_pair *p, void *arg), void *arg)
{
	struct side s[2] = { { .l = NULL }, { .l = NULL } };
	int r;

	if ((r = side_open(&s[0], a, prefix)) == 0)
		r = side_open(&s[1], b, prefix);
	while (r == 0 && (s[0].name != NULL || s[1].name != NULL))
		r = pair_visit(s, fn, arg);
	store_list_free(s[0].l);
	store_list_free(s[1].l);
	return r;
}

/* Hashes being random, one of 256 prefixes tells how many packs there are. */
static int
many_packs(struct store *s, bool *manyp)
{
	struct store_list *l = NULL;
	const char *name;
	uint64_t size;
	size_t n = 0;
	int r;

	if ((r = store_list_new(s, "packs/00/", &l)) != 0)
		return r;
	while ((r = store_list_next(l, &name, &size)) == 1)
		n++;
	store_list_free(l);
	*manyp = n > PACKS_AT_ONCE;
	return r;
}

int
stored_walk(struct store *a, struct store *b, enum stored_kind kind,
    int (*fn)(const struct stored_pair *p, void *arg), void *arg)
{
	char prefix[sizeof("packs/00/")];
	bool many = false;
	unsigned int i;
	int r = 0;

	if (kind == STORED_PACK && (r = many_packs(a, &many)) != 0)
		return r;
	if (!many)
		return walk_prefix(a, b, prefixes[kind], fn, arg);
	for (i = 0; i < 256 && r == 0; i++) {
		snprintf(prefix, sizeof(prefix), "packs/%02x/", i);
		r = walk_prefix(a, b, prefix, fn, arg);
	}
	return r;
}

struct stored_bytes {
	struct buf *small;
	struct spool large;		/* of single bytes */
	bool	 is_large;
};

int
stored_bytes_new(struct stored_bytes **bp)
{
	struct stored_bytes *b;
	int r;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		return ERR_NOMEM;
	spool_init(&b->large, 1);
	if ((r = buf_new(SMALL_MAX, &b->small)) != 0) {
		stored_bytes_free(b);
		return r;
	}
	*bp = b;
	return 0;
}

void
stored_bytes_free(struct stored_bytes *b)
{
	if (b == NULL)
		return;
	buf_free(b->small);
	spool_clear(&b->large);
	free(b);
}

const uint8_t *
stored_data(const struct stored_bytes *b, size_t *lenp)
{
	if (b->is_large) {
		*lenp = b->large.n;
		return b->large.p;
	}
	*lenp = buf_len(b->small);
	return buf_ptr(b->small);
}

/* In pieces, through the small buffer into the file. */
static int
large_read(struct store *s, const char *name, uint64_t size,
    struct stored_bytes *b)
{
	uint64_t at;
	size_t n;
	int r = 0;

	for (at = 0; at < size && r == 0; at += n) {
		n = size - at < WINDOW ? (size_t)(size - at) : WINDOW;
		buf_reset(b->small);
		if ((r = store_get(s, name, at, n, b->small)) == 0)
			r = spool_append(&b->large, buf_ptr(b->small), n);
	}
	return r;
}

void
stored_ahead(struct store *s, const char *name, uint64_t size)
{
	if (size <= SMALL_MAX)
		store_ahead(s, name, 0, (size_t)size);
}

static int
bytes_read(struct store *s, const char *name, uint64_t size,
    struct stored_bytes *b)
{
	buf_reset(b->small);
	spool_clear(&b->large);
	spool_init(&b->large, 1);
	b->is_large = size > SMALL_MAX;
	if (b->is_large)
		return large_read(s, name, size, b);
	return store_get(s, name, 0, (size_t)size, b->small);
}

/* It must also say whose it is: the first bytes of what is in the box. */
static int
pin_open(struct repo *r, const char *name, const uint8_t *p, size_t len)
{
	const char *digits = strrchr(name, '/') + 1;
	struct buf *plain = NULL;
	struct stored o;
	int res;

	if ((res = stored_parse(name, &o)) != 0 ||
	    (res = object_open_box(r, OBJECT_PIN, p, len, &plain)) != 0)
		return res;
	if (buf_len(plain) < 36 || memcmp(buf_ptr(plain), o.hash, 32) != 0 ||
	    bytes_get32(buf_ptr(plain) + 32) != strtoull(digits, NULL, 10))
		res = ERR_CORRUPT;
	buf_free(plain);
	return res;
}

/* What only a key can tell. */
static int
key_check(struct repo *r, const char *name, enum stored_kind kind,
    const uint8_t *p, size_t len)
{
	struct snapshot *sn = NULL;
	int res;

	if (kind == STORED_PIN)
		return pin_open(r, name, p, len);
	if (len > SNAPSHOT_OBJECT_MAX)
		return ERR_TOOBIG;
	res = snapshot_decode(r, name, p, len, &sn);
	snapshot_free(sn);
	return res;
}

static int
check(const char *name, const struct stored *o, const struct stored_by *by,
    const struct stored_bytes *b)
{
	struct repo_params params;
	uint8_t hash[32];
	const uint8_t *p;
	size_t len;
	int r;

	p = stored_data(b, &len);
	if (o->named) {
		if ((r = sha256_of(p, len, hash)) != 0)
			return r;
		if (memcmp(hash, o->hash, sizeof(hash)) != 0)
			return ERR_CORRUPT;
	}
	if (o->kind == STORED_CONFIG && (r = config_decode(p, len,
	    &params)) != 0)
		return r;
	if ((r = object_check_of(by->id, o->type, p, len)) != 0)
		return r;
	if (by->repo == NULL)
		return 0;
	if (o->kind == STORED_CONFIG)
		return config_check_mac(by->repo, p, len);
	return stored_needs_key(o->kind) ? key_check(by->repo, name, o->kind,
	    p, len) : 0;
}

int
stored_read(struct store *s, const char *name, uint64_t size,
    const struct stored_by *by, struct stored_bytes *b)
{
	struct stored o;
	int r;

	if ((r = stored_parse(name, &o)) != 0 ||
	    (r = bytes_read(s, name, size, b)) != 0)
		return r;
	return check(name, &o, by, b);
}
