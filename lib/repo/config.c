/* config.c: a repository's identity and parameters, in three copies. */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "hash/sha256.h"
#include "repo/core.h"
#include "repo/internal.h"
#include "store/store.h"

#define CONFIG_LEN 116
#define CONFIG_SUM_LEN 32
#define CONFIG_MAC_LEN 32
#define CONFIG_MAX 4096		/* a later version may hold more */
#define PACK_MAX_MAX (256u << 20)

static const char *const config_names[CONFIG_COPIES] = {
	"config", "config.2", "config.3"
};

const char *
config_name(unsigned int i)
{
	return config_names[i];
}

int
config_encode(const struct repo *r, struct buf *out)
{
	const struct repo_params *p = &r->params;
	uint8_t head[OBJECT_HEAD_LEN], sum[32];
	int e;

	object_head(r, OBJECT_CONFIG, head);
	if ((e = buf_put(out, head, sizeof(head))) != 0 ||
	    (e = buf_put_i64(out, p->created)) != 0 ||
	    (e = buf_put_u32(out, p->chunk_min)) != 0 ||
	    (e = buf_put_u32(out, p->chunk_avg)) != 0 ||
	    (e = buf_put_u32(out, p->chunk_max)) != 0 ||
	    (e = buf_put_u32(out, p->frame_max)) != 0 ||
	    (e = buf_put_u32(out, p->pack_max)) != 0)
		return e;
	id_mac(&repo_keys(r)->config, buf_ptr(out), buf_len(out), sum);
	if ((e = buf_put(out, sum, sizeof(sum))) != 0 ||
	    (e = sha256_of(buf_ptr(out), buf_len(out), sum)) != 0)
		return e;
	return buf_put(out, sum, sizeof(sum));
}

/* ERR_FORMAT for parameters that no repository has. */
static int
config_check_params(const struct repo_params *p)
{
	if (p->chunk_min == 0 || p->chunk_min > p->chunk_avg ||
	    p->chunk_avg > p->chunk_max || p->chunk_max > p->frame_max ||
	    p->frame_max > FRAME_RAW_MAX || p->pack_max > PACK_MAX_MAX ||
	    p->pack_max < 2 * p->frame_max)
		return ERR_FORMAT;
	return 0;
}

/* ERR_CORRUPT unless the sum at the end holds. */
static int
config_check_sum(const uint8_t *object, size_t len)
{
	uint8_t sum[32];
	int r;

	if (len < OBJECT_HEAD_LEN + CONFIG_SUM_LEN)
		return ERR_CORRUPT;
	if ((r = sha256_of(object, len - CONFIG_SUM_LEN, sum)) != 0)
		return r;
	return memcmp(sum, object + len - CONFIG_SUM_LEN, sizeof(sum)) == 0 ?
	    0 : ERR_CORRUPT;
}

int
config_decode(const uint8_t *object, size_t len, struct repo_params *pp)
{
	struct repo_params p;
	struct buf *b = NULL;
	int r;

	if ((r = config_check_sum(object, len)) != 0)
		return r;
	memcpy(p.id, object + OBJECT_HEAD_LEN - REPO_ID_LEN, REPO_ID_LEN);
	r = object_check_of(p.id, OBJECT_CONFIG, object, len);
	if (r == 0 && len != CONFIG_LEN)
		r = ERR_FORMAT;
	if (r != 0 || (r = buf_borrow(object, len, &b)) != 0)
		return r;
	if ((r = buf_skip(b, OBJECT_HEAD_LEN)) == 0 &&
	    (r = buf_get_i64(b, &p.created)) == 0 &&
	    (r = buf_get_u32(b, &p.chunk_min)) == 0 &&
	    (r = buf_get_u32(b, &p.chunk_avg)) == 0 &&
	    (r = buf_get_u32(b, &p.chunk_max)) == 0 &&
	    (r = buf_get_u32(b, &p.frame_max)) == 0 &&
	    (r = buf_get_u32(b, &p.pack_max)) == 0 &&
	    (r = config_check_params(&p)) == 0)
		*pp = p;
	buf_free(b);
	return r;
}

/* Append copy i and read it. */
static int
config_read_copy(struct store *s, unsigned int i, struct buf *out,
    struct repo_params *pp)
{
	size_t before = buf_len(out);
	int r;

	r = store_get_all(s, config_names[i], CONFIG_MAX, out);
	if (r == ERR_TOOBIG)
		return ERR_CORRUPT;
	if (r != 0)
		return r;
	r = config_decode(buf_ptr(out) + before, buf_len(out) - before, pp);
	if (r != 0)
		buf_trim(out, buf_len(out) - before);
	return r;
}

/* The worse of two failures to read a copy: absence is the least. */
static int
config_worse(int a, int b)
{
	return a == 0 || a == ERR_NOENT ? b : a;
}

int
config_read(struct store *s, struct buf *out, struct repo_params *pp)
{
	struct repo_params p;
	struct buf *again = NULL;
	bool found = false;
	unsigned int i;
	int codes[CONFIG_COPIES], r;

	if ((r = buf_new(CONFIG_MAX, &again)) != 0)
		return r;
	for (i = 0; i < CONFIG_COPIES; i++) {
		buf_reset(again);
		codes[i] = config_read_copy(s, i, found ? again : out,
		    found ? &p : pp);
		if (codes[i] == 0 && found &&
		    (buf_len(again) != buf_len(out) ||
		    memcmp(buf_ptr(again), buf_ptr(out), buf_len(out)) != 0))
			codes[i] = ERR_CORRUPT;
		if (codes[i] == 0)
			found = true;
		else
			r = config_worse(r, codes[i]);
	}
	buf_free(again);
	for (i = 0; i < CONFIG_COPIES; i++)
		if (codes[i] != 0 && (found || r != ERR_NOENT))
			log_warn("store %s: %s: %s", store_name(s),
			    config_names[i], err_text(codes[i]));
	return found ? 0 : r;
}

int
config_check_mac(const struct repo *r, const uint8_t *object, size_t len)
{
	uint8_t mac[CONFIG_MAC_LEN];
	size_t body = CONFIG_LEN - CONFIG_SUM_LEN - CONFIG_MAC_LEN;

	if (len != CONFIG_LEN)
		return ERR_CORRUPT;
	id_mac(&repo_keys(r)->config, object, body, mac);
	return id_equal(mac, object + body) ? 0 : ERR_CORRUPT;
}

int
repo_peek(struct store *s, struct repo_params *pp)
{
	struct repo_params p;
	struct buf *b;
	int r;

	if ((r = buf_new(CONFIG_MAX, &b)) != 0)
		return r;
	if ((r = config_read(s, b, &p)) == 0)
		*pp = p;
	buf_free(b);
	return r;
}
