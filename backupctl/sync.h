/* sync.h: what the commands about copies share. */
#ifndef BACKUPCTL_SYNC_H
#define BACKUPCTL_SYNC_H

#include "backupd/copy.h"
#include "catalog/copy.h"
#include "cli/options.h"

struct cli_json;

/* The members of a copy; the object is the caller's. */
void	 sync_json(struct cli_json *j, const struct catalog_copy *y);

/* List the copies of the target that the command line names, or of all. */
enum cli_exit sync_list(struct cli *cli, struct catalog *c, uint64_t limit);

/* Tell of one copy, by its number; CLI_EXIT_NOT_FOUND is told, too. */
enum cli_exit sync_show(struct cli *cli, struct catalog *c, int64_t id);

#endif /* BACKUPCTL_SYNC_H */
