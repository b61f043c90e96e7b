/* mute.c: ports that accept and are silent, refuse, or talk nonsense. */
#include <sys/socket.h>

#include <netinet/in.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A socket bound to a free port of the loopback interface. */
static int
bound(unsigned int *portp)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	int fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd == -1 ||
	    bind(fd, (const struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		return -1;
	*portp = ntohs(sin.sin_port);
	return fd;
}

/* Write lines that are no greeting of SSH until the other side goes. */
static void
babble(int fd)
{
	static const char line[] = "bla bla bla bla bla bla bla bla bla\r\n";

	while (write(fd, line, sizeof(line) - 1) != -1)
		continue;
	(void)close(fd);
}

/* Prints the three ports and holds them until it is killed. */
int
main(void)
{
	unsigned int silent, closed, babbling;
	int fd, conn, babbler;

	if ((fd = bound(&silent)) == -1 || listen(fd, 16) == -1 ||
	    bound(&closed) == -1 || (babbler = bound(&babbling)) == -1 ||
	    listen(babbler, 16) == -1)
		return 1;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)printf("%u %u %u\n", silent, closed, babbling);
	(void)fflush(stdout);
	while ((conn = accept(babbler, NULL, NULL)) != -1)
		babble(conn);
	return 1;
}
