/* account.c: users and groups of this machine. */
#include "policy/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A number that may be an id. */
static bool
number(const char *text, id_t *idp)
{
	unsigned long n;
	char *rest;

	if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text))
		return false;
	errno = 0;
	n = strtoul(text, &rest, 10);
	if (errno != 0 || n >= UINT32_MAX)
		return false;
	*idp = (id_t)n;
	return true;
}

int
account_find(const char *text, struct account *ap)
{
	const struct passwd *user;
	const struct group *group;

	ap->group = text[0] == '@';
	text += ap->group;
	if (number(text, &ap->id))
		return 0;
	if (ap->group) {
		if ((group = getgrnam(text)) == NULL)
			return ERR_NOENT;
		ap->id = group->gr_gid;
	} else {
		if ((user = getpwnam(text)) == NULL)
			return ERR_NOENT;
		ap->id = user->pw_uid;
	}
	return 0;
}
