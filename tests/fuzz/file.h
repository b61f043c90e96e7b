/* file.h: inputs for functions that read a file. */
#ifndef TESTS_FUZZ_FILE_H
#define TESTS_FUZZ_FILE_H

#include <stddef.h>
#include <stdint.h>

/*
 * An unnamed file with that content and mode 0600, until the next call: its
 * path, or its descriptor, which is the harness's and stands at the start.
 */
const char *fuzz_file(const uint8_t *data, size_t len);
int	 fuzz_file_fd(const uint8_t *data, size_t len);

#endif /* TESTS_FUZZ_FILE_H */
