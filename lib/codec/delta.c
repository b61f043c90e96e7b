/* delta.c: rsync deltas of one chunk against an older one, by librsync. */
#include "codec/delta.h"

#include <librsync.h>
#include <pthread.h>
#include <time.h>

#include "base/buf.h"
#include "codec/places.h"

#define SIG_HEAD 12		/* magic, block length, strong length */
#define SIG_BLOCK (4 + DELTA_STRONG)

/* A search is looked after every so many bytes; its patience is 2 MB/s. */
#define PIECE ((size_t)16 << 10)
#define PATIENCE_NS 20000000
#define PATIENCE_NS_BYTE 500

/* What librsync reports of bad input would go to stderr: we say it. */
static void
delta_quiet(void)
{
	rs_trace_set_level(RS_LOG_CRIT);
}

static uint32_t
delta_get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/*
 * Run job over all of the input in one go.  b has the room for the output;
 * what is left of both is in it afterwards.
 */
static rs_result
delta_run(rs_job_t *job, const void *in, size_t len, struct rs_buffers_s *b)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, delta_quiet);
	b->next_in = (char *)(uintptr_t)in;
	b->avail_in = len;
	b->eof_in = 1;
	return rs_job_iter(job, b);
}

uint32_t
delta_block(size_t len)
{
	return len <= 256 << 10 ? 1024 : 2048;
}

size_t
delta_signature_max(size_t len, uint32_t block)
{
	return SIG_HEAD + (len / block + (len % block != 0)) * SIG_BLOCK;
}

int
delta_sign(const void *basis, size_t len, uint32_t block, struct buf *out)
{
	rs_buffers_t b = { NULL, 0, 0, NULL, 0 };
	rs_job_t *job;
	rs_result result;
	uint8_t *p;
	size_t room;
	int r;

	if (block < DELTA_BLOCK_MIN || block > DELTA_BLOCK_MAX)
		return ERR_CONFIG;
	if (len > DELTA_RAW_MAX)
		return ERR_TOOBIG;
	room = delta_signature_max(len, block);
	if ((r = buf_reserve(out, room, &p)) != 0)
		return r;
	b.next_out = (char *)p;
	b.avail_out = room;
	job = rs_sig_begin(block, DELTA_STRONG, RS_RK_BLAKE2_SIG_MAGIC);
	result = delta_run(job, basis, len, &b);
	(void)rs_job_free(job);
	if (result == RS_DONE && b.avail_out == 0)
		return 0;
	buf_trim(out, room);
	return ERR_NOMEM;
}

int
delta_signature_check(const void *sig, size_t len)
{
	const uint8_t *p = sig;
	size_t block, blocks;

	if (places_is(sig, len))
		return places_check(sig, len);
	if (len < SIG_HEAD || delta_get32(p) != RS_RK_BLAKE2_SIG_MAGIC ||
	    delta_get32(p + 8) != DELTA_STRONG)
		return ERR_FORMAT;
	block = delta_get32(p + 4);
	if (block < DELTA_BLOCK_MIN || block > DELTA_BLOCK_MAX ||
	    (len - SIG_HEAD) % SIG_BLOCK != 0)
		return ERR_FORMAT;
	blocks = (len - SIG_HEAD) / SIG_BLOCK;
	if (blocks > (DELTA_RAW_MAX + block - 1) / block)
		return ERR_FORMAT;
	return 0;
}

/* Load a signature that was checked; free *sigp in any case. */
static rs_result
delta_load(const void *sig, size_t len, rs_signature_t **sigp)
{
	rs_buffers_t b = { NULL, 0, 0, NULL, 0 };
	rs_job_t *job = rs_loadsig_begin(sigp);
	rs_result result;

	result = delta_run(job, sig, len, &b);
	(void)rs_job_free(job);
	if (result == RS_DONE)
		result = rs_build_hash_table(*sigp);
	return result;
}

/*
 * The longest delta of len bytes: all literal, in commands of PIECE with
 * heads of 3 bytes.  A copy, of 9 bytes at most, stands for a block of at
 * least DELTA_BLOCK_MIN, but for one that may be short at the end.
 */
static size_t
delta_max(size_t len)
{
	return len + len / 1024 + 64;
}

/* Nanoseconds that this thread has worked. */
static int64_t
delta_clock(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/*
 * Who can write a file on the source can make blocks of the same rolling sum
 * and other bytes, so that BLAKE2 is asked at every byte: seconds for a MiB.
 * What takes so long is not worth a delta.
 */
static rs_result
delta_search(rs_job_t *job, const uint8_t *data, size_t len, rs_buffers_t *b)
{
	const int64_t until = delta_clock() + PATIENCE_NS +
	    (int64_t)len * PATIENCE_NS_BYTE;
	rs_result result;
	size_t n, pos = 0;

	do {
		n = len - pos < PIECE ? len - pos : PIECE;
		b->next_in = (char *)(uintptr_t)(data + pos);
		b->avail_in = n;
		pos += n;
		b->eof_in = pos == len;
		result = rs_job_iter(job, b);
	} while (result == RS_BLOCKED && !b->eof_in && b->avail_out > 0 &&
	    delta_clock() < until);
	return result;
}

int
delta_make(const void *sig, size_t sig_len, const void *data, size_t len,
    size_t max, struct buf *out)
{
	rs_buffers_t b = { NULL, 0, 0, NULL, 0 };
	rs_signature_t *sums = NULL;
	rs_result result;
	rs_job_t *job;
	uint8_t *p;
	int r;

	if ((r = delta_signature_check(sig, sig_len)) != 0)
		return r;
	if (len > DELTA_RAW_MAX)
		return ERR_TOOBIG;
	if (max > delta_max(len))
		max = delta_max(len);
	if (places_is(sig, sig_len))
		return places_make(sig, sig_len, data, len, max, out);
	if ((r = buf_reserve(out, max, &p)) != 0)
		return r;
	b.next_out = (char *)p;
	b.avail_out = max;
	if ((result = delta_load(sig, sig_len, &sums)) == RS_DONE) {
		job = rs_delta_begin(sums);
		result = delta_search(job, data, len, &b);
		(void)rs_job_free(job);
	}
	rs_free_sumset(sums);
	if (result == RS_DONE) {
		buf_trim(out, b.avail_out);
		return 0;
	}
	buf_trim(out, max);
	return result == RS_BLOCKED ? ERR_TOOBIG : ERR_NOMEM;
}

/* librsync asks for a part of the basis; it is not copied twice. */
static rs_result
delta_copy(void *opaque, rs_long_t pos, size_t *len, void **buf)
{
	const struct delta_input *in = opaque;

	if (pos < 0 || (uint64_t)pos > in->basis_len ||
	    *len > in->basis_len - (size_t)pos)
		return RS_CORRUPT;
	*buf = (char *)(uintptr_t)in->basis + pos;
	return RS_DONE;
}

int
delta_apply(const struct delta_input *in, uint8_t *outp, size_t len)
{
	rs_buffers_t b = { NULL, 0, 0, NULL, 0 };
	struct delta_input from = *in;
	rs_result result;
	rs_job_t *job;

	if (len > DELTA_RAW_MAX || in->basis_len > DELTA_RAW_MAX)
		return ERR_TOOBIG;
	b.next_out = (char *)outp;
	b.avail_out = len;
	job = rs_patch_begin(delta_copy, &from);
	result = delta_run(job, in->delta, in->delta_len, &b);
	(void)rs_job_free(job);
	if (result != RS_DONE || b.avail_in != 0 || b.avail_out != 0)
		return ERR_FORMAT;
	return 0;
}
