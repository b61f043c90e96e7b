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
#include "repo/key.h"
#include "repo/writer.h"
#include "store/store.h"

/*
 *	mkrepo REPO KEYFILE HOST SET DIR [PATH]
 *
 * makes the repository if KEYFILE does not exist (and prints its recovery
 * key), and writes a snapshot of DIR, which it calls PATH.
 */
#define FRAME_CHUNKS 4096

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

static void
chunk_add(const uint8_t *data, size_t len, struct content_item *i)
{
	struct pack_chunk *c;
	uint8_t hash[32];

	must(sha256_of(data, len, hash), "hash");
	i->hole = false;
	i->len = len;
	repo_chunk_id(repo, hash, i->id);
	if (writer_has(writer, i->id))
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
		chunk_add(data, len, &item);
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
	char path[512], list[8192], *names[256];
	uint8_t value[65536];
	struct buf *b;
	ssize_t len, at;
	size_t n = 0, i;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dirfd, name);
	if ((len = llistxattr(path, list, sizeof(list))) <= 0)
		return;
	for (at = 0; at < len; at += (ssize_t)strlen(list + at) + 1)
		names[n++] = list + at;
	qsort(names, n, sizeof(names[0]), name_compare);
	must(buf_new(1u << 20, &b), "buffer");
	must(buf_put_varint(b, n), "put");
	for (i = 0; i < n; i++) {
		len = lgetxattr(path, names[i], value, sizeof(value));
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
			entry_make(fd, names[i]->d_name, target, &sub);
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
repo_get(const char *path, const char *keyfile, struct key_file *kf)
{
	struct key_input key = { .kind = KEY_HOST };
	char phrase[PHRASE_MAX];
	uint8_t recovery[32];

	must(store_open(path, &store), path);
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
		errx(2, "usage: mkrepo REPO KEYFILE HOST SET DIR [PATH]");
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
