/* mkrepo.c: a repository of a local directory, for tests of restoring. */
#include "config.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "codec/chunker.h"
#include "codec/compress.h"
#include "crypto/phrase.h"
#include "crypto/secret.h"
#include "hash/sha256.h"
#include "repo/chain.h"
#include "repo/key.h"
#include "repo/tree.h"
#include "repo/writer.h"
#include "store/store.h"

/*
 *	mkrepo REPO KEYFILE HOST SET DIR [PATH [DEPTH]]
 *
 * makes the repository if KEYFILE does not exist (and prints its recovery
 * key), and writes a snapshot of DIR, which it calls PATH.  With DEPTH, a
 * chunk is stored as a delta to what stood at its place in the same file of
 * the snapshot before, as long as no chain gets deeper than that; then the
 * next delta builds on the whole chunk again.
 */
#define FRAME_CHUNKS 4096
#define BASES_MAX 65536

static struct store *store;
static struct repo *repo;
static struct writer *writer;
static struct chunker chunker;
static struct compressor *compressor;
static uint8_t frame_raw[1u << 20];
static size_t frame_len;
static struct pack_chunk frame_chunks[FRAME_CHUNKS];
static uint32_t frame_n;
static struct snapshot sn;

/* The content that the file at path had in the snapshot before. */
static unsigned int delta_depth;
static char path[8192];
static struct content_item bases[BASES_MAX];
static size_t nbases;

static void
must(int r, const char *what)
{
	if (r != 0)
		errx(1, "%s: %s", what, err_text(r));
}

static void
frame_flush(void)
{
	struct frame_packed p = { .data = frame_raw, .len = frame_len };
	struct pack_frame f = { .nchunks = frame_n, .chunks = frame_chunks };
	enum frame_kind kind;
	struct buf *out;
	uint8_t *stored;

	if (frame_n == 0)
		return;
	must(buf_new(FRAME_RAW_MAX * 2, &out), "buffer");
	must(compress_frame(compressor, frame_raw, frame_len, out, &kind),
	    "compress");
	if (kind != FRAME_PLAIN) {
		p.data = buf_ptr(out);
		p.len = buf_len(out);
	}
	f.info.kind = (uint8_t)kind;
	f.info.class = FRAME_DATA;
	f.info.raw_len = (uint32_t)frame_len;
	f.info.stored_len = (uint32_t)(p.len + FRAME_OVERHEAD);
	if ((stored = malloc(f.info.stored_len)) == NULL)
		errx(1, "memory");
	must(frame_seal(writer_epoch(writer), &f.info, p.data, p.len, stored),
	    "seal");
	must(writer_add_frame(writer, &f, stored), "add frame");
	free(stored);
	buf_free(out);
	frame_n = 0;
	frame_len = 0;
}

/* Have ready what the file at path is stored as. */
static void
bases_load(void)
{
	const struct snapshot *before = writer_previous(writer);
	struct tree_walk *t = NULL;
	struct list_cursor *c = NULL;
	const uint8_t *p;
	struct entry e;
	size_t len;

	nbases = 0;
	if (delta_depth == 0 || before == NULL || tree_walk_new(
	    writer_reader(writer), before, path, &t) != 0)
		return;
	if (tree_walk_next(t, &p, &len, &e) == 1) {
		memcpy(bases, e.inl, sizeof(e.inl));
		nbases = e.ninline;
		if (e.content.present) {
			must(list_cursor_new(writer_reader(writer),
			    LIST_CONTENT, &e.content, &c), "content");
			while (nbases < BASES_MAX &&
			    list_next_content(c, &bases[nbases]) == 1)
				nbases++;
			list_cursor_free(c);
		}
	}
	tree_walk_free(t);
}

/* Find the chain of what stood at at, and the link of it that a delta may
 * build on. */
static bool
base_find(uint64_t at, struct chain *c, const struct chain_link **basep)
{
	uint64_t end = 0;
	size_t i;

	for (i = 0; i < nbases; i++)
		if ((end += bases[i].len) > at)
			break;
	if (i == nbases || bases[i].hole ||
	    writer_base(writer, bases[i].id, c) != 0)
		return false;
	*basep = &c->links[0];
	if (c->links[0].at.depth >= delta_depth)
		*basep = &c->links[c->n - 1];
	return true;
}

/* Store a chunk as a delta to base.  false if that saves little. */
static bool
delta_add(const uint8_t *data, struct pack_chunk *c,
    const struct chain_link *base)
{
	struct compress_prefixed p = { .in = data, .len = c->len };
	struct pack_frame f = { .nchunks = 1, .chunks = c };
	const uint8_t *prefix;
	struct buf *out;
	uint8_t *stored;
	int r;

	must(reader_chunk(writer_reader(writer), base->id, &prefix,
	    &p.prefix_len), "base");
	p.prefix = prefix;
	must(buf_new(FRAME_RAW_MAX * 2, &out), "buffer");
	r = compress_with_prefix(compressor, &p, c->len / 2, out);
	if (r == 0) {
		c->depth = base->at.depth + 1;
		memcpy(c->base, base->id, sizeof(c->base));
		f.info.kind = FRAME_ZSTD_PREFIX;
		f.info.class = FRAME_DATA;
		f.info.raw_len = c->len;
		f.info.stored_len = (uint32_t)buf_len(out) + FRAME_OVERHEAD;
		if ((stored = malloc(f.info.stored_len)) == NULL)
			errx(1, "memory");
		must(frame_seal(writer_epoch(writer), &f.info, buf_ptr(out),
		    buf_len(out), stored), "seal");
		must(writer_add_frame(writer, &f, stored), "add delta");
		free(stored);
		sn.new_bytes += c->len;
	} else if (r != ERR_TOOBIG) {
		must(r, "compress");
	}
	buf_free(out);
	return r == 0;
}

/* Store the chunk that stands at at in its file. */
static void
chunk_add(const uint8_t *data, size_t len, uint64_t at,
    struct content_item *i)
{
	const struct chain_link *base;
	struct pack_chunk delta = { .len = (uint32_t)len };
	struct chain chain;
	struct pack_chunk *c;
	uint8_t hash[32];

	must(sha256_of(data, len, hash), "hash");
	i->hole = false;
	i->len = len;
	repo_chunk_id(repo, hash, i->id);
	if (writer_has(writer, i->id))
		return;
	memcpy(delta.id, i->id, sizeof(delta.id));
	if (base_find(at, &chain, &base) && delta_add(data, &delta, base))
		return;
	if (frame_len + len > sizeof(frame_raw) || frame_n == FRAME_CHUNKS)
		frame_flush();
	c = &frame_chunks[frame_n++];
	memset(c, 0, sizeof(*c));
	memcpy(c->id, i->id, sizeof(c->id));
	c->offset = (uint32_t)frame_len;
	c->len = (uint32_t)len;
	memcpy(frame_raw + frame_len, data, len);
	frame_len += len;
	sn.new_bytes += len;
}

/* Items of a file: first inline, and in the list too. */
struct content {
	struct list_writer *list;
	struct content_item first[ENTRY_INLINE_MAX];
	size_t	 n;
};

static void
item_add(struct content *c, const struct content_item *i)
{
	if (c->n < ENTRY_INLINE_MAX)
		c->first[c->n] = *i;
	c->n++;
	must(list_add_content(c->list, i), "content");
}

/* Cut the data from at to end. */
static void
data_add(int fd, off_t at, off_t end, struct content *c)
{
	static uint8_t data[1u << 20];
	struct content_item item;
	ssize_t got;
	size_t len;

	while (at < end) {
		len = end - at < (off_t)sizeof(data) ? (size_t)(end - at) :
		    sizeof(data);
		if ((got = pread(fd, data, len, at)) <= 0)
			errx(1, "short read");
		len = chunker_cut(&chunker, data, (size_t)got,
		    at + got == end);
		if (len == 0)
			errx(1, "no cut");
		chunk_add(data, len, (uint64_t)at, &item);
		item_add(c, &item);
		at += (off_t)len;
	}
}

static void
file_add(int dirfd, const char *name, struct entry *e)
{
	off_t at = 0, data, end = (off_t)e->attr.size;
	struct content c = { .n = 0 };
	struct content_item hole = { .hole = true };
	int fd;

	if ((fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW)) == -1)
		err(1, "%s", name);
	bases_load();
	must(list_writer_new(LIST_CONTENT, writer_add_meta, writer, &c.list),
	    "list");
	while (at < end) {
		if ((data = lseek(fd, at, SEEK_DATA)) == -1)
			data = end;
		if (data > at) {
			hole.len = (uint64_t)(data - at);
			item_add(&c, &hole);
		}
		at = data < end ? lseek(fd, data, SEEK_HOLE) : end;
		data_add(fd, data, at, &c);
	}
	if (c.n > ENTRY_INLINE_MAX) {
		must(list_writer_end(c.list, &e->content), "list end");
	} else {
		e->ninline = c.n;
		memcpy(e->inl, c.first, sizeof(c.first));
	}
	list_writer_free(c.list);
	close(fd);
	sn.bytes += e->attr.size;
}

static int
name_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
xattrs_add(int dirfd, const char *name, struct entry *e)
{
	char proc[512], list[8192], *names[256];
	uint8_t value[65536];
	struct buf *b;
	ssize_t len, at;
	size_t n = 0, i;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d/%s", dirfd, name);
	if ((len = llistxattr(proc, list, sizeof(list))) <= 0)
		return;
	for (at = 0; at < len; at += (ssize_t)strlen(list + at) + 1)
		names[n++] = list + at;
	qsort(names, n, sizeof(names[0]), name_compare);
	must(buf_new(1u << 20, &b), "buffer");
	must(buf_put_varint(b, n), "put");
	for (i = 0; i < n; i++) {
		len = lgetxattr(proc, names[i], value, sizeof(value));
		must(buf_put_str(b, names[i]), "put");
		must(buf_put_bytes(b, value, (size_t)len), "put");
	}
	must(writer_add_meta(buf_ptr(b), buf_len(b), e->xattrs, writer),
	    "xattrs");
	e->has_xattrs = true;
	buf_free(b);
}

static void dir_add(int dirfd, const char *name, struct entry *e);

/* Fill e for one name of a directory; target has room for a link. */
static void
entry_make(int dirfd, const char *name, char target[4096], struct entry *e)
{
	struct stat st;
	ssize_t len;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		err(1, "%s", name);
	attr_from_stat(&st, &e->attr);
	e->name = (const uint8_t *)name;
	e->name_len = strlen(name);
	xattrs_add(dirfd, name, e);
	switch (e->attr.type) {
	case ATTR_FILE:
		sn.files++;
		file_add(dirfd, name, e);
		break;
	case ATTR_DIR:
		sn.directories++;
		dir_add(dirfd, name, e);
		break;
	case ATTR_SYMLINK:
		sn.others++;
		len = readlinkat(dirfd, name, target, 4096);
		e->target = (const uint8_t *)target;
		e->target_len = (size_t)len;
		break;
	default:
		sn.others++;
	}
}

static void
dir_add(int dirfd, const char *name, struct entry *e)
{
	struct list_writer *list;
	struct dirent **names;
	struct entry sub;
	char target[4096];
	size_t len = strlen(path);
	int fd, i, n;

	if ((fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY |
	    O_NOFOLLOW)) == -1)
		err(1, "%s", name);
	must(list_writer_new(LIST_ENTRIES, writer_add_meta, writer, &list),
	    "list");
	/* The C locale, as none is set: alphasort orders bytes. */
	if ((n = scandirat(fd, ".", &names, NULL, alphasort)) == -1)
		err(1, "%s", name);
	for (i = 0; i < n; i++) {
		if (strcmp(names[i]->d_name, ".") != 0 &&
		    strcmp(names[i]->d_name, "..") != 0) {
			memset(&sub, 0, sizeof(sub));
			snprintf(path + len, sizeof(path) - len, "/%s",
			    names[i]->d_name);
			entry_make(fd, names[i]->d_name, target, &sub);
			path[len] = '\0';
			must(list_add_entry(list, &sub), "entry");
		}
		free(names[i]);
	}
	free(names);
	e->has_subtree = true;
	must(list_writer_end(list, &e->subtree), "list end");
	list_writer_free(list);
	close(fd);
}

/* Open the repository, made if there is no key file yet. */
static void
repo_get(const char *url, const char *keyfile, struct key_file *kf)
{
	struct key_input key = { .kind = KEY_HOST };
	char phrase[PHRASE_MAX];
	uint8_t recovery[32];

	must(store_open(url, NULL, &store), url);
	if (access(keyfile, F_OK) == -1) {
		must(repo_create(store, "test", kf, recovery), "create");
		must(key_file_write(keyfile, kf), keyfile);
		phrase_format(recovery, phrase);
		printf("%s\n", phrase);
	}
	must(key_file_read(keyfile, kf), keyfile);
	memcpy(key.token, kf->host, sizeof(key.token));
	must(repo_open(store, &key, &repo), "open");
}

static void
snapshot_put(struct snapshot_root *root, const char *dir)
{
	char target[4096];
	struct buf *b;

	if (strcmp(root->path, "/") != 0)
		snprintf(path, sizeof(path), "%s", root->path);
	entry_make(AT_FDCWD, dir, target, &root->entry);
	if (strcmp(root->path, "/") == 0)
		root->entry.name = (const uint8_t *)"/";
	else
		root->entry.name =
		    (const uint8_t *)strrchr(root->path, '/') + 1;
	root->entry.name_len = strlen((const char *)root->entry.name);
	frame_flush();
	must(buf_new(ENTRY_ENCODED_MAX, &b), "buffer");
	must(entry_encode(&root->entry, b), "encode");
	root->bytes_len = buf_len(b);
	if ((root->bytes = malloc(root->bytes_len)) == NULL)
		errx(1, "memory");
	memcpy(root->bytes, buf_ptr(b), root->bytes_len);
	buf_free(b);
	must(writer_commit(writer, &sn), "commit");
}

int
main(int argc, char **argv)
{
	struct snapshot_root root = { .path = NULL };
	struct chunker_params cp = { .min = CHUNKER_MIN_DEFAULT,
	    .avg = CHUNKER_AVG_DEFAULT, .max = CHUNKER_MAX_DEFAULT };
	struct writer_params wp = { .job = "test", .compression = 3 };
	struct key_file kf;
	char id[65];
	int i;

	if (argc < 6)
		errx(2, "usage: mkrepo REPO KEYFILE HOST SET DIR "
		    "[PATH [DEPTH]]");
	log_open("mkrepo", LOG_WARN);
	must(crypto_init(), "crypto");
	repo_get(argv[1], argv[2], &kf);
	repo_chunker_seed(repo, cp.seed);
	must(chunker_init(&chunker, &cp), "chunker");
	must(compressor_new(3, &compressor), "compressor");
	wp.host = argv[3];
	wp.set = argv[4];
	wp.sign_seed = kf.signer;
	must(writer_begin(repo, &wp, &writer), "begin");
	sn.agent = argv[0];
	sn.started = sn.ended = sn.source_time = clock_wall();
	sn.nroots = 1;
	sn.roots = &root;
	root.path = argc > 6 ? argv[6] : argv[5];
	if (argc > 7)
		delta_depth = (unsigned int)atoi(argv[7]);
	snapshot_put(&root, argv[5]);
	for (i = 0; i < 32; i++)
		snprintf(id + 2 * i, 3, "%02x", sn.hash[i]);
	printf("%s\n", id);
	writer_end(writer);
	repo_close(repo);
	store_close(store);
	compressor_free(compressor);
	free(root.bytes);
	return 0;
}
