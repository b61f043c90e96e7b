/* phrase.c: a 256-bit key as checked Base32 text. */
#include "crypto/phrase.h"

#include <sodium.h>
#include <string.h>

/* Data characters of a group, and of a phrase. */
#define GROUP_DATA (PHRASE_GROUP_LEN - 1)
#define PHRASE_DATA (PHRASE_GROUPS * GROUP_DATA)
#define PHRASE_CHARS (PHRASE_GROUPS * PHRASE_GROUP_LEN)

/* The key and its checksum, padded to whole bytes. */
#define PHRASE_BYTES ((PHRASE_DATA * 5 + 7) / 8)
#define PHRASE_SUM (PHRASE_BYTES - PHRASE_KEY_LEN)
#define PHRASE_PAD (PHRASE_BYTES * 8 - PHRASE_DATA * 5)

static const char phrase_alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* The first 19 bits of the key's hash, the rest of three bytes zero. */
static void
phrase_sum(const uint8_t key[PHRASE_KEY_LEN], uint8_t sump[PHRASE_SUM])
{
	static const char context[] = "kho phrase 1";
	crypto_generichash_state st;
	uint8_t hash[32];

	(void)crypto_generichash_init(&st, NULL, 0, sizeof(hash));
	(void)crypto_generichash_update(&st, (const uint8_t *)context,
	    strlen(context));
	(void)crypto_generichash_update(&st, key, PHRASE_KEY_LEN);
	(void)crypto_generichash_final(&st, hash, sizeof(hash));
	memcpy(sump, hash, PHRASE_SUM);
	sump[PHRASE_SUM - 1] &= (uint8_t)(0xff << PHRASE_PAD);
	sodium_memzero(&st, sizeof(st));
	sodium_memzero(hash, sizeof(hash));
}

/* What the check character of group number n must be. */
static uint8_t
phrase_check(unsigned int n, const uint8_t *group)
{
	unsigned int i, v = n;

	for (i = 0; i <= GROUP_DATA; i++) {
		v <<= 1;		/* times x in GF(32) */
		if ((v & 0x20) != 0)
			v ^= 0x25;
		if (i < GROUP_DATA)
			v ^= group[i];
	}
	return (uint8_t)v;
}

/* The value of one typed character, or -1. */
static int
phrase_value(char c)
{
	const char *p;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		c = '0';
	else if (c == 'I' || c == 'L')
		c = '1';
	p = strchr(phrase_alphabet, c);
	return p == NULL ? -1 : (int)(p - phrase_alphabet);
}

/*
 * Read up to max values of text, without the separators.  Returns how many
 * came before the end or before what cannot be in a phrase, which is told in
 * *restp.
 */
static size_t
phrase_scan(const char *text, uint8_t *values, size_t max, const char **restp)
{
	size_t n = 0;
	int v;

	for (; *text != '\0'; text++) {
		if (strchr("- \t\r\n", *text) != NULL)
			continue;
		if (n == max || (v = phrase_value(*text)) == -1)
			break;
		values[n++] = (uint8_t)v;
	}
	*restp = text;
	return n;
}

/* The first of the n values' groups that is wrong or not whole; 0 if none. */
static unsigned int
phrase_wrong_group(const uint8_t *values, size_t n)
{
	unsigned int g;

	for (g = 1; g <= PHRASE_GROUPS; g++, values += PHRASE_GROUP_LEN) {
		if (n < g * PHRASE_GROUP_LEN ||
		    values[GROUP_DATA] != phrase_check(g, values))
			return g;
	}
	return 0;
}

void
phrase_format(const uint8_t key[PHRASE_KEY_LEN], char textp[PHRASE_MAX])
{
	uint8_t bytes[PHRASE_BYTES + 1] = { 0 };
	uint8_t group[GROUP_DATA];
	unsigned int bit = 0, g, i;

	memcpy(bytes, key, PHRASE_KEY_LEN);
	phrase_sum(key, bytes + PHRASE_KEY_LEN);
	for (g = 1; g <= PHRASE_GROUPS; g++) {
		for (i = 0; i < GROUP_DATA; i++, bit += 5) {
			group[i] = (uint8_t)(((bytes[bit / 8] << 8 |
			    bytes[bit / 8 + 1]) >> (11 - bit % 8)) & 0x1f);
			*textp++ = phrase_alphabet[group[i]];
		}
		*textp++ = phrase_alphabet[phrase_check(g, group)];
		*textp++ = g < PHRASE_GROUPS ? '-' : '\0';
	}
	sodium_memzero(bytes, sizeof(bytes));
	sodium_memzero(group, sizeof(group));
}

int
phrase_parse(const char *text, uint8_t keyp[PHRASE_KEY_LEN])
{
	uint8_t values[PHRASE_CHARS], bytes[PHRASE_BYTES] = { 0 };
	uint8_t sum[PHRASE_SUM];
	const char *rest;
	unsigned int bit, i, n = 0;
	int r;

	if (phrase_scan(text, values, PHRASE_CHARS, &rest) != PHRASE_CHARS ||
	    *rest != '\0') {
		r = ERR_FORMAT;
		goto out;
	}
	if (phrase_wrong_group(values, PHRASE_CHARS) != 0) {
		r = ERR_CORRUPT;
		goto out;
	}
	for (i = 0; i < PHRASE_CHARS; i++) {
		if (i % PHRASE_GROUP_LEN == GROUP_DATA)
			continue;
		for (bit = 0; bit < 5; bit++, n++)
			bytes[n / 8] |= (uint8_t)((values[i] >> (4 - bit) & 1)
			    << (7 - n % 8));
	}
	phrase_sum(bytes, sum);
	if (memcmp(bytes + PHRASE_KEY_LEN, sum, sizeof(sum)) != 0) {
		r = ERR_CORRUPT;
		goto out;
	}
	memcpy(keyp, bytes, PHRASE_KEY_LEN);
	r = 0;
 out:
	sodium_memzero(values, sizeof(values));
	sodium_memzero(bytes, sizeof(bytes));
	return r;
}

unsigned int
phrase_error_group(const char *text)
{
	uint8_t values[PHRASE_CHARS];
	const char *rest;
	unsigned int g;
	size_t n;

	n = phrase_scan(text, values, PHRASE_CHARS, &rest);
	g = phrase_wrong_group(values, n);
	sodium_memzero(values, sizeof(values));
	return g;
}
