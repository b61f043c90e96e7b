/* curl.c: libcurl, loaded when it is first needed. */
#include "config.h"

#include "http/curl.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* Its binary interface has had this number since 2006. */
#define LIBRARY "libcurl.so.4"

struct http_curl http_curl;

static const struct {
	const char *name;
	size_t	 offset;		/* in struct http_curl */
} functions[] = {
	{ "curl_global_init", offsetof(struct http_curl, global_init) },
	{ "curl_easy_init", offsetof(struct http_curl, easy_init) },
	{ "curl_easy_cleanup", offsetof(struct http_curl, easy_cleanup) },
	{ "curl_easy_setopt", offsetof(struct http_curl, easy_setopt) },
	{ "curl_easy_perform", offsetof(struct http_curl, easy_perform) },
	{ "curl_easy_getinfo", offsetof(struct http_curl, easy_getinfo) },
	{ "curl_easy_header", offsetof(struct http_curl, easy_header) },
	{ "curl_easy_strerror", offsetof(struct http_curl, easy_strerror) },
	{ "curl_slist_append", offsetof(struct http_curl, slist_append) },
	{ "curl_slist_free_all", offsetof(struct http_curl, slist_free_all) }
};

int
http_curl_load(const char **whyp)
{
	struct http_curl found;
	void *library, *f;
	size_t i;

	if (http_curl.global_init != NULL)
		return 0;
	if ((library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL)) == NULL) {
		*whyp = LIBRARY " cannot be loaded; Debian's package is"
		    " libcurl4";
		return ERR_NOENT;
	}
	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		if ((f = dlsym(library, functions[i].name)) == NULL) {
			*whyp = LIBRARY " is too old: 7.83 is needed";
			dlclose(library);
			return ERR_NOENT;
		}
		memcpy((char *)&found + functions[i].offset, &f, sizeof(f));
	}
	http_curl = found;
	return 0;
}
