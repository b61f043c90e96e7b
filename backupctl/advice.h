/* advice.h: what to do about a picture, the most urgent first. */
#ifndef BACKUPCTL_ADVICE_H
#define BACKUPCTL_ADVICE_H

#include <stddef.h>

#include "backupctl/picture.h"

/*
 * One sentence for one cause, however many sources share it, and the command
 * to type, or "".  Texts may hold what a source said: escape them.
 */
struct advice {
	unsigned int rank;	/* 0 is the most urgent */
	size_t	 sources;	/* that it is about; 0: of the server */
	char	*text, *command;
};

struct advice_list {
	struct advice *v;	/* owns */
	size_t	 n;
};

/* Think it over.  ap is to be cleared by advice_clear, also if it fails. */
int	 advice_make(const struct picture *p, struct advice_list *ap)
	    ERR_MUST_USE;

/* Free what a owns. */
void	 advice_clear(struct advice_list *a);

#endif /* BACKUPCTL_ADVICE_H */
