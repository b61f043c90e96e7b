/* snapshot_find.c: snapshots by name, by cursor, and by what people say. */
#include "repo/snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/spool.h"
#include "store/store.h"

#define PREFIX_MIN 4		/* digits of an id that select */

struct snapshot_list {
	struct repo *r;			/* borrowed */
	struct store_list *names;	/* owns */
	char	 source[33];		/* of the object passed last */
	uint64_t seq;
	char	 skip[33];		/* a source to be passed over, or "" */
};

void
snapshot_name(const char *source, uint64_t seq,
    char namep[SNAPSHOT_NAME_MAX])
{
	snprintf(namep, SNAPSHOT_NAME_MAX, "snapshots/%.32s/%010" PRIu64,
	    source, seq <= SNAPSHOT_SEQ_MAX ? seq : 0);
}

int
snapshot_name_parse(const char *name, char sourcep[33], uint64_t *seqp)
{
	static const char dir[] = "snapshots/";
	char source[33], canon[SNAPSHOT_NAME_MAX];
	uint8_t raw[16];
	uint64_t seq = 0;
	const char *p;

	if (strncmp(name, dir, sizeof(dir) - 1) != 0 ||
	    strlen(name) != sizeof(dir) - 1 + 32 + 1 + 10)
		return ERR_FORMAT;
	memcpy(source, name + sizeof(dir) - 1, 32);
	source[32] = '\0';
	if (hex_parse(source, raw, sizeof(raw)) != 0)
		return ERR_FORMAT;
	hex_format(raw, sizeof(raw), source);
	for (p = name + sizeof(dir) + 32; *p >= '0' && *p <= '9'; p++)
		seq = seq * 10 + (uint64_t)(*p - '0');
	snapshot_name(source, seq, canon);
	if (seq == 0 || strcmp(canon, name) != 0)
		return ERR_FORMAT;
	memcpy(sourcep, source, sizeof(source));
	*seqp = seq;
	return 0;
}

/* Read and decode the object name. */
static int
snapshot_read(struct repo *r, const char *name, struct snapshot **snp)
{
	struct buf *b = NULL;
	int res;

	if ((res = buf_new(SNAPSHOT_OBJECT_MAX, &b)) != 0)
		return res;
	res = store_get_all(repo_store(r), name, SNAPSHOT_OBJECT_MAX, b);
	if (res == 0)
		res = snapshot_decode(r, name, buf_ptr(b), buf_len(b), snp);
	else if (res != ERR_NOENT)
		log_err(res, "%s: read", name);
	buf_free(b);
	return res;
}

int
snapshot_get(struct repo *r, const char *source, uint64_t seq,
    struct snapshot **snp)
{
	char name[SNAPSHOT_NAME_MAX];

	snapshot_name(source, seq, name);
	return snapshot_read(r, name, snp);
}

int
snapshot_last_seq(struct repo *r, const char *source, uint64_t *seqp)
{
	struct store_list *l = NULL;
	char prefix[SNAPSHOT_NAME_MAX], found[33];
	const char *name;
	uint64_t size, seq, last = 0;
	int res;

	snprintf(prefix, sizeof(prefix), "snapshots/%.32s/", source);
	if ((res = store_list_new(repo_store(r), prefix, &l)) != 0)
		return res;
	while ((res = store_list_next(l, &name, &size)) == 1)
		if (snapshot_name_parse(name, found, &seq) == 0 && seq > last)
			last = seq;
	store_list_free(l);
	if (res == 0)
		*seqp = last;
	return res;
}

int
snapshot_list_new(struct repo *r, struct snapshot_list **lp)
{
	struct snapshot_list *l;
	int res;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	l->r = r;
	if ((res = store_list_new(repo_store(r), "snapshots/",
	    &l->names)) != 0) {
		free(l);
		return res;
	}
	*lp = l;
	return 0;
}

int
snapshot_list_next(struct snapshot_list *l, struct snapshot **snp)
{
	const char *name;
	uint64_t size;
	int r;

	while ((r = store_list_next(l->names, &name, &size)) == 1) {
		if (snapshot_name_parse(name, l->source, &l->seq) != 0 ||
		    strcmp(l->source, l->skip) == 0)
			continue;
		return (r = snapshot_read(l->r, name, snp)) == 0 ? 1 : r;
	}
	return r;
}

void
snapshot_list_skip(struct snapshot_list *l)
{
	memcpy(l->skip, l->source, sizeof(l->skip));
}

void
snapshot_list_free(struct snapshot_list *l)
{
	if (l == NULL)
		return;
	store_list_free(l->names);
	free(l);
}

/* What a search has found so far. */
struct find {
	const char *selector;	/* borrowed */
	struct snapshot *by_id;	/* owns */
	bool	 ids;		/* several ids match */
	struct snapshot *best;	/* owns; the latest by name */
	bool	 sources;	/* several sources match */
	bool	 hidden;	/* one after best cannot be read */
	int	 error;		/* of one that could not be read */
};

/* Tell whether the selector means sn's source. */
static bool
find_named(const char *selector, const struct snapshot *sn)
{
	size_t len = strlen(sn->host);

	if (strcmp(selector, "latest") == 0 ||
	    strcmp(selector, sn->host) == 0)
		return true;
	return strncmp(selector, sn->host, len) == 0 &&
	    selector[len] == '/' && strcmp(selector + len + 1, sn->set) == 0;
}

/* Tell whether the selector begins sn's id. */
static bool
find_id(const char *selector, const struct snapshot *sn)
{
	char hex[65];
	size_t len = strlen(selector);

	hex_format(sn->hash, sizeof(sn->hash), hex);
	return len >= PREFIX_MIN && len < sizeof(hex) &&
	    strncmp(hex, selector, len) == 0;
}

/* Look at sn, which is taken. */
static void
find_look(struct find *f, struct snapshot *sn)
{
	if (find_named(f->selector, sn)) {
		if (f->best != NULL &&
		    strcmp(f->best->source, sn->source) != 0)
			f->sources = true;
		snapshot_free(f->best);
		f->best = sn;
		f->hidden = false;
	} else if (find_id(f->selector, sn)) {
		if (f->by_id != NULL)
			f->ids = true;
		snapshot_free(f->by_id);
		f->by_id = sn;
	} else
		snapshot_free(sn);
}

/* Give what was found, if it is one thing. */
static int
find_result(struct find *f, struct snapshot **snp)
{
	if (f->ids || f->sources || (f->by_id != NULL && f->best != NULL))
		return ERR_EXIST;
	if (f->best != NULL && f->hidden)
		return ERR_CORRUPT;	/* an older one is not the latest */
	if (f->best != NULL) {
		*snp = f->best;
		f->best = NULL;
		return 0;
	}
	if (f->by_id != NULL) {
		*snp = f->by_id;
		f->by_id = NULL;
		return 0;
	}
	return f->error != 0 ? f->error : ERR_NOENT;
}

/* Tell whether r is about one snapshot that is not what it should be. */
static bool
find_damage(int r)
{
	return r == ERR_CORRUPT || r == ERR_FORMAT || r == ERR_VERSION ||
	    r == ERR_TOOBIG;
}

/* Look at all snapshots. */
static int
find_all(struct repo *r, struct find *f)
{
	struct snapshot_list *l = NULL;
	struct snapshot *sn;
	int res;

	if ((res = snapshot_list_new(r, &l)) != 0)
		return res;
	while ((res = snapshot_list_next(l, &sn)) != 0) {
		if (res == 1) {
			find_look(f, sn);
			continue;
		}
		if (!find_damage(res))
			break;
		f->error = ERR_CORRUPT;
		if (f->best != NULL && strcmp(f->best->source,
		    l->source) == 0)
			f->hidden = true;
	}
	snapshot_list_free(l);
	return res;
}

/* Look at the latest of the n snapshots of a source that can be read. */
static int
find_latest(struct repo *r, struct find *f, const char *source,
    const struct spool *seqs)
{
	const struct snapshot *best = f->best;
	struct snapshot *sn;
	bool damaged = false;
	uint64_t seq;
	size_t i;
	int res;

	for (i = seqs->n; i-- > 0; damaged = true) {
		memcpy(&seq, spool_at(seqs, i), sizeof(seq));
		if ((res = snapshot_get(r, source, seq, &sn)) == 0) {
			find_look(f, sn);
			f->hidden |= damaged && f->best != best;
			break;
		}
		if (!find_damage(res))
			return res;
		f->error = ERR_CORRUPT;
	}
	return 0;
}

/* Look at the latest of each source below prefix. */
static int
find_named_all(struct repo *r, struct find *f, const char *prefix)
{
	struct store_list *l = NULL;
	struct spool seqs;
	char source[33], before[33] = "";
	const char *name;
	uint64_t size, seq;
	int res;

	spool_init(&seqs, sizeof(seq));
	if ((res = store_list_new(repo_store(r), prefix, &l)) != 0)
		return res;
	while ((res = store_list_next(l, &name, &size)) == 1) {
		if (snapshot_name_parse(name, source, &seq) != 0)
			continue;
		if (strcmp(source, before) != 0) {
			if ((res = find_latest(r, f, before, &seqs)) != 0)
				goto out;
			seqs.n = 0;
			memcpy(before, source, sizeof(before));
		}
		if ((res = spool_add(&seqs, &seq)) != 0)
			goto out;
	}
	if (res == 0)
		res = find_latest(r, f, before, &seqs);
 out:
	store_list_free(l);
	spool_clear(&seqs);
	return res;
}

/* Tell whether the selector can be the beginning of an id. */
static bool
find_may_be_id(const char *selector)
{
	size_t len = strlen(selector);

	return len >= PREFIX_MIN && strspn(selector, "0123456789abcdef") == len;
}

/* Look at what the selector may mean, and at as little else as can be. */
static int
find_any(struct repo *r, struct find *f)
{
	const char *slash = strchr(f->selector, '/');
	char prefix[SNAPSHOT_NAME_MAX], source[33];
	char *host;

	if (find_may_be_id(f->selector))
		return find_all(r, f);
	if (slash == NULL)
		return find_named_all(r, f, "snapshots/");
	if ((host = strndup(f->selector,
	    (size_t)(slash - f->selector))) == NULL)
		return ERR_NOMEM;
	repo_source_id(r, host, slash + 1, source);
	free(host);
	snprintf(prefix, sizeof(prefix), "snapshots/%s/", source);
	return find_named_all(r, f, prefix);
}

int
snapshot_find(struct repo *r, const char *selector, struct snapshot **snp)
{
	struct find f = { .selector = selector };
	int res;

	if ((res = find_any(r, &f)) == 0)
		res = find_result(&f, snp);
	snapshot_free(f.best);
	snapshot_free(f.by_id);
	return res;
}
