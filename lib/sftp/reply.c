/* reply.c: what the server says, none of which is believed. */
#include <stdlib.h>
#include <string.h>

#include "sftp/internal.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What a whole transfer may take at once, whatever the server allows. */
#define CHUNK_MAX (255u << 10)
#define CHUNK_MIN 1024u

/* Bytes that are consumed from the front; bad once there were too few. */
struct cursor {
	uint8_t	*p;
	size_t	 left;
	bool	 bad;
};

static uint8_t *
take(struct cursor *c, size_t len)
{
	uint8_t *p = c->p;

	if (c->bad || len > c->left) {
		c->bad = true;
		return NULL;
	}
	c->p += len;
	c->left -= len;
	return p;
}

static uint8_t
take_u8(struct cursor *c)
{
	const uint8_t *p = take(c, 1);

	return p != NULL ? *p : 0;
}

static uint32_t
take_u32(struct cursor *c)
{
	const uint8_t *p = take(c, 4);

	if (p == NULL)
		return 0;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static uint64_t
take_u64(struct cursor *c)
{
	uint64_t high = take_u32(c);

	return high << 32 | take_u32(c);
}

static uint8_t *
take_string(struct cursor *c, size_t *lenp)
{
	size_t len = take_u32(c);
	uint8_t *p = take(c, len);

	*lenp = p != NULL ? len : 0;
	return p;
}

static void
take_attrs(struct cursor *c, struct sftp_attrs *a)
{
	uint32_t flags = take_u32(c), n;
	size_t len;

	memset(a, 0, sizeof(*a));
	a->has = flags & (SFTP_HAS_SIZE | SFTP_HAS_OWNER | SFTP_HAS_MODE |
	    SFTP_HAS_TIMES);
	if ((flags & ~ATTR_EXTENDED) != a->has)
		c->bad = true;
	if ((flags & SFTP_HAS_SIZE) != 0)
		a->size = take_u64(c);
	if ((flags & SFTP_HAS_OWNER) != 0) {
		a->uid = take_u32(c);
		a->gid = take_u32(c);
	}
	if ((flags & SFTP_HAS_MODE) != 0)
		a->mode = take_u32(c);
	if ((flags & SFTP_HAS_TIMES) != 0) {
		a->atime = take_u32(c);
		a->mtime = take_u32(c);
	}
	if ((flags & ATTR_EXTENDED) == 0)
		return;
	for (n = take_u32(c); n > 0 && !c->bad; n--) {
		(void)take_string(c, &len);
		(void)take_string(c, &len);
	}
}

/* The meaning of a status; later versions' codes come from some servers. */
static int
status_code(uint32_t status)
{
	static const int codes[] = {
		0, ERR_IO, ERR_NOENT, ERR_DENIED, ERR_IO, ERR_IO, ERR_CLOSED,
		ERR_CLOSED, ERR_VERSION, ERR_IO, ERR_NOENT, ERR_EXIST,
		ERR_DENIED, ERR_IO, ERR_NOSPACE, ERR_NOSPACE
	};

	return status < COUNT(codes) ? codes[status] : ERR_IO;
}

/* A status: for some requests the whole answer, for others the bad one. */
static int
take_status(struct sftp *x, struct cursor *c, enum sftp_want want,
    struct sftp_reply *reply)
{
	uint32_t status = take_u32(c);
	const uint8_t *text;
	size_t len;

	if (c->bad)
		return ERR_FORMAT;
	/* Old servers send no message. */
	text = take_string(c, &len);
	c->bad = false;
	if (len >= sizeof(x->message))
		len = sizeof(x->message) - 1;
	if (text != NULL)
		memcpy(x->message, text, len);
	x->message[len] = '\0';
	reply->message = x->message;
	if (status == FX_EOF &&
	    (want == SFTP_WANT_DATA || want == SFTP_WANT_NAMES)) {
		reply->end = true;
		return 0;
	}
	if (status == FX_OK && want != SFTP_WANT_STATUS)
		return ERR_FORMAT;
	reply->code = status_code(status);
	return 0;
}

static int
take_handle(struct cursor *c, struct sftp_handle *h)
{
	const uint8_t *p = take_string(c, &h->len);

	if (c->bad || h->len > sizeof(h->bytes)) {
		h->len = 0;
		return ERR_FORMAT;
	}
	memcpy(h->bytes, p, h->len);
	return 0;
}

static int
take_data(struct cursor *c, size_t max, struct sftp_reply *reply)
{
	const uint8_t *p = take_string(c, &reply->len);

	if (c->bad || reply->len > max)
		return ERR_FORMAT;
	reply->data = p;
	return 0;
}

static bool
is_dots(const uint8_t *name, size_t len)
{
	return (len == 1 && name[0] == '.') ||
	    (len == 2 && name[0] == '.' && name[1] == '.');
}

static int
grow_names(struct sftp *x, size_t n)
{
	struct sftp_name *names;

	if (n <= x->nnames_alloc)
		return 0;
	if ((names = reallocarray(x->names, n, sizeof(*names))) == NULL)
		return ERR_NOMEM;
	x->names = names;
	x->nnames_alloc = n;
	return 0;
}

/* Entries of a directory. */
static int
take_names(struct sftp *x, struct cursor *c, struct sftp_reply *reply)
{
	size_t count = take_u32(c), n = 0, i, len, longlen;
	struct sftp_attrs attrs;
	uint8_t *name;
	int r;

	/* An entry has two lengths and the flags of its attributes. */
	if (c->bad || count > c->left / 12)
		return ERR_FORMAT;
	if ((r = grow_names(x, count)) != 0)
		return r;
	for (i = 0; i < count; i++) {
		name = take_string(c, &len);
		(void)take_string(c, &longlen);
		take_attrs(c, &attrs);
		if (c->bad || len == 0 || len >= SFTP_PATH_MAX ||
		    memchr(name, '/', len) != NULL ||
		    memchr(name, '\0', len) != NULL)
			return ERR_FORMAT;
		if (is_dots(name, len))
			continue;
		name[len] = '\0';	/* over a length that was read */
		x->names[n++] = (struct sftp_name){ (const char *)name, len,
		    attrs };
	}
	reply->names = x->names;
	reply->nnames = n;
	return 0;
}

/* The one name that is a path. */
static int
take_path(struct sftp *x, struct cursor *c, struct sftp_reply *reply)
{
	uint32_t count = take_u32(c);
	const uint8_t *name;
	size_t len;

	name = take_string(c, &len);
	if (c->bad || count != 1 || len >= sizeof(x->path) ||
	    memchr(name, '\0', len) != NULL)
		return ERR_FORMAT;
	memcpy(x->path, name, len);
	x->path[len] = '\0';
	reply->path = x->path;
	return 0;
}

static uint64_t
times(uint64_t a, uint64_t b)
{
	return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static int
take_space(struct cursor *c, struct sftp_space *space)
{
	uint64_t v[11], size;
	size_t i;

	for (i = 0; i < COUNT(v); i++)
		v[i] = take_u64(c);
	if (c->bad)
		return ERR_FORMAT;
	size = v[1] != 0 ? v[1] : v[0];
	space->total = times(v[2], size);
	space->free = times(v[4], size);
	space->readonly = (v[9] & 1) != 0;
	return 0;
}

static uint32_t
chunk_of(uint64_t limit, uint32_t fallback)
{
	if (limit == 0)
		return fallback;
	return limit > CHUNK_MAX ? CHUNK_MAX :
	    limit < CHUNK_MIN ? CHUNK_MIN : (uint32_t)limit;
}

static int
take_limits(struct sftp *x, struct cursor *c)
{
	uint64_t read_max, write_max;

	(void)take_u64(c);
	read_max = take_u64(c);
	write_max = take_u64(c);
	(void)take_u64(c);
	if (c->bad)
		return ERR_FORMAT;
	x->server.read_max = chunk_of(read_max, x->server.read_max);
	x->server.write_max = chunk_of(write_max, x->server.write_max);
	return 0;
}

/* The type of packet that carries what is wanted. */
static uint8_t
type_of(enum sftp_want want)
{
	static const uint8_t types[] = {
		[SFTP_WANT_STATUS] = FXP_STATUS,
		[SFTP_WANT_HANDLE] = FXP_HANDLE,
		[SFTP_WANT_DATA] = FXP_DATA,
		[SFTP_WANT_NAMES] = FXP_NAME,
		[SFTP_WANT_PATH] = FXP_NAME,
		[SFTP_WANT_ATTRS] = FXP_ATTRS,
		[SFTP_WANT_SPACE] = FXP_EXTENDED_REPLY,
		[SFTP_WANT_LIMITS] = FXP_EXTENDED_REPLY
	};

	return types[want];
}

static int
take_wanted(struct sftp *x, struct cursor *c, const struct sftp_slot *slot,
    struct sftp_reply *reply)
{
	switch (slot->want) {
	case SFTP_WANT_HANDLE:
		return take_handle(c, &reply->handle);
	case SFTP_WANT_DATA:
		return take_data(c, slot->max, reply);
	case SFTP_WANT_NAMES:
		return take_names(x, c, reply);
	case SFTP_WANT_PATH:
		return take_path(x, c, reply);
	case SFTP_WANT_ATTRS:
		take_attrs(c, &reply->attrs);
		return c->bad ? ERR_FORMAT : 0;
	case SFTP_WANT_SPACE:
		return take_space(c, &reply->space);
	case SFTP_WANT_LIMITS:
		return take_limits(x, c);
	case SFTP_WANT_STATUS:
		break;
	}
	return ERR_FORMAT;
}

/* Remember an extension that we know and that has this version. */
static void
note_extension(struct sftp *x, const uint8_t *name, size_t len,
    const uint8_t *data, size_t datalen)
{
	static const struct {
		const char *name, *version;
		uint32_t bit;
	} known[] = {
		{ "fsync@openssh.com", "1", SFTP_EXT_FSYNC },
		{ "hardlink@openssh.com", "1", SFTP_EXT_HARDLINK },
		{ "posix-rename@openssh.com", "1", SFTP_EXT_POSIX_RENAME },
		{ "statvfs@openssh.com", "2", SFTP_EXT_STATVFS },
		{ "limits@openssh.com", "1", SFTP_EXT_LIMITS }
	};
	size_t i;

	for (i = 0; i < COUNT(known); i++)
		if (len == strlen(known[i].name) &&
		    memcmp(name, known[i].name, len) == 0 && datalen == 1 &&
		    data[0] == (uint8_t)known[i].version[0])
			x->server.extensions |= known[i].bit;
}

static int
take_version(struct sftp *x, struct cursor *c)
{
	uint32_t version = take_u32(c);
	const uint8_t *name, *data;
	size_t len, datalen;

	if (c->bad || x->greeted)
		return ERR_FORMAT;
	if (version != SFTP_VERSION)
		return ERR_VERSION;
	while (c->left > 0) {
		name = take_string(c, &len);
		data = take_string(c, &datalen);
		if (c->bad)
			return ERR_FORMAT;
		note_extension(x, name, len, data, datalen);
	}
	x->greeted = true;
	return 0;
}

int
sftp_take(struct sftp *x, uint8_t *packet, size_t len)
{
	struct cursor c = { .p = packet, .left = len };
	struct sftp_reply reply = { .message = "", .path = "" };
	uint8_t type = take_u8(&c);
	struct sftp_slot *slot;
	uint32_t id;
	int r;

	if (type == FXP_VERSION)
		return take_version(x, &c);
	id = take_u32(&c);
	slot = &x->slots[id % SFTP_SLOTS];
	if (c.bad || !x->greeted || !slot->used || slot->id != id)
		return ERR_FORMAT;
	if (type == FXP_STATUS)
		r = take_status(x, &c, slot->want, &reply);
	else if (type == type_of(slot->want))
		r = take_wanted(x, &c, slot, &reply);
	else
		r = ERR_FORMAT;
	if (r == 0)
		sftp_answered(x, slot, &reply);
	return r;
}
