/* lib2_setup.c: how a libssh2 session is set up. */
#include "ssh/lib2_setup.h"

#include <string.h>

#define LIST_MAX 256

/*
 * CTR with a plain HMAC comes first: it is the fastest in every libssh2
 * measured, and Terrapin cannot touch it.  The rest is for servers that allow
 * nothing else, and known only to later versions; chacha20-poly1305 stays
 * out, because it is safe only where both sides have strict key exchange.
 * The last two names of the first list ask for that, and for RSA by SHA-2.
 */
static const struct preference {
	int	 method;
	const char *names;
} preferences[] = {
	{ LIBSSH2_METHOD_KEX, "curve25519-sha256,"
	    "curve25519-sha256@libssh.org,"
	    "ext-info-c,kex-strict-c-v00@openssh.com" },
	{ LIBSSH2_METHOD_CRYPT_CS, "aes128-ctr,aes256-ctr,"
	    "aes128-gcm@openssh.com,aes256-gcm@openssh.com" },
	{ LIBSSH2_METHOD_CRYPT_SC, "aes128-ctr,aes256-ctr,"
	    "aes128-gcm@openssh.com,aes256-gcm@openssh.com" },
	{ LIBSSH2_METHOD_MAC_CS, "hmac-sha2-256,hmac-sha2-512,"
	    "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com" },
	{ LIBSSH2_METHOD_MAC_SC, "hmac-sha2-256,hmac-sha2-512,"
	    "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com" }
};

static int
is_known(const char *name, size_t len, const char *const *known, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		if (strlen(known[i]) == len &&
		    memcmp(known[i], name, len) == 0)
			return 1;
	}
	return 0;
}

/* Allow those of names that this libssh2 knows. */
static int
prefer(LIBSSH2_SESSION *session, int method, const char *names)
{
	char list[LIST_MAX] = "";
	const char **known = NULL;
	size_t len, used = 0;
	int count, r;

	count = libssh2_session_supported_algs(session, method, &known);
	if (count <= 0)
		return ERR_CONFIG;
	for (; *names != '\0'; names += len + (names[len] == ',')) {
		len = strcspn(names, ",");
		if (!is_known(names, len, known, count) ||
		    used + len + 2 > sizeof(list))
			continue;
		if (used > 0)
			list[used++] = ',';
		memcpy(list + used, names, len);
		used += len;
	}
	list[used] = '\0';
	r = used == 0 ||
	    libssh2_session_method_pref(session, method, list) != 0 ?
	    ERR_CONFIG : 0;
	libssh2_free(session, known);
	return r;
}

int
ssh_lib2_prefer(LIBSSH2_SESSION *session, const char *hostkey_type)
{
	size_t i;
	int r;

	for (i = 0; i < sizeof(preferences) / sizeof(preferences[0]); i++) {
		if ((r = prefer(session, preferences[i].method,
		    preferences[i].names)) != 0)
			return r;
	}
	return prefer(session, LIBSSH2_METHOD_HOSTKEY, hostkey_type);
}
