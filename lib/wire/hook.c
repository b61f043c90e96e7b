/* hook.c: HOOK, HOOKED and LOAD as bytes. */
#include "wire/hook.h"

#include <string.h>

#include "base/buf.h"
#include "wire/internal.h"

static bool
letter_or_digit(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

bool
wire_name_ok(const uint8_t *name, size_t len)
{
	size_t i;

	if (len == 0 || len > WIRE_NAME_MAX || !letter_or_digit(name[0]))
		return false;
	for (i = 1; i < len; i++)
		if (!letter_or_digit(name[i]) && name[i] != '.' &&
		    name[i] != '_' && name[i] != '-')
			return false;
	return true;
}

static int
put_name(struct buf *b, const char *name)
{
	size_t len = strlen(name);

	if (!wire_name_ok((const uint8_t *)name, len))
		return ERR_FORMAT;
	return buf_put_bytes(b, name, len);
}

static int
get_name(struct buf *b, char name[WIRE_NAME_MAX + 1])
{
	const uint8_t *p;
	size_t len;
	int r;

	if ((r = buf_get_bytes(b, WIRE_NAME_MAX, &p, &len)) != 0)
		return r;
	if (!wire_name_ok(p, len))
		return ERR_FORMAT;
	memcpy(name, p, len);
	name[len] = '\0';
	return 0;
}

static bool
hook_ok(const struct wire_hook *m)
{
	return m->phase >= WIRE_BEFORE && m->phase <= WIRE_AFTER_FAILURE &&
	    m->timeout >= 1 && m->timeout <= WIRE_HOOK_TIME_MAX;
}

int
wire_hook_encode(const struct wire_hook *m, struct buf *b)
{
	int r;

	if (!hook_ok(m))
		return ERR_FORMAT;
	if ((r = buf_put_u8(b, (uint8_t)m->phase)) != 0 ||
	    (r = buf_put_varint(b, m->timeout)) != 0 ||
	    (r = put_name(b, m->name)) != 0)
		return r;
	return put_name(b, m->set);
}

int
wire_hook_decode(struct buf *b, struct wire_hook *mp)
{
	struct wire_hook m;
	uint8_t phase;
	int r;

	if ((r = buf_get_u8(b, &phase)) != 0 ||
	    (r = buf_get_varint32(b, WIRE_HOOK_TIME_MAX, &m.timeout)) != 0 ||
	    (r = get_name(b, m.name)) != 0 ||
	    (r = get_name(b, m.set)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	m.phase = (enum wire_phase)phase;
	if (!hook_ok(&m))
		return ERR_FORMAT;
	*mp = m;
	return 0;
}

static bool
hooked_ok(const struct wire_hooked *m)
{
	return m->result <= WIRE_HOOK_REFUSED &&
	    (m->result <= WIRE_HOOK_SIGNAL || m->status == 0);
}

int
wire_hooked_encode(const struct wire_hooked *m, struct buf *b)
{
	int r;

	if (!hooked_ok(m) || m->status > WIRE_HOOK_STATUS_MAX)
		return ERR_FORMAT;
	if ((r = buf_put_u8(b, (uint8_t)m->result)) != 0 ||
	    (r = buf_put_varint(b, m->status)) != 0 ||
	    (r = buf_put_varint(b, m->ms)) != 0)
		return r;
	return wire_put_bytes(b, m->output, m->output_len,
	    WIRE_HOOK_OUTPUT_MAX);
}

int
wire_hooked_decode(struct buf *b, struct wire_hooked *mp)
{
	struct wire_hooked m;
	uint8_t result;
	int r;

	if ((r = buf_get_u8(b, &result)) != 0 ||
	    (r = buf_get_varint32(b, WIRE_HOOK_STATUS_MAX, &m.status)) != 0 ||
	    (r = buf_get_varint(b, &m.ms)) != 0 ||
	    (r = buf_get_bytes(b, WIRE_HOOK_OUTPUT_MAX, &m.output,
	    &m.output_len)) != 0 ||
	    (r = buf_end(b)) != 0)
		return r;
	m.result = (enum wire_hook_result)result;
	if (!hooked_ok(&m))
		return ERR_FORMAT;
	*mp = m;
	return 0;
}

int
wire_load_encode(const struct wire_load *m, struct buf *b)
{
	int r;

	if (m->nice > WIRE_NICE_MAX || m->io > WIRE_IO_IDLE)
		return ERR_FORMAT;
	if ((r = buf_put_varint(b, m->nice)) != 0)
		return r;
	return buf_put_u8(b, (uint8_t)m->io);
}

int
wire_load_decode(struct buf *b, struct wire_load *mp)
{
	struct wire_load m;
	uint8_t io;
	int r;

	if ((r = buf_get_varint32(b, WIRE_NICE_MAX, &m.nice)) != 0 ||
	    (r = buf_get_u8(b, &io)) != 0 || (r = buf_end(b)) != 0)
		return r;
	if (io > WIRE_IO_IDLE)
		return ERR_FORMAT;
	m.io = (enum wire_io)io;
	*mp = m;
	return 0;
}
