/* ssh_lib2.c: the transport by libssh2. */
#include "ssh/ssh.h"

#include <libssh2.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "ssh/connect.h"
#include "ssh/identity.h"
#include "ssh/internal.h"
#include "ssh/kexinit.h"
#include "ssh/lib2_setup.h"
#include "ssh/lib2_sock.h"

#define CLOSE_MS 5000
#define ASK_AFTER_MS 15000	/* of silence */

#define PACKET_MAX 32768	/* as libssh2's own default */
#define READ_LEN 65536		/* of every read: see lib2_take */
#define WINDOW_MIN (128u << 10)
#define WINDOW_LAN (2u << 20)
#define WINDOW_NEAR (8u << 20)
#define WINDOW_FAR (16u << 20)
#define RTT_LAN_MS 5
#define RTT_NEAR_MS 50

struct lib2 {
	struct ssh_session base;	/* first: a lib2 is an ssh_session */
	struct lib2_sock sock;
	LIBSSH2_SESSION *session;
	LIBSSH2_CHANNEL *channel;
	struct buf *identity;
	const struct ssh_command *command; /* borrowed during start */
	unsigned int window;
	bool	 blocked;		/* the host's window is full */
	int64_t	 asked_ms;		/* when an answer was last asked for */
	uint8_t	 in[READ_LEN];		/* output not yet asked for */
	size_t	 inlen, inoff;
};

static const struct ssh_ops lib2_ops;
static pthread_once_t init_once = PTHREAD_ONCE_INIT;
static int init_result;

static struct lib2 *
lib2(struct ssh_session *s)
{
	return (struct lib2 *)s;
}

static const struct lib2 *
lib2_const(const struct ssh_session *s)
{
	return (const struct lib2 *)s;
}

static void
init(void)
{
	init_result = libssh2_init(0);
}

/* The meaning of a libssh2 error. */
static int
code_of(ssize_t e)
{
	switch (e) {
	case LIBSSH2_ERROR_EAGAIN:
		return ERR_BUSY;
	case LIBSSH2_ERROR_ALLOC:
		return ERR_NOMEM;
	case LIBSSH2_ERROR_TIMEOUT:
		return ERR_TIMEOUT;
	case LIBSSH2_ERROR_INVALID_MAC:
	case LIBSSH2_ERROR_DECRYPT:
	case LIBSSH2_ERROR_HOSTKEY_INIT:
	case LIBSSH2_ERROR_HOSTKEY_SIGN:
		return ERR_CORRUPT;
	case LIBSSH2_ERROR_PROTO:
	case LIBSSH2_ERROR_OUT_OF_BOUNDARY:
		return ERR_FORMAT;
	default:
		return ERR_CLOSED;
	}
}

int
ssh_lib2_has_rsa(void)
{
	/* Signatures by rsa-sha2 came with 1.11; sshd takes no others. */
	return libssh2_version(0x010b00) != NULL;
}

int
ssh_lib2_new(struct ssh_session **sp)
{
	struct lib2 *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return ERR_NOMEM;
	if (lib2_sock_init(&t->sock) != 0) {
		free(t);
		return ERR_NOMEM;
	}
	t->base.ops = &lib2_ops;
	*sp = &t->base;
	return 0;
}

/* Repeat step until it has an answer, at most until the deadline. */
static int
run(struct lib2 *t, int (*step)(struct lib2 *t))
{
	int64_t deadline = t->sock.deadline_ms;
	short events;
	int e;

	while ((e = step(t)) == LIBSSH2_ERROR_EAGAIN) {
		events = lib2_sock_queued(&t->sock) ? POLLIN | POLLOUT : POLLIN;
		if (ssh_wait(t->sock.fd, events, deadline) != 0)
			break;
		if (lib2_sock_flush(&t->sock) != 0)
			return LIBSSH2_ERROR_SOCKET_SEND;
	}
	if (e != 0 && clock_mono_ms() >= deadline)
		return LIBSSH2_ERROR_TIMEOUT;
	return e;
}

static void
set_deadline(struct lib2 *t)
{
	t->sock.deadline_ms = clock_mono_ms() +
	    (int64_t)t->base.connect_timeout_s * 1000;
}

static int
step_handshake(struct lib2 *t)
{
	return libssh2_session_handshake(t->session, t->sock.fd);
}

static int
step_auth(struct lib2 *t)
{
	return libssh2_userauth_publickey_frommemory(t->session,
	    t->base.user, strlen(t->base.user), NULL, 0,
	    (const char *)buf_ptr(t->identity), buf_len(t->identity), NULL);
}

/*
 * libssh2 tops the window up to this size whenever a quarter of it has been
 * read.  More than the round trip needs would only make sshd buffer more; where
 * little is read in a second, the whole window would come ahead of its time.
 */
static unsigned int
window_for(int64_t rtt_ms, uint64_t rate)
{
	unsigned int w = rtt_ms < RTT_LAN_MS ? WINDOW_LAN :
	    rtt_ms <= RTT_NEAR_MS ? WINDOW_NEAR : WINDOW_FAR;

	if (rate == 0 || rate / 2 >= w)
		return w;
	return rate / 2 < WINDOW_MIN ? WINDOW_MIN : (unsigned int)(rate / 2);
}

static int
step_channel(struct lib2 *t)
{
	static const char type[] = "session";

	t->channel = libssh2_channel_open_ex(t->session, type,
	    sizeof(type) - 1, t->window, PACKET_MAX, NULL, 0);
	return t->channel != NULL ? 0 : libssh2_session_last_errno(t->session);
}

static int
step_start(struct lib2 *t)
{
	const char *request = t->command->subsystem ? "subsystem" : "exec";

	return libssh2_channel_process_startup(t->channel, request,
	    (unsigned int)strlen(request), t->command->text,
	    (unsigned int)strlen(t->command->text));
}

/* Tell whether name stands in the comma-separated list. */
static bool
list_has(const char *list, const char *name)
{
	size_t len;

	for (; *list != '\0'; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		if (len == strlen(name) && memcmp(list, name, len) == 0)
			return true;
	}
	return false;
}

static int
handshake(struct lib2 *t, struct ssh_failure *failp)
{
	char offered[256];
	int e, r;

	if ((e = ssh_lib2_prefer(t->session, t->base.host_key.type)) != 0)
		return ssh_fail(failp, ERR_CONFIG, "install libssh2 1.10 or"
		    " later, built with OpenSSL", "libssh2: cannot do what is"
		    " needed with a %s key", t->base.host_key.type);
	if ((e = run(t, step_handshake)) == 0) {
		/* It ends in a question that the host answers at once. */
		t->window = window_for(t->sock.rtt_ms, t->base.rate);
		return 0;
	}
	r = code_of(e);
	if (e != LIBSSH2_ERROR_KEX_FAILURE &&
	    e != LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE)
		return ssh_fail_reach(&t->base, r, "handshake", failp);
	if (ssh_kexinit_hostkeys(t->sock.first, t->sock.firstlen, offered,
	    sizeof(offered)) != 0)
		return ssh_fail_reach(&t->base, r, "key exchange", failp);
	if (!list_has(offered, t->base.host_key.type))
		return ssh_fail_keytype(&t->base, offered, failp);
	return ssh_fail(failp, t->sock.lost ? ERR_CLOSED : ERR_CONFIG,
	    "let sshd_config on the host allow KexAlgorithms"
	    " curve25519-sha256, Ciphers aes128-ctr and MACs hmac-sha2-256",
	    "%s port %u: no key exchange, cipher or MAC in common",
	    t->base.address, t->base.port);
}

/* Compare the whole key that signed the handshake with the pinned one. */
static int
check_host(struct lib2 *t, struct ssh_failure *failp)
{
	const struct ssh_key *pinned = &t->base.host_key;
	char offered[SSH_KEY_FINGERPRINT_MAX] = "";
	const uint8_t *key;
	uint8_t differ = 0;
	size_t i, len = 0;
	int type;

	key = (const uint8_t *)libssh2_session_hostkey(t->session, &len,
	    &type);
	if (key != NULL && len == pinned->len) {
		for (i = 0; i < len; i++)
			differ |= key[i] ^ pinned->blob[i];
		if (differ == 0)
			return 0;
	}
	if (key == NULL || ssh_key_fingerprint(key, len, offered) != 0)
		offered[0] = '\0';
	return ssh_fail_identity(&t->base, offered, failp);
}

static int
authenticate(struct lib2 *t, struct ssh_failure *failp)
{
	int e;

	e = run(t, step_auth);
	switch (e) {
	case 0:
		return 0;
	case LIBSSH2_ERROR_AUTHENTICATION_FAILED:
	case LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED:
		return ssh_fail_denied(&t->base, failp);
	case LIBSSH2_ERROR_FILE:
	case LIBSSH2_ERROR_METHOD_NONE:
	case LIBSSH2_ERROR_METHOD_NOT_SUPPORTED:
		return ssh_fail(failp, ERR_CONFIG, "make a key with"
		    " 'ssh-keygen -t ed25519 -N \"\" -f FILE'",
		    "identity %s: libssh2 cannot read it",
		    t->base.identity_file);
	default:
		return ssh_fail_reach(&t->base, code_of(e), "login", failp);
	}
}

static int
start_session(struct lib2 *t)
{
	int r;

	(void)pthread_once(&init_once, init);
	if (init_result != 0)
		return ERR_NOMEM;
	if ((r = lib2_sock_session(&t->sock, &t->session)) != 0)
		return r;
	/* With an answer asked for; libssh2 reads 1 as "every 2 seconds". */
	libssh2_keepalive_config(t->session, 1, 1);
	return 0;
}

int
ssh_lib2_connect(struct ssh_session *s, struct ssh_failure *failp)
{
	struct lib2 *t = lib2(s);
	int r;

	set_deadline(t);
	if ((r = ssh_identity_load(s->identity_file, SSH_LIBSSH2,
	    &t->identity, failp)) != 0)
		return r;
	r = ssh_connect(s->address, s->port, s->resolver,
	    t->sock.deadline_ms, &t->sock.fd);
	if (r == ERR_NOENT)
		return ssh_fail(failp, ERR_CLOSED, "check the spelling, or"
		    " give the address in numbers", "%s: no such host name",
		    s->address);
	if (r != 0)
		return ssh_fail_reach(s, r, "connect", failp);
	if ((r = start_session(t)) != 0)
		return ssh_fail_reach(s, r, "libssh2", failp);
	if ((r = handshake(t, failp)) != 0)
		return r;
	/* Nothing more is sent to a host that fails this. */
	if ((r = check_host(t, failp)) != 0) {
		t->sock.lost = true;
		return r;
	}
	r = authenticate(t, failp);
	buf_wipe(t->identity);
	return r;
}

static int
lib2_start(struct ssh_session *s, const struct ssh_command *c,
    struct ssh_failure *failp)
{
	struct lib2 *t = lib2(s);
	int e;

	set_deadline(t);
	if ((e = run(t, step_channel)) != 0)
		return ssh_fail_reach(s, code_of(e), "open a channel", failp);
	t->command = c;
	e = run(t, step_start);
	t->command = NULL;
	t->sock.deadline_ms = 0;
	if (e == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED && c->subsystem)
		return ssh_fail(failp, ERR_DENIED, "let the server offer this"
		    " user SFTP (sshd_config: Subsystem sftp internal-sftp)",
		    "%s port %u: the server offers no %s",
		    s->address, s->port, c->text);
	if (e == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED)
		return ssh_fail(failp, ERR_DENIED, "check the options of this"
		    " key in authorized_keys on the host",
		    "%s port %u: the host refuses to start a command",
		    s->address, s->port);
	if (e != 0)
		return ssh_fail_reach(s, code_of(e), "start the command",
		    failp);
	return 0;
}

/*
 * A read may send a window adjustment, whose size follows from the size of
 * the read.  If it cannot be sent at once (the host changes its keys), the
 * next read goes on with the same message, but libssh2 counts what that read
 * would have asked for.  Were it less, the host would send more than libssh2
 * believes it may, and libssh2 drops that without a word.  So all reads, of
 * either stream, have one size.
 */
static ssize_t
lib2_take(struct lib2 *t, int stream, uint8_t data[READ_LEN])
{
	return libssh2_channel_read_ex(t->channel, stream, (char *)data,
	    READ_LEN);
}

/* Take stderr out of libssh2, which would keep any amount of it. */
static void
drain_stderr(struct lib2 *t)
{
	uint8_t data[READ_LEN];
	ssize_t n;

	do {
		n = lib2_take(t, SSH_EXTENDED_DATA_STDERR, data);
		if (n > 0)
			ssh_stderr_keep(&t->base, data, (size_t)n);
	} while (n > 0);
}

static size_t
take_rest(struct lib2 *t, void *data, size_t len)
{
	if (len > t->inlen - t->inoff)
		len = t->inlen - t->inoff;
	memcpy(data, t->in + t->inoff, len);
	t->inoff += len;
	return len;
}

static int
lib2_read(struct ssh_session *s, void *data, size_t len, size_t *lenp)
{
	struct lib2 *t = lib2(s);
	ssize_t n;

	if (t->inoff < t->inlen) {
		*lenp = take_rest(t, data, len);
		return 0;
	}
	if (lib2_sock_flush(&t->sock) != 0)
		return ERR_CLOSED;
	drain_stderr(t);
	n = lib2_take(t, 0, len < READ_LEN ? t->in : data);
	if (n == LIBSSH2_ERROR_EAGAIN)
		t->sock.fresh = false;
	if (n < 0)
		return code_of(n);
	if (n == 0) {
		/* What is left of stderr would hide the end. */
		drain_stderr(t);
		if (libssh2_channel_eof(t->channel) != 1)
			return t->sock.lost ? ERR_CLOSED : ERR_BUSY;
	}
	if (n > 0 && len < READ_LEN) {
		t->inlen = (size_t)n;
		t->inoff = 0;
		*lenp = take_rest(t, data, len);
		return 0;
	}
	*lenp = (size_t)n;
	return 0;
}

static int
lib2_write(struct ssh_session *s, const void *data, size_t len, size_t *lenp)
{
	struct lib2 *t = lib2(s);
	ssize_t n;

	if (lib2_sock_flush(&t->sock) != 0 ||
	    libssh2_channel_eof(t->channel) == 1)
		return ERR_CLOSED;
	t->blocked = false;
	if (lib2_sock_full(&t->sock))
		return ERR_BUSY;
	n = libssh2_channel_write_ex(t->channel, 0, data, len);
	t->blocked = (n == 0 || n == LIBSSH2_ERROR_EAGAIN) &&
	    libssh2_channel_window_write_ex(t->channel, NULL) == 0;
	if (n < 0)
		return code_of(n);
	if (n == 0)
		return ERR_BUSY;
	*lenp = (size_t)n;
	return 0;
}

static int
lib2_send_eof(struct ssh_session *s)
{
	int e;

	if ((e = libssh2_channel_send_eof(lib2(s)->channel)) != 0)
		return code_of(e);
	return lib2_sock_flush(&lib2(s)->sock);
}

static int
lib2_poll_fd(const struct ssh_session *s)
{
	return lib2_const(s)->sock.fd;
}

/*
 * libssh2 reads from the socket also when it is asked to write; poll cannot
 * see what it then has in memory, but POLLOUT ends the wait.
 */
static short
lib2_wants(const struct ssh_session *s)
{
	const struct lib2_sock *k = &lib2_const(s)->sock;

	return k->fresh || lib2_sock_queued(k) ? POLLIN | POLLOUT : POLLIN;
}

static bool
lib2_blocked(const struct ssh_session *s)
{
	return lib2_const(s)->blocked;
}

static int
lib2_exit_status(struct ssh_session *s, int *statusp)
{
	struct lib2 *t = lib2(s);
	char *name = NULL;
	int e;

	if ((e = libssh2_channel_wait_closed(t->channel)) != 0)
		return code_of(e);
	(void)libssh2_channel_get_exit_signal(t->channel, &name, NULL, NULL,
	    NULL, NULL, NULL);
	*statusp = name != NULL ? SSH_EXIT_SIGNAL :
	    libssh2_channel_get_exit_status(t->channel) & 0xff;
	libssh2_free(t->session, name);
	return 0;
}

/*
 * A live sshd answers each question.  An answer that waits in the socket
 * counts: a caller that is held up elsewhere does not read.
 */
static int
lib2_keepalive(struct ssh_session *s)
{
	struct lib2 *t = lib2(s);
	int64_t now = clock_mono_ms();
	int e, next;

	if (lib2_sock_flush(&t->sock) != 0)
		return ERR_CLOSED;
	if (now - t->sock.heard_ms < ASK_AFTER_MS)
		return 0;
	if (ssh_wait(t->sock.fd, POLLIN, now) == 0)
		return 0;
	if (now - t->sock.heard_ms >= SSH_SILENCE_S * 1000 &&
	    t->asked_ms > t->sock.heard_ms)
		return ERR_TIMEOUT;
	if (now - t->asked_ms < ASK_AFTER_MS)
		return 0;
	e = libssh2_keepalive_send(t->session, &next);
	if (e != 0 && e != LIBSSH2_ERROR_EAGAIN)
		return code_of(e);
	t->asked_ms = now;
	return 0;
}

static void
lib2_close(struct ssh_session *s)
{
	struct lib2 *t = lib2(s);
	int64_t deadline = clock_mono_ms() + CLOSE_MS;

	if (t->session != NULL) {
		/* The host ends the command when its connection ends. */
		if (!t->sock.lost)
			(void)libssh2_session_disconnect(t->session, "done");
		while (lib2_sock_flush(&t->sock) == 0 &&
		    lib2_sock_queued(&t->sock) &&
		    ssh_wait(t->sock.fd, POLLOUT, deadline) == 0)
			continue;
		/* From here on libssh2 meets a dead socket and cannot wait. */
		t->sock.lost = true;
		(void)libssh2_session_free(t->session);
	}
	if (t->identity != NULL)
		buf_wipe(t->identity);
	buf_free(t->identity);
	lib2_sock_clear(&t->sock);
	free(t);
}

static const struct ssh_ops lib2_ops = {
	.start = lib2_start,
	.read = lib2_read,
	.write = lib2_write,
	.send_eof = lib2_send_eof,
	.poll_fd = lib2_poll_fd,
	.wants = lib2_wants,
	.blocked = lib2_blocked,
	.exit_status = lib2_exit_status,
	.keepalive = lib2_keepalive,
	.close = lib2_close
};
