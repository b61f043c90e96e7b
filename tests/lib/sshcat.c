/* sshcat.c: drive lib/ssh from a test: one command, stdin and stdout. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fdio.h"
#include "base/sandbox.h"
#include "ssh/ssh.h"

#define CHUNK 65536

/* Exit codes as Kho's programs have them. */
static int
exit_code(int r)
{
	switch (r) {
	case ERR_CORRUPT:
		return 8;
	case ERR_TIMEOUT:
	case ERR_CLOSED:
		return 7;
	case ERR_DENIED:
		return 10;
	case ERR_CONFIG:
		return 5;
	default:
		return 1;
	}
}

static int
complain(int r, const struct ssh_failure *f)
{
	(void)fprintf(stderr, "sshcat: %s\nremedy: %s\n", f->reason,
	    f->remedy);
	if (f->expected[0] != '\0')
		(void)fprintf(stderr, "expected: %s\noffered: %s\n",
		    f->expected, f->offered);
	return exit_code(r);
}

struct pump {
	struct ssh_session *s;
	uint8_t	 in[CHUNK];	/* from stdin, not yet written to s */
	size_t	 inlen, inoff;
	bool	 in_end, eof_sent, out_end;
};

/* Move stdin to the session: 1 if something moved. */
static int
pump_in(struct pump *p)
{
	size_t n;
	int r;

	if (p->eof_sent)
		return 0;
	if (!p->in_end && p->inoff == p->inlen) {
		if ((r = fdio_read(0, p->in, CHUNK, &n)) != 0)
			return r == ERR_BUSY ? 0 : r;
		p->inoff = 0;
		p->inlen = n;
		p->in_end = n == 0;
	}
	if (p->in_end) {
		if ((r = ssh_send_eof(p->s)) == ERR_BUSY)
			return 0;
		p->eof_sent = true;
		return r != 0 ? r : 1;
	}
	r = ssh_write(p->s, p->in + p->inoff, p->inlen - p->inoff, &n);
	if (r != 0)
		return r == ERR_BUSY ? 0 : r;
	p->inoff += n;
	return 1;
}

/* Move the session's output to stdout: 1 if something moved. */
static int
pump_out(struct pump *p)
{
	uint8_t data[CHUNK];
	size_t n;
	int r;

	if (p->out_end)
		return 0;
	if ((r = ssh_read(p->s, data, sizeof(data), &n)) != 0)
		return r == ERR_BUSY ? 0 : r;
	if (n == 0)
		p->out_end = true;
	else if ((r = fdio_write_all(1, data, n)) != 0)
		return r;
	return 1;
}

static int
pump_wait(struct pump *p)
{
	struct pollfd pfd[2];

	pfd[0].fd = ssh_poll_fd(p->s);
	pfd[0].events = ssh_wants(p->s);
	if (p->inoff < p->inlen)
		pfd[0].events |= POLLOUT;
	pfd[1].fd = p->in_end || p->inoff < p->inlen ? -1 : 0;
	pfd[1].events = POLLIN;
	if (poll(pfd, 2, 5000) == -1 && errno != EINTR)
		return err_from_errno(errno);
	return ssh_keepalive(p->s);
}

/* Both directions, whichever first: 1 if something moved. */
static int
pump_both(struct pump *p, bool in_first)
{
	int first, in, out;

	first = in_first ? pump_in(p) : 0;
	out = pump_out(p);
	in = in_first ? first : pump_in(p);
	/* The host's answer tells more than a refused write. */
	if (in < 0 && in != ERR_CLOSED)
		return in;
	return out < 0 ? out : in > 0 || out > 0;
}

static int
pump_run(struct pump *p, int *statusp)
{
	bool in_first = false;
	int r;

	while (!p->out_end) {
		in_first = !in_first;
		if ((r = pump_both(p, in_first)) < 0)
			return r;
		if (r == 0 && (r = pump_wait(p)) != 0)
			return r;
	}
	while ((r = ssh_exit_status(p->s, statusp)) == ERR_BUSY) {
		if ((r = pump_wait(p)) != 0)
			return r;
	}
	return r;
}

static int
read_key(const char *path, char *line, size_t len)
{
	FILE *f;

	if ((f = fopen(path, "r")) == NULL)
		return -1;
	if (fgets(line, (int)len, f) == NULL)
		line[0] = '\0';
	(void)fclose(f);
	line[strcspn(line, "\n")] = '\0';
	return 0;
}

static int
cat(const struct ssh_params *params, const char *command, bool sandbox)
{
	struct ssh_failure failure;
	struct pump p;
	uint8_t said[SSH_STDERR_MAX];
	size_t n;
	int code, r, status = 0;

	memset(&p, 0, sizeof(p));
	if ((r = ssh_open(params, &p.s, &failure)) != 0)
		return complain(r, &failure);
	if ((r = ssh_exec(p.s, command, &failure)) != 0) {
		code = complain(r, &failure);
		goto out;
	}
	if ((sandbox && (r = sandbox_enter(SANDBOX_PULLER)) != 0) ||
	    (r = pump_run(&p, &status)) != 0) {
		(void)fprintf(stderr, "sshcat: %s\n", err_text(r));
		code = exit_code(r);
	} else {
		(void)fprintf(stderr, "status: %d\n", status);
		code = 0;
	}
	while ((n = ssh_stderr_read(p.s, said, sizeof(said))) > 0)
		(void)fwrite(said, 1, n, stderr);
 out:
	ssh_close(p.s);
	return code;
}

int
main(int argc, char **argv)
{
	struct ssh_params params;
	char key[1024];

	if (argc != 10 || read_key(argv[6], key, sizeof(key)) != 0) {
		(void)fprintf(stderr, "usage: sshcat libssh2|openssh ADDRESS"
		    " PORT USER IDENTITY KEYFILE TIMEOUT open|sandbox"
		    " COMMAND\n");
		return 2;
	}
	memset(&params, 0, sizeof(params));
	params.transport = strcmp(argv[1], "openssh") == 0 ? SSH_OPENSSH :
	    SSH_LIBSSH2;
	params.address = argv[2];
	params.port = (uint16_t)strtoul(argv[3], NULL, 10);
	params.user = argv[4];
	params.identity_file = argv[5];
	params.host_key = key;
	params.connect_timeout_s = (uint32_t)strtoul(argv[7], NULL, 10);
	if (fdio_nonblock(0, 1) != 0)
		return 1;
	return cat(&params, argv[9], strcmp(argv[8], "sandbox") == 0);
}
