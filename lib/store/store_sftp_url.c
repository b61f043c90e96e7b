/* store_sftp_url.c: where a directory on a server is. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/internal.h"
#include "store/sftp.h"

#define SCHEME "sftp://"
#define PORT 22
#define ROOT_MAX 1024

void
store_sftp_url_clear(struct store_sftp_url *u)
{
	free(u->user);
	free(u->host);
	free(u->root);
	memset(u, 0, sizeof(*u));
}

/* A port behind its colon, or nothing; 0 if it is neither. */
static uint16_t
parse_port(const char *text, size_t len)
{
	unsigned long port = 0;
	size_t i;

	if (len == 0)
		return PORT;
	if (text[0] != ':' || len < 2 || len > 6)
		return 0;
	for (i = 1; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		port = port * 10 + (unsigned long)(text[i] - '0');
	}
	return port > UINT16_MAX ? 0 : (uint16_t)port;
}

/* The length of the host in text, of which brackets are no part. */
static size_t
parse_host(const char *text, size_t len, const char **hostp)
{
	const char *end;
	bool bracket = len > 0 && text[0] == '[';

	*hostp = bracket ? text + 1 : text;
	end = memchr(text, bracket ? ']' : ':', len);
	if (end == NULL)
		return bracket ? 0 : len;
	return (size_t)(end - *hostp);
}

/* Without what could lead out of it, or what two names would reach. */
static bool
root_ok(const char *root)
{
	size_t len = strlen(root);

	return len > 0 && len < ROOT_MAX && strstr(root, "//") == NULL &&
	    strstr(root, "/../") == NULL &&
	    (len < 3 || strcmp(root + len - 3, "/..") != 0);
}

int
store_sftp_url_parse(const char *url, struct store_sftp_url *u)
{
	const char *at, *slash, *host = NULL, *text = url + strlen(SCHEME);
	size_t len, hostlen = 0;
	int r = ERR_CONFIG;

	memset(u, 0, sizeof(*u));
	if (!store_has_prefix(url, SCHEME) ||
	    (slash = strchr(text, '/')) == NULL || !root_ok(slash) ||
	    (at = memrchr(text, '@', (size_t)(slash - text))) == NULL ||
	    at == text)
		goto out;
	len = (size_t)(slash - at) - 1;
	hostlen = parse_host(at + 1, len, &host);
	len = hostlen + (host != at + 1 ? 2 : 0);
	u->port = parse_port(at + 1 + len, (size_t)(slash - at) - 1 - len);
	if (hostlen == 0 || u->port == 0)
		goto out;
	u->user = strndup(text, (size_t)(at - text));
	u->host = strndup(host, hostlen);
	u->root = strdup(slash);
	r = u->user == NULL || u->host == NULL || u->root == NULL ?
	    ERR_NOMEM : 0;
	/* "/dir/" is "/dir", and "/" is "". */
	if (r == 0 && u->root[strlen(u->root) - 1] == '/')
		u->root[strlen(u->root) - 1] = '\0';
 out:
	if (r == ERR_CONFIG)
		log_error("store %s: write it as"
		    " sftp://user@host:port/directory", url);
	if (r != 0)
		store_sftp_url_clear(u);
	return r;
}
