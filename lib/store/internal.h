/* internal.h: what the files of lib/store share. */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include "store/impl.h"

struct store {
	const struct store_ops *ops;	/* borrowed */
	void	*impl;			/* owned */
	const char *name;		/* borrowed from impl */
};

/* Tell whether name begins with prefix. */
bool	 store_has_prefix(const char *name, const char *prefix);

/* Log that the object called name is longer than max; ERR_TOOBIG. */
int	 store_too_big(const char *store, const char *name, size_t max);

/* Empty a list under construction. */
void	 store_list_clear(struct store_list *l);

#endif /* STORE_INTERNAL_H */
