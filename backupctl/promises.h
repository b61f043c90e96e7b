/* promises.h: what a target promises, in words. */
#ifndef BACKUPCTL_PROMISES_H
#define BACKUPCTL_PROMISES_H

struct cli_json;
struct store_promises;

/* Add a member "promises"; print a line for each that matters. */
void	 promises_json(struct cli_json *j, const struct store_promises *p);
void	 promises_print(const struct store_promises *p);

#endif /* BACKUPCTL_PROMISES_H */
