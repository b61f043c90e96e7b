/* hex.h: bytes as lower-case hexadecimal text. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Write 2*len digits and a NUL to text. */
void	 hex_format(const uint8_t *data, size_t len, char *text);

/* Read exactly 2*len lower- or upper-case digits.  ERR_FORMAT otherwise. */
int	 hex_parse(const char *text, uint8_t *data, size_t len) ERR_MUST_USE;

#endif /* BASE_HEX_H */
