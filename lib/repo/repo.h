/* repo.h: open a repository: its identity, parameters and keys. */
#ifndef REPO_REPO_H
#define REPO_REPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A repository is the formatted contents of a store (doc/format.md).  It
 * borrows the store for its life and belongs to one thread, except where a
 * function says "pure": those may run in a pool.
 *
 * Errors that have a meaning of their own on opening: ERR_NOENT (no
 * repository there), ERR_VERSION (a newer format), ERR_DENIED (no slot
 * opens with this key), ERR_CORRUPT (a damaged config or slot).  Causes are
 * logged where they are found.
 */
#define REPO_ID_LEN 16
#define REPO_HASH_LEN 32

struct store;
struct repo;

struct repo_params {
	uint8_t	 id[REPO_ID_LEN];
	int64_t	 created;
	uint32_t chunk_min, chunk_avg, chunk_max;
	uint32_t frame_max, pack_max;
};

enum key_kind {
	KEY_PASSPHRASE = 1,
	KEY_HOST = 2,
	KEY_RECOVERY = 3
};

/* One way in: a passphrase, or the 32 bytes of a host or recovery key. */
struct key_input {
	enum key_kind kind;
	const char *passphrase;		/* KEY_PASSPHRASE, borrowed */
	uint8_t	 token[32];		/* the others */
};

/* A server's identity as its key file holds it.  Wipe it after use. */
struct key_file {
	uint8_t	 repo_id[REPO_ID_LEN];
	uint8_t	 host[32];		/* token of the host slot */
	uint8_t	 signer[32];		/* Ed25519 seed */
};

/*
 * Format the empty store s: config, a host slot and a signer for kf (which
 * is filled in: repository id and two random secrets) and a recovery slot,
 * whose token is written to recovery.  ERR_EXIST if the store holds
 * anything.  name labels the server.
 */
int	 repo_create(struct store *s, const char *name, struct key_file *kfp,
	    uint8_t recoveryp[32]) ERR_MUST_USE;

/* Open the repository in s with a key.  Caller owns *repop. */
int	 repo_open(struct store *s, const struct key_input *key,
	    struct repo **repop) ERR_MUST_USE;

/* Close r, which may be NULL; the store stays open. */
void	 repo_close(struct repo *r);

/* Its parameters and store, borrowed from r. */
const struct repo_params *repo_params(const struct repo *r);
struct store *repo_store(const struct repo *r);

/* Read the parameters without a key (copies whose sum holds). */
int	 repo_peek(struct store *s, struct repo_params *pp) ERR_MUST_USE;

/*
 * Where decrypted index runs may be kept between uses (a directory of the
 * server, made if missing; each repository has its own below it); without
 * it they live in unnamed temporaries.
 */
int	 repo_set_cache(struct repo *r, const char *dir) ERR_MUST_USE;

/* The seed of the chunker's gear table. */
void	 repo_chunker_seed(const struct repo *r, uint8_t seedp[32]);

/* The id of a chunk from the SHA-256 of its content.  Pure. */
void	 repo_chunk_id(const struct repo *r, const uint8_t hash[32],
	    uint8_t idp[32]);

/* The id of a source, as 32 hexadecimal digits and a NUL. */
void	 repo_source_id(const struct repo *r, const char *host,
	    const char *set, char idp[33]);

#endif /* REPO_REPO_H */
