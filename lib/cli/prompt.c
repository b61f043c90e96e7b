/* prompt.c: asking the officer, where there is one to ask. */
#include "config.h"

#include "cli/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/fdio.h"

#define TRIES 3

static void
wipe(void *p, size_t len)
{
#ifdef HAVE_EXPLICIT_BZERO
	explicit_bzero(p, len);
#else
	volatile unsigned char *v = p;

	while (len-- > 0)
		*v++ = 0;
#endif
}

static int
open_tty(const struct cli *cli, int *fdp)
{
	int fd;

	if (cli->no_input || cli->json)
		return ERR_DENIED;
	if ((fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) == -1)
		return ERR_DENIED;
	*fdp = fd;
	return 0;
}

bool
cli_prompt_possible(const struct cli *cli)
{
	int fd = -1;

	if (open_tty(cli, &fd) != 0)
		return false;
	fdio_close(&fd);
	return true;
}

/* One line from the terminal; what does not fit is read and refused. */
static int
read_line(int fd, char *out, size_t outlen)
{
	size_t len = 0, got;
	bool fits = true;
	char c;
	int r;

	for (;;) {
		if ((r = fdio_read(fd, &c, 1, &got)) != 0)
			return r;
		if (got == 0)
			return ERR_CLOSED;
		if (c == '\n' || c == '\r')
			break;
		if (len + 1 < outlen)
			out[len++] = c;
		else
			fits = false;
	}
	out[len] = '\0';
	return fits ? 0 : ERR_TOOBIG;
}

/*
 * Ask with the echo off.  ISIG goes off too: a Ctrl-C would otherwise end
 * the program and leave the terminal silent.
 */
static int
ask_hidden(int fd, const char *question, char *out, size_t outlen)
{
	struct termios old, quiet;
	int r;

	if (tcgetattr(fd, &old) == -1)
		return ERR_DENIED;
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	if (tcsetattr(fd, TCSAFLUSH, &quiet) == -1)
		return ERR_DENIED;
	if ((r = fdio_write_all(fd, question, strlen(question))) == 0)
		r = read_line(fd, out, outlen);
	if (tcsetattr(fd, TCSAFLUSH, &old) == -1 && r == 0)
		r = err_from_errno(errno);
	if (fdio_write_all(fd, "\n", 1) != 0 && r == 0)
		r = ERR_IO;
	if (r == 0 && memchr(out, '\003', strlen(out)) != NULL)
		r = ERR_CANCELLED;
	return r;
}

/* Ask again; *samep tells whether the answer was the same. */
static int
ask_again(int fd, const char *out, size_t outlen, bool *samep)
{
	static const char differ[] = "The two differ.\n";
	char again[1024];
	int r;

	if (outlen > sizeof(again))
		outlen = sizeof(again);
	r = ask_hidden(fd, "Once more: ", again, outlen);
	if (r == 0) {
		*samep = strcmp(out, again) == 0;
		if (!*samep)
			r = fdio_write_all(fd, differ, sizeof(differ) - 1);
	}
	wipe(again, sizeof(again));
	return r;
}

int
cli_prompt_secret(const struct cli *cli, const char *question, bool twice,
    char *out, size_t outlen)
{
	bool same = !twice;
	int fd = -1, r, i;

	if ((r = open_tty(cli, &fd)) != 0)
		return r;
	for (i = 0; i < TRIES; i++) {
		if ((r = ask_hidden(fd, question, out, outlen)) != 0)
			break;
		if (!twice ||
		    (r = ask_again(fd, out, outlen, &same)) != 0 || same)
			break;
	}
	if (r == 0 && !same)
		r = ERR_CONFIG;
	fdio_close(&fd);
	if (r != 0)
		wipe(out, outlen);
	return r;
}

int
cli_prompt_line(const struct cli *cli, const char *question, char *out,
    size_t outlen)
{
	int fd = -1, r;

	if ((r = open_tty(cli, &fd)) != 0)
		return r;
	if ((r = fdio_write_all(fd, question, strlen(question))) == 0)
		r = read_line(fd, out, outlen);
	fdio_close(&fd);
	return r;
}
