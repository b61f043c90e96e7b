/* identity.c: the private key that logs in. */
#include "config.h"

#include "ssh/identity.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "ssh/b64.h"
#include "ssh/field.h"
#include "ssh/internal.h"

#define CONTENT_MAX 16384

static const char magic[] = "openssh-key-v1";	/* and its NUL */

/* Find text in len bytes of data. */
static const char *
find(const char *data, size_t len, const char *text)
{
	return memmem(data, len, text, strlen(text));
}

/* Judge the unlocked beginning of an "openssh-key-v1" structure. */
static enum ssh_identity_kind
openssh_kind(const uint8_t *data, size_t len)
{
	enum ssh_identity_kind kind = SSH_IDENTITY_UNKNOWN;
	struct buf *b = NULL, *pub = NULL;
	const uint8_t *field;
	uint32_t count;
	size_t flen;
	bool locked;

	if (len < sizeof(magic) || memcmp(data, magic, sizeof(magic)) != 0 ||
	    buf_borrow(data + sizeof(magic), len - sizeof(magic), &b) != 0)
		goto out;
	if (ssh_field_get(b, &field, &flen) != 0)		/* cipher */
		goto out;
	locked = flen != 4 || memcmp(field, "none", 4) != 0;
	if (ssh_field_get(b, &field, &flen) != 0 ||	/* key derivation */
	    ssh_field_get(b, &field, &flen) != 0 ||	/* its options */
	    buf_get_u32(b, &count) != 0 || count != 1 ||
	    ssh_field_get(b, &field, &flen) != 0 ||	/* public key */
	    buf_borrow(field, flen, &pub) != 0 ||
	    ssh_field_get(pub, &field, &flen) != 0)	/* its type */
		goto out;
	if (locked)
		kind = SSH_IDENTITY_LOCKED;
	else if (flen == 7 && memcmp(field, "ssh-rsa", 7) == 0)
		kind = SSH_IDENTITY_RSA;
	else if ((flen == 11 && memcmp(field, "ssh-ed25519", 11) == 0) ||
	    (flen > 11 && memcmp(field, "ecdsa-sha2-", 11) == 0))
		kind = SSH_IDENTITY_FINE;
 out:
	buf_free(pub);
	buf_free(b);
	return kind;
}

/* Decode the lines of base64 between the armour's two ends, and judge. */
static enum ssh_identity_kind
armour_kind(const char *text, size_t len)
{
	uint8_t data[CONTENT_MAX];
	char digits[CONTENT_MAX];
	enum ssh_identity_kind kind = SSH_IDENTITY_UNKNOWN;
	const char *end;
	size_t i, n = 0, datalen;

	if ((end = find(text, len, "-----END")) == NULL)
		return SSH_IDENTITY_UNKNOWN;
	for (i = 0; text + i < end; i++) {
		if (text[i] != '\n' && text[i] != '\r')
			digits[n++] = text[i];
	}
	if (ssh_b64_decode(digits, n, sizeof(data), data, &datalen) == 0)
		kind = openssh_kind(data, datalen);
	explicit_bzero(data, sizeof(data));
	explicit_bzero(digits, sizeof(digits));
	return kind;
}

enum ssh_identity_kind
ssh_identity_kind(const struct buf *content)
{
	static const char openssh[] = "-----BEGIN OPENSSH PRIVATE KEY-----";
	const char *text = (const char *)buf_ptr(content), *at;
	size_t len = buf_len(content);

	if (len > CONTENT_MAX)
		return SSH_IDENTITY_UNKNOWN;
	if ((at = find(text, len, openssh)) != NULL) {
		at += strlen(openssh);
		return armour_kind(at, len - (size_t)(at - text));
	}
	if (find(text, len, "-----BEGIN ENCRYPTED PRIVATE KEY-----") != NULL ||
	    find(text, len, "Proc-Type: 4,ENCRYPTED") != NULL)
		return SSH_IDENTITY_LOCKED;
	if (find(text, len, "-----BEGIN RSA PRIVATE KEY-----") != NULL)
		return SSH_IDENTITY_RSA;
	if (find(text, len, "-----BEGIN EC PRIVATE KEY-----") != NULL ||
	    find(text, len, "-----BEGIN PRIVATE KEY-----") != NULL)
		return SSH_IDENTITY_FINE;
	return SSH_IDENTITY_UNKNOWN;
}

static int
check_kind(const char *path, enum ssh_identity_kind kind,
    enum ssh_transport transport, struct ssh_failure *failp)
{
	static const char make[] = "make a key with"
	    " 'ssh-keygen -t ed25519 -N \"\" -f FILE' and give its public half"
	    " to the host";

	switch (kind) {
	case SSH_IDENTITY_RSA:
		if (transport == SSH_OPENSSH || ssh_lib2_has_rsa())
			return 0;
		return ssh_fail(failp, ERR_CONFIG, make,
		    "identity %s: an RSA key, which this version of libssh2"
		    " cannot use with a modern sshd; use Ed25519, or"
		    " transport = \"openssh\"", path);
	case SSH_IDENTITY_LOCKED:
		return ssh_fail(failp, ERR_CONFIG, make,
		    "identity %s: locked by a passphrase, which nobody can"
		    " type at night", path);
	case SSH_IDENTITY_UNKNOWN:
		return ssh_fail(failp, ERR_CONFIG, make,
		    "identity %s: not an Ed25519 or ECDSA private key", path);
	case SSH_IDENTITY_FINE:
		break;
	}
	return 0;
}

/* Read at most CONTENT_MAX bytes of fd into b. */
static int
read_content(int fd, struct buf *b)
{
	uint8_t *p;
	size_t n;
	int r;

	if ((r = buf_reserve(b, CONTENT_MAX, &p)) != 0)
		return r;
	if ((r = fdio_pread(fd, p, CONTENT_MAX, 0, &n)) != 0)
		n = 0;
	buf_trim(b, CONTENT_MAX - n);
	return r;
}

int
ssh_identity_load(const char *path, enum ssh_transport transport,
    struct buf **contentp, struct ssh_failure *failp)
{
	struct buf *b = NULL;
	struct stat st;
	int fd = -1, r;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1 || fstat(fd, &st) == -1) {
		r = ssh_fail(failp, ERR_CONFIG, "check the identity's path and"
		    " that this user may read it", "identity %s: %s", path,
		    strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0) {
		r = ssh_fail(failp, ERR_CONFIG, "protect it with 'chmod 600';"
		    " if others could read it, make a new key",
		    "identity %s: %s", path, S_ISREG(st.st_mode) ?
		    "others may read it" : "not a regular file");
		goto out;
	}
	if ((r = buf_new(CONTENT_MAX, &b)) != 0 ||
	    (r = read_content(fd, b)) != 0) {
		r = ssh_fail(failp, r == ERR_NOMEM ? r : ERR_CONFIG,
		    "check the file", "identity %s: %s", path, err_text(r));
		goto out;
	}
	if ((r = check_kind(path, ssh_identity_kind(b), transport,
	    failp)) != 0)
		goto out;
	*contentp = b;
	b = NULL;	/* now the caller's */
 out:
	(void)fdio_close(&fd);
	if (b != NULL)
		buf_wipe(b);
	buf_free(b);
	return r;
}

int
ssh_identity_check(const char *path, enum ssh_transport transport,
    struct ssh_failure *failp)
{
	struct buf *b = NULL;
	int r;

	if ((r = ssh_identity_load(path, transport, &b, failp)) != 0)
		return r;
	buf_wipe(b);
	buf_free(b);
	return 0;
}
