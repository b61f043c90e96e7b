/* remote_serve.c: the process that speaks to a remote target. */
#include "config.h"

#include <sys/prctl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "store/internal.h"
#include "store/pace.h"
#include "store/remote.h"

struct serve {
	remote_opener *open;
	struct store *s;
	struct remote_opened opened;	/* what s borrows from */
	struct buf *data;		/* of the request, then of its answer */
	char	 name[STORE_NAME_MAX];
};

/* All that is logged here goes to the one who asked. */
static void
tell(enum log_level level, const char *line, void *arg)
{
	const struct remote_head h = { .kind = REMOTE_LOG,
	    .code = (int32_t)level, .data_len = (uint32_t)strlen(line) };

	(void)arg;
	if (remote_send(REMOTE_FD, &h, NULL, line) != 0)
		_exit(1);
}

/* What a URL names, from inside the sandbox. */
static int
open_kind(const char *url, const struct store_access *a, struct store **sp)
{
	bool s3 = !store_has_prefix(url, "sftp://");
	int r;

	if (s3 && (r = store_s3_prepare(url)) != 0)
		return r;
	/* From here on the other side's bytes are read. */
	if ((r = sandbox_enter(SANDBOX_REMOTE)) != 0)
		return r;
	return s3 ? store_s3_open(url, a, sp) : store_sftp_open(url, a, sp);
}

static int
serve_open(struct serve *v)
{
	int r;

	if (v->s != NULL)
		return ERR_CONFIG;
	if ((r = remote_access_decode(v->data, &v->opened)) != 0)
		return r;
	/* Its file is written to, which no one may later. */
	if ((r = store_pace_new(&v->opened.access,
	    &v->opened.access.pace)) != 0)
		return r;
	return v->open(v->opened.url, &v->opened.access, &v->s);
}

/* Append one object to a part of a list, which is sent when it is full. */
static int
list_one(struct serve *v, const char *name, uint64_t size)
{
	const struct remote_head h = { .kind = REMOTE_PART };
	struct remote_head part = h;
	size_t len = strlen(name);
	int r;

	if (buf_len(v->data) + len + sizeof(size) + sizeof(uint16_t) >
	    REMOTE_PART_LEN) {
		part.data_len = (uint32_t)buf_len(v->data);
		r = remote_send(REMOTE_FD, &part, NULL, buf_ptr(v->data));
		if (r != 0)
			return r;
		buf_reset(v->data);
	}
	if ((r = buf_put_u16(v->data, (uint16_t)len)) != 0 ||
	    (r = buf_put(v->data, name, len)) != 0)
		return r;
	return buf_put_u64(v->data, size);
}

static int
serve_list(struct serve *v)
{
	struct store_list *l = NULL;
	const char *name;
	uint64_t size;
	int r;

	if ((r = store_list_new(v->s, v->name, &l)) != 0)
		return r;
	while ((r = store_list_next(l, &name, &size)) == 1)
		if ((r = list_one(v, name, size)) != 0)
			break;
	store_list_free(l);
	return r;
}

/* Do what h asks; what it answers besides a code is left in h and v->data. */
static int
serve_one(struct serve *v, struct remote_head *h)
{
	struct store_promises promises;
	struct store_room room;
	int r;

	if (h->kind == REMOTE_OPEN)
		return serve_open(v);
	if (v->s == NULL)
		return ERR_CONFIG;
	switch (h->kind) {
	case REMOTE_PUT:
		r = store_put(v->s, v->name, buf_ptr(v->data),
		    buf_len(v->data));
		break;
	case REMOTE_PUT_EXCLUSIVE:
		r = store_put_exclusive(v->s, v->name, buf_ptr(v->data),
		    buf_len(v->data));
		break;
	case REMOTE_GET:
		if (h->len > REMOTE_DATA_MAX)
			return ERR_TOOBIG;
		return store_get(v->s, v->name, h->off, (size_t)h->len,
		    v->data);
	case REMOTE_GET_ALL:
		return store_get_all(v->s, v->name, h->len > REMOTE_DATA_MAX ?
		    REMOTE_DATA_MAX : (size_t)h->len, v->data);
	case REMOTE_SIZE:
		return store_size(v->s, v->name, &h->off);
	case REMOTE_REMOVE:
		return store_delete(v->s, v->name);
	case REMOTE_LIST:
		return serve_list(v);
	case REMOTE_ROOM:
		if ((r = store_room(v->s, &room)) != 0)
			return r;
		return buf_put(v->data, &room, sizeof(room));
	case REMOTE_PROMISES:
		if ((r = store_promises(v->s, &promises)) != 0)
			return r;
		return buf_put(v->data, &promises, sizeof(promises));
	default:
		return ERR_CONFIG;
	}
	buf_reset(v->data);
	return r;
}

/* Receive name and data of a request. */
static int
receive_rest(struct serve *v, const struct remote_head *h)
{
	uint8_t *p;
	int r;

	if (h->name_len >= sizeof(v->name) || h->data_len > REMOTE_DATA_MAX)
		return ERR_FORMAT;
	if ((r = remote_receive(REMOTE_FD, v->name, h->name_len)) != 0)
		return r;
	v->name[h->name_len] = '\0';
	buf_reset(v->data);
	if ((r = buf_reserve(v->data, h->data_len, &p)) != 0)
		return r;
	return remote_receive(REMOTE_FD, p, h->data_len);
}

/* Until the other side closes, or is gone. */
static int
serve(struct serve *v)
{
	struct remote_head h, done;
	int r;

	for (;;) {
		if (remote_receive(REMOTE_FD, &h, sizeof(h)) != 0)
			return 0;
		if ((r = receive_rest(v, &h)) != 0)
			return r;
		r = serve_one(v, &h);
		if (r != 0)
			buf_reset(v->data);
		done = (struct remote_head){ .kind = REMOTE_DONE, .code = r,
		    .off = h.off, .data_len = (uint32_t)buf_len(v->data) };
		if ((r = remote_send(REMOTE_FD, &done, NULL,
		    buf_ptr(v->data))) != 0)
			return r;
	}
}

int
remote_serve(remote_opener *opener)
{
	struct serve v = { .open = opener };
	int r;

	signal(SIGPIPE, SIG_IGN);
	/* A terminal's interrupt is for the one who asks: it closes. */
	signal(SIGINT, SIG_IGN);
	/* Started through /proc, it would be known as "exe". */
	(void)prctl(PR_SET_NAME, REMOTE_NAME);
	log_open("kho", LOG_DEBUG);
	log_sink(tell, NULL);
	if ((r = sandbox_harden()) == 0 &&
	    (r = buf_new(REMOTE_DATA_MAX, &v.data)) == 0)
		r = serve(&v);
	store_close(v.s);
	remote_access_free(&v.opened);
	buf_free(v.data);
	return r;
}

bool
remote_is_server(int argc, char *const argv[])
{
	return argc == 1 && strcmp(argv[0], REMOTE_NAME) == 0;
}

void
store_remote_main(int argc, char *const argv[])
{
	if (remote_is_server(argc, argv))
		exit(remote_serve(open_kind) == 0 ? 0 : 1);
}
