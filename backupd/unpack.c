/* unpack.c: from what the source sent to what is stored. */
#include "backupd/unpack.h"

#include <stdlib.h>
#include <string.h>

#include "backupd/basis.h"
#include "backupd/tools.h"
#include "backupd/trial.h"
#include "base/buf.h"
#include "codec/compress.h"
#include "hash/sha256.h"
#include "wire/limits.h"

#define REPACK_SHARE 4			/* pack anew above a quarter of waste */

void
chunks_free(struct chunk *chunks, uint32_t n)
{
	uint32_t i;

	for (i = 0; chunks != NULL && i < n; i++) {
		if (chunks[i].basis != NULL)
			chunks[i].trial->open--;
		basis_drop(chunks[i].basis);
		trial_drop(chunks[i].trial);
	}
	free(chunks);
}

void
frame_job_reset(struct frame_job *j)
{
	chunks_free(j->chunks, j->nchunks);
	free(j->numbers);
	free(j->deltas);
	j->chunks = NULL;
	j->numbers = NULL;
	j->deltas = NULL;
	j->nchunks = j->ndeltas = 0;
	j->frame.nchunks = 0;
	buf_reset(j->deltas_out);
}

void
frame_job_clear(struct frame_job *j)
{
	if (j->deltas_out != NULL)
		frame_job_reset(j);
	buf_free(j->in);
	buf_free(j->out);
	buf_free(j->deltas_out);
	free(j->stored);
	free(j->fates);
	free(j->frame.chunks);
}

int
frame_job_init(struct frame_job *j, bool compress, struct tools *tools,
    const struct frame_epoch *epoch)
{
	size_t room = FRAME_RAW_MAX + FRAME_RAW_MAX / 128;
	int r;

	j->epoch = epoch;
	j->tools = tools;
	j->compress = compress;
	if ((r = buf_new(room, &j->in)) != 0 ||
	    (r = buf_new(room, &j->out)) != 0 ||
	    (r = buf_new(room, &j->deltas_out)) != 0)
		return r;
	/* Touched only as far as frames are long. */
	if ((j->stored = malloc(room + FRAME_OVERHEAD)) == NULL ||
	    (j->fates = calloc(WIRE_PIECES_MAX,
	    sizeof(*j->fates))) == NULL ||
	    (j->frame.chunks = calloc(WIRE_PIECES_MAX,
	    sizeof(*j->frame.chunks))) == NULL)
		return ERR_NOMEM;
	return 0;
}

/* Compare every chunk with its hash. */
static int
chunks_check(struct frame_job *j, const uint8_t *raw)
{
	uint8_t hash[SHA256_LEN];
	uint32_t i;
	int r;

	for (i = 0; i < j->nchunks; i++) {
		if ((r = sha256_of(raw, j->chunks[i].len, hash)) != 0)
			return r;
		raw += j->chunks[i].len;
		if (memcmp(hash, j->chunks[i].hash, sizeof(hash)) == 0)
			continue;
		if (!j->patched)
			return ERR_CORRUPT;
		j->fates[i].bad = true;
		j->fates[i].keep = false;
	}
	return 0;
}

/* Store as deltas what can be. */
static int
chunks_shrink(struct frame_job *j, struct tool *t)
{
	const struct basis *b;
	uint32_t i, off = 0;
	int r;

	for (i = 0; i < j->nchunks; i++) {
		b = j->chunks[i].basis;
		if (j->fates[i].keep && b != NULL &&
		    b->state == BASIS_THERE) {
			if ((r = frame_shrink(j, t, i, t->raw + off)) != 0)
				return r;
			if (j->fates[i].delta)
				j->fates[i].keep = false;
		}
		off += j->chunks[i].len;
	}
	return 0;
}

/* Must what is kept be packed anew?  What came patched was not packed. */
static bool
repack_due(const struct frame_job *j)
{
	uint32_t i, dropped = 0;

	for (i = 0; i < j->nchunks; i++)
		if (!j->fates[i].keep)
			dropped += j->chunks[i].len;
	return j->patched || j->ndeltas > 0 ||
	    dropped > j->raw_len / REPACK_SHARE;
}

/* Squeeze out the chunks that are not kept and compress the rest anew. */
static int
frame_repack(struct frame_job *j, struct tool *t)
{
	enum frame_kind kind = FRAME_PLAIN;
	uint32_t i, from = 0, to = 0;
	int r;

	for (i = 0; i < j->nchunks; i++) {
		if (j->fates[i].keep) {
			memmove(t->raw + to, t->raw + from,
			    j->chunks[i].len);
			to += j->chunks[i].len;
		}
		from += j->chunks[i].len;
	}
	j->raw_len = to;
	buf_reset(j->out);
	if (j->compress && (r = compress_frame(t->c, t->raw, to, j->out,
	    &kind)) != 0)
		return r;
	if (kind == FRAME_PLAIN && (r = buf_put(j->out, t->raw, to)) != 0)
		return r;
	j->kind = (uint8_t)kind;
	return 0;
}

/* List what the sealed frame holds. */
static void
frame_list(struct frame_job *j, bool repacked)
{
	struct pack_chunk *pc;
	uint32_t i, off = 0;

	j->frame.nchunks = 0;
	for (i = 0; i < j->nchunks; i++) {
		if (j->fates[i].keep) {
			pc = &j->frame.chunks[j->frame.nchunks++];
			memset(pc, 0, sizeof(*pc));
			memcpy(pc->id, j->chunks[i].id, sizeof(pc->id));
			pc->offset = off;
			pc->len = j->chunks[i].len;
		}
		if (j->fates[i].keep || !repacked)
			off += j->chunks[i].len;
	}
}

static bool
any_kept(const struct frame_job *j)
{
	uint32_t i;

	for (i = 0; i < j->nchunks; i++)
		if (j->fates[i].keep)
			return true;
	return false;
}

static int
frame_work(struct frame_job *j, struct tool *t)
{
	struct frame_packed packed = { .kind = j->kind,
	    .data = buf_ptr(j->in), .len = buf_len(j->in),
	    .raw_len = j->raw_len };
	struct buf *data = j->in;
	bool repack;
	int r;

	if ((r = decompress_frame(t->d, &packed, t->raw)) != 0 ||
	    (r = chunks_check(j, t->raw)) != 0 ||
	    (r = chunks_shrink(j, t)) != 0)
		return r;
	if (!any_kept(j))
		return 0;
	if ((repack = repack_due(j))) {
		if ((r = frame_repack(j, t)) != 0)
			return r;
		data = j->out;
	}
	frame_list(j, repack);
	j->frame.info.kind = j->kind;
	j->frame.info.class = FRAME_DATA;
	j->frame.info.raw_len = j->raw_len;
	j->frame.info.stored_len = (uint32_t)(buf_len(data) +
	    FRAME_OVERHEAD);
	return frame_seal(j->epoch, &j->frame.info, buf_ptr(data),
	    buf_len(data), j->stored);
}

void
frame_job_run(void *arg)
{
	struct frame_job *j = arg;
	struct tool *t = tools_take(j->tools);

	j->result = frame_work(j, t);
	tools_give(j->tools, t);
}
