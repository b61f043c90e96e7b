/* socket.c: where the control socket of a backupd is. */
#include "control/control.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"

int
control_socket(const char *policy, char **pathp)
{
	char *dir = NULL, *real = NULL, *state = NULL;
	int r;

	if ((r = path_dirname(policy, &dir)) != 0)
		goto out;
	if ((real = realpath(dir, NULL)) == NULL) {
		r = ERR_NOENT;
		goto out;
	}
	if (strcmp(real, POLICY_DIR) == 0)
		r = path_join(RUN_DIR, "control", pathp);
	else if ((r = path_join(real, "state", &state)) == 0)
		r = path_join(state, "control", pathp);
 out:
	free(dir);
	free(real);
	free(state);
	return r;
}

int
control_address(const char *path, struct sockaddr_un *ap)
{
	struct sockaddr_un a;

	memset(&a, 0, sizeof(a));
	a.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(a.sun_path))
		return ERR_TOOBIG;
	memcpy(a.sun_path, path, strlen(path));
	*ap = a;
	return 0;
}
