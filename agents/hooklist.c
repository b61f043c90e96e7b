/* hooklist.c: what this host allows, for people to see. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/allow.h"
#include "agents/hooks.h"
#include "base/log.h"

#define SAFE_MAX 1024

/* As log_escape, fit for a JSON string too. */
static void
escape(char safe[SAFE_MAX], const char *s, bool json)
{
	size_t n;

	log_escape(safe, SAFE_MAX, s, strlen(s));
	if (!json)
		return;
	/* What stands for a byte, \xNN, is none of JSON's. */
	for (n = 0; safe[n] != '\0'; n++)
		if (safe[n] == '\\' || safe[n] == '"')
			safe[n] = '?';
}

static void
print_one(const char *dir, const char *name, bool json, bool first)
{
	char why[ALLOW_WHY_MAX], safe[SAFE_MAX], reason[SAFE_MAX];
	const int r = allow_hook(dir, name, why);

	escape(safe, name, json);
	escape(reason, r == 0 ? "" : why, json);
	if (json)
		printf("%s{\"name\":\"%s\",\"allowed\":%s,\"why\":\"%s\"}",
		    first ? "" : ",", safe, r == 0 ? "true" : "false",
		    reason);
	else if (r == 0)
		printf("%s: allowed\n", safe);
	else
		printf("%s: refused: %s\n", safe, reason);
}

int
hooklist_print(const char *dir, bool json)
{
	struct dirent **v = NULL;
	char why[ALLOW_WHY_MAX], safe[SAFE_MAX];
	bool first = true;
	int i, n, r;

	if ((r = allow_directory(dir, why)) != 0) {
		log_error("hooks: %s", why);
		return r;
	}
	if ((n = scandir(dir, &v, NULL, alphasort)) == -1) {
		log_errno(errno, "hooks %s: read", dir);
		return err_from_errno(errno);
	}
	escape(safe, dir, json);
	if (json)
		printf("{\"directory\":\"%s\",\"hooks\":[", safe);
	for (i = 0; i < n; i++) {
		if (strcmp(v[i]->d_name, ".") != 0 &&
		    strcmp(v[i]->d_name, "..") != 0) {
			print_one(dir, v[i]->d_name, json, first);
			first = false;
		}
		free(v[i]);
	}
	free(v);
	if (json)
		printf("]}\n");
	else if (first)
		printf("No hooks in %s\n", safe);
	return fflush(stdout) == 0 ? 0 : ERR_IO;
}
