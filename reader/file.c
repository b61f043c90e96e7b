/* file.c: a file, read ahead of the walker, piece by piece. */
#include "config.h"

#include <sys/stat.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "reader/impl.h"
#include "sftp/request.h"

#define TRIES 50u		/* to open one while others are */

int
file_new(struct far *r, char *path, struct fnode **fp)
{
	struct fnode *f;

	if (path == NULL || (f = calloc(1, sizeof(*f))) == NULL) {
		free(path);
		return ERR_NOMEM;
	}
	f->node.r = r;
	f->path = path;
	STAILQ_INIT(&f->blocks);
	*fp = f;
	return 0;
}

void
file_hint(struct fnode *f, const struct listing *l, size_t i)
{
	const struct listing_entry *e = &l->e[i];

	f->owned = (e->has & SFTP_HAS_OWNER) != 0;
	f->uid = e->uid;
	/* Of a large one it is asked anew: it cannot be read twice. */
	if ((e->has & SFTP_HAS_SIZE) == 0 || (e->has & SFTP_HAS_TIMES) == 0 ||
	    e->size > SMALL_MAX)
		return;
	f->hinted = true;
	listing_attr(l, i, &f->before);
}

/* Let go of a block. */
static void
block_free(struct far *r, struct fnode *f, struct block *b)
{
	f->bytes -= b->want;
	r->files_bytes -= b->want;
	free(b);
}

void
file_blocks_drop(struct far *r, struct fnode *f)
{
	struct block *b;

	while ((b = STAILQ_FIRST(&f->blocks)) != NULL) {
		STAILQ_REMOVE_HEAD(&f->blocks, link);
		if (b->done)
			block_free(r, f, b);
		else
			b->dead = true;	/* its answer frees it */
	}
}

void
file_free(struct fnode *f)
{
	free(f->path);
	free(f);
}

void
file_drop(struct far *r, struct fnode *f)
{
	if (f->node.dead)
		return;
	f->node.dead = true;
	if (f->list != NULL)
		TAILQ_REMOVE(f->list, f, link);
	f->list = NULL;
	if (f->ahead)
		r->files_ahead--;
	f->ahead = false;
	file_blocks_drop(r, f);
	node_ready(r, &f->node);
}

/* It cannot be had. */
static void
file_fail(struct far *r, struct fnode *f, int status)
{
	f->node.status = status;
	f->state = FILE_DONE;
	hub_tell(r->hub);
}

static void
on_open(void *arg, const struct sftp_reply *reply)
{
	struct fnode *f = arg;
	struct far *r = f->node.r;

	f->open = reply->code == 0;
	f->handle = reply->handle;
	if (reply->code != 0)
		r->files_open--;
	else if (r->files_max < FILES_OPEN)
		r->files_max++;	/* perhaps it bears more again */
	if (answer_begin(r, &f->node)) {
		far_paid(r, 30, 0);
		/* A server that has enough open says no more than no. */
		if (reply->code == ERR_IO && r->files_open > 0 &&
		    f->tries++ < TRIES) {
			f->state = FILE_IDLE;
			r->files_max = r->files_open;
		} else if (reply->code != 0)
			file_fail(r, f, answer_status(reply->code));
		else if (f->hinted) {
			f->state = FILE_READING;
			f->limit = f->before.size;
		} else
			f->state = FILE_SIZE;
	}
	answer_end(r, &f->node);
}

/* The attributes of an open file, which is one even if that is not told. */
static void
attr_of_open(const struct sftp_reply *reply, struct attr *ap)
{
	struct sftp_attrs a = reply->attrs;
	bool told = (a.has & SFTP_HAS_MODE) != 0;

	if (!told) {
		a.has |= SFTP_HAS_MODE;
		a.mode = S_IFREG;
	}
	listing_attr_of(&a, ap);
	if (!told)
		ap->have &= ~(uint32_t)ATTR_MODE;
}

static void
on_size(void *arg, const struct sftp_reply *reply)
{
	struct fnode *f = arg;
	struct far *r = f->node.r;

	if (answer_begin(r, &f->node)) {
		far_paid(r, 40, 0);
		if (reply->code != 0)
			file_fail(r, f, answer_status(reply->code));
		else {
			attr_of_open(reply, &f->before);
			f->limit = f->before.size;
			f->state = FILE_READING;
			hub_tell(r->hub);
		}
	}
	answer_end(r, &f->node);
}

static void
on_stat(void *arg, const struct sftp_reply *reply)
{
	struct fnode *f = arg;
	struct far *r = f->node.r;

	if (answer_begin(r, &f->node)) {
		far_paid(r, 40, 0);
		if (reply->code != 0)
			file_fail(r, f, answer_status(reply->code));
		else {
			attr_of_open(reply, &f->after);
			f->fresh = true;
			f->state = FILE_DONE;
			hub_tell(r->hub);
		}
	}
	answer_end(r, &f->node);
}

static int block_ask(struct far *r, struct block *b);

/* What a read has brought; true if b is all there. */
static bool
block_take(struct fnode *f, struct block *b, const struct sftp_reply *reply)
{
	if (reply->len > 0)
		memcpy(b->data + b->got, reply->data, reply->len);
	b->got += (uint32_t)reply->len;
	if (b->got == b->want)
		return true;
	if (!reply->end && reply->len > 0)
		return false;
	/* It is shorter than it was said to be. */
	if (b->off + b->got < f->limit)
		f->limit = b->off + b->got;
	return true;
}

static void
on_read(void *arg, const struct sftp_reply *reply)
{
	struct block *b = arg;
	struct fnode *f = b->f;
	struct far *r = f->node.r;
	int rv = 1;

	if (!answer_begin(r, &f->node) || b->dead) {
		if (b->dead)
			block_free(r, f, b);
		answer_end(r, &f->node);
		return;
	}
	far_paid(r, 20, 0);
	b->done = reply->code != 0 || block_take(f, b, reply);
	if (!b->done)
		rv = block_ask(r, b);
	if (rv != 1)
		b->done = true;
	if (reply->code != 0 || rv != 1)
		file_fail(r, f, answer_status(reply->code != 0 ?
		    reply->code : ERR_IO));
	if (b->done)
		hub_tell(r->hub);
	answer_end(r, &f->node);
}

/* Ask for what is missing of a block. */
static int
block_ask(struct far *r, struct block *b)
{
	struct fnode *f = b->f;

	return node_asked(r, &f->node, sftp_read(r->x, &f->handle,
	    b->off + b->got, b->want - b->got,
	    (struct sftp_done){ on_read, b }));
}

/* How many bytes may be asked for now; 0: none. */
static size_t
read_room(struct far *r, struct fnode *f)
{
	const struct sftp_server *server = sftp_server(r->x);
	size_t want = server->read_max < READ_MAX ? server->read_max :
	    READ_MAX, may;

	if (f->limit - f->next < want)
		want = (size_t)(f->limit - f->next);
	/* The one that the walker has is never starved by others. */
	if (f->bytes > 0 && f->bytes + want > WINDOW)
		return 0;
	if ((!f->opened || f->bytes + want > WINDOW / 8) &&
	    r->files_bytes + want > FILES_BYTES)
		return 0;
	may = throttle_room(&r->throttle, clock_mono_ns());
	if (may == SIZE_MAX)
		return want;
	if (r->owed > 0 || may == 0) {
		r->held = true;
		return 0;
	}
	return want < may ? want : may;
}

/* Ask for more of the file. */
static int
file_read(struct far *r, struct fnode *f)
{
	struct block *b;
	size_t want;
	int rv;

	while (f->next < f->limit) {
		if (!sftp_ready(r->x, 0)) {
				node_ready(r, &f->node);
			return 0;
		}
		if ((want = read_room(r, f)) == 0) {
			/* The walker, or time, makes room. */
			if (r->held || f->bytes == 0)
				node_ready(r, &f->node);
			return 0;
		}
		if ((b = malloc(sizeof(*b) + want)) == NULL)
			return ERR_NOMEM;
		*b = (struct block){ .f = f, .off = f->next,
		    .want = (uint32_t)want };
		if ((rv = block_ask(r, b)) != 1) {
			free(b);
			if (rv == 0)
				node_ready(r, &f->node);
			return rv;
		}
		throttle_took(&r->throttle, want);
		r->in += want;
		f->next += want;
		f->bytes += want;
		r->files_bytes += want;
		STAILQ_INSERT_TAIL(&f->blocks, b, link);
	}
	return 0;
}

static int
file_ask(struct far *r, struct fnode *f,
    void (*fn)(void *arg, const struct sftp_reply *reply))
{
	const struct sftp_done done = { fn, f };
	int rv;

	far_paid(r, 0, fn == on_open ? strlen(f->path) + 20 : 20);
	rv = node_asked(r, &f->node, fn == on_open ?
	    sftp_open(r->x, f->path, SFTP_OPEN_READ, NULL, done) :
	    sftp_fstat(r->x, &f->handle, done));
	if (rv == 0)
		node_ready(r, &f->node);
	return rv;
}

/* Begin. */
static int
file_begin(struct far *r, struct fnode *f)
{
	int rv;

	if (r->files_open >= r->files_max && (!f->opened || f->tries > 0)) {
		node_ready(r, &f->node);
		return 0;
	}
	if ((rv = file_ask(r, f, on_open)) == 1) {
		r->files_open++;
		f->state = FILE_OPENING;
		return 0;
	}
	if (rv != ERR_TOOBIG)
		return rv;
	file_fail(r, f, rv);
	return 0;
}

static int
file_close(struct far *r, struct fnode *f)
{
	int rv;

	if (!f->open)
		return 0;
	rv = sftp_close(r->x, &f->handle, (struct sftp_done){ answer_none,
	    NULL });
	if (rv == ERR_BUSY) {
		node_ready(r, &f->node);
		return ERR_BUSY;
	}
	f->open = false;
	r->files_open--;
	far_paid(r, 20, 20);
	return rv;
}

static int
file_end(struct far *r, struct fnode *f)
{
	int rv;

	if (f->node.inflight > 0)
		return 0;
	if ((rv = file_close(r, f)) != 0)
		return rv == ERR_BUSY ? 0 : rv;
	file_free(f);
	return 0;
}

/* Tell whether the file is as its directory told: nobody will read it twice,
 * and it need not stay open. */
static bool
file_settled(const struct fnode *f)
{
	return f->node.status != 0 || (f->hinted &&
	    f->after.size == f->before.size &&
	    f->after.mtime == f->before.mtime && f->limit == f->before.size);
}

int
file_step(struct far *r, struct fnode *f)
{
	int rv = 0;

	if (f->node.dead)
		return file_end(r, f);
	if (f->state == FILE_IDLE)
		return file_begin(r, f);
	if (f->state == FILE_READING && (rv = file_read(r, f)) != 0)
		return rv < 0 ? rv : 0;
	if (f->node.inflight > 0)
		return 0;
	if (f->state == FILE_SIZE)
		rv = file_ask(r, f, on_size);
	else if (f->state == FILE_READING && f->next >= f->limit) {
		f->asked = clock_wall();
		f->state = FILE_STAT;
		rv = file_ask(r, f, on_stat);
	} else if (f->state == FILE_STAT) {
		/* The connection was full before, or it is asked anew. */
		f->asked = clock_wall();
		rv = file_ask(r, f, on_stat);
	} else if (f->state == FILE_DONE && file_settled(f))
		rv = file_close(r, f);
	return rv < 0 && rv != ERR_BUSY ? rv : 0;
}
