/* pin.c: words on keeping snapshots. */
#include "config.h"

#include "repo/pin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "repo/internal.h"
#include "repo/repo.h"
#include "store/store.h"

#define PIN_DIR "pins/"
#define PIN_OBJECT_MAX 4096
#define HEX_LEN 64
#define DIGITS 10
#define PUT_TRIES 16

enum {
	KIND_KEEP = 1,
	KIND_RELEASE = 2
};

struct pin_list {
	struct repo *r;
	struct store_list *l;
	char	 name[PIN_NAME_MAX];	/* the last one seen; "" at first */
	bool	 over;
};

static void
name_format(const uint8_t snapshot[32], uint32_t n, char out[PIN_NAME_MAX])
{
	char hex[HEX_LEN + 1];

	hex_format(snapshot, 32, hex);
	snprintf(out, PIN_NAME_MAX, PIN_DIR "%s/%010" PRIu32, hex, n);
}

/* Take a name apart. */
static int
name_parse(const char *name, uint8_t snapshot[32], uint32_t *np)
{
	char hex[HEX_LEN + 1], again[PIN_NAME_MAX];
	const char *digits;
	uint64_t n = 0;

	if (strncmp(name, PIN_DIR, strlen(PIN_DIR)) != 0 ||
	    strlen(name) != strlen(PIN_DIR) + HEX_LEN + 1 + DIGITS)
		return ERR_FORMAT;
	memcpy(hex, name + strlen(PIN_DIR), HEX_LEN);
	hex[HEX_LEN] = '\0';
	for (digits = name + strlen(PIN_DIR) + HEX_LEN + 1;
	    *digits >= '0' && *digits <= '9'; digits++)
		n = n * 10 + (uint64_t)(*digits - '0');
	if (n == 0 || n > UINT32_MAX || hex_parse(hex, snapshot, 32) != 0)
		return ERR_FORMAT;
	*np = (uint32_t)n;
	/* Nothing else may mean the same. */
	name_format(snapshot, *np, again);
	return strcmp(name, again) == 0 ? 0 : ERR_FORMAT;
}

static int
encode(const struct repo *r, const struct pin *p, struct buf *out)
{
	struct buf *b = NULL;
	int e;

	if (strlen(p->who) > PIN_WHO_MAX ||
	    strlen(p->reason) > PIN_REASON_MAX)
		return ERR_TOOBIG;
	if ((e = buf_new(PIN_OBJECT_MAX, &b)) == 0 &&
	    (e = buf_put(b, p->snapshot, sizeof(p->snapshot))) == 0 &&
	    (e = buf_put_u32(b, p->n)) == 0 &&
	    (e = buf_put_u8(b, p->keep ? KIND_KEEP : KIND_RELEASE)) == 0 &&
	    (e = buf_put_i64(b, p->time)) == 0 &&
	    (e = buf_put_i64(b, p->until)) == 0 &&
	    (e = buf_put_str(b, p->who)) == 0 &&
	    (e = buf_put_str(b, p->reason)) == 0)
		e = object_seal_box(r, OBJECT_PIN, b, out);
	buf_free(b);
	return e;
}

static int
body_decode(struct buf *b, struct pin *p)
{
	uint8_t kind;
	int e;

	if ((e = buf_get(b, p->snapshot, sizeof(p->snapshot))) != 0 ||
	    (e = buf_get_u32(b, &p->n)) != 0 ||
	    (e = buf_get_u8(b, &kind)) != 0 ||
	    (e = buf_get_i64(b, &p->time)) != 0 ||
	    (e = buf_get_i64(b, &p->until)) != 0 ||
	    (e = buf_get_str(b, PIN_WHO_MAX, &p->who)) != 0 ||
	    (e = buf_get_str(b, PIN_REASON_MAX, &p->reason)) != 0 ||
	    (e = buf_end(b)) != 0)
		return e;
	if (kind != KIND_KEEP && kind != KIND_RELEASE)
		return ERR_FORMAT;
	p->keep = kind == KIND_KEEP;
	return p->until < 0 || (!p->keep && p->until != 0) ? ERR_FORMAT : 0;
}

/* Read the object of that name, which must say what its name says. */
static int
get(struct repo *r, const char *name, struct pin *pp)
{
	struct buf *b = NULL, *plain = NULL;
	struct pin p = { .n = 0 };
	uint8_t snapshot[32];
	uint32_t n;
	int e;

	if ((e = name_parse(name, snapshot, &n)) != 0)
		return e;
	if ((e = buf_new(PIN_OBJECT_MAX, &b)) == 0 &&
	    (e = store_get_all(repo_store(r), name, PIN_OBJECT_MAX,
	    b)) == 0 &&
	    (e = object_open_box(r, OBJECT_PIN, buf_ptr(b), buf_len(b),
	    &plain)) == 0)
		e = body_decode(plain, &p);
	buf_free(plain);
	buf_free(b);
	if (e == 0 && (p.n != n || memcmp(p.snapshot, snapshot,
	    sizeof(snapshot)) != 0))
		e = ERR_CORRUPT;
	if (e != 0) {
		pin_clear(&p);
		return e;
	}
	*pp = p;
	return 0;
}

/* The number of the last word on a snapshot; 0 if there is none. */
static int
last_number(struct repo *r, const uint8_t snapshot[32], uint32_t *np)
{
	char prefix[PIN_NAME_MAX];
	struct store_list *l = NULL;
	uint8_t id[32];
	const char *name;
	uint64_t size;
	uint32_t n;
	int e;

	name_format(snapshot, 0, prefix);
	prefix[strlen(prefix) - DIGITS] = '\0';
	*np = 0;
	if ((e = store_list_new(repo_store(r), prefix, &l)) != 0)
		return e;
	while ((e = store_list_next(l, &name, &size)) == 1)
		if (name_parse(name, id, &n) == 0 && n > *np)
			*np = n;
	store_list_free(l);
	return e;
}

int
pin_put(struct repo *r, const struct pin *p)
{
	char name[PIN_NAME_MAX];
	struct pin word = *p;
	struct buf *b;
	int e = ERR_EXIST, i;

	for (i = 0; e == ERR_EXIST && i < PUT_TRIES; i++) {
		if ((e = last_number(r, p->snapshot, &word.n)) != 0)
			return e;
		if (word.n++ == UINT32_MAX)
			return ERR_TOOBIG;
		name_format(word.snapshot, word.n, name);
		if ((e = buf_new(PIN_OBJECT_MAX, &b)) != 0)
			return e;
		if ((e = encode(r, &word, b)) == 0)
			e = store_put_exclusive(repo_store(r), name,
			    buf_ptr(b), buf_len(b));
		buf_free(b);
	}
	return e == ERR_EXIST ? ERR_BUSY : e;
}

int
pin_last(struct repo *r, const uint8_t snapshot[32], struct pin *pp)
{
	char name[PIN_NAME_MAX];
	uint32_t n;
	int e;

	if ((e = last_number(r, snapshot, &n)) != 0)
		return e;
	if (n == 0)
		return ERR_NOENT;
	name_format(snapshot, n, name);
	return get(r, name, pp);
}

bool
pin_holds(const struct pin *p, int64_t now)
{
	return p->keep && (p->until == 0 || p->until > now);
}

void
pin_clear(struct pin *p)
{
	free(p->who);
	free(p->reason);
	p->who = p->reason = NULL;
}

int
pin_list_new(struct repo *r, struct pin_list **lp)
{
	struct pin_list *l;
	int e;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	l->r = r;
	if ((e = store_list_new(repo_store(r), PIN_DIR, &l->l)) != 0) {
		free(l);
		return e;
	}
	*lp = l;
	return 0;
}

/* Names come in order, so the last of a snapshot is the last word on it. */
int
pin_list_next(struct pin_list *l, struct pin *pp)
{
	char last[PIN_NAME_MAX];
	uint8_t id[32];
	const char *name;
	uint64_t size;
	uint32_t n;
	int e;

	while (!l->over) {
		memcpy(last, l->name, sizeof(last));
		if ((e = store_list_next(l->l, &name, &size)) < 0)
			return e;
		l->over = e == 0;
		if (e == 1 && name_parse(name, id, &n) != 0)
			continue;
		if (e == 1)
			memcpy(l->name, name, strlen(name) + 1);
		if (last[0] == '\0' || (e == 1 && strncmp(last, l->name,
		    strlen(PIN_DIR) + HEX_LEN) == 0))
			continue;
		(void)!name_parse(last, pp->snapshot, &n);
		return (e = get(l->r, last, pp)) == 0 ? 1 : e;
	}
	return 0;
}

void
pin_list_free(struct pin_list *l)
{
	if (l == NULL)
		return;
	store_list_free(l->l);
	free(l);
}

int
pin_check(struct repo *r, const char *name)
{
	struct pin p;
	int e;

	if ((e = get(r, name, &p)) == 0)
		pin_clear(&p);
	return e;
}
