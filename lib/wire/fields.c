/* fields.c: fields that several messages share. */
#include "wire/internal.h"

#include <string.h>

#include "base/buf.h"

int
wire_get_count(struct buf *b, uint32_t max, uint32_t *np)
{
	uint64_t v;
	int r;

	if ((r = buf_get_varint(b, &v)) != 0)
		return r;
	if (v > max)
		return ERR_TOOBIG;
	*np = (uint32_t)v;
	return 0;
}

int
wire_put_bytes(struct buf *b, const uint8_t *data, size_t len, size_t max)
{
	if (len > max)
		return ERR_TOOBIG;
	return buf_put_bytes(b, data, len);
}

int
wire_put_status(struct buf *b, int status)
{
	if (status > 0 || status < -ERR_COUNT)
		return ERR_FORMAT;
	return buf_put_u8(b, (uint8_t)-status);
}

int
wire_get_status(struct buf *b, int *statusp)
{
	uint8_t v;
	int r;

	if ((r = buf_get_u8(b, &v)) != 0)
		return r;
	if (v > ERR_COUNT)
		return ERR_FORMAT;
	*statusp = -(int)v;
	return 0;
}

int
wire_put_digest(struct buf *b, bool has, const uint8_t digest[WIRE_DIGEST_LEN])
{
	int r;

	if ((r = buf_put_u8(b, has ? 1 : 0)) != 0 || !has)
		return r;
	return buf_put(b, digest, WIRE_DIGEST_LEN);
}

int
wire_get_digest(struct buf *b, bool *hasp, uint8_t digestp[WIRE_DIGEST_LEN])
{
	uint8_t has;
	int r;

	if ((r = buf_get_u8(b, &has)) != 0)
		return r;
	if (has > 1)
		return ERR_FORMAT;
	memset(digestp, 0, WIRE_DIGEST_LEN);
	if (has && (r = buf_get(b, digestp, WIRE_DIGEST_LEN)) != 0)
		return r;
	*hasp = has == 1;
	return 0;
}
