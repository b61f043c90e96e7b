/* remote_record.c: records between a store and its process. */
#include "config.h"

#include <sys/socket.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/throttle.h"
#include "store/remote.h"

#define TEXT_MAX 8192
#define LIMITS_MAX 4096

static int
send_all(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;
	ssize_t n;

	while (len > 0) {
		n = send(fd, p, len, MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return ERR_CLOSED;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int
remote_receive(int fd, void *data, size_t len)
{
	uint8_t *p = data;
	ssize_t n;

	while (len > 0) {
		n = recv(fd, p, len, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_CLOSED;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int
remote_send(int fd, const struct remote_head *h, const char *name,
    const void *data)
{
	int r;

	if ((r = send_all(fd, h, sizeof(*h))) != 0 ||
	    (r = send_all(fd, name, h->name_len)) != 0)
		return r;
	return send_all(fd, data, h->data_len);
}

/* Texts of an access, in the order in which they cross. */
static const char **
text_at(struct store_access *a, size_t i)
{
	const char **const at[] = { &a->identity, &a->host_key,
	    &a->credentials, &a->ca_file, &a->region, &a->pace_file };

	return at[i];
}

#define TEXTS (sizeof(((struct remote_opened *)NULL)->texts) / sizeof(char *))

int
remote_access_encode(const char *url, const struct store_access *access,
    struct buf *b)
{
	static const struct store_access none;
	struct store_access a = access != NULL ? *access : none;
	const char *text;
	size_t i;
	int r;

	if ((r = buf_put_str(b, url)) != 0)
		return r;
	for (i = 0; i < TEXTS; i++) {
		text = *text_at(&a, i);
		if ((r = buf_put_u8(b, text != NULL)) != 0 ||
		    (r = buf_put_str(b, text != NULL ? text : "")) != 0)
			return r;
	}
	if ((r = buf_put_u64(b, a.lock_s)) != 0 ||
	    (r = buf_put_u32(b, a.connections)) != 0 ||
	    (r = buf_put_u64(b, a.began)) != 0 ||
	    (r = buf_put_u32(b, (uint32_t)a.nlimits)) != 0)
		return r;
	for (i = 0; i < a.nlimits; i++)
		if ((r = buf_put_u64(b, a.limits[i].after)) != 0 ||
		    (r = buf_put_u64(b, a.limits[i].rate)) != 0)
			return r;
	return 0;
}

static int
decode_limits(struct buf *b, struct remote_opened *o)
{
	uint32_t n, i;
	int r;

	if ((r = buf_get_u32(b, &n)) != 0)
		return r;
	if (n > LIMITS_MAX)
		return ERR_FORMAT;
	if ((o->limits = calloc((size_t)n + 1, sizeof(*o->limits))) == NULL)
		return ERR_NOMEM;
	for (i = 0; i < n; i++)
		if ((r = buf_get_u64(b, &o->limits[i].after)) != 0 ||
		    (r = buf_get_u64(b, &o->limits[i].rate)) != 0)
			return r;
	o->access.limits = o->limits;
	o->access.nlimits = n;
	return 0;
}

int
remote_access_decode(struct buf *b, struct remote_opened *o)
{
	uint8_t there;
	size_t i;
	int r;

	memset(o, 0, sizeof(*o));
	if ((r = buf_get_str(b, TEXT_MAX, &o->url)) != 0)
		return r;
	for (i = 0; i < TEXTS; i++) {
		if ((r = buf_get_u8(b, &there)) != 0 ||
		    (r = buf_get_str(b, TEXT_MAX, &o->texts[i])) != 0)
			return r;
		*text_at(&o->access, i) = there != 0 ? o->texts[i] : NULL;
	}
	if ((r = buf_get_u64(b, &o->access.lock_s)) != 0 ||
	    (r = buf_get_u32(b, &o->access.connections)) != 0 ||
	    (r = buf_get_u64(b, &o->access.began)) != 0)
		return r;
	return decode_limits(b, o);
}

void
remote_access_free(struct remote_opened *o)
{
	size_t i;

	free(o->url);
	for (i = 0; i < TEXTS; i++)
		free(o->texts[i]);
	free(o->limits);
	memset(o, 0, sizeof(*o));
}
