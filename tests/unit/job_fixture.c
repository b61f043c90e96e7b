/* job_fixture.c: small jobs against a repository, and what they must leave. */
#include "config.h"

#include "tests/unit/job_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "codec/compress.h"
#include "hash/sha256.h"
#include "repo/chain.h"
#include "repo/tree.h"

#define CHUNK_MAX 256
#define FAMILY 100		/* versions that differ by little */
#define CHUNKS_LISTED 6

int
job_begin(const struct job *j, struct writer **wp)
{
	struct writer_params p = { .host = j->host, .set = "s", .job = "j",
	    .state_dir = j->state_dir, .sign_seed = j->seed,
	    .compression = 3 };

	return writer_begin(j->r, &p, wp);
}

void
job_chunk(unsigned int version, unsigned int i, uint8_t *data, size_t *lenp)
{
	unsigned int family = version < FAMILY ? version :
	    version / FAMILY * FAMILY;
	uint32_t x = family * 7919 + i * 104729 + 1;
	size_t k, len = 60 + x % 100;

	for (k = 0; k < len; k++) {
		x = x * 1664525 + 1013904223;
		data[k] = (uint8_t)(x >> 24);
	}
	if (version != family)
		data[version % len] ^= (uint8_t)(version - family);
	*lenp = len;
}

static void
data_id(struct repo *r, const uint8_t *data, size_t len, uint8_t idp[32])
{
	uint8_t hash[32];

	assert_int_equal(sha256_of(data, len, hash), 0);
	repo_chunk_id(r, hash, idp);
}

void
job_chunk_id(struct repo *r, unsigned int version, unsigned int i,
    uint8_t idp[32])
{
	uint8_t data[CHUNK_MAX];
	size_t len;

	job_chunk(version, i, data, &len);
	data_id(r, data, len, idp);
}

/* Pack a chunk as a delta, which it must gain from. */
static int
delta_pack(const struct job_delta *d, const uint8_t *data, size_t len,
    struct buf *out)
{
	struct compress_prefixed p = { .in = data, .len = len };
	struct compressor *c;
	uint8_t base[CHUNK_MAX];
	int r;

	job_chunk(d->base, d->i, base, &p.prefix_len);
	p.prefix = base;
	if ((r = compressor_new(3, &c)) != 0)
		return r;
	r = compress_with_prefix(c, &p, len - 1, out);
	compressor_free(c);
	return r;
}

/* Say what c builds on. */
static int
delta_base(const struct job *j, struct writer *w, const struct job_delta *d,
    struct pack_chunk *c)
{
	struct chain chain;
	int r;

	job_chunk_id(j->r, d->lie > 0 ? d->lie : d->base, d->i, c->base);
	c->depth = d->depth;
	if (d->depth > 0)
		return 0;
	if ((r = writer_base(w, c->base, &chain)) == 0)
		c->depth = (uint8_t)(chain.links[0].at.depth + 1);
	return r;
}

int
job_put(const struct job *j, struct writer *w, const struct job_delta *d)
{
	struct pack_chunk c = { .offset = 0 };
	struct pack_frame f = { .nchunks = 1, .chunks = &c };
	uint8_t data[CHUNK_MAX], stored[CHUNK_MAX + FRAME_OVERHEAD];
	struct buf *b = NULL;
	size_t len;
	int r;

	job_chunk(d->version, d->i, data, &len);
	data_id(j->r, data, len, c.id);
	c.len = (uint32_t)len;
	if ((r = buf_new(CHUNK_MAX, &b)) != 0)
		return r;
	if (d->base > 0 && ((r = delta_base(j, w, d, &c)) != 0 ||
	    (r = delta_pack(d, data, len, b)) != 0))
		goto out;
	if (d->base == 0 && (r = buf_put(b, data, len)) != 0)
		goto out;
	f.info.kind = d->base > 0 ? FRAME_ZSTD_PREFIX : FRAME_PLAIN;
	f.info.class = FRAME_DATA;
	f.info.raw_len = (uint32_t)len;
	f.info.stored_len = (uint32_t)(buf_len(b) + FRAME_OVERHEAD);
	if ((r = frame_seal(writer_epoch(w), &f.info, buf_ptr(b), buf_len(b),
	    stored)) == 0)
		r = writer_add_frame(w, &f, stored);
 out:
	buf_free(b);
	return r;
}

/* Tell whether the chunk is to be stored as a delta. */
static bool
delta_wanted(const struct job *j, struct writer *w,
    const struct job_delta *d)
{
	struct chain chain;
	uint8_t id[32];

	if (!j->delta || d->version % FAMILY == 0 || d->version < FAMILY)
		return false;
	job_chunk_id(j->r, d->version - 1, d->i, id);
	return writer_base(w, id, &chain) == 0 &&
	    chain.links[0].at.depth < 32;
}

/* Store one chunk in a frame of its own, unless it is known. */
static int
write_chunk(const struct job *j, struct writer *w, unsigned int version,
    unsigned int i, struct content_item *ip)
{
	struct job_delta d = { .version = version, .i = i };
	uint8_t data[CHUNK_MAX];
	size_t len;
	int r;

	job_chunk(version, i, data, &len);
	memset(ip, 0, sizeof(*ip));
	ip->len = len;
	data_id(j->r, data, len, ip->id);
	if (j->count && (r = writer_ref(w, ip->id, 1)) != 0)
		return r;
	if (writer_knows(w, ip->id))
		return 0;
	if (delta_wanted(j, w, &d))
		d.base = version - 1;
	return job_put(j, w, &d);
}

/* A list_sink that counts. */
struct counting {
	struct writer *w;
	bool	 count;
};

static int
counting_sink(const void *node, size_t len, uint8_t idp[32], void *arg)
{
	struct counting *c = arg;
	int r;

	if ((r = writer_add_meta(node, len, idp, c->w)) != 0)
		return r;
	return c->count ? writer_ref(c->w, idp, 1) : 0;
}

/* Write the content of a file into its entry. */
static int
write_content(const struct job *j, struct writer *w, unsigned int version,
    unsigned int n, struct entry *e)
{
	struct counting c = { w, j->count };
	struct list_writer *l = NULL;
	struct content_item it;
	unsigned int i;
	int r;

	if ((r = list_writer_new(LIST_CONTENT, counting_sink, &c, &l)) != 0)
		return r;
	for (i = 0; i < n; i++) {
		if ((r = write_chunk(j, w, version, i, &it)) != 0)
			goto out;
		e->attr.size += it.len;
		if (n <= ENTRY_INLINE_MAX)
			e->inl[e->ninline++] = it;
		else if ((r = list_add_content(l, &it)) != 0)
			goto out;
	}
	r = list_writer_end(l, &e->content);
 out:
	list_writer_free(l);
	return r;
}

/* How many chunks file number i has. */
static unsigned int
chunks_of(size_t i)
{
	return i == 0 ? CHUNKS_LISTED : (unsigned int)(i % 3 + 1);
}

/* Write a directory's files and its list. */
static int
write_dir(const struct job *j, struct writer *w, const unsigned int *versions,
    struct list_root *rootp)
{
	struct counting c = { w, j->count };
	struct list_writer *l = NULL;
	struct entry e;
	char name[16];
	size_t i;
	int r;

	if ((r = list_writer_new(LIST_ENTRIES, counting_sink, &c, &l)) != 0)
		return r;
	for (i = 0; i < JOB_FILES; i++) {
		if (versions[i] == 0)
			continue;
		memset(&e, 0, sizeof(e));
		e.name = (uint8_t *)name;
		e.name_len = (size_t)snprintf(name, sizeof(name), "f%zu", i);
		e.attr.type = ATTR_FILE;
		e.attr.have = ATTR_SIZE;
		if ((r = write_content(j, w, versions[i], chunks_of(i),
		    &e)) != 0 || (r = list_add_entry(l, &e)) != 0)
			goto out;
	}
	r = list_writer_end(l, rootp);
 out:
	list_writer_free(l);
	return r;
}

/* A directory's entry. */
static void
dir_entry(struct entry *e, const char *name)
{
	memset(e, 0, sizeof(*e));
	e->name = (const uint8_t *)name;
	e->name_len = strlen(name);
	e->attr.type = ATTR_DIR;
	e->has_subtree = true;
}

/* Write the directories and their list. */
static int
write_root(const struct job *j, struct writer *w, const struct job_model *m,
    struct list_root *rootp)
{
	struct counting c = { w, j->count };
	struct list_writer *l = NULL;
	struct entry e;
	char name[16];
	size_t i;
	int r;

	if ((r = list_writer_new(LIST_ENTRIES, counting_sink, &c, &l)) != 0)
		return r;
	for (i = 0; i < JOB_DIRS; i++) {
		snprintf(name, sizeof(name), "d%zu", i);
		dir_entry(&e, name);
		e.has_xattrs = true;
		if ((r = counting_sink("user.x=1", 8, e.xattrs, &c)) != 0 ||
		    (r = write_dir(j, w, m->version[i], &e.subtree)) != 0 ||
		    (r = list_add_entry(l, &e)) != 0)
			goto out;
	}
	r = list_writer_end(l, rootp);
 out:
	list_writer_free(l);
	return r;
}

/* Take away all that the previous snapshot referred to. */
static int
uncount_previous(struct writer *w)
{
	const struct snapshot *sn = writer_previous(w);
	size_t i;
	int r = 0;

	for (i = 0; sn != NULL && i < sn->nroots && r == 0; i++)
		r = writer_ref_entry(w, &sn->roots[i].entry, -1);
	return r;
}

int
job_write(const struct job *j, struct writer *w, const struct job_model *m,
    struct snapshot **snp)
{
	struct snapshot *sn = NULL;
	struct entry e;
	int r;

	dir_entry(&e, "srv");
	if ((j->count && (r = uncount_previous(w)) != 0) ||
	    (r = write_root(j, w, m, &e.subtree)) != 0 ||
	    (r = snapshot_new(&sn)) != 0 ||
	    (r = snapshot_add_root(sn, "/srv", &e)) != 0) {
		snapshot_free(sn);
		return r;
	}
	*snp = sn;
	return 0;
}

int
job_run(const struct job *j, const struct job_model *m)
{
	struct writer *w = NULL;
	struct snapshot *sn = NULL;
	int r;

	if ((r = job_begin(j, &w)) != 0)
		return r;
	if ((r = job_write(j, w, m, &sn)) == 0)
		r = writer_commit(w, sn);
	snapshot_free(sn);
	writer_end(w);
	return r;
}

/* Check one chunk of a file. */
static void
check_item(struct reader *rd, unsigned int version, unsigned int i,
    const struct content_item *it)
{
	uint8_t want[CHUNK_MAX];
	const uint8_t *data;
	size_t len, have;

	job_chunk(version, i, want, &len);
	assert_int_equal(it->len, len);
	assert_int_equal(reader_chunk(rd, it->id, &data, &have), 0);
	assert_int_equal(have, len);
	assert_memory_equal(data, want, len);
}

/* Check a file's content. */
static void
check_file(struct reader *rd, const struct entry *e, unsigned int version)
{
	struct list_cursor *c;
	struct content_item it;
	unsigned int i;

	assert_int_not_equal(version, 0);
	for (i = 0; i < e->ninline; i++)
		check_item(rd, version, i, &e->inl[i]);
	if (!e->content.present)
		return;
	assert_int_equal(list_cursor_new(rd, LIST_CONTENT, &e->content, &c),
	    0);
	for (i = 0; list_next_content(c, &it) == 1; i++)
		check_item(rd, version, i, &it);
	assert_int_equal(i, CHUNKS_LISTED);
	list_cursor_free(c);
}

/* How many entries a walk of m produces. */
static size_t
entries_of(const struct job_model *m)
{
	size_t d, f, n = 1 + JOB_DIRS;

	for (d = 0; d < JOB_DIRS; d++)
		for (f = 0; f < JOB_FILES; f++)
			n += m->version[d][f] != 0;
	return n;
}

/* Walk a snapshot and compare it with m. */
static void
check_tree(struct reader *rd, const struct snapshot *sn,
    const struct job_model *m)
{
	struct tree_walk *w;
	struct entry e;
	const uint8_t *path;
	size_t len, n;

	assert_int_equal(tree_walk_new(rd, sn, NULL, &w), 0);
	for (n = 0; tree_walk_next(w, &path, &len, &e) == 1; n++) {
		if (e.attr.type != ATTR_FILE)
			continue;
		/* "/srv/dD/fF" */
		assert_int_equal(len, 10);
		check_file(rd, &e, m->version[path[6] - '0'][path[9] - '0']);
	}
	assert_int_equal(n, entries_of(m));
	tree_walk_free(w);
}

void
job_check(const struct job *j, uint64_t seq, const struct job_model *m)
{
	struct snapshot *sn;
	struct index *x;
	struct reader *rd;
	char source[33];

	repo_source_id(j->r, j->host, "s", source);
	assert_int_equal(snapshot_get(j->r, source, seq, &sn), 0);
	assert_string_equal(sn->host, j->host);
	assert_int_equal(index_open(j->r, &x), 0);
	assert_int_equal(reader_new(j->r, x, &rd), 0);
	check_tree(rd, sn, m);
	reader_free(rd);
	index_close(x);
	snapshot_free(sn);
}

int
job_verify(struct repo *r, bool full, struct verify_totals *tp)
{
	struct verify_params p = { .full = full, .threads = 1 };
	struct verify_totals t;

	return verify_run(r, &p, tp == NULL ? &t : tp);
}
