/* claim.c: which writers and jobs are alive. */
#include "config.h"

#include "catalog/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"

#define CLAIM_NAME "catalog.lock"

int
claim_open(const char *dir, bool write, int *fdp)
{
	int flags = O_CLOEXEC | O_NOFOLLOW, fd, r;
	char *path = NULL;

	if ((r = path_join(dir, CLAIM_NAME, &path)) != 0)
		return r;
	flags |= write ? O_RDWR | O_CREAT : O_RDONLY;
	if ((fd = open(path, flags, 0600)) == -1)
		r = err_from_errno(errno);
	else
		*fdp = fd;
	free(path);
	return r;
}

static void
claim_fill(struct flock *l, int type, int64_t at)
{
	memset(l, 0, sizeof(*l));
	l->l_type = (short)type;
	l->l_whence = SEEK_SET;
	l->l_start = (off_t)at;
	l->l_len = 1;
}

int
claim_take(int fd, int64_t at, bool shared)
{
	struct flock l;

	claim_fill(&l, shared ? F_RDLCK : F_WRLCK, at);
	if (fcntl(fd, F_OFD_SETLK, &l) == 0)
		return 0;
	if (errno == EACCES || errno == EAGAIN)
		return ERR_BUSY;
	return err_from_errno(errno);
}

void
claim_drop(int fd, int64_t at)
{
	struct flock l;

	claim_fill(&l, F_UNLCK, at);
	(void)fcntl(fd, F_OFD_SETLK, &l);
}

bool
claim_held(int fd, int64_t at)
{
	struct flock l;

	if (fd == -1)
		return false;
	claim_fill(&l, F_WRLCK, at);
	return fcntl(fd, F_OFD_GETLK, &l) == 0 && l.l_type != F_UNLCK;
}
