/* codec.c: what deltas cost and save: sizes, and MB/s of one core. */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "codec/compress.h"
#include "codec/delta.h"

/*
 * codec OLD NEW [KIB]
 *
 * Cuts both files in pieces of KIB (256), and takes those of NEW that differ
 * from the piece of OLD in the same place, as a changed chunk and the chunk
 * that it replaces.  A line for each way: the bytes that it gives, in % of
 * those pieces, and the speed of each step in CPU time.
 */
struct file {
	uint8_t	*data;
	size_t	 len;
};

/* One piece, and what it was. */
struct piece {
	const uint8_t *old, *new;
	size_t	 old_len, len;
};

struct way {
	const char *name;
	double	 cpu[3];	/* seconds of each step */
	size_t	 in, out, signature;
};

static struct file older, newer;
static size_t piece_len = 256 << 10;
static uint8_t *back;

static void
need(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "codec: %s\n", what);
	exit(1);
}

static double
cpu(void)
{
	struct timespec t = { 0 };

	need(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0, "no clock");
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct file
load(const char *path)
{
	struct file f = { NULL, 0 };
	FILE *from = fopen(path, "rb");
	long len = 0;

	need(from != NULL, path);
	need(fseek(from, 0, SEEK_END) == 0 && (len = ftell(from)) > 0, path);
	rewind(from);
	f.len = (size_t)len;
	need((f.data = malloc(f.len)) != NULL, "memory");
	need(fread(f.data, 1, f.len, from) == f.len, path);
	fclose(from);
	return f;
}

/* The next changed piece from *posp on. */
static bool
next(size_t *posp, struct piece *p)
{
	size_t pos;

	for (pos = *posp; pos < newer.len && pos < older.len;
	    pos += piece_len) {
		p->new = newer.data + pos;
		p->old = older.data + pos;
		p->len = newer.len - pos < piece_len ? newer.len - pos :
		    piece_len;
		p->old_len = older.len - pos < piece_len ? older.len - pos :
		    piece_len;
		*posp = pos + piece_len;
		if (p->len != p->old_len ||
		    memcmp(p->new, p->old, p->len) != 0)
			return true;
	}
	return false;
}

/* Unpack and compare, on the clock. */
static void
unpack(struct way *w, const struct piece *p, struct frame_packed *f)
{
	static struct decompressor *d;
	double t;

	if (d == NULL)
		need(decompressor_new(&d) == 0, "memory");
	f->raw_len = (uint32_t)p->len;
	t = cpu();
	need(decompress_frame(d, f, back) == 0, "decompress");
	w->cpu[1] += cpu() - t;
	need(memcmp(back, p->new, p->len) == 0, "it came back wrong");
}

static void
plain(struct way *w, const struct piece *p, struct buf *out)
{
	static struct compressor *c;
	struct frame_packed f = { 0 };
	enum frame_kind kind;
	double t;

	if (c == NULL)
		need(compressor_new(COMPRESS_LEVEL_DEFAULT, &c) == 0,
		    "memory");
	t = cpu();
	need(compress_frame(c, p->new, p->len, out, &kind) == 0, "compress");
	w->cpu[0] += cpu() - t;
	if (kind == FRAME_PLAIN)
		need(buf_put(out, p->new, p->len) == 0, "memory");
	f.kind = (uint8_t)kind;
	f.data = buf_ptr(out);
	f.len = buf_len(out);
	unpack(w, p, &f);
	w->out += buf_len(out);
}

static void
prefixed(struct way *w, const struct piece *p, struct buf *out)
{
	static struct compressor *c;
	struct compress_prefixed in = { p->old, p->old_len, p->new, p->len };
	struct frame_packed f = { .kind = FRAME_ZSTD_PREFIX };
	double t;

	if (c == NULL)
		need(compressor_new(COMPRESS_LEVEL_DEFAULT, &c) == 0,
		    "memory");
	t = cpu();
	need(compress_with_prefix(c, &in, SIZE_MAX, out) == 0, "compress");
	w->cpu[0] += cpu() - t;
	f.data = buf_ptr(out);
	f.len = buf_len(out);
	f.prefix = p->old;
	f.prefix_len = p->old_len;
	unpack(w, p, &f);
	w->out += buf_len(out);
}

/* By rsync: sign the old, make, apply. */
static void
rsync(struct way *w, const struct piece *p, struct buf *out, uint32_t block)
{
	struct delta_input in = { p->old, p->old_len, NULL, 0 };
	struct buf *sig = NULL;
	double t;

	need(buf_new(1 << 20, &sig) == 0, "memory");
	t = cpu();
	need(delta_sign(p->old, p->old_len, block, sig) == 0, "sign");
	w->cpu[0] += cpu() - t;
	t = cpu();
	need(delta_make(buf_ptr(sig), buf_len(sig), p->new, p->len, SIZE_MAX,
	    out) == 0, "make");
	w->cpu[1] += cpu() - t;
	in.delta = buf_ptr(out);
	in.delta_len = buf_len(out);
	t = cpu();
	need(delta_apply(&in, back, p->len) == 0, "apply");
	w->cpu[2] += cpu() - t;
	need(memcmp(back, p->new, p->len) == 0, "it came back wrong");
	w->out += buf_len(out);
	w->signature += buf_len(sig);
	buf_free(sig);
}

static void
report(const struct way *w)
{
	size_t i;

	printf("%-10s %8.3f %% %8.3f %%", w->name,
	    100.0 * (double)w->out / (double)w->in,
	    100.0 * (double)w->signature / (double)w->in);
	for (i = 0; i < 3; i++) {
		if (w->cpu[i] > 0)
			printf(" %8.0f", (double)w->in / w->cpu[i] / 1e6);
	}
	printf("\n");
}

/* One way, over all pieces; block is 0 but for rsync's. */
static void
run(const char *name, uint32_t block,
    void (*way)(struct way *, const struct piece *, struct buf *))
{
	struct way w = { .name = name };
	struct piece p = { 0 };
	struct buf *out = NULL;
	size_t pos = 0;

	need(buf_new(4 << 20, &out) == 0, "memory");
	while (next(&pos, &p)) {
		buf_reset(out);
		if (way != NULL)
			way(&w, &p, out);
		else
			rsync(&w, &p, out, block);
		w.in += p.len;
	}
	if (w.in > 0)
		report(&w);
	buf_free(out);
}

int
main(int argc, char **argv)
{
	char name[32];
	uint32_t block;

	need(argc == 3 || argc == 4, "usage: codec OLD NEW [KIB]");
	older = load(argv[1]);
	newer = load(argv[2]);
	if (argc == 4)
		piece_len = strtoul(argv[3], NULL, 10) << 10;
	need(piece_len > 0 && piece_len <= COMPRESS_PREFIX_MAX,
	    "pieces of 1 to 1024 KiB");
	need((back = malloc(piece_len)) != NULL, "memory");
	printf("way            size      signature      MB/s of each step\n");
	run("zstd -3", 0, plain);
	run("prefix", 0, prefixed);
	for (block = 256; block <= 8192; block *= 2) {
		snprintf(name, sizeof(name), "rsync %u", block);
		run(name, block, NULL);
	}
	free(back);
	free(older.data);
	free(newer.data);
	return 0;
}
