/* unpack.c: from what the source sent to what is stored. */
#include "backupd/unpack.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "codec/compress.h"
#include "hash/sha256.h"
#include "wire/limits.h"

void
frame_job_clear(struct frame_job *j)
{
	decompressor_free(j->d);
	compressor_free(j->c);
	buf_free(j->in);
	buf_free(j->out);
	free(j->raw);
	free(j->stored);
	free(j->chunks);
	free(j->keep);
	free(j->frame.chunks);
}

int
frame_job_init(struct frame_job *j, int level,
    const struct frame_epoch *epoch)
{
	size_t room = FRAME_RAW_MAX + FRAME_RAW_MAX / 128;
	int r;

	j->epoch = epoch;
	if ((r = decompressor_new(&j->d)) != 0 ||
	    (level > 0 && (r = compressor_new(level, &j->c)) != 0) ||
	    (r = buf_new(room, &j->in)) != 0 ||
	    (r = buf_new(room, &j->out)) != 0)
		return r;
	/* Touched only as far as frames are long. */
	if ((j->raw = malloc(FRAME_RAW_MAX)) == NULL ||
	    (j->stored = malloc(room + FRAME_OVERHEAD)) == NULL ||
	    (j->keep = calloc(WIRE_PIECES_MAX, sizeof(*j->keep))) == NULL ||
	    (j->frame.chunks = calloc(WIRE_PIECES_MAX,
	    sizeof(*j->frame.chunks))) == NULL)
		return ERR_NOMEM;
	return 0;
}

/* Squeeze out the chunks that are not kept and compress the rest anew. */
static int
frame_repack(struct frame_job *j)
{
	enum frame_kind kind = FRAME_PLAIN;
	uint32_t i, from = 0, to = 0;
	int r;

	for (i = 0; i < j->nchunks; i++) {
		if (j->keep[i]) {
			memmove(j->raw + to, j->raw + from, j->chunks[i].len);
			to += j->chunks[i].len;
		}
		from += j->chunks[i].len;
	}
	j->raw_len = to;
	buf_reset(j->out);
	if (j->c != NULL && (r = compress_frame(j->c, j->raw, to, j->out,
	    &kind)) != 0)
		return r;
	if (kind == FRAME_PLAIN && (r = buf_put(j->out, j->raw, to)) != 0)
		return r;
	j->kind = (uint8_t)kind;
	return 0;
}

/* List what the sealed frame holds. */
static void
frame_list(struct frame_job *j)
{
	struct pack_chunk *pc;
	uint32_t i, off = 0;

	j->frame.nchunks = 0;
	for (i = 0; i < j->nchunks; i++) {
		if (j->keep[i]) {
			pc = &j->frame.chunks[j->frame.nchunks++];
			memset(pc, 0, sizeof(*pc));
			memcpy(pc->id, j->chunks[i].id, sizeof(pc->id));
			pc->offset = off;
			pc->len = j->chunks[i].len;
		}
		if (j->keep[i] || !j->repack)
			off += j->chunks[i].len;
	}
}

void
frame_job_run(void *arg)
{
	struct frame_job *j = arg;
	struct frame_packed packed = { .kind = j->kind,
	    .data = buf_ptr(j->in), .len = buf_len(j->in),
	    .raw_len = j->raw_len };
	struct buf *data = j->in;
	uint8_t hash[SHA256_LEN];
	uint32_t i, off = 0;

	if ((j->result = decompress_frame(j->d, &packed, j->raw)) != 0)
		return;
	for (i = 0; i < j->nchunks; i++) {
		if ((j->result = sha256_of(j->raw + off, j->chunks[i].len,
		    hash)) != 0)
			return;
		if (memcmp(hash, j->chunks[i].hash, sizeof(hash)) != 0) {
			j->result = ERR_CORRUPT;
			return;
		}
		off += j->chunks[i].len;
	}
	if (j->repack) {
		if ((j->result = frame_repack(j)) != 0)
			return;
		data = j->out;
	}
	frame_list(j);
	if (j->frame.nchunks == 0)
		return;
	j->frame.info.kind = j->kind;
	j->frame.info.class = FRAME_DATA;
	j->frame.info.raw_len = j->raw_len;
	j->frame.info.stored_len = (uint32_t)(buf_len(data) +
	    FRAME_OVERHEAD);
	j->result = frame_seal(j->epoch, &j->frame.info, buf_ptr(data),
	    buf_len(data), j->stored);
}
