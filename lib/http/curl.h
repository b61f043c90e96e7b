/* curl.h: libcurl, loaded when it is first needed; private to lib/http. */
#ifndef HTTP_CURL_H
#define HTTP_CURL_H

/* These checks are macros around the functions' own names. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "base/err.h"

/*
 * libcurl brings two dozen libraries.  Linked in the usual way, a daemon that
 * speaks to no object store, and each of its workers, would carry them: 4 MB
 * resident, and 4 ms at each start.
 */
struct http_curl {
	__typeof__(curl_global_init) *global_init;
	__typeof__(curl_easy_init) *easy_init;
	__typeof__(curl_easy_cleanup) *easy_cleanup;
	__typeof__(curl_easy_setopt) *easy_setopt;
	__typeof__(curl_easy_perform) *easy_perform;
	__typeof__(curl_easy_getinfo) *easy_getinfo;
	__typeof__(curl_easy_header) *easy_header;
	__typeof__(curl_easy_strerror) *easy_strerror;
	__typeof__(curl_slist_append) *slist_append;
	__typeof__(curl_slist_free_all) *slist_free_all;
};

/* Filled in by http_curl_load; constant after that. */
extern struct http_curl http_curl;

/* Load it, unless it is.  ERR_NOENT, and why in *whyp, a constant text. */
int	 http_curl_load(const char **whyp) ERR_MUST_USE;

#endif /* HTTP_CURL_H */
