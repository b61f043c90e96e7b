/* kexinit.c: what a server offers, for telling why no agreement was found. */
#include "ssh/kexinit.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "ssh/field.h"

#define MSG_KEXINIT 20
#define COOKIE_LEN 16

/* Skip the lines up to and with the version line. */
static int
skip_version(struct buf *b)
{
	const uint8_t *line, *end;
	int is_version, r;

	do {
		line = buf_ptr(b);
		if (buf_len(b) == 0 ||
		    (end = memchr(line, '\n', buf_len(b))) == NULL)
			return ERR_FORMAT;
		is_version = end - line >= 4 && memcmp(line, "SSH-", 4) == 0;
		if ((r = buf_skip(b, (size_t)(end - line) + 1)) != 0)
			return r;
	} while (!is_version);
	return 0;
}

int
ssh_kexinit_hostkeys(const uint8_t *data, size_t len, char *out,
    size_t outlen)
{
	struct buf *b = NULL;
	const uint8_t *list;
	uint32_t packet_len;
	uint8_t padding, type;
	size_t i, n;
	int r;

	if ((r = buf_borrow(data, len, &b)) != 0 ||
	    (r = skip_version(b)) != 0 ||
	    (r = buf_get_u32(b, &packet_len)) != 0 ||
	    (r = buf_get_u8(b, &padding)) != 0 ||
	    (r = buf_get_u8(b, &type)) != 0 ||
	    (r = buf_skip(b, COOKIE_LEN)) != 0 ||
	    (r = ssh_field_get(b, &list, &n)) != 0 ||	/* key exchange */
	    (r = ssh_field_get(b, &list, &n)) != 0)		/* host keys */
		goto out;
	if (type != MSG_KEXINIT)
		r = ERR_FORMAT;
	for (i = 0; i < n; i++) {
		if (list[i] < 0x21 || list[i] > 0x7e)
			r = ERR_FORMAT;
	}
	if (r == 0)
		(void)snprintf(out, outlen, "%.*s", (int)n,
		    (const char *)list);
 out:
	buf_free(b);
	return r;
}
