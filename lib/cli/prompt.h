/* prompt.h: asking the officer, where there is one to ask. */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cli/options.h"

/*
 * Questions go to the terminal (/dev/tty), never to stdout.  Without a
 * terminal, with --no-input or with --json nothing is asked: ERR_DENIED.
 */

/* Tell whether anything may be asked. */
bool	 cli_prompt_possible(const struct cli *cli);

/*
 * Ask for a key or passphrase without echo into out, terminated.  With
 * twice, ask again until both agree (ERR_CONFIG after three times).
 * ERR_TOOBIG if longer than outlen allows.  The caller wipes out.
 */
int	 cli_prompt_secret(const struct cli *cli, const char *question,
	    bool twice, char *out, size_t outlen) ERR_MUST_USE;

/*
 * Ask for a line that everybody may see, into out, terminated; without the
 * end of the line.  ERR_TOOBIG if longer than outlen allows, ERR_CLOSED if
 * the terminal ends.
 */
int	 cli_prompt_line(const struct cli *cli, const char *question,
	    char *out, size_t outlen) ERR_MUST_USE;

#endif /* CLI_PROMPT_H */
