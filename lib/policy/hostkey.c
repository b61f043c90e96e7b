/* hostkey.c: the key line of a host, as lib/ssh will accept it. */
#include <string.h>

#include "policy/internal.h"

#define BLOB_MAX 1024		/* of RSA keys too, to tell what they are */

/* The types that ssh takes, and what stands in their blobs after the type. */
static const struct {
	const char *name;
	const char *curve;	/* "": none */
	size_t	 key;		/* bytes; of a curve, the first is 4 */
} types[] = {
	{ "ssh-ed25519", "", 32 },
	{ "ecdsa-sha2-nistp256", "nistp256", 65 },
	{ "ecdsa-sha2-nistp384", "nistp384", 97 },
	{ "ecdsa-sha2-nistp521", "nistp521", 133 }
};

static int
base64_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c == '\0' ? NULL : strchr(digits, c);

	return p == NULL ? -1 : (int)(p - digits);
}

/* Decode len base64 characters; the length, or 0 if they are not that. */
static size_t
base64_decode(const char *s, size_t len, uint8_t out[BLOB_MAX])
{
	size_t n = 0, i;
	uint32_t acc = 0;
	int bits = 0, d;

	if (len % 4 != 0 || len / 4 * 3 > BLOB_MAX)
		return 0;
	for (i = 0; i < len && s[i] != '='; i++) {
		if ((d = base64_digit(s[i])) < 0)
			return 0;
		acc = acc << 6 | (uint32_t)d;
		if ((bits += 6) >= 8) {
			bits -= 8;
			out[n++] = (uint8_t)(acc >> bits);
		}
	}
	if (len - i > 2 || strspn(s + i, "=") < len - i ||
	    (acc & ((1u << bits) - 1)) != 0)
		return 0;
	return n;
}

/* Append the length, below 256, as SSH writes it, and then the text. */
static size_t
put_string(uint8_t *p, const char *text, size_t len)
{
	p[0] = p[1] = p[2] = 0;
	p[3] = (uint8_t)len;
	memcpy(p + 4, text, strlen(text));
	return 4 + strlen(text);
}

/* Tell whether the blob is that of a key of types[i], as far as can be. */
static bool
blob_ok(size_t i, const uint8_t *blob, size_t len)
{
	uint8_t want[BLOB_MAX];
	size_t n;

	n = put_string(want, types[i].name, strlen(types[i].name));
	if (types[i].curve[0] != '\0')
		n += put_string(want + n, types[i].curve,
		    strlen(types[i].curve));
	n += put_string(want + n, "", types[i].key);
	return len == n + types[i].key && memcmp(blob, want, n) == 0 &&
	    (types[i].curve[0] == '\0' || blob[n] == 4);
}

enum hostkey_state
policy_hostkey(const char *line)
{
	uint8_t blob[BLOB_MAX];
	size_t tlen = strcspn(line, " "), len, i;

	if (strncmp(line, "SHA256:", 7) == 0 || strncmp(line, "MD5:", 4) == 0)
		return HOSTKEY_FINGERPRINT;
	if (line[tlen] == '\0' || strpbrk(line, "\r\n") != NULL)
		return HOSTKEY_BROKEN;
	/* The blob begins with the type again, after its length. */
	len = base64_decode(line + tlen + 1, strcspn(line + tlen + 1, " "),
	    blob);
	if (len < 4 + tlen || tlen > 255 || blob[0] != 0 || blob[1] != 0 ||
	    blob[2] != 0 || blob[3] != tlen ||
	    memcmp(blob + 4, line, tlen) != 0)
		return HOSTKEY_BROKEN;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strlen(types[i].name) == tlen &&
		    memcmp(types[i].name, line, tlen) == 0)
			return blob_ok(i, blob, len) ? HOSTKEY_OK :
			    HOSTKEY_BROKEN;
	return HOSTKEY_TYPE;
}
