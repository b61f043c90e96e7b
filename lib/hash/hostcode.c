/* hostcode.c: host keys as short codes. */
#include "hash/hostcode.h"

#include <string.h>

#include "hash/sha256.h"

#define CHARS 16		/* with the check character */
#define GROUP 4
#define BASE 32

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* The check character's value for the ones before it. */
static unsigned int
check_of(const uint8_t v[CHARS])
{
	unsigned int sum = 0, twice, i;

	for (i = 0; i < CHARS - 1; i++) {
		/* Each other one, from the right, counts twice. */
		twice = (unsigned int)v[i] * ((CHARS - 1 - i) % 2 + 1);
		sum += twice / BASE + twice % BASE;
	}
	return (BASE - sum % BASE) % BASE;
}

static void
format(const uint8_t v[CHARS], char out[HOSTCODE_MAX])
{
	size_t i, n = 0;

	for (i = 0; i < CHARS; i++) {
		if (i > 0 && i % GROUP == 0)
			out[n++] = '-';
		out[n++] = digits[v[i]];
	}
	out[n] = '\0';
}

int
hostcode_of(const uint8_t *key, size_t len, char out[HOSTCODE_MAX])
{
	uint8_t sum[SHA256_LEN], v[CHARS];
	unsigned int bit;
	size_t i;
	int r;

	if ((r = sha256_of(key, len, sum)) != 0)
		return r;
	for (i = 0; i < CHARS - 1; i++) {
		bit = (unsigned int)i * 5;
		v[i] = (uint8_t)(((unsigned int)sum[bit / 8] << 8 |
		    sum[bit / 8 + 1]) >> (11 - bit % 8) & 31);
	}
	v[CHARS - 1] = (uint8_t)check_of(v);
	format(v, out);
	return 0;
}

/* The value of a typed character, -1 if it has none. */
static int
value(char c)
{
	const char *p;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		c = '0';
	if (c == 'I' || c == 'L')
		c = '1';
	p = c == '\0' ? NULL : strchr(digits, c);
	return p == NULL ? -1 : (int)(p - digits);
}

int
hostcode_parse(const char *text, char out[HOSTCODE_MAX])
{
	uint8_t v[CHARS];
	size_t n = 0;
	int d;

	for (; *text != '\0'; text++) {
		if (*text == '-' || *text == ' ' || *text == '\t')
			continue;
		if ((d = value(*text)) == -1 || n == CHARS)
			return ERR_FORMAT;
		v[n++] = (uint8_t)d;
	}
	if (n != CHARS)
		return ERR_FORMAT;
	if (v[CHARS - 1] != check_of(v))
		return ERR_CORRUPT;
	format(v, out);
	return 0;
}
