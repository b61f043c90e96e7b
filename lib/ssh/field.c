/* field.c: a string in the binary formats of SSH. */
#include "ssh/field.h"

#include "base/buf.h"

int
ssh_field_get(struct buf *b, const uint8_t **datap, size_t *lenp)
{
	uint32_t len;
	int r;

	if ((r = buf_get_u32(b, &len)) != 0)
		return r;
	if (len > buf_len(b))
		return ERR_FORMAT;
	*datap = buf_ptr(b);
	*lenp = len;
	return buf_skip(b, len);
}
