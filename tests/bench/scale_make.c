/* scale_make.c: what many sources leave in many nights, with tiny chunks. */
#include "config.h"

#include "tests/bench/scale.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "codec/compress.h"
#include "crypto/sign.h"
#include "hash/sha256.h"
#include "repo/index.h"
#include "repo/list.h"
#include "repo/marker.h"
#include "repo/refs.h"
#include "repo/snapshot.h"
#include "store/store.h"

/*
 * A chunk has 16 bytes instead of 256 KiB; all else is as large as it would
 * be.  Each night a source has one file more.  Objects are made as a writer
 * makes them, but with one index, opened once, for all: a writer opens it for
 * each job.
 */
#define CHUNK_LEN 16u
#define FRAME_CHUNKS 4u
#define PACK_CHUNKS 128u
#define FIRST_DAY 1700000000
#define DAY 86400
#define CHAIN_MAX 32u		/* refs objects that build on each other */

/* A file of a source: what one night has brought. */
struct file {
	struct list_root root;
	uint64_t chunks;
};

struct source {
	char	 host[16], id[33];
	uint64_t seq;
	uint8_t	 hash[32], refs[32];
	unsigned int chain;		/* of refs */
	struct list_root dir;
	struct file *files;
};

struct server {
	uint8_t	 seed[32], public[32];
	uint64_t seq;
	uint8_t	 hash[32];
	const struct frame_epoch *epoch;
};

struct maker {
	struct repo *r;
	struct index *x;
	struct pack_writer *pack;
	struct pack_frame frames[PACK_CHUNKS * 2];
	struct pack_chunk chunks[PACK_CHUNKS * 2];
	size_t	 nframes, nchunks;
	uint8_t	 raw[FRAME_CHUNKS * CHUNK_LEN];
	uint32_t nraw;			/* chunks in raw */
	uint64_t counter;
	struct refs_builder *refs;	/* of the job */
	struct server servers[SCALE_SERVERS], *server;
	uint8_t	 runs[4096][32];	/* of the job */
	size_t	 nruns;
};

static void
must(int r, const char *what)
{
	if (r < 0)
		scale_die(r, what);
}

/* Put the pack and its run. */
static void
pack_flush(struct maker *m)
{
	struct index_run *run;
	uint8_t hash[32];

	if (m->nframes == 0)
		return;
	must(pack_writer_put(m->pack, hash), "pack");
	must(index_run_new(&run), "run");
	must(index_run_add(run, hash, m->frames, m->nframes), "run");
	must(index_run_put(m->x, run, m->runs[m->nruns]), "run");
	index_run_free(run);
	if (m->nruns < sizeof(m->runs) / sizeof(m->runs[0]) - 1)
		m->nruns++;
	m->nframes = m->nchunks = 0;
}

/* Seal the last n chunks as a frame of data. */
static void
frame_add(struct maker *m, enum frame_class class, uint32_t n,
    const uint8_t *data, size_t len)
{
	static uint8_t stored[LIST_NODE_MAX + FRAME_OVERHEAD];
	struct pack_frame *f = &m->frames[m->nframes++];

	memset(f, 0, sizeof(*f));
	f->info.kind = FRAME_PLAIN;
	f->info.class = (uint8_t)class;
	f->info.stored_len = (uint32_t)len + FRAME_OVERHEAD;
	f->info.raw_len = (uint32_t)len;
	f->nchunks = n;
	f->chunks = &m->chunks[m->nchunks - n];
	must(frame_seal(m->server->epoch, &f->info, data, len, stored),
	    "frame");
	must(pack_writer_add(m->pack, f, stored), "frame");
	if (m->nchunks >= PACK_CHUNKS)
		pack_flush(m);
}

/* The id of content, which a chunk of the pack gets. */
static struct pack_chunk *
chunk_add(struct maker *m, const void *data, size_t len)
{
	struct pack_chunk *c = &m->chunks[m->nchunks++];
	uint8_t hash[32];

	memset(c, 0, sizeof(*c));
	must(sha256_of(data, len, hash), "hash");
	repo_chunk_id(m->r, hash, c->id);
	c->len = (uint32_t)len;
	must(refs_builder_add(m->refs, c->id, 1), "refs");
	return c;
}

/* Close the open frame of data. */
static void
data_flush(struct maker *m)
{
	uint32_t n = m->nraw;

	m->nraw = 0;
	if (n > 0)
		frame_add(m, FRAME_DATA, n, m->raw, n * CHUNK_LEN);
}

static int
node_sink(const void *node, size_t len, uint8_t idp[32], void *arg)
{
	struct maker *m = arg;
	struct pack_chunk *c;

	data_flush(m);
	c = chunk_add(m, node, len);
	memcpy(idp, c->id, 32);
	frame_add(m, FRAME_META, 1, node, len);
	return 0;
}

/* Write a file of n chunks that are nowhere else. */
static void
file_make(struct maker *m, struct file *f, uint64_t n)
{
	struct content_item item = { .len = CHUNK_LEN };
	struct list_writer *w;
	struct pack_chunk *c;
	uint8_t *at;
	uint64_t i;

	must(list_writer_new(LIST_CONTENT, node_sink, m, &w), "list");
	for (i = 0; i < n; i++) {
		at = m->raw + m->nraw * CHUNK_LEN;
		memset(at, 0, CHUNK_LEN);
		m->counter++;
		memcpy(at, &m->counter, sizeof(m->counter));
		c = chunk_add(m, at, CHUNK_LEN);
		c->offset = m->nraw++ * CHUNK_LEN;
		memcpy(item.id, c->id, sizeof(item.id));
		if (m->nraw == FRAME_CHUNKS)
			data_flush(m);
		must(list_add_content(w, &item), "list");
	}
	data_flush(m);
	must(list_writer_end(w, &f->root), "list");
	list_writer_free(w);
	f->chunks = n;
}

/* Write the directory of n files. */
static void
dir_make(struct maker *m, struct source *s, unsigned int n)
{
	struct entry e;
	struct list_writer *w;
	char name[16];
	unsigned int i;

	if (s->dir.present)
		must(refs_builder_add(m->refs, s->dir.id, -1), "refs");
	must(list_writer_new(LIST_ENTRIES, node_sink, m, &w), "list");
	for (i = 0; i < n; i++) {
		memset(&e, 0, sizeof(e));
		snprintf(name, sizeof(name), "file%06u", i);
		e.name = (const uint8_t *)name;
		e.name_len = strlen(name);
		e.attr.type = ATTR_FILE;
		e.attr.have = ATTR_MODE | ATTR_SIZE | ATTR_MTIME;
		e.attr.mode = 0644;
		e.attr.size = s->files[i].chunks * CHUNK_LEN;
		e.attr.mtime = FIRST_DAY + (int64_t)i * DAY;
		e.content = s->files[i].root;
		must(list_add_entry(w, &e), "entry");
	}
	must(list_writer_end(w, &s->dir), "list");
	list_writer_free(w);
}

/* Put the refs of the job on top of those of the last. */
static void
refs_make(struct maker *m, struct source *s)
{
	struct refs_set *old = NULL;
	uint8_t hash[32];

	if (s->seq > 0 && s->chain == CHAIN_MAX)
		must(refs_set_load(m->r, s->refs, &old), "refs");
	must(refs_builder_put(m->refs, m->r, s->refs, old, hash), "refs");
	memcpy(s->refs, hash, sizeof(hash));
	s->chain = s->seq == 0 || old != NULL ? 0 : s->chain + 1;
	refs_set_free(old);
	refs_builder_free(m->refs);
}

/* Put what a writer leaves besides: its begin, a checkpoint, its end. */
static void
markers_make(struct maker *m, const struct source *s, const char *writer,
    int64_t now)
{
	static const char *const suffix[] = { "", ".1", ".end" };
	struct marker mark = { .seq = s->seq, .started = now,
	    .host = "server", .boot = "", .pid = 1 };
	struct buf *b;
	char name[MARKER_NAME_MAX + 16];
	unsigned int i;

	memcpy(mark.source, s->id, sizeof(mark.source));
	memcpy(mark.signer, m->server->public, 32);
	must(buf_new(MARKER_OBJECT_MAX, &b), "buffer");
	for (i = 0; i < 3; i++) {
		buf_reset(b);
		must(i == 0 ? marker_encode(m->r, &mark, b) :
		    i == 1 ? checkpoint_encode(m->r, 1,
		    (const uint8_t (*)[32])m->runs, m->nruns, b) :
		    marker_end_encode(m->r, MARKER_COMMITTED, now, b),
		    "marker");
		snprintf(name, sizeof(name), "writers/%s/%s%s", s->id, writer,
		    suffix[i]);
		must(store_put_exclusive(repo_store(m->r), name, buf_ptr(b),
		    buf_len(b)), "marker");
	}
	buf_free(b);
}

/* What the server of the job has seen of the others. */
static void
heads_make(const struct maker *m, struct snapshot *sn)
{
	const struct server *v;
	struct snapshot_head *h;

	sn->heads = calloc(SCALE_SERVERS, sizeof(*sn->heads));
	if (sn->heads == NULL)
		scale_die(ERR_NOMEM, "heads");
	for (v = m->servers; v < m->servers + SCALE_SERVERS; v++) {
		if (v == m->server || v->seq == 0)
			continue;
		h = &sn->heads[sn->nheads++];
		memcpy(h->signer, v->public, 32);
		memcpy(h->hash, v->hash, 32);
		h->seq = v->seq;
	}
}

static char *
text(const char *s)
{
	char *copy = strdup(s);

	if (copy == NULL)
		scale_die(ERR_NOMEM, s);
	return copy;
}

/* Fill in and put the snapshot. */
static void
snapshot_make(struct maker *m, struct source *s, const char *writer,
    int64_t now)
{
	struct entry root;
	struct snapshot *sn;
	struct buf *b;
	char name[SNAPSHOT_NAME_MAX];

	must(snapshot_new(&sn), "snapshot");
	memcpy(sn->source, s->id, sizeof(sn->source));
	sn->seq = s->seq;
	memcpy(sn->previous, s->hash, 32);
	memcpy(sn->signer, m->server->public, 32);
	sn->signer_seq = ++m->server->seq;
	memcpy(sn->signer_previous, m->server->hash, 32);
	memcpy(sn->refs, s->refs, 32);
	sn->writer = text(writer);
	sn->host = text(s->host);
	sn->set = text(SCALE_SET);
	sn->job = text("scale");
	sn->agent = text("");
	sn->started = sn->ended = sn->source_time = now;
	heads_make(m, sn);
	memset(&root, 0, sizeof(root));
	root.name = (const uint8_t *)"srv";
	root.name_len = 3;
	root.attr.type = ATTR_DIR;
	root.has_subtree = true;
	root.subtree = s->dir;
	must(snapshot_add_root(sn, "/srv", &root), "root");
	must(buf_new(SNAPSHOT_OBJECT_MAX, &b), "buffer");
	must(snapshot_encode(m->r, sn, m->server->epoch, m->server->seed, b),
	    "snapshot");
	must(sha256_of(buf_ptr(b), buf_len(b), s->hash), "hash");
	memcpy(m->server->hash, s->hash, 32);
	snapshot_name(s->id, s->seq, name);
	must(store_put_exclusive(repo_store(m->r), name, buf_ptr(b),
	    buf_len(b)), name);
	buf_free(b);
	snapshot_free(sn);
}

/* All that a job of a source leaves, with n new chunks. */
static void
job_make(struct maker *m, struct source *s, unsigned int night, uint64_t n)
{
	int64_t now = FIRST_DAY + (int64_t)night * DAY;
	char writer[28];

	must(refs_builder_new(&m->refs), "refs");
	m->nruns = 0;
	file_make(m, &s->files[night], n);
	dir_make(m, s, night + 1);
	pack_flush(m);
	refs_make(m, s);
	s->seq++;
	snprintf(writer, sizeof(writer), "%010" PRIu64 "-%016u", s->seq,
	    night);
	markers_make(m, s, writer, now);
	snapshot_make(m, s, writer, now);
}

/* The first server is that of the key file, the others are made up. */
static void
servers_make(struct maker *m, const struct key_file *kf)
{
	struct sign_key *key;
	struct server *v;
	uint8_t i;

	for (i = 0; i < SCALE_SERVERS; i++) {
		v = &m->servers[i];
		memset(v->seed, i, sizeof(v->seed));
		if (i == 0)
			memcpy(v->seed, kf->signer, sizeof(v->seed));
		must(sign_from_seed(v->seed, &key), "signer");
		memcpy(v->public, sign_public(key), sizeof(v->public));
		sign_free(key);
		if (i > 0)
			must(key_signer_add(m->r, v->public, "server"),
			    "signer");
		must(frame_epoch_current(m->r, v->public, &v->epoch),
		    "epoch");
	}
	/* The epochs may have moved while more were made. */
	for (v = m->servers; v < m->servers + SCALE_SERVERS; v++)
		must(frame_epoch_current(m->r, v->public, &v->epoch),
		    "epoch");
}

void
scale_make(struct repo *r, const struct key_file *kf,
    const struct scale_size *size)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct source *all = calloc(size->sources, sizeof(*all)), *s;
	uint64_t each = size->chunks / size->sources, nightly;
	double begin = scale_now();
	unsigned int i, night;

	if (m == NULL || all == NULL)
		scale_die(ERR_NOMEM, "sources");
	/* A fifth comes after the first night. */
	nightly = each / 5 / (size->nights > 1 ? size->nights - 1 : 1);
	m->r = r;
	must(index_open(r, &m->x), "index");
	must(pack_writer_new(r, &m->pack), "pack");
	servers_make(m, kf);
	for (night = 0; night < size->nights; night++) {
		for (i = 0; i < size->sources; i++) {
			s = &all[i];
			m->server = &m->servers[i % SCALE_SERVERS];
			if (night == 0) {
				scale_host(i, s->host);
				repo_source_id(r, s->host, SCALE_SET, s->id);
				s->files = calloc(size->nights,
				    sizeof(*s->files));
				if (s->files == NULL)
					scale_die(ERR_NOMEM, s->host);
			}
			job_make(m, s, night, night > 0 ? nightly :
			    each - nightly * (size->nights - 1));
		}
		fprintf(stderr, "night %u of %u: %.0f s\n", night + 1,
		    size->nights, scale_now() - begin);
	}
	for (i = 0; i < size->sources; i++)
		free(all[i].files);
	free(all);
	pack_writer_free(m->pack);
	index_close(m->x);
	free(m);
}
