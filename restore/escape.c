/* escape.c: any bytes as one line of text, and back. */
#include "restore/escape.h"

#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/log.h"

int
escape_format(const void *data, size_t len, struct buf *out)
{
	uint8_t *p;
	size_t cap;
	int r;

	if (len > (SIZE_MAX - 1) / 4)
		return ERR_TOOBIG;
	cap = len * 4 + 1;
	if ((r = buf_reserve(out, cap, &p)) != 0)
		return r;
	log_escape((char *)p, cap, data, len);
	buf_trim(out, cap - strlen((char *)p));
	return 0;
}

int
escape_parse(char *text, size_t len, size_t *lenp)
{
	char digits[3] = "";
	size_t in, out = 0;
	uint8_t byte;

	for (in = 0; in < len; in++) {
		if (text[in] != '\\') {
			text[out++] = text[in];
			continue;
		}
		if (len - in < 4 || text[in + 1] != 'x')
			return ERR_FORMAT;
		memcpy(digits, text + in + 2, 2);
		if (hex_parse(digits, &byte, 1) != 0)
			return ERR_FORMAT;
		text[out++] = (char)byte;
		in += 3;
	}
	*lenp = out;
	return 0;
}
