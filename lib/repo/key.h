/* key.h: key slots, signers and key files of a repository. */
#ifndef REPO_KEY_H
#define REPO_KEY_H

#include "repo/repo.h"

struct key_slot {
	char	 id[65];		/* hash of the slot object, hex */
	enum key_kind kind;
	char	 label[65];
	int64_t	 created;
	bool	 opened;		/* r was opened with this one */
};

/* List the slots, oldest first; *slotsp is one block for free(3). */
int	 key_slot_list(struct repo *r, struct key_slot **slotsp, size_t *np)
	    ERR_MUST_USE;

/* Add a slot that opens with key. */
int	 key_slot_add(struct repo *r, const struct key_input *key,
	    const char *label) ERR_MUST_USE;

/*
 * Remove the slot whose id begins with prefix (at least 4 digits).
 * ERR_NOENT if none, ERR_EXIST if several do, ERR_DENIED if it is the last.
 */
int	 key_slot_remove(struct repo *r, const char *prefix) ERR_MUST_USE;

/* Vouch for a server's public signing key. */
int	 key_signer_add(struct repo *r, const uint8_t public_key[32],
	    const char *name) ERR_MUST_USE;

/* Tell (0 or ERR_NOENT) whether the repository knows this signer. */
int	 key_signer_check(struct repo *r, const uint8_t public_key[32])
	    ERR_MUST_USE;

/* Write a key file, mode 0600.  ERR_EXIST if path exists. */
int	 key_file_write(const char *path, const struct key_file *kf)
	    ERR_MUST_USE;

/* Read a key file; ERR_DENIED if others may read it. */
int	 key_file_read(const char *path, struct key_file *kfp) ERR_MUST_USE;

/*
 * Take whatever an officer has: text is the content of a key file, a
 * recovery key as printed, or else a passphrase (its first line).
 * keyp->passphrase borrows from text, which is changed.
 */
int	 key_input_parse(char *text, struct key_input *keyp) ERR_MUST_USE;

#endif /* REPO_KEY_H */
