/* status_json.h: a picture in one word, and as the answer of status. */
#ifndef BACKUPCTL_STATUS_JSON_H
#define BACKUPCTL_STATUS_JSON_H

#include "backupctl/advice.h"

/* "NEEDS ATTENTION", "ALL PROTECTED", ... */
const char *status_verdict(const struct picture *p);

/* Print the envelope with that code; gives the exit code. */
enum cli_exit status_json(const struct cli *cli, const struct picture *p,
	    const struct advice_list *a, enum cli_exit code);

#endif /* BACKUPCTL_STATUS_JSON_H */
