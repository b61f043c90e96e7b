/* info.h: what the agent can tell of its machine, for people. */
#ifndef AGENTS_INFO_H
#define AGENTS_INFO_H

#include <stdbool.h>

#include "base/err.h"

/*
 * Print version, system, and whether all files may be read; with hostkey also
 * the public keys of this machine's sshd and their fingerprints; with json
 * as one object on a line.
 */
int	 info_print(bool hostkey, bool json) ERR_MUST_USE;

#endif /* AGENTS_INFO_H */
