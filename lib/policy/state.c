/* state.c: where a server keeps what it can make anew. */
#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"

int
policy_state_dir(const char *file, const char *given, char **dirp)
{
	char *dir = NULL, *real = NULL;
	int r;

	if (given != NULL)
		return (*dirp = strdup(given)) != NULL ? 0 : ERR_NOMEM;
	if ((r = path_dirname(file, &dir)) != 0)
		return r;
	if ((real = realpath(dir, NULL)) == NULL)
		r = ERR_NOENT;
	else if (strcmp(real, POLICY_DIR) == 0)
		r = (*dirp = strdup(STATE_DIR)) != NULL ? 0 : ERR_NOMEM;
	else
		r = path_join(real, "state", dirp);
	free(dir);
	free(real);
	return r;
}
