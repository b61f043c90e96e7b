/* core.h: the inside of struct repo, for its own files and their tests. */
#ifndef REPO_CORE_H
#define REPO_CORE_H

#include "crypto/id.h"
#include "repo/frame.h"
#include "repo/key.h"
#include "repo/repo.h"

struct buf;
struct secret;

/* The subkeys of doc/format.md section 3, and one for cached runs. */
struct repo_keys {
	struct id_key chunk;
	uint8_t	 chunker[32];
	uint8_t	 meta[32];
	struct id_key config;
	uint8_t	 epoch[32];
	struct id_key source;
	struct id_key cache;
};

struct epoch {
	struct secret *frame;		/* a struct frame_epoch, owned */
	int64_t	 created;
	uint8_t	 signer[32];
};

struct repo {
	struct store *store;		/* borrowed */
	struct repo_params params;
	struct secret *master;
	struct secret *keys;		/* a struct repo_keys */
	uint8_t	 slot[32];		/* hash of the slot that opened it */
	char	*cache;			/* NULL: none */
	struct epoch *epochs;
	size_t	 nepochs;
	uint8_t	 (*signers)[32];	/* public keys */
	size_t	 nsigners;
};

/* The subkeys, borrowed. */
const struct repo_keys *repo_keys(const struct repo *r);

/* A repository of params under master, which it takes. */
int	 repo_new(struct store *s, const struct repo_params *p,
	    struct secret *master, struct repo **repop) ERR_MUST_USE;

/* As object_head, before there is a struct repo. */
void	 object_head_of(const uint8_t id[REPO_ID_LEN], uint8_t type,
	    uint8_t *headp);

/* As object_check. */
int	 object_check_of(const uint8_t id[REPO_ID_LEN], uint8_t type,
	    const uint8_t *object, size_t len) ERR_MUST_USE;

/* A box under any key. */
struct box {
	const uint8_t *key;
	const uint8_t *head;
	uint8_t	 number;
};

/* Seal len bytes into len + BOX_OVERHEAD bytes at boxp. */
void	 box_seal_with(const struct box *b, const void *plain, size_t len,
	    uint8_t *boxp);

/* Open a box of len bytes into len - BOX_OVERHEAD bytes. */
int	 box_open_with(const struct box *b, const uint8_t *box, size_t len,
	    uint8_t *plainp) ERR_MUST_USE;

/* Read the hash at the end of an object's name.  ERR_FORMAT. */
int	 object_name_hash(const char *name, const char *dir,
	    uint8_t hashp[32]) ERR_MUST_USE;

/* As object_put, before there is a struct repo. */
int	 object_put_in(struct store *s, const char *dir, const void *data,
	    size_t len, uint8_t hashp[32]) ERR_MUST_USE;

/*
 * Append the object of that name, at most max bytes (ERR_TOOBIG);
 * ERR_CORRUPT if it does not hash to hash.
 */
int	 object_get_from(struct store *s, const char *name,
	    const uint8_t hash[32], size_t max, struct buf *out) ERR_MUST_USE;

/* config.c */

#define CONFIG_COPIES 3

/* The name of copy i, from 0. */
const char *config_name(unsigned int i);

/* Append the config of r. */
int	 config_encode(const struct repo *r, struct buf *out) ERR_MUST_USE;

/* Read the parameters of a copy whose sum holds. */
int	 config_decode(const uint8_t *object, size_t len,
	    struct repo_params *pp) ERR_MUST_USE;

/*
 * Append the first copy whose sum holds to out and read it.  ERR_NOENT if
 * there is none at all, ERR_CORRUPT if there are damaged ones only.
 */
int	 config_read(struct store *s, struct buf *out, struct repo_params *pp)
	    ERR_MUST_USE;

/* ERR_CORRUPT unless the mac of this config holds. */
int	 config_check_mac(const struct repo *r, const uint8_t *object,
	    size_t len) ERR_MUST_USE;

/* slot.c */

#define SLOT_DIR "keys/slots"
#define SLOT_LABEL_MAX 64
#define SLOT_OBJECT_MAX 512

struct slot {
	enum key_kind kind;
	char	 label[SLOT_LABEL_MAX + 1];
	int64_t	 created;
	uint8_t	 salt[16];
	uint64_t ops, mem;
	const uint8_t *box;		/* borrows from the object */
	size_t	 box_len;
};

/* Append a slot that opens with key: a copy of master. */
int	 slot_encode(const uint8_t id[REPO_ID_LEN], const struct key_input *key,
	    const char *label, const struct secret *master, struct buf *out)
	    ERR_MUST_USE;

/* Read a slot. */
int	 slot_decode(const uint8_t id[REPO_ID_LEN], const uint8_t *object,
	    size_t len, struct slot *sp) ERR_MUST_USE;

/* Unwrap the master key.  ERR_DENIED if key does not open this slot. */
int	 slot_open(const uint8_t id[REPO_ID_LEN], const struct slot *slot,
	    const struct key_input *key, struct secret *master) ERR_MUST_USE;

/* Try all slots of key's kind; give the hash of the one that opened. */
int	 slot_find(struct store *s, const uint8_t id[REPO_ID_LEN],
	    const struct key_input *key, struct secret *master,
	    uint8_t hashp[32]) ERR_MUST_USE;

/* epoch.c */

#define EPOCH_DIR "keys/epochs"
#define KEY_OBJECT_MAX 512	/* an epoch, a signer */

/* Read an epoch. ep->frame is the caller's. */
int	 epoch_decode(const struct repo *r, const uint8_t *object, size_t len,
	    struct epoch *ep) ERR_MUST_USE;

/* Forget all epochs. */
void	 epoch_free_all(struct repo *r);

/* signer.c */

#define SIGNER_DIR "keys/signers"

/* Put a signer; give the hash of the object. */
int	 signer_put(struct repo *r, const uint8_t public_key[32],
	    const char *name, uint8_t hashp[32]) ERR_MUST_USE;

/* Read a signer's public key. */
int	 signer_decode(const struct repo *r, const uint8_t *object, size_t len,
	    uint8_t publicp[32]) ERR_MUST_USE;

#endif /* REPO_CORE_H */
