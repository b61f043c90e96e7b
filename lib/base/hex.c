/* hex.c: bytes as lower-case hexadecimal text. */
#include "base/hex.h"

void
hex_format(const uint8_t *data, size_t len, char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len; i++) {
		*text++ = digits[data[i] >> 4];
		*text++ = digits[data[i] & 0xf];
	}
	*text = '\0';
}

/* The value of a digit, or -1. */
static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
hex_parse(const char *text, uint8_t *data, size_t len)
{
	int value;
	size_t i;

	/* Check first: data is set only on success. */
	for (i = 0; i < 2 * len; i++)
		if (hex_value(text[i]) < 0)
			return ERR_FORMAT;
	if (text[i] != '\0')
		return ERR_FORMAT;
	for (i = 0; i < len; i++) {
		value = hex_value(text[2 * i]) << 4 |
		    hex_value(text[2 * i + 1]);
		data[i] = (uint8_t)value;
	}
	return 0;
}
