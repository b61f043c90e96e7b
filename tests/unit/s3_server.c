/* s3_server.c: an S3 server that answers from a script. */
#include "config.h"

#include "tests/unit/s3_server.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SEEN_MAX (1u << 20)
#define HEAD_MAX 16384

/* What both processes see. */
struct shared {
	atomic_uint count;
	size_t	 len;
	char	 seen[SEEN_MAX];
};

struct s3_server {
	const struct s3_step *script;
	struct shared *shared;
	int	 fd;
	unsigned int port;
	pid_t	 pid;
};

static void
note(struct shared *h, const char *data, size_t len)
{
	if (len >= SEEN_MAX - h->len)
		len = SEEN_MAX - h->len - 1;
	memcpy(h->seen + h->len, data, len);
	h->len += len;
}

/* Read and note a request; false at the end of the connection. */
static bool
read_request(struct s3_server *s, int fd)
{
	char head[HEAD_MAX], *at;
	size_t len = 0, left = 0;
	ssize_t n;

	do {
		if (len + 1 >= sizeof(head) || (n = read(fd, head + len,
		    1)) <= 0)
			return false;
		len += (size_t)n;
		head[len] = '\0';
	} while (len < 4 || strcmp(head + len - 4, "\r\n\r\n") != 0);
	if ((at = strcasestr(head, "\r\ncontent-length: ")) != NULL)
		left = strtoul(at + 18, NULL, 10);
	note(s->shared, head, len);
	while (left > 0) {
		n = read(fd, head, left < sizeof(head) ? left : sizeof(head));
		if (n <= 0)
			return false;
		note(s->shared, head, (size_t)n);
		left -= (size_t)n;
	}
	note(s->shared, "\n", 1);
	atomic_fetch_add(&s->shared->count, 1);
	return true;
}

static void
say(int fd, const char *text, size_t len)
{
	while (len > 0) {
		const ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

static void
answer(int fd, const struct s3_step *step, bool bodiless)
{
	const char *headers = step->headers != NULL ? step->headers : "";
	const char *body = step->body != NULL ? step->body : "";
	char head[HEAD_MAX], length[64] = "";

	if (step->status == NULL)
		return;
	if (strcasestr(headers, "content-length") == NULL &&
	    strcasestr(headers, "connection: close") == NULL)
		snprintf(length, sizeof(length), "Content-Length: %zu\r\n",
		    strlen(body));
	snprintf(head, sizeof(head), "HTTP/1.1 %s\r\n%s%s\r\n",
	    step->status, length, headers);
	say(fd, head, strlen(head));
	if (!bodiless)
		say(fd, body, strlen(body) - step->cut);
}

/* Serve one connection after the other. */
static void
serve(struct s3_server *s)
{
	static const struct s3_step over = { .status = "500 Script over" };
	const struct s3_step *step = s->script;
	size_t before;
	int fd;

	while ((fd = accept(s->fd, NULL, NULL)) != -1) {
		for (;;) {
			before = s->shared->len;
			if (!read_request(s, fd))
				break;
			if (step->status == NULL && step->then == S3_THEN_ON)
				step = &over;
			answer(fd, step, strncmp(s->shared->seen + before,
			    "HEAD", 4) == 0);
			if (step->then == S3_THEN_HANG)
				pause();
			if (step != &over && (step++)->then == S3_THEN_CLOSE)
				break;
		}
		close(fd);
	}
	_exit(1);
}

struct s3_server *
s3_server_start(const struct s3_step *script)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	struct s3_server *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->script = script;
	s->shared = mmap(NULL, sizeof(*s->shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(s->shared != MAP_FAILED);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(s->fd, -1);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&sin, len), 0);
	assert_int_equal(listen(s->fd, 8), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&sin, &len),
	    0);
	s->port = ntohs(sin.sin_port);
	s->pid = fork();
	assert_int_not_equal(s->pid, -1);
	if (s->pid == 0)
		serve(s);
	return s;
}

void
s3_server_stop(struct s3_server *s)
{
	kill(s->pid, SIGKILL);
	assert_int_equal(waitpid(s->pid, NULL, 0), s->pid);
	close(s->fd);
	munmap(s->shared, sizeof(*s->shared));
	free(s);
}

unsigned int
s3_server_port(const struct s3_server *s)
{
	return s->port;
}

unsigned int
s3_server_count(const struct s3_server *s)
{
	return atomic_load(&s->shared->count);
}

const char *
s3_server_seen(const struct s3_server *s)
{
	return s->shared->seen;
}
