/* holes.c: print where the sparse files below a directory have data. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Names may hold anything: one file is one line of plain text. */
static void
print_name(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s > ' ' && *s <= '~' && *s != '\\')
			putchar(*s);
		else
			printf("\\%03o", (unsigned char)*s);
}

/* Print "name size: data-end data-end ..." unless the file has no hole. */
static int
print_file(const FTSENT *e)
{
	off_t data = 0, hole = 0, size = e->fts_statp->st_size;
	int fd, r = -1;

	if (size == 0)
		return 0;
	fd = open(e->fts_accpath, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if ((hole = lseek(fd, 0, SEEK_HOLE)) == -1)
		goto out;
	if (hole >= size) {
		r = 0;
		goto out;
	}
	print_name(e->fts_path);
	printf(" %lld:", (long long)size);
	for (hole = 0; hole < size;) {
		if ((data = lseek(fd, hole, SEEK_DATA)) == -1) {
			r = errno == ENXIO ? 0 : -1;
			break;
		}
		if ((hole = lseek(fd, data, SEEK_HOLE)) == -1)
			break;
		printf(" %lld-%lld", (long long)data, (long long)hole);
	}
	putchar('\n');
	if (hole >= size)
		r = 0;
 out:
	close(fd);
	return r;
}

int
main(int argc, char **argv)
{
	char dot[] = ".", *paths[] = { dot, NULL };
	FTSENT *e;
	FTS *fts;

	if (argc != 2 || chdir(argv[1]) == -1) {
		fprintf(stderr, "usage: holes DIRECTORY\n");
		return 2;
	}
	if ((fts = fts_open(paths, FTS_PHYSICAL, by_name)) == NULL) {
		perror("holes: fts_open");
		return 1;
	}
	while ((e = fts_read(fts)) != NULL) {
		if (e->fts_info == FTS_F && print_file(e) == 0)
			continue;
		if (e->fts_info != FTS_F && e->fts_info != FTS_ERR &&
		    e->fts_info != FTS_DNR && e->fts_info != FTS_NS)
			continue;
		fprintf(stderr, "holes: %s: %s\n", e->fts_path,
		    strerror(e->fts_errno != 0 ? e->fts_errno : errno));
		return 1;
	}
	fts_close(fts);
	return 0;
}
