/* key.c: public host keys as lines of text, and their fingerprints. */
#include "ssh/key.h"

#include <string.h>

#include "base/buf.h"
#include "hash/sha256.h"
#include "ssh/b64.h"
#include "ssh/field.h"

/* What stands in the blob after the type. */
static const struct key_type {
	const char *name;
	const char *curve;	/* NULL: no curve name in the blob */
	size_t	 len;		/* of the key proper */
} key_types[] = {
	{ "ssh-ed25519", NULL, 32 },
	{ "ecdsa-sha2-nistp256", "nistp256", 65 },
	{ "ecdsa-sha2-nistp384", "nistp384", 97 },
	{ "ecdsa-sha2-nistp521", "nistp521", 133 }
};

static const struct key_type *
type_find(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(key_types) / sizeof(key_types[0]); i++) {
		if (strlen(key_types[i].name) == len &&
		    memcmp(key_types[i].name, name, len) == 0)
			return &key_types[i];
	}
	return NULL;
}

/* Tell whether name is that of a key, though of a kind that we refuse. */
static int
type_known(const char *name, size_t len)
{
	static const char *const starts[] = { "ssh-", "ecdsa-", "sk-", "rsa-" };
	size_t i;

	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (len > strlen(starts[i]) &&
		    memcmp(name, starts[i], strlen(starts[i])) == 0)
			return 1;
	}
	return 0;
}

/* Consume a string that must be the given text. */
static int
expect_string(struct buf *b, const char *text)
{
	const uint8_t *data;
	size_t len;
	int r;

	if ((r = ssh_field_get(b, &data, &len)) != 0)
		return r;
	if (len != strlen(text) || memcmp(data, text, len) != 0)
		return ERR_FORMAT;
	return 0;
}

/* A type in the text that differs from the inner one would mislead. */
static int
blob_check(const struct ssh_key *k, const struct key_type *t)
{
	struct buf *b = NULL;
	const uint8_t *data;
	size_t len;
	int r;

	if ((r = buf_borrow(k->blob, k->len, &b)) != 0 ||
	    (r = expect_string(b, t->name)) != 0)
		goto out;
	if (t->curve != NULL && (r = expect_string(b, t->curve)) != 0)
		goto out;
	if ((r = ssh_field_get(b, &data, &len)) != 0)
		goto out;
	if (len != t->len || (t->curve != NULL && data[0] != 0x04)) {
		r = ERR_FORMAT;
		goto out;
	}
	r = buf_end(b);
 out:
	buf_free(b);
	return r;
}

int
ssh_key_parse(const char *line, struct ssh_key *kp)
{
	const struct key_type *t;
	struct ssh_key k;
	size_t typelen, textlen;
	int r;

	if (strchr(line, '\n') != NULL || strchr(line, '\r') != NULL)
		return ERR_FORMAT;
	typelen = strcspn(line, " ");
	if (line[typelen] != ' ')
		return ERR_FORMAT;
	if ((t = type_find(line, typelen)) == NULL)
		return type_known(line, typelen) ? ERR_CONFIG : ERR_FORMAT;
	memset(&k, 0, sizeof(k));
	memcpy(k.type, line, typelen);
	line += typelen + 1;
	textlen = strcspn(line, " ");
	if ((r = ssh_b64_decode(line, textlen, sizeof(k.blob), k.blob,
	    &k.len)) != 0)
		return ERR_FORMAT;
	if ((r = blob_check(&k, t)) != 0)
		return r;
	*kp = k;
	return 0;
}

int
ssh_key_fingerprint(const uint8_t *blob, size_t len,
    char out[SSH_KEY_FINGERPRINT_MAX])
{
	uint8_t digest[SHA256_LEN];
	int r;

	if ((r = sha256_of(blob, len, digest)) != 0)
		return r;
	memcpy(out, "SHA256:", 7);
	ssh_b64_encode(digest, sizeof(digest), out + 7);
	return 0;
}
