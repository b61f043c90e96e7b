/* names.c: the names of one directory, sorted as bytes. */
#include "config.h"

#include "agents/names.h"

#include <sys/syscall.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GETDENTS_BYTES (32u << 10)

/* What getdents64(2) gives: libc's reader allocates for every directory. */
struct dirent64_head {
	uint64_t ino;
	int64_t	 off;
	uint16_t reclen;
	uint8_t	 type;
	char	 name[];
};

void
names_init(struct names *n)
{
	memset(n, 0, sizeof(*n));
}

void
names_clear(struct names *n)
{
	free(n->bytes);
	free(n->at);
	names_init(n);
}

/* Make room for one name more with its len bytes. */
static int
names_room(struct names *n, size_t len)
{
	size_t size = n->size == 0 ? 1024 : n->size;
	size_t cap = n->cap == 0 ? 32 : n->cap;
	void *p;

	while (size < n->len + len)
		size *= 2;
	if (size > UINT32_MAX)
		return ERR_TOOBIG;
	if (size != n->size) {
		if ((p = realloc(n->bytes, size)) == NULL)
			return ERR_NOMEM;
		n->bytes = p;
		n->size = size;
	}
	if (n->n == cap)
		cap *= 2;
	if (cap != n->cap) {
		if ((p = realloc(n->at, cap * sizeof(n->at[0]))) == NULL)
			return ERR_NOMEM;
		n->at = p;
		n->cap = cap;
	}
	return 0;
}

int
names_add(struct names *n, uint8_t type, const char *text, size_t len)
{
	struct name *name;
	size_t room = sizeof(*name) + len + 1;
	int r;

	if (len > UINT8_MAX)
		return ERR_TOOBIG;
	if ((r = names_room(n, room)) != 0)
		return r;
	name = (struct name *)(n->bytes + n->len);
	name->type = type;
	name->len = (uint8_t)len;
	memcpy(name->text, text, len);
	name->text[len] = '\0';
	n->at[n->n++] = (uint32_t)n->len;
	n->len += room;
	return 0;
}

/* Add what one getdents64 gave. */
static int
names_take(struct names *n, const char *data, size_t len)
{
	const struct dirent64_head *d;
	size_t pos = 0;
	int r;

	while (pos < len) {
		d = (const void *)(data + pos);
		pos += d->reclen;
		if (strcmp(d->name, ".") == 0 || strcmp(d->name, "..") == 0)
			continue;
		if ((r = names_add(n, d->type, d->name,
		    strlen(d->name))) != 0)
			return r;
	}
	return 0;
}

int
names_read(struct names *n, int fd)
{
	_Alignas(struct dirent64_head) char data[GETDENTS_BYTES];
	long len;
	int r;

	for (;;) {
		len = syscall(SYS_getdents64, fd, data, sizeof(data));
		if (len == -1 && errno == EINTR)
			continue;
		if (len == -1)
			return err_from_errno(errno);
		if (len == 0)
			return 0;
		if ((r = names_take(n, data, (size_t)len)) != 0)
			return r;
	}
}

static int
name_compare(const void *a, const void *b, void *arg)
{
	const char *bytes = arg;
	const struct name *x, *y;
	size_t len;
	int c;

	x = (const void *)(bytes + *(const uint32_t *)a);
	y = (const void *)(bytes + *(const uint32_t *)b);
	len = x->len < y->len ? x->len : y->len;
	c = memcmp(x->text, y->text, len);
	return c != 0 ? c : (int)x->len - (int)y->len;
}

void
names_sort(struct names *n)
{
	if (n->n > 1)
		qsort_r(n->at, n->n, sizeof(n->at[0]), name_compare,
		    n->bytes);
}

const struct name *
names_get(const struct names *n, size_t i)
{
	return (const void *)(n->bytes + n->at[i]);
}

void
names_keep(struct names *n, size_t i, size_t *to)
{
	n->at[(*to)++] = n->at[i];
}

size_t
names_memory(const struct names *n)
{
	return n->size + n->cap * sizeof(n->at[0]);
}
