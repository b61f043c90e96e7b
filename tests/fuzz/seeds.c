/* seeds.c: inputs of the harnesses as correct writers would make them. */
#include "tests/fuzz/seeds.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "base/path.h"

static const char *top;

void
seed_put(const char *harness, const char *name, struct buf *b)
{
	char *dir, *path;
	int fd;

	DO(path_join(top, harness, &dir));
	DO(path_mkdirs(dir, 0755));
	DO(path_join(dir, name, &path));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	fuzz_check(fd != -1, path);
	DO(fdio_write_all(fd, buf_ptr(b), buf_len(b)));
	DO(fdio_close(&fd));
	free(path);
	free(dir);
	buf_free(b);
}

struct buf *
seed_buf(void)
{
	return fuzz_buf(1u << 20);
}

void
seed_part(struct buf *b, struct buf *part)
{
	DO(buf_put_u16(b, (uint16_t)buf_len(part)));
	DO(buf_put(b, buf_ptr(part), buf_len(part)));
	buf_free(part);
}

void
seed_id(uint8_t id[32], uint8_t number)
{
	memset(id, number, 32);
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: seeds DIRECTORY\n");
		return 2;
	}
	top = argv[1];
	fuzz_init();
	seeds_codec();
	seeds_entry();
	seeds_object();
	seeds_wire();
	seeds_wire_delta();
	seeds_job();
	seeds_hook();
	seeds_sftp();
	return 0;
}
