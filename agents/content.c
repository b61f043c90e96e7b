/* content.c: the content of files, cut into chunks and put into batches. */
#include "config.h"

#include "agents/content.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/buf.h"
#include "wire/content.h"
#include "wire/limits.h"

#define TRIES 3
#define DIRECT_MAX (128u << 10)	/* for it a batch is closed unfilled */
#define WINDOW (3u << 20)

/* A file under way. */
struct reading {
	struct content *c;
	const struct content_file *f;
	int	 fd;
	struct attr attr;	/* before */
	bool	 begun;		/* its FILE piece stands in the batch */
	uint64_t sent;		/* bytes, holes too */
	int	 status;	/* of the file; not of the job */
};

/* Where a batch stood. */
struct mark {
	uint64_t closed;
	size_t	 used, items;
	uint32_t nchunks, npieces;
};

void
content_init(struct content *c, const struct job *job, struct source *src,
    struct batches *batches)
{
	memset(c, 0, sizeof(*c));
	c->job = job;
	c->src = src;
	c->batches = batches;
}

void
content_clear(struct content *c)
{
	free(c->window);
	c->window = NULL;
}

void
content_flush(struct content *c)
{
	if (c->cur == NULL)
		return;
	batches_put(c->batches, c->cur);
	c->cur = NULL;	/* the main thread has it */
	c->closed++;
}

/* Say whose the following pieces are. */
static int
begin_file(struct reading *rd)
{
	const struct wire_piece p = {
		.kind = WIRE_PIECE_FILE, .dir = rd->f->dir,
		.page = rd->f->page, .entry = rd->f->entry
	};

	rd->begun = true;
	return batch_piece(rd->c->cur, &p);
}

/* Tell whether the batch has room for so many bytes and pieces. */
static bool
has_room(const struct content *c, size_t bytes, size_t pieces)
{
	return c->cur != NULL &&
	    bytes <= c->job->frame_max - c->cur->used &&
	    pieces <= WIRE_PIECES_MAX - c->cur->npieces;
}

/* Make that room, in a new batch if need be. */
static int
make_room(struct reading *rd, size_t bytes, size_t pieces)
{
	struct content *c = rd->c;
	int r;

	if (has_room(c, bytes, pieces))
		return 0;
	content_flush(c);
	if ((r = batches_take(c->batches, &c->cur)) != 0)
		return r;
	return rd->begun ? begin_file(rd) : 0;
}

/* Read len bytes at off, or what there is. */
static size_t
read_some(struct reading *rd, uint8_t *data, size_t len, uint64_t off)
{
	if (source_read(rd->c->src, rd->fd, off, data, &len) != 0) {
		rd->status = ERR_IO;
		return 0;
	}
	rd->sent += len;
	rd->c->bytes += len;
	return len;
}

/* The most pieces that len bytes can become, with FILE and END. */
static size_t
pieces_of(const struct content *c, uint64_t len)
{
	return (size_t)(len / c->job->chunks.min) + 3;
}

/* Tell whether an extent should be read straight into a batch. */
static bool
is_direct(const struct content *c, uint64_t len)
{
	if (len > c->job->frame_max || pieces_of(c, len) > WIRE_PIECES_MAX)
		return false;
	return len <= DIRECT_MAX || has_room(c, (size_t)len,
	    pieces_of(c, len));
}

/* Read an extent straight into the batch and cut it there. */
static int
extent_direct(struct reading *rd, uint64_t off, size_t len)
{
	struct batch *b;
	size_t n, pos;
	int r;

	if ((r = make_room(rd, len, pieces_of(rd->c, len))) != 0)
		return r;
	b = rd->c->cur;
	len = read_some(rd, b->raw + b->used, len, off);
	for (pos = 0; pos < len && r == 0; pos += n) {
		n = chunker_cut(&rd->c->job->chunker, b->raw + b->used,
		    len - pos, true);
		r = batch_data(b, (uint32_t)n);
	}
	return r;
}

/* Copy a chunk into a batch. */
static int
put_chunk(struct reading *rd, const uint8_t *data, size_t len)
{
	struct batch *b;
	int r;

	/* One piece, and END must have room too. */
	if ((r = make_room(rd, len, 3)) != 0)
		return r;
	b = rd->c->cur;
	memcpy(b->raw + b->used, data, len);
	return batch_data(b, (uint32_t)len);
}

/* Read an extent through the window. */
static int
extent_window(struct reading *rd, uint64_t off, uint64_t len)
{
	struct content *c = rd->c;
	size_t have = 0, pos, n, want, got;
	bool last = false;
	int r = 0;

	if (c->window == NULL && (c->window = malloc(WINDOW)) == NULL)
		return ERR_NOMEM;
	while (r == 0 && !last) {
		want = WINDOW - have < len ? WINDOW - have : (size_t)len;
		got = read_some(rd, c->window + have, want, off);
		off += got;
		len -= got;
		have += got;
		last = got < want || len == 0;
		for (pos = 0; r == 0 && (n = chunker_cut(&c->job->chunker,
		    c->window + pos, have - pos, last)) > 0; pos += n)
			r = put_chunk(rd, c->window + pos, n);
		have -= pos;
		memmove(c->window, c->window + pos, have);
	}
	return r;
}

static int
put_hole(struct reading *rd, uint64_t len)
{
	const struct wire_piece p = { .kind = WIRE_PIECE_HOLE, .len = len };
	int r;

	rd->sent += len;
	if ((r = make_room(rd, 0, 3)) != 0)
		return r;
	return batch_piece(rd->c->cur, &p);
}

/* Send all content; status tells what is wrong with the file. */
static int
read_extents(struct reading *rd)
{
	const uint64_t size = rd->attr.size;
	uint64_t off = 0, data, end;
	int r = 0;

	while (r == 0 && off < size && rd->status == 0) {
		data = off;
		end = size;
		source_extent(rd->c->src, rd->fd, off, &data, &end);
		if (data > off)
			r = put_hole(rd, data - off);
		if (r == 0 && end > data)
			r = is_direct(rd->c, end - data) ?
			    extent_direct(rd, data, (size_t)(end - data)) :
			    extent_window(rd, data, end - data);
		if (rd->sent < end)
			break;	/* it has shrunk */
		off = end;
	}
	return r;
}

static struct mark
mark_of(const struct content *c)
{
	const struct mark m = {
		c->closed, c->cur->used, buf_len(c->cur->items),
		c->cur->nchunks, c->cur->npieces
	};

	return m;
}

/* Take back what came after m; false if some of it has left. */
static bool
roll_back(struct content *c, const struct mark *m)
{
	if (c->closed != m->closed)
		return false;
	buf_trim(c->cur->items, buf_len(c->cur->items) - m->items);
	c->cur->used = m->used;
	c->cur->nchunks = m->nchunks;
	c->cur->npieces = m->npieces;
	return true;
}

/* Tell whether the file is as it was, and all of it was sent. */
static bool
unchanged(const struct reading *rd, const struct attr *now)
{
	return rd->sent == now->size && now->size == rd->attr.size &&
	    now->mtime == rd->attr.mtime &&
	    now->mtime_ns == rd->attr.mtime_ns &&
	    now->ctime == rd->attr.ctime &&
	    now->ctime_ns == rd->attr.ctime_ns;
}

/* Read the open file once; *endp is its END. */
static int
read_once(struct reading *rd, struct wire_piece *endp)
{
	struct source *src = rd->c->src;
	struct attr now;
	int r;

	rd->begun = false;
	rd->sent = 0;
	rd->status = 0;
	if ((r = begin_file(rd)) != 0 || (r = read_extents(rd)) != 0)
		return r;
	if (source_fstat(src, rd->fd, &now) != 0) {
		rd->status = ERR_IO;
		return 0;
	}
	if (rd->status == 0 && !unchanged(rd, &now)) {
		src->errnum = 0;
		rd->status = ERR_CHANGED;
	}
	endp->flags = source_racy(src, rd->fd, NULL, &now) ? WIRE_RACY : 0;
	endp->attr = rd->attr = now;
	endp->attr.size = rd->sent;
	return 0;
}

/* Read the open file as often as it takes. */
static int
read_open(struct reading *rd, struct wire_piece *endp)
{
	struct content *c = rd->c;
	uint64_t size = rd->attr.size;
	struct mark m;
	int i, r;

	/* If a new batch is coming, better before the file than in it. */
	if (size > DIRECT_MAX)
		size = 0;
	if ((r = make_room(rd, (size_t)size, pieces_of(c, size))) != 0)
		return r;
	m = mark_of(c);
	for (i = 0; i < TRIES; i++) {
		if (i > 0 && !roll_back(c, &m))
			break;
		if ((r = read_once(rd, endp)) != 0 ||
		    rd->status != ERR_CHANGED)
			break;
	}
	/* Nothing of an unreadable file is kept. */
	if (r == 0 && rd->status == ERR_IO && roll_back(c, &m))
		r = begin_file(rd);
	c->files++;
	return r;
}

/* Open the file; status is set if it cannot be had. */
static void
open_file(struct reading *rd)
{
	struct source *src = rd->c->src;
	int r;

	r = source_open_file(src, rd->f->dirfd, rd->f->name, &rd->fd);
	if (r == 0)
		r = source_fstat(src, rd->fd, &rd->attr);
	if (r == 0 && rd->attr.type != ATTR_FILE) {
		/* Another thing stands in its place now. */
		src->errnum = 0;
		r = ERR_NOENT;
	}
	rd->status = r == 0 || r == ERR_NOENT || r == ERR_DENIED ? r : ERR_IO;
}

int
content_read(struct content *c, const struct content_file *f, int *statusp)
{
	struct reading rd = { .c = c, .f = f, .fd = -1 };
	struct wire_piece end = {
		.kind = WIRE_PIECE_END, .attr = { .type = ATTR_FILE }
	};
	int r;

	open_file(&rd);
	if (rd.status == 0)
		r = read_open(&rd, &end);
	else if ((r = make_room(&rd, 0, 2)) == 0)
		r = begin_file(&rd);
	source_close(c->src, &rd.fd);
	if (r != 0 || (r = make_room(&rd, 0, 1)) != 0)
		return r;
	end.status = rd.status;
	if ((r = batch_piece(c->cur, &end)) != 0)
		return r;
	*statusp = rd.status;
	return 0;
}
