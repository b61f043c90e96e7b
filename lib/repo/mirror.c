/* mirror.c: bring a copy of a repository up to date, objects as they are. */
#include "config.h"

#include "repo/mirror.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "repo/core.h"
#include "repo/mirror_impl.h"
#include "repo/snapshot.h"
#include "store/store.h"

#define TEXT_MAX 256
#define AHEAD 3			/* objects that a far store may begin */

/* So many objects that cannot be read one after the other: it is the store. */
#define UNREAD_MAX 16

void
mirror_tell(struct mirror *m, enum mirror_told told, const char *object,
    const char *format, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	m->t.left += told == MIRROR_LEFT;
	m->t.differs += told == MIRROR_DIFFERS;
	m->t.held += told == MIRROR_HELD;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (m->p->tell != NULL)
		m->p->tell(told, object, text, m->p->arg);
}

/* An object cannot be copied: the next can, unless it is the store. */
static int
left_out(struct mirror *m, enum stored_kind kind, const char *name, int r)
{
	const char *what;

	switch (r) {
	case ERR_CORRUPT:
	case ERR_FORMAT:
		what = "damaged in the source, not copied";
		break;
	case ERR_VERSION:
		what = "made by a newer Kho, not copied";
		break;
	case ERR_NOENT:
		what = "gone from the source meanwhile";
		break;
	case ERR_IO:
	case ERR_DENIED:
	case ERR_TOOBIG:
		what = "it cannot be read in the source";
		break;
	default:
		return r;
	}
	m->unread = r == ERR_IO || r == ERR_DENIED ? m->unread + 1 : 0;
	if (m->unread > UNREAD_MAX)
		return r;
	m->lost[kind] = true;
	mirror_tell(m, MIRROR_LEFT, name, "%s: %s", what, err_text(r));
	return 0;
}

/* Something of that name came meanwhile: is it the same? */
static int
there_already(struct mirror *m, enum stored_kind kind, const char *name)
{
	const uint8_t *a, *b;
	size_t na, nb = 0;
	uint64_t size;
	int r;

	if ((r = store_size(m->p->to, name, &size)) != 0)
		return r;
	a = stored_data(m->bytes, &na);
	if (size == na) {
		r = stored_read(m->p->to, name, size, &m->by, m->other);
		b = stored_data(m->other, &nb);
		if (r == 0 && nb == na && memcmp(a, b, na) == 0)
			return 0;
	}
	m->lost[kind] = true;
	mirror_tell(m, MIRROR_DIFFERS, name, "another one is in the copy");
	return 0;
}

int
mirror_put(struct mirror *m, enum stored_kind kind,
    const struct mirror_item *item)
{
	struct stored what;
	const uint8_t *p;
	size_t len;
	int r;

	if ((r = stored_parse(item->name, &what)) != 0)
		return r;
	if ((r = stored_read(m->p->from, item->name, item->size, &m->by,
	    m->bytes)) != 0)
		return left_out(m, kind, item->name, r);
	m->unread = 0;
	p = stored_data(m->bytes, &len);
	r = what.named ? store_put(m->p->to, item->name, p, len) :
	    store_put_exclusive(m->p->to, item->name, p, len);
	if (r == ERR_EXIST)
		return there_already(m, kind, item->name);
	if (r != 0) {
		m->t.copy_failed = true;
		return r;
	}
	m->t.objects++;
	m->t.bytes += len;
	m->t.snapshots += kind == STORED_SNAPSHOT;
	if (m->p->progress != NULL)
		m->p->progress(&m->t, m->p->arg);
	return kind == STORED_PACK && m->p->repo != NULL ?
	    spool_add(&m->packs, what.hash) : 0;
}

static int
put_kind(struct mirror *m, enum stored_kind kind)
{
	const struct spool *s = &m->lacks[kind];
	const struct mirror_item *next;
	size_t i, k;
	int r = 0;

	if (kind == STORED_SNAPSHOT)
		return mirror_publish(m);
	for (i = 0; i < s->n && r == 0; i++) {
		/* A far one fetches these while this one is put. */
		for (k = i + 1; k < s->n && k <= i + AHEAD; k++) {
			next = spool_at(s, k);
			stored_ahead(m->p->from, next->name, next->size);
		}
		r = mirror_put(m, kind, spool_at(s, i));
	}
	return r;
}

/*
 * There is no config: nothing but the keys of a first copy that did not come
 * to its end may be there.
 */
static int
empty_check(struct store *to)
{
	struct store_list *l = NULL;
	struct stored what;
	const char *name;
	uint64_t size;
	int r;

	if ((r = store_list_new(to, "", &l)) != 0)
		return r;
	while ((r = store_list_next(l, &name, &size)) == 1)
		if (stored_parse(name, &what) != 0 ||
		    what.kind != STORED_KEY) {
			r = ERR_EXIST;
			break;
		}
	store_list_free(l);
	return r;
}

/* Is the copy one of this repository? */
static int
identity_check(struct mirror *m)
{
	struct repo_params from, to;
	int r;

	if ((r = repo_peek(m->p->from, &from)) != 0)
		return r;
	memcpy(m->id, from.id, sizeof(m->id));
	m->by = (struct stored_by){ m->id, m->p->repo };
	m->t.copy_failed = true;	/* unless it is good */
	r = repo_peek(m->p->to, &to);
	if (r == 0 && memcmp(from.id, to.id, sizeof(from.id)) != 0)
		r = ERR_CONFIG;
	if (r == ERR_NOENT && (r = empty_check(m->p->to)) == 0) {
		m->t.first = true;
		r = m->p->first ? 0 : ERR_NOENT;
	}
	m->t.copy_failed = r != 0;
	return r;
}

static int
settle(struct mirror *m)
{
	uint64_t size;
	int r;

	if ((r = store_size(m->p->to, config_name(0), &size)) == ERR_NOENT)
		r = 0;		/* told already */
	m->t.copy_failed = r != 0;
	return r;
}

static int
run(struct mirror *m)
{
	int kind, r;

	if ((r = identity_check(m)) != 0 || (r = mirror_plan(m)) != 0)
		return r;
	if (m->p->progress != NULL)
		m->p->progress(&m->t, m->p->arg);
	if (m->p->dry)
		return 0;
	for (kind = 0; kind < STORED_KINDS && r == 0; kind++)
		r = put_kind(m, (enum stored_kind)kind);
	if (r == 0)
		r = mirror_compare(m);
	/* Whoever asks waits for all puts that run behind. */
	return r == 0 ? settle(m) : r;
}

int
mirror_run(const struct mirror_params *p, struct mirror_totals *tp)
{
	struct mirror m;
	size_t i;
	int r;

	memset(&m, 0, sizeof(m));
	m.p = p;
	for (i = 0; i < STORED_KINDS; i++)
		spool_init(&m.lacks[i], sizeof(struct mirror_item));
	spool_init(&m.packs, 32);
	if ((r = stored_bytes_new(&m.bytes)) == 0 &&
	    (r = stored_bytes_new(&m.other)) == 0)
		r = run(&m);
	*tp = m.t;
	for (i = 0; i < STORED_KINDS; i++)
		spool_clear(&m.lacks[i]);
	spool_clear(&m.packs);
	stored_bytes_free(m.bytes);
	stored_bytes_free(m.other);
	if (r == 0 && tp->left + tp->differs + tp->held > 0)
		r = ERR_CORRUPT;
	return r;
}

/* The newest of one source. */
static int
held_give(struct repo *repo, struct store *to, const char *name,
    int (*fn)(const struct snapshot *sn, void *arg), void *arg)
{
	struct snapshot *sn = NULL;
	struct buf *b = NULL;
	int r;

	if (name[0] == '\0')
		return 0;
	if ((r = buf_new(SNAPSHOT_OBJECT_MAX, &b)) != 0)
		return r;
	/* What is of the same name is the same object, and may be nearer. */
	r = store_get_all(repo_store(repo), name, SNAPSHOT_OBJECT_MAX, b);
	if (r != 0)
		r = store_get_all(to, name, SNAPSHOT_OBJECT_MAX, b);
	if (r == 0 && snapshot_decode(repo, name, buf_ptr(b), buf_len(b),
	    &sn) == 0)
		r = fn(sn, arg);
	snapshot_free(sn);
	buf_free(b);
	return r == ERR_NOMEM || r == ERR_CLOSED || r == ERR_TIMEOUT ? r : 0;
}

int
mirror_held(struct repo *repo, struct store *to,
    int (*fn)(const struct snapshot *sn, void *arg), void *arg)
{
	char last[SNAPSHOT_NAME_MAX] = "", source[33], before[33] = "";
	struct store_list *l = NULL;
	const char *name;
	uint64_t size, seq;
	int r, e = 0;

	if ((r = store_list_new(to, "snapshots/", &l)) != 0)
		return r;
	while (e == 0 && (r = store_list_next(l, &name, &size)) == 1) {
		if (snapshot_name_parse(name, source, &seq) != 0)
			continue;
		if (strcmp(source, before) != 0)
			e = held_give(repo, to, last, fn, arg);
		memcpy(before, source, sizeof(before));
		snprintf(last, sizeof(last), "%s", name);
	}
	store_list_free(l);
	if (e == 0 && r == 0)
		e = held_give(repo, to, last, fn, arg);
	return e != 0 ? e : r < 0 ? r : 0;
}
