/* start.c: how a session over ssh begins. */
#include "sftp/sftp.h"

#include "base/buf.h"
#include "base/clock.h"
#include "sftp/answer.h"
#include "sftp/internal.h"
#include "ssh/ssh.h"

#define RTT_FAR_MS 20
#define WINDOW_NEAR (2u << 20)
#define WINDOW_FAR (4u << 20)

static int
stream_read(void *arg, void *data, size_t len, size_t *lenp)
{
	return ssh_read(arg, data, len, lenp);
}

static int
stream_write(void *arg, const void *data, size_t len, size_t *lenp)
{
	return ssh_write(arg, data, len, lenp);
}

static int
stream_poll_fd(void *arg)
{
	return ssh_poll_fd(arg);
}

static short
stream_wants(void *arg)
{
	return ssh_wants(arg);
}

static bool
stream_blocked(void *arg)
{
	return ssh_blocked(arg);
}

static int
stream_keepalive(void *arg)
{
	return ssh_keepalive(arg);
}

static const struct sftp_stream ssh_stream = {
	.read = stream_read,
	.write = stream_write,
	.poll_fd = stream_poll_fd,
	.wants = stream_wants,
	.blocked = stream_blocked,
	.keepalive = stream_keepalive
};

/* Say which version we speak, and hear the other's. */
static int
greet(struct sftp *x)
{
	int r;

	if ((r = buf_put_u32(x->out, 5)) != 0 ||
	    (r = buf_put_u8(x->out, FXP_INIT)) != 0 ||
	    (r = buf_put_u32(x->out, SFTP_VERSION)) != 0)
		return r;
	return sftp_wait(x, &x->greeted);
}

/* How long an answer takes that costs the server nothing. */
static int
measure(struct sftp *x)
{
	int64_t began = clock_mono_ms();
	struct sftp_answer a;
	int r;

	r = sftp_answer_wait(x, sftp_realpath(x, ".", sftp_answer(&a)), &a);
	if (sftp_failed(x) != 0)
		return r;
	x->server.rtt_ms = (uint32_t)(clock_mono_ms() - began);
	x->server.window = x->server.rtt_ms < RTT_FAR_MS ? WINDOW_NEAR :
	    WINDOW_FAR;
	return 0;
}

int
sftp_hello(struct sftp *x)
{
	struct sftp_answer a;
	int r;

	if ((r = greet(x)) != 0 || (r = measure(x)) != 0)
		return r;
	if ((x->server.extensions & SFTP_EXT_LIMITS) == 0)
		return 0;
	r = sftp_answer_wait(x, sftp_limits(x, sftp_answer(&a)), &a);
	/* A server that then says no has the limits of the draft. */
	return sftp_failed(x) != 0 ? r : 0;
}

int
sftp_start(struct ssh_session *s, uint32_t silence_ms, struct sftp **xp)
{
	struct sftp *x = NULL;
	int r;

	if ((r = sftp_new(&ssh_stream, s, silence_ms, &x)) != 0 ||
	    (r = sftp_hello(x)) != 0)
		goto out;
	*xp = x;
	x = NULL;	/* now the caller's */
 out:
	sftp_end(x);
	return r;
}
