/* file.c: inputs for functions that read a file. */
#include "config.h"

#include "tests/fuzz/file.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fdio.h"
#include "tests/fuzz/fuzz.h"

int
fuzz_file_fd(const uint8_t *data, size_t len)
{
	static int fd = -1;

	if (fd == -1) {
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		fuzz_check(fd != -1 && fchmod(fd, 0600) == 0, "a file");
	}
	fuzz_check(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0 &&
	    fdio_write_all(fd, data, len) == 0 &&
	    lseek(fd, 0, SEEK_SET) == 0, "a file");
	return fd;
}

const char *
fuzz_file(const uint8_t *data, size_t len)
{
	static char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d",
	    fuzz_file_fd(data, len));
	return path;
}
