/*
 * fuzz_sftp.c: what an SFTP server says.
 *
 * The first byte of an input: bit 0, the versions were exchanged already; bit
 * 1, a range is read, else one request of each kind is open; the rest, how
 * many bytes come at once.
 */
#include <stdlib.h>
#include <string.h>

#include "sftp/bulk.h"
#include "sftp/internal.h"
#include "sftp/request.h"
#include "tests/fuzz/fuzz.h"

#define DATA_MAX 100
#define RANGE_LEN 300
#define AGAIN_MAX 3

struct server {
	struct fuzz_input in;
	size_t	 piece;
	struct sftp *x;
	struct sftp_handle handle;
	size_t	 asked, answered, again;
};

static int
say(void *arg, void *data, size_t len, size_t *lenp)
{
	struct server *s = arg;

	if (len > s->piece)
		len = s->piece;
	if (len > s->in.left)
		len = s->in.left;
	memcpy(data, s->in.p, len);
	s->in.p += len;
	s->in.left -= len;
	*lenp = len;	/* 0: it hangs up */
	return 0;
}

static int
hear(void *arg, const void *data, size_t len, size_t *lenp)
{
	(void)arg;
	(void)data;
	*lenp = len;
	return 0;
}

static int
no_fd(void *arg)
{
	(void)arg;
	return -1;
}

static short
no_wants(void *arg)
{
	(void)arg;
	return 0;
}

static bool
not_blocked(void *arg)
{
	(void)arg;
	return false;
}

static const struct sftp_stream stream = { say, hear, no_fd, no_wants,
    not_blocked, no_fd };

static void
check_names(const struct sftp_reply *reply)
{
	size_t i;

	for (i = 0; i < reply->nnames; i++) {
		const struct sftp_name *n = &reply->names[i];

		fuzz_check(n->len > 0 && strlen(n->name) == n->len &&
		    strchr(n->name, '/') == NULL &&
		    strcmp(n->name, ".") != 0 && strcmp(n->name, "..") != 0,
		    "a name of an entry");
	}
}

static void
answered(void *arg, const struct sftp_reply *reply)
{
	const struct sftp_done done = { answered, arg };
	struct server *s = arg;

	s->answered++;
	fuzz_check(reply->code <= 0, "a code");
	fuzz_check(strlen(reply->message) < SFTP_MESSAGE_MAX, "a message");
	fuzz_check(reply->len <= DATA_MAX, "no more than was asked for");
	fuzz_check(reply->handle.len <= SFTP_HANDLE_MAX, "a handle");
	fuzz_check(strlen(reply->path) < SFTP_PATH_MAX, "a path");
	check_names(reply);
	if (reply->nnames > 0 && !reply->end && s->again < AGAIN_MAX) {
		s->again++;
		if (sftp_readdir(s->x, &s->handle, done) == 0)
			s->asked++;
	}
}

/* One request of each kind; their ids are 0, 1025, 2050 and so on. */
static void
ask_all(struct server *s)
{
	const struct sftp_done done = { answered, s };
	int r[] = {
		sftp_open(s->x, "a", SFTP_OPEN_READ, NULL, done),
		sftp_read(s->x, &s->handle, 0, DATA_MAX, done),
		sftp_readdir(s->x, &s->handle, done),
		sftp_realpath(s->x, "a", done),
		sftp_lstat(s->x, "a", done),
		sftp_statvfs(s->x, "a", done),
		sftp_limits(s->x, done),
		sftp_remove(s->x, "a", done),
		sftp_readdir(s->x, &s->handle, done)
	};
	size_t i;

	for (i = 0; i < sizeof(r) / sizeof(r[0]); i++)
		fuzz_check(r[i] == 0, "a request is taken");
	s->asked += i;
}

/* A range, of whose bytes as many count as have come without a gap. */
static void
read_range(struct server *s)
{
	const struct sftp_range range = { .handle = &s->handle,
	    .len = RANGE_LEN, .piece = DATA_MAX };
	uint8_t *data = malloc(RANGE_LEN);
	size_t len = 0;
	int r;

	fuzz_check(data != NULL, "memory");
	s->x->server.window = 2 * DATA_MAX;
	r = sftp_read_range(s->x, &range, data, &len);
	fuzz_check(len <= RANGE_LEN, "no more than the range");
	fuzz_check(r <= 0, "a code");
	fuzz_check(sftp_open_requests(s->x) == 0, "nothing is left open");
	free(data);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct server s = { .in = { data, len } };
	uint8_t mode;

	fuzz_init();
	mode = fuzz_byte(&s.in);
	s.piece = (size_t)(mode >> 2) * 7 + 1;
	fuzz_check(sftp_new(&stream, &s, 1000, &s.x) == 0, "a session");
	s.x->greeted = (mode & 1) != 0;
	s.x->server.extensions = SFTP_EXT_STATVFS | SFTP_EXT_LIMITS;
	if ((mode & 2) != 0)
		read_range(&s);
	else {
		ask_all(&s);
		while (sftp_pump(s.x) == 0)
			continue;
		fuzz_check(sftp_open_requests(s.x) == 0 &&
		    s.asked == s.answered, "each is answered once");
	}
	fuzz_check(s.x->server.read_max >= 1024, "a limit");
	sftp_end(s.x);
	return 0;
}
