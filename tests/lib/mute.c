/* mute.c: a port that accepts and never answers, and one that refuses. */
#include <sys/socket.h>

#include <netinet/in.h>

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

/* Prints both ports and holds them until it is killed. */
int
main(void)
{
	unsigned int silent, closed;
	int fd;

	if ((fd = bound(&silent)) == -1 || listen(fd, 16) == -1 ||
	    bound(&closed) == -1)
		return 1;
	(void)printf("%u %u\n", silent, closed);
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}
