/* server.c: the control socket, never waited for. */
#define _GNU_SOURCE
#include "backupd/server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backupd/loop.h"
#include "base/buf.h"
#include "base/fdio.h"
#include "base/log.h"
#include "cli/exit.h"

#define OUT_MAX (16u << 20)	/* bytes kept for a client */
#define OUT_LARGE (1u << 20)	/* its memory is given back at once */
#define OUT_FULL (64u << 10)	/* from here on no progress */
#define READ_BYTES 4096
#define ASK_MS 10000		/* until the request is there */
#define READ_MS 60000		/* until some of an answer is read */
#define WATCHES_MAX 100000
#define BACKLOG 16

struct server_client {
	struct server *server;
	int	 fd;
	uid_t	 uid;
	enum access_role role;
	struct loop_watch *readable, *writable, *timer;
	struct buf *in, *out;
	bool	 asked;		/* the request has come */
	bool	 done;		/* the last record is in out */
	bool	 large;		/* much of an answer has waited in out */
	bool	 dead;		/* to be freed when nobody uses it */
	int	 busy;		/* functions that use it */
	uint64_t *watches;
	size_t	 nwatches, watches_room;
	enum cli_exit worst;	/* of what it watched */
	struct server_client *next;
};

struct server {
	struct loop *loop;
	struct server_calls calls;
	const struct access *access;
	char	*path;
	int	 fd;
	struct loop_watch *acceptable;
	struct server_client *clients;
	size_t	 n;
};

static void
client_free(struct server_client *c)
{
	struct server_client **at;
	bool large = c->large;

	for (at = &c->server->clients; *at != NULL; at = &(*at)->next)
		if (*at == c) {
			*at = c->next;
			c->server->n--;
			break;
		}
	loop_watch_free(c->readable);
	loop_watch_free(c->writable);
	loop_watch_free(c->timer);
	fdio_close(&c->fd);
	buf_free(c->in);
	buf_free(c->out);
	free(c->watches);
	free(c);
	if (large)
		(void)malloc_trim(0);
}

/* Free it, if it is to be freed and nobody uses it. */
static void
client_settle(struct server_client *c)
{
	if (c->dead && c->busy == 0)
		client_free(c);
}

/* Write what the socket takes. */
static void
client_flush(struct server_client *c)
{
	size_t before = buf_len(c->out);
	ssize_t n;

	while (!c->dead && buf_len(c->out) > 0) {
		n = send(c->fd, buf_ptr(c->out), buf_len(c->out),
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n == -1 || buf_skip(c->out, (size_t)n) != 0)
			c->dead = true;
	}
	if (c->dead)
		return;
	if (buf_len(c->out) == 0) {
		loop_off(c->writable);
		loop_off(c->timer);
		/* Nothing else is to come: it is the client's to close. */
		if (c->done && (shutdown(c->fd, SHUT_WR) == -1 ||
		    loop_after(c->timer, ASK_MS) != 0))
			c->dead = true;
		return;
	}
	if (loop_on(c->writable) != 0 ||
	    (buf_len(c->out) != before &&
	    loop_after(c->timer, READ_MS) != 0))
		c->dead = true;
}

static void
on_writable(void *arg)
{
	struct server_client *c = arg;

	client_flush(c);
	client_settle(c);
}

/* Nothing came, or nothing was read, for too long. */
static void
on_timer(void *arg)
{
	struct server_client *c = arg;

	if (!c->done || buf_len(c->out) > 0)
		log_info("control: a client of user %lu is too slow, cut off",
		    (unsigned long)c->uid);
	c->dead = true;
	client_settle(c);
}

void
server_send(struct server_client *client, const struct control *c)
{
	bool first = buf_len(client->out) == 0;

	if (client->dead || client->done ||
	    (c->type == CONTROL_PROGRESS && buf_len(client->out) > OUT_FULL))
		return;
	if (control_encode(c, client->out) != 0) {
		log_warn("control: a client of user %lu does not read, cut"
		    " off", (unsigned long)client->uid);
		client->dead = true;
		(void)!loop_after(client->timer, 0);
		return;
	}
	if (buf_len(client->out) > OUT_LARGE)
		client->large = true;
	if (c->type == CONTROL_DONE)
		client->done = true;
	/* The socket is written to from the loop: many records at once. */
	if (first && (loop_on(client->writable) != 0 ||
	    loop_after(client->timer, READ_MS) != 0))
		client->dead = true;
}

void
server_done(struct server_client *client, int code, const char *text,
    const char *remedy)
{
	struct control c = { .type = CONTROL_DONE };

	c.u.done.code = (uint64_t)code;
	c.u.done.text = text;
	c.u.done.remedy = remedy;
	server_send(client, &c);
}

enum access_role
server_role(const struct server_client *client)
{
	return client->role;
}

uid_t
server_uid(const struct server_client *client)
{
	return client->uid;
}

/* What has come so far: a request, a part of one, or nonsense. */
static void
client_take(struct server_client *c)
{
	struct control request;
	int r;

	r = control_decode(c->in, CONTROL_REQUEST_MAX, &request);
	if (r == 0)
		return;
	c->asked = true;
	loop_off(c->timer);
	if (r == ERR_VERSION)
		server_done(c, CLI_EXIT_FAILED, "backupd and backupctl are of"
		    " different versions", "restart backupd");
	else if (r < 0)
		server_done(c, CLI_EXIT_FAILED, "backupd does not understand"
		    " the request", "");
	if (r != 1)
		return;
	c->server->calls.request(c->server->calls.arg, c, &request);
	control_clear(&request);
}

static void
on_client(void *arg)
{
	struct server_client *c = arg;
	size_t n = 0;
	uint8_t *p;
	int r;

	c->busy++;
	if (c->asked) {
		/* Nothing more may come: it has gone, or is out of its mind. */
		uint8_t byte;

		if ((r = fdio_read(c->fd, &byte, 1, &n)) != ERR_BUSY)
			c->dead = true;
	} else if ((r = buf_reserve(c->in, READ_BYTES, &p)) != 0)
		c->dead = true;
	else {
		r = fdio_read(c->fd, p, READ_BYTES, &n);
		buf_trim(c->in, READ_BYTES - n);
		if (r == 0 && n > 0)
			client_take(c);
		else if (r != ERR_BUSY)
			c->dead = true;
	}
	c->busy--;
	client_settle(c);
}

/* Tell whether there is room for one more client of that user. */
static bool
has_room(const struct server *s, uid_t uid, enum access_role role)
{
	const struct server_client *c;
	size_t n = 0;

	if (s->n >= SERVER_CLIENTS_MAX)
		return false;
	if (role == ACCESS_ADMIN)
		return true;
	for (c = s->clients; c != NULL; c = c->next)
		if (c->uid == uid)
			n++;
	return n < SERVER_CLIENTS_MAX / 4;
}

/* Takes fd. */
static int
client_new(struct server *s, int fd, uid_t uid, enum access_role role)
{
	struct loop_call readable = { on_client, NULL };
	struct loop_call writable = { on_writable, NULL };
	struct loop_call timer = { on_timer, NULL };
	struct server_client *c;
	int r;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		fdio_close(&fd);
		return ERR_NOMEM;
	}
	readable.arg = writable.arg = timer.arg = c;
	c->server = s;
	c->fd = fd;
	c->uid = uid;
	c->role = role;
	if ((r = buf_new(CONTROL_REQUEST_MAX + CONTROL_HEAD + READ_BYTES,
	    &c->in)) != 0 || (r = buf_new(OUT_MAX, &c->out)) != 0 ||
	    (r = loop_timer(s->loop, &timer, &c->timer)) != 0 ||
	    (r = loop_fd(s->loop, fd, LOOP_WRITE, &writable,
	    &c->writable)) != 0 ||
	    (r = loop_fd(s->loop, fd, LOOP_READ, &readable,
	    &c->readable)) != 0 || (r = loop_after(c->timer, ASK_MS)) != 0) {
		client_free(c);
		return r;
	}
	c->next = s->clients;
	s->clients = c;
	s->n++;
	return 0;
}

static void
on_accept(void *arg)
{
	struct server *s = arg;
	enum access_role role;
	uid_t uid;
	int fd, r;

	fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd == -1)
		return;
	if ((r = access_peer(s->access, fd, &role, &uid)) != 0 ||
	    !has_room(s, uid, role)) {
		fdio_close(&fd);
		return;
	}
	if ((r = client_new(s, fd, uid, role)) != 0)
		log_err(r, "control: cannot serve a client");
}

/* Bind and listen; what an earlier daemon left there is removed. */
static int
listen_at(struct server *s)
{
	struct sockaddr_un a;
	int r;

	if ((r = control_address(s->path, &a)) != 0) {
		log_err(r, "control socket %s: the path is too long", s->path);
		return r;
	}
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (s->fd == -1 ||
	    (unlink(s->path) == -1 && errno != ENOENT) ||
	    bind(s->fd, (struct sockaddr *)&a, sizeof(a)) == -1 ||
	    chmod(s->path, 0666) == -1 || listen(s->fd, BACKLOG) == -1) {
		r = err_from_errno(errno);
		log_errno(errno, "control socket %s", s->path);
		return r;
	}
	return 0;
}

int
server_new(struct loop *l, const char *path,
    const struct server_calls *calls, struct server **sp)
{
	static const struct access nobody = { NULL, 0 };
	struct loop_call acceptable = { on_accept, NULL };
	struct server *s;
	int r;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return ERR_NOMEM;
	s->loop = l;
	s->calls = *calls;
	s->fd = -1;
	s->access = &nobody;
	acceptable.arg = s;
	if ((s->path = strdup(path)) == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	if ((r = listen_at(s)) != 0 ||
	    (r = loop_fd(l, s->fd, LOOP_READ, &acceptable,
	    &s->acceptable)) != 0)
		goto out;
	*sp = s;
	s = NULL;	/* the caller's now */
 out:
	server_free(s);
	return r;
}

void
server_access(struct server *s, const struct access *a)
{
	s->access = a;
}

void
server_free(struct server *s)
{
	struct server_client *c;

	if (s == NULL)
		return;
	while ((c = s->clients) != NULL) {
		client_flush(c);
		client_free(c);
	}
	loop_watch_free(s->acceptable);
	if (s->fd != -1)
		(void)unlink(s->path);
	fdio_close(&s->fd);
	free(s->path);
	free(s);
}

void
server_watch(struct server_client *client, uint64_t job)
{
	uint64_t *v;
	size_t i, room;

	for (i = 0; i < client->nwatches; i++)
		if (client->watches[i] == job)
			return;
	if (client->nwatches == client->watches_room) {
		room = client->watches_room * 2 + 8;
		if (room > WATCHES_MAX ||
		    (v = realloc(client->watches, room * sizeof(*v))) == NULL) {
			server_done(client, CLI_EXIT_FAILED, "too many jobs"
			    " to watch", "use --detach");
			return;
		}
		client->watches = v;
		client->watches_room = room;
	}
	client->watches[client->nwatches++] = job;
}

/* Its watch of a job has ended; so may its command. */
static void
watch_end(struct server_client *c, size_t i, enum cli_exit code)
{
	c->worst = cli_exit_worst(c->worst, code);
	c->watches[i] = c->watches[--c->nwatches];
	if (c->nwatches == 0)
		server_done(c, (int)c->worst, "", "");
}

void
server_publish(struct server *s, uint64_t job, const struct control *c)
{
	struct server_client *client;
	size_t i;

	for (client = s->clients; client != NULL; client = client->next)
		for (i = 0; i < client->nwatches; i++) {
			if (client->watches[i] != job)
				continue;
			server_send(client, c);
			if (c->type == CONTROL_END)
				watch_end(client, i,
				    (enum cli_exit)c->u.end.code);
			break;
		}
}

size_t
server_clients(const struct server *s)
{
	return s->n;
}
