/* fuzz.c: what the harnesses share. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "crypto/secret.h"
#include "crypto/sign.h"
#include "repo/core.h"
#include "repo/frame.h"
#include "store/impl.h"

#define OBJECT_MAX (64u << 20)

static const uint8_t seed[32] = "a signer that nobody ever trusts";

static void
quiet(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

void
fuzz_check(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz: this does not hold: %s\n", what);
	abort();
}

void
fuzz_init(void)
{
	static bool done;

	if (done)
		return;
	log_open("fuzz", LOG_DEBUG);
	log_sink(quiet, NULL);
	fuzz_check(crypto_init() == 0, "crypto_init");
	done = true;
}

uint8_t
fuzz_byte(struct fuzz_input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->p++;
}

const uint8_t *
fuzz_part(struct fuzz_input *in, size_t *lenp)
{
	const uint8_t *part;
	size_t len;

	len = (size_t)fuzz_byte(in) << 8;
	len |= fuzz_byte(in);
	if (len > in->left)
		len = in->left;
	part = in->p;
	in->p += len;
	in->left -= len;
	*lenp = len;
	return part;
}

struct buf *
fuzz_borrow(const void *data, size_t len)
{
	struct buf *b;

	fuzz_check(buf_borrow(data, len, &b) == 0, "memory");
	return b;
}

struct buf *
fuzz_buf(size_t cap)
{
	struct buf *b;

	fuzz_check(buf_new(cap, &b) == 0, "memory");
	return b;
}

void
fuzz_same(struct buf *b, const void *data, size_t len)
{
	fuzz_check(buf_len(b) == len && (len == 0 ||
	    memcmp(buf_ptr(b), data, len) == 0),
	    "encoding what was decoded gives the same bytes");
	buf_free(b);
}

char *
fuzz_text(const uint8_t *data, size_t len)
{
	char *text;

	fuzz_check((text = malloc(len + 1)) != NULL, "memory");
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	return text;
}

static struct repo *
repo_make(void)
{
	static const uint8_t id[REPO_ID_LEN] = "a fuzzed repo";
	struct repo_params p = { .created = 1700000000,
	    .chunk_min = 64u << 10, .chunk_avg = 256u << 10,
	    .chunk_max = 1u << 20, .frame_max = 1u << 20,
	    .pack_max = 32u << 20 };
	struct secret *master = NULL;
	struct store *s = NULL;
	struct repo *r = NULL;

	memcpy(p.id, id, sizeof(p.id));
	fuzz_check(secret_new(SECRET_KEY_LEN, &master) == 0 &&
	    store_mem_open(&s) == 0 && repo_new(s, &p, master, &r) == 0,
	    "a repository in memory");
	return r;
}

struct repo *
fuzz_repo(void)
{
	static struct repo *r;

	if (r == NULL) {
		r = repo_make();
		fuzz_check(key_signer_add(r, fuzz_signer(), "fuzz") == 0,
		    "a signer");
	}
	return r;
}

const uint8_t *
fuzz_signer(void)
{
	static struct sign_key *key;

	if (key == NULL)
		fuzz_check(sign_from_seed(seed, &key) == 0, "a key");
	return sign_public(key);
}

const uint8_t *
fuzz_signer_seed(void)
{
	return seed;
}

const struct frame_epoch *
fuzz_epoch(void)
{
	static const struct frame_epoch *e;

	if (e == NULL)
		fuzz_check(frame_epoch_current(fuzz_repo(), fuzz_signer(),
		    &e) == 0, "an epoch");
	return e;
}

void
fuzz_head(struct buf *out, enum object_type type)
{
	uint8_t head[OBJECT_HEAD_LEN];

	object_head(fuzz_repo(), type, head);
	fuzz_check(buf_put(out, head, sizeof(head)) == 0, "memory");
}

void
fuzz_box(struct buf *out, uint8_t number, const void *plain, size_t len)
{
	struct buf *b = fuzz_borrow(plain, len);

	fuzz_check(box_seal(fuzz_repo(), buf_ptr(out), number, b, out) == 0,
	    "memory");
	buf_free(b);
}

struct buf *
fuzz_object(enum object_type type, const void *plain, size_t len)
{
	struct buf *out = fuzz_buf(OBJECT_MAX);

	fuzz_head(out, type);
	fuzz_box(out, 0, plain, len);
	return out;
}
