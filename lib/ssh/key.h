/* key.h: public host keys as lines of text, and their fingerprints. */
#ifndef SSH_KEY_H
#define SSH_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A key line is "TYPE BASE64" with an optional comment after a space, as in
 * ssh_host_ed25519_key.pub.  TYPE is ssh-ed25519 or ecdsa-sha2-nistp256,
 * -nistp384, -nistp521; RSA and DSA are refused.  Pure functions.
 */
#define SSH_KEY_TYPE_MAX 32	/* with the NUL */
#define SSH_KEY_BLOB_MAX 256	/* of the types above: at most 172 */
#define SSH_KEY_FINGERPRINT_MAX 64

struct ssh_key {
	char	 type[SSH_KEY_TYPE_MAX];
	uint8_t	 blob[SSH_KEY_BLOB_MAX];	/* as sent in the handshake */
	size_t	 len;
};

/*
 * Read a key line.  ERR_FORMAT: not a whole, correct key line.
 * ERR_CONFIG: a key, but of a type that is not accepted.
 */
int	 ssh_key_parse(const char *line, struct ssh_key *kp) ERR_MUST_USE;

/*
 * "SHA256:" and unpadded base64, as ssh-keygen -l prints it.  Fails only if
 * the crypto library does.
 */
int	 ssh_key_fingerprint(const uint8_t *blob, size_t len,
	    char out[SSH_KEY_FINGERPRINT_MAX]) ERR_MUST_USE;

#endif /* SSH_KEY_H */
