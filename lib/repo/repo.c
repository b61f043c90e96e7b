/* repo.c: make, open and close a repository. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/path.h"
#include "crypto/kdf.h"
#include "crypto/secret.h"
#include "crypto/sign.h"
#include "repo/core.h"
#include "repo/internal.h"
#include "store/store.h"

#define SUBKEY_CTX "khorepo1"
#define CREATE_OBJECTS 6	/* two slots, a signer, three configs */

enum subkey {
	SUBKEY_CHUNK = 1,
	SUBKEY_CHUNKER = 2,
	SUBKEY_META = 3,
	SUBKEY_CONFIG = 4,
	SUBKEY_EPOCH = 5,
	SUBKEY_SOURCE = 6
};

const struct repo_keys *
repo_keys(const struct repo *r)
{
	return (const struct repo_keys *)secret_view(r->keys);
}

static void
repo_derive(struct repo *r)
{
	struct repo_keys *k = (struct repo_keys *)secret_bytes(r->keys);

	kdf_subkey(r->master, SUBKEY_CHUNK, SUBKEY_CTX, k->chunk.k);
	kdf_subkey(r->master, SUBKEY_CHUNKER, SUBKEY_CTX, k->chunker);
	kdf_subkey(r->master, SUBKEY_META, SUBKEY_CTX, k->meta);
	kdf_subkey(r->master, SUBKEY_CONFIG, SUBKEY_CTX, k->config.k);
	kdf_subkey(r->master, SUBKEY_EPOCH, SUBKEY_CTX, k->epoch);
	kdf_subkey(r->master, SUBKEY_SOURCE, SUBKEY_CTX, k->source.k);
	kdf_token(k->meta, "kho run cache 1", r->params.id, k->cache.k);
}

int
repo_new(struct store *s, const struct repo_params *p, struct secret *master,
    struct repo **repop)
{
	struct repo *r;
	int e;

	if ((r = calloc(1, sizeof(*r))) == NULL) {
		secret_free(master);
		return ERR_NOMEM;
	}
	r->store = s;
	r->params = *p;
	r->master = master;
	if ((e = secret_new(sizeof(struct repo_keys), &r->keys)) != 0) {
		repo_close(r);
		return e;
	}
	repo_derive(r);
	*repop = r;
	return 0;
}

void
repo_close(struct repo *r)
{
	if (r == NULL)
		return;
	epoch_free_all(r);
	free(r->signers);
	secret_free(r->keys);
	secret_free(r->master);
	free(r->cache);
	free(r);
}

/* ERR_EXIST, and a line in the log, unless s is empty. */
static int
create_check_empty(struct store *s)
{
	struct store_list *l;
	const char *name;
	uint64_t size;
	int r;

	if ((r = store_list_new(s, "", &l)) != 0)
		return r;
	if ((r = store_list_next(l, &name, &size)) == 1) {
		log_error("store %s: not empty: %s", store_name(s), name);
		r = ERR_EXIST;
	}
	store_list_free(l);
	return r;
}

/* What repo_create has put, so that a failure leaves the store empty. */
struct create {
	char	 names[CREATE_OBJECTS][OBJECT_NAME_MAX];
	size_t	 n;
};

/* Remember the object, which is put now. */
static void
create_note(struct create *c, const char *dir, const uint8_t hash[32])
{
	object_name(dir, hash, c->names[c->n++]);
}

/* Last ones first: without a config it is no repository. */
static void
create_undo(struct create *c, struct store *s)
{
	while (c->n > 0)
		if (store_delete(s, c->names[--c->n]) != 0)
			return;		/* logged there */
}

static int
create_slot(struct repo *r, struct create *c, const struct key_input *key,
    const char *label)
{
	struct buf *b;
	uint8_t hash[32];
	int e;

	if ((e = buf_new(SLOT_OBJECT_MAX, &b)) != 0)
		return e;
	if ((e = slot_encode(r->params.id, key, label, r->master, b)) == 0 &&
	    (e = object_put(r, SLOT_DIR, buf_ptr(b), buf_len(b),
	    hash)) == 0)
		create_note(c, SLOT_DIR, hash);
	buf_free(b);
	return e;
}

/* The last step: from the first copy on, this is a repository. */
static int
create_config(struct repo *r, struct create *c)
{
	struct buf *b;
	unsigned int i;
	int e;

	if ((e = buf_new(256, &b)) != 0)
		return e;
	e = config_encode(r, b);
	for (i = CONFIG_COPIES; e == 0 && i-- > 0; ) {
		e = store_put_exclusive(r->store, config_name(i), buf_ptr(b),
		    buf_len(b));
		if (e == 0)
			strcpy(c->names[c->n++], config_name(i));
	}
	buf_free(b);
	return e;
}

/* Put everything of the new repository r. */
static int
create_put(struct repo *r, struct create *c, const char *name,
    const struct key_file *kf, const uint8_t recovery[32])
{
	struct key_input key = { .kind = KEY_HOST };
	struct sign_key *sk = NULL;
	uint8_t hash[32];
	int e;

	memcpy(key.token, kf->host, sizeof(key.token));
	if ((e = create_slot(r, c, &key, name)) != 0)
		goto out;
	key.kind = KEY_RECOVERY;
	memcpy(key.token, recovery, sizeof(key.token));
	if ((e = create_slot(r, c, &key, "recovery key")) != 0 ||
	    (e = sign_from_seed(kf->signer, &sk)) != 0 ||
	    (e = signer_put(r, sign_public(sk), name, hash)) != 0)
		goto out;
	create_note(c, SIGNER_DIR, hash);
	e = create_config(r, c);
 out:
	sign_free(sk);
	crypto_wipe(&key, sizeof(key));
	return e;
}

static const struct repo_params create_params = {
	.chunk_min = 64u << 10,
	.chunk_avg = 256u << 10,
	.chunk_max = 1u << 20,
	.frame_max = 1u << 20,
	.pack_max = 32u << 20
};

int
repo_create(struct store *s, const char *name, struct key_file *kfp,
    uint8_t recoveryp[32])
{
	struct repo_params p = create_params;
	struct create c = { .n = 0 };
	struct secret *master = NULL;
	struct key_file kf;
	uint8_t recovery[32];
	struct repo *r = NULL;
	int e;

	if (strlen(name) > SLOT_LABEL_MAX)
		return ERR_TOOBIG;
	if ((e = crypto_init()) != 0 || (e = create_check_empty(s)) != 0 ||
	    (e = secret_random(SECRET_KEY_LEN, &master)) != 0)
		return e;
	crypto_random(p.id, sizeof(p.id));
	p.created = clock_wall();
	memcpy(kf.repo_id, p.id, sizeof(kf.repo_id));
	crypto_random(kf.host, sizeof(kf.host));
	crypto_random(kf.signer, sizeof(kf.signer));
	crypto_random(recovery, sizeof(recovery));
	if ((e = repo_new(s, &p, master, &r)) != 0)
		goto out;
	if ((e = create_put(r, &c, name, &kf, recovery)) != 0) {
		create_undo(&c, s);
		goto out;
	}
	*kfp = kf;
	memcpy(recoveryp, recovery, sizeof(recovery));
 out:
	repo_close(r);
	crypto_wipe(&kf, sizeof(kf));
	crypto_wipe(recovery, sizeof(recovery));
	return e;
}

int
repo_open(struct store *s, const struct key_input *key, struct repo **repop)
{
	struct repo *r = NULL;
	struct secret *master = NULL;
	struct buf *config = NULL;
	struct repo_params p;
	uint8_t slot[32];
	int e;

	if ((e = crypto_init()) != 0 || (e = buf_new(4096, &config)) != 0)
		return e;
	if ((e = config_read(s, config, &p)) != 0 ||
	    (e = secret_new(SECRET_KEY_LEN, &master)) != 0 ||
	    (e = slot_find(s, p.id, key, master, slot)) != 0)
		goto out;
	e = repo_new(s, &p, master, &r);
	master = NULL;		/* taken */
	if (e != 0)
		goto out;
	memcpy(r->slot, slot, sizeof(slot));
	e = config_check_mac(r, buf_ptr(config), buf_len(config));
	if (e != 0) {
		log_error("store %s: the config is forged", store_name(s));
		goto out;
	}
	*repop = r;
	r = NULL;		/* the caller's now */
 out:
	repo_close(r);
	secret_free(master);
	buf_free(config);
	return e;
}

const struct repo_params *
repo_params(const struct repo *r)
{
	return &r->params;
}

struct store *
repo_store(const struct repo *r)
{
	return r->store;
}

int
repo_set_cache(struct repo *r, const char *dir)
{
	char id[2 * REPO_ID_LEN + 1], *own;
	int e;

	/* Each repository has its own below dir. */
	hex_format(r->params.id, REPO_ID_LEN, id);
	if ((e = path_join(dir, id, &own)) != 0)
		return e;
	if ((e = path_mkdirs(own, 0700)) != 0) {
		log_err(e, "directory %s: make", own);
		free(own);
		return e;
	}
	free(r->cache);
	r->cache = own;
	return 0;
}

void
repo_chunker_seed(const struct repo *r, uint8_t seedp[32])
{
	memcpy(seedp, repo_keys(r)->chunker, 32);
}

void
repo_chunk_id(const struct repo *r, const uint8_t hash[32], uint8_t idp[32])
{
	id_of(&repo_keys(r)->chunk, hash, idp);
}

void
repo_source_id(const struct repo *r, const char *host, const char *set,
    char idp[33])
{
	uint8_t id[ID_SOURCE_LEN];

	id_source(&repo_keys(r)->source, host, set, id);
	hex_format(id, sizeof(id), idp);
}
