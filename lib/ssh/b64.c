/* b64.c: base64 as SSH uses it. */
#include "ssh/b64.h"

#include <string.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
ssh_b64_encode(const uint8_t *data, size_t len, char *text)
{
	uint32_t bits = 0;
	unsigned int have = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		bits = (bits << 8 | data[i]) & 0xffffu;
		for (have += 8; have >= 6; have -= 6)
			*text++ = alphabet[bits >> (have - 6) & 0x3fu];
	}
	if (have > 0)
		*text++ = alphabet[bits << (6 - have) & 0x3fu];
	*text = '\0';
}

int
ssh_b64_decode(const char *text, size_t textlen, size_t max, uint8_t *data,
    size_t *lenp)
{
	const char *at;
	uint32_t bits = 0;
	unsigned int have = 0;
	size_t i, n = 0, pad = 0;

	if (textlen == 0 || textlen % 4 != 0)
		return ERR_FORMAT;
	while (pad < 2 && text[textlen - 1 - pad] == '=')
		pad++;
	for (i = 0; i < textlen - pad; i++) {
		at = text[i] == '\0' ? NULL : strchr(alphabet, text[i]);
		if (at == NULL)
			return ERR_FORMAT;
		bits = (bits << 6 | (uint32_t)(at - alphabet)) & 0xffffu;
		if ((have += 6) < 8)
			continue;
		have -= 8;
		if (n == max)
			return ERR_TOOBIG;
		data[n++] = (uint8_t)(bits >> have);
	}
	/* One text for one value: the bits that are left over are zero. */
	if ((bits & ((1u << have) - 1)) != 0)
		return ERR_FORMAT;
	*lenp = n;
	return 0;
}
