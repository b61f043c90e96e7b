/* store_sftp_get.c: reading objects of an SFTP store. */
#include "config.h"

#include <sys/stat.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "store/sftp.h"

#define COMPARE_LEN (1u << 20)	/* compared at once */

struct get {
	const char *name;
	uint64_t off;
	size_t	 len, got;
	struct buf *out;
	uint8_t	*p;			/* len bytes at its end */
	bool	 reserved;
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

/* Read what did not come over an earlier connection. */
static int
get_rest(struct store_sftp *d, struct get *g, const struct sftp_handle *h)
{
	const struct sftp_range range = store_sftp_range(d, h,
	    g->off + g->got, g->len - g->got);
	size_t n;
	int r;

	if (!g->reserved && (r = buf_reserve(g->out, g->len, &g->p)) != 0)
		return r;
	g->reserved = true;
	r = sftp_read_range(d->x, &range, g->p + g->got, &n);
	g->got += n;
	if (n > 0)
		d->tries = 0;
	return r == 0 && g->got < g->len ? ERR_CORRUPT : r;
}

static int
op_get(struct store_sftp *d, void *arg)
{
	struct get *g = arg;
	struct store_sftp_file *f;
	int r;

	if ((r = have_object(d, g->name, &f)) != 0)
		return r;
	r = g->off + g->len > f->size ? ERR_CORRUPT :
	    get_rest(d, g, &f->handle);
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
	int r;

	if ((r = store_sftp_do(impl, op_get, &g)) != 0 && g.reserved)
		buf_trim(out, len);
	return r;
}

/* Compare a piece at *donep, which back has room for. */
static int
compare_piece(struct store_sftp *d, const struct sftp_range *range,
    const uint8_t *data, uint8_t *back, size_t *donep)
{
	size_t n;
	int r;

	r = sftp_read_range(d->x, range, back, &n);
	if (memcmp(back, data + range->off, n) != 0 ||
	    (r == 0 && n < range->len))
		return ERR_CORRUPT;
	*donep += n;
	if (n > 0)
		d->tries = 0;
	return r;
}

int
store_sftp_compare(struct store_sftp *d, const char *name,
    const uint8_t *data, size_t len, size_t *donep)
{
	struct sftp_handle h;
	struct sftp_range range;
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
	while (r == 0 && *donep < len) {
		n = len - *donep < COMPARE_LEN ? len - *donep : COMPARE_LEN;
		range = store_sftp_range(d, &h, *donep, n);
		r = compare_piece(d, &range, data, back, donep);
	}
	free(back);
	if (sftp_failed(d->x) == 0)
		(void)!sftp_close(d->x, &h, store_sftp_ignore());
	return r;
}
