/* store_sftp_get.c: reading objects of an SFTP store. */
#include "config.h"

#include <sys/stat.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "store/pace.h"
#include "store/sftp.h"

#define COMPARE_LEN (1u << 20)	/* compared at once */

struct get {
	const char *name;
	uint64_t off;
	size_t	 len;
	struct buf *out;
};

/* Objects never change, so one may stay open for the next range of it. */
static struct store_sftp_file *
file_of(struct store_sftp *d, const char *name)
{
	size_t i;

	for (i = 0; i < STORE_SFTP_FILES; i++)
		if (strcmp(d->files[i].name, name) == 0)
			return &d->files[i];
	return NULL;
}

/* Close what is in a place; the answer does not matter. */
static void
file_close(struct store_sftp *d, struct store_sftp_file *f)
{
	if (f->name[0] != '\0' && d->x != NULL)
		(void)!sftp_close(d->x, &f->handle, store_sftp_ignore());
	f->name[0] = '\0';
}

void
store_sftp_forget(struct store_sftp *d, const char *name)
{
	size_t i;

	for (i = 0; i < STORE_SFTP_FILES; i++)
		if (name == NULL || strcmp(d->files[i].name, name) == 0)
			file_close(d, &d->files[i]);
}

/* Open an object for reading; its size is asked for in the same moment. */
static int
open_object(struct store_sftp *d, const char *name, struct sftp_handle *hp,
    uint64_t *sizep)
{
	char path[SFTP_PATH_MAX];
	struct sftp_answer a;
	uint64_t size;
	int asked, opened, r;

	store_sftp_path(d, name, path);
	asked = sftp_open(d->x, path, SFTP_OPEN_READ, NULL,
	    sftp_answer(&a));
	r = store_sftp_stat(d, name, &size);
	opened = sftp_answer_wait(d->x, asked, &a);
	if (r == 0 && opened != 0)
		r = opened == ERR_NOENT ? opened :
		    store_sftp_error(d, &a, opened, "open", name);
	if (r != 0) {
		if (opened == 0)
			(void)!sftp_close(d->x, &a.handle,
			    store_sftp_ignore());
		return r;
	}
	*hp = a.handle;
	*sizep = size;
	return 0;
}

/* Find an object that is open, or open it in the place unused for longest. */
static int
have_object(struct store_sftp *d, const char *name,
    struct store_sftp_file **fp)
{
	struct store_sftp_file *f = file_of(d, name);
	size_t i;
	int r;

	if (f == NULL) {
		f = &d->files[0];
		for (i = 1; i < STORE_SFTP_FILES; i++)
			if (d->files[i].used < f->used)
				f = &d->files[i];
		file_close(d, f);
		if ((r = open_object(d, name, &f->handle, &f->size)) != 0)
			return r;
		memcpy(f->name, name, strlen(name) + 1);
	}
	f->used = ++d->clock;
	*fp = f;
	return 0;
}

static size_t
allow(void *arg, size_t len)
{
	return store_pace(arg, len);
}

static int
op_get(struct store_sftp *d, void *arg)
{
	struct get *g = arg;
	struct store_sftp_file *f;
	struct sftp_range range;
	uint8_t *p;
	size_t n = 0;
	int r;

	if ((r = have_object(d, g->name, &f)) != 0)
		return r;
	if (g->off + g->len > f->size) {
		r = ERR_CORRUPT;
	} else if ((r = buf_reserve(g->out, g->len, &p)) == 0) {
		range = (struct sftp_range){ .handle = &f->handle,
		    .off = g->off, .len = g->len };
		if (d->access->pace != NULL) {
			range.allow = allow;
			range.arg = d->access->pace;
		}
		r = sftp_read_range(d->x, &range, p, &n);
		if (r == 0 && n < g->len)
			r = ERR_CORRUPT;
		if (r != 0)
			buf_trim(g->out, g->len);
	}
	if (r != 0 && sftp_failed(d->x) == 0) {
		log_err(r, "store %s: read %zu bytes at %" PRIu64 " of %s",
		    d->name, g->len, g->off, g->name);
		store_sftp_forget(d, g->name);
	}
	return r;
}

int
store_sftp_get(void *impl, const char *name, uint64_t off, size_t len,
    struct buf *out)
{
	struct get g = { .name = name, .off = off, .len = len, .out = out };

	return store_sftp_do(impl, op_get, &g);
}

int
store_sftp_compare(struct store_sftp *d, const char *name,
    const uint8_t *data, size_t len)
{
	struct sftp_handle h;
	struct sftp_range range = { .handle = &h };
	uint8_t *back;
	uint64_t size;
	size_t n;
	int r;

	if ((r = open_object(d, name, &h, &size)) != 0)
		return r;
	if ((back = malloc(COMPARE_LEN)) == NULL)
		r = ERR_NOMEM;
	else if (size != len)
		r = ERR_CORRUPT;
	for (; r == 0 && range.off < len; range.off += range.len) {
		range.len = len - (size_t)range.off;
		if (range.len > COMPARE_LEN)
			range.len = COMPARE_LEN;
		r = sftp_read_range(d->x, &range, back, &n);
		if (r == 0)
			store_paced(d->access->pace, n);
		if (r == 0 && (n != range.len ||
		    memcmp(back, data + range.off, n) != 0))
			r = ERR_CORRUPT;
	}
	free(back);
	if (sftp_failed(d->x) == 0)
		(void)!sftp_close(d->x, &h, store_sftp_ignore());
	return r;
}
