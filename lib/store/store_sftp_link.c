/* store_sftp_link.c: a connection that is lost, and the next one. */
#include "config.h"

#include <sys/random.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "ssh/ssh.h"
#include "store/pace.h"
#include "store/sftp.h"

#define CONNECT_S 20
#define TRIES_MAX 8		/* in a row without anything going on */
#define PIECE_SMALL 16384u
#define PAUSE_MS 100		/* before the second, doubled after each */
#define DOUBLED_MAX 6		/* and in all operations after the last */

void
store_sftp_path(const struct store_sftp *d, const char *name,
    char path[SFTP_PATH_MAX])
{
	if (name[0] == '\0')
		(void)snprintf(path, SFTP_PATH_MAX, "%s",
		    d->url.root[0] != '\0' ? d->url.root : "/");
	else
		(void)snprintf(path, SFTP_PATH_MAX, "%s/%s", d->url.root,
		    name);
}

static void
ignore(void *arg, const struct sftp_reply *reply)
{
	(void)arg;
	(void)reply;
}

struct sftp_done
store_sftp_ignore(void)
{
	return (struct sftp_done){ .fn = ignore };
}

static size_t
allow(void *arg, size_t len)
{
	return store_pace(arg, len);
}

struct sftp_range
store_sftp_range(const struct store_sftp *d, const struct sftp_handle *h,
    uint64_t off, size_t len)
{
	struct sftp_range range = { .handle = h, .off = off, .len = len };

	if (d->tries > 0)
		range.piece = PIECE_SMALL;
	if (d->access->pace != NULL) {
		range.allow = allow;
		range.arg = d->access->pace;
	}
	return range;
}

void
store_sftp_disconnect(struct store_sftp *d)
{
	sftp_end(d->x);
	d->x = NULL;
	ssh_close(d->ssh);
	d->ssh = NULL;
	memset(d->files, 0, sizeof(d->files));
}

/* Wait before the next try: twice as long each time, and not all at once. */
static void
pause_before(unsigned int tries)
{
	uint32_t ms, jitter = 0;
	struct timespec t;

	ms = (uint32_t)PAUSE_MS << (tries < DOUBLED_MAX ? tries : DOUBLED_MAX);
	if (getrandom(&jitter, sizeof(jitter), 0) == (ssize_t)sizeof(jitter))
		ms += jitter % ms;
	t.tv_sec = (time_t)(ms / 1000);
	t.tv_nsec = (long)(ms % 1000) * 1000000;
	while (nanosleep(&t, &t) == -1 && errno == EINTR)
		;
}

/* *inp: the server has let us in. */
static int
connect_once(struct store_sftp *d, bool *inp)
{
	const struct ssh_params p = { .address = d->url.host,
	    .port = d->url.port, .user = d->url.user,
	    .identity_file = d->access->identity,
	    .host_key = d->access->host_key, .transport = SSH_LIBSSH2,
	    .resolver = SSH_RESOLVER_THREAD,
	    .connect_timeout_s = CONNECT_S };
	struct ssh_failure failure;
	int r;

	store_sftp_disconnect(d);
	*inp = false;
	if ((r = ssh_open(&p, &d->ssh, &failure)) == 0)
		*inp = true;
	if (r != 0 ||
	    (r = ssh_subsystem(d->ssh, "sftp", &failure)) != 0) {
		log_error("store %s: %s: %s", d->name, failure.reason,
		    failure.remedy);
		goto out;
	}
	if ((r = sftp_start(d->ssh, SFTP_SILENCE_MS, &d->x)) != 0)
		log_err(r, "store %s: SFTP does not start", d->name);
 out:
	if (r != 0)
		store_sftp_disconnect(d);
	return r;
}

int
store_sftp_connect(struct store_sftp *d)
{
	bool in;
	int r = connect_once(d, &in);

	/* What is cut right after the login is worth another one. */
	if (r == ERR_CLOSED && in) {
		pause_before(0);
		r = connect_once(d, &in);
	}
	return r;
}

/* Tell whether another connection may do what this one could not. */
static bool
worth_a_try(int code)
{
	return code == ERR_CLOSED || code == ERR_TIMEOUT || code == ERR_BUSY;
}

/*
 * Have a connection; how often that is tried is bounded by d->tries.  There
 * was one before: why there is none now is told, but says nothing of an
 * object, so that none is taken for damaged or unreadable.
 */
static int
link_up(struct store_sftp *d)
{
	int r = 0;

	while (d->x == NULL) {
		if (d->tries > 0)
			pause_before(d->tries - 1);
		r = store_sftp_connect(d);
		if (r == 0 || !worth_a_try(r) || ++d->tries >= TRIES_MAX)
			break;
	}
	return r == 0 || r == ERR_NOMEM || worth_a_try(r) ? r : ERR_CLOSED;
}

int
store_sftp_do(struct store_sftp *d, int (*op)(struct store_sftp *d,
    void *job), void *job)
{
	int r, lost;

	do {
		if ((r = link_up(d)) != 0)
			return r;
		r = op(d, job);
		if ((lost = sftp_failed(d->x)) == 0) {
			d->tries = 0;
			return r;
		}
		log_warn("store %s: connection lost: %s", d->name,
		    err_text(lost));
		store_sftp_disconnect(d);
	} while (r != 0 && ++d->tries < TRIES_MAX);
	return r;
}

int
store_sftp_error(struct store_sftp *d, const struct sftp_answer *a,
    int code, const char *what, const char *name)
{
	if (sftp_failed(d->x) != 0)
		return code;
	if (a->message[0] != '\0')
		log_err(code, "store %s: %s %s: the server says \"%s\"",
		    d->name, what, name, a->message);
	else
		log_err(code, "store %s: %s %s", d->name, what, name);
	return code;
}

int
store_sftp_full(struct store_sftp *d, const struct sftp_answer *a, int code,
    size_t len)
{
	struct sftp_answer b;
	char path[SFTP_PATH_MAX];

	if (code != ERR_IO || sftp_failed(d->x) != 0)
		return code;
	/* Version 3 has no word for it; some servers tell it in English. */
	if (strcasestr(a->message, "no space") != NULL ||
	    strcasestr(a->message, "quota") != NULL)
		return ERR_NOSPACE;
	store_sftp_path(d, "", path);
	if (sftp_answer_wait(d->x, sftp_statvfs(d->x, path, sftp_answer(&b)),
	    &b) == 0 && b.space.free < len)
		return ERR_NOSPACE;
	return code;
}
