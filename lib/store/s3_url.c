/* s3_url.c: where a bucket is, and the keys to it. */
#include "config.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "store/internal.h"
#include "store/s3.h"

#define TLS "s3://"
#define PLAIN "s3+http://"
#define HOST_MAX 255
#define PART_MAX 255
#define PREFIX_MAX 512
#define KEYS_FILE_MAX 1024

void
s3_url_clear(struct s3_url *u)
{
	free(u->base);
	free(u->host);
	free(u->path);
	free(u->prefix);
	memset(u, 0, sizeof(*u));
}

/* One part of a path, which need not be encoded and leads nowhere else. */
static bool
part_ok(const char *text, size_t len)
{
	if (len == 0 || len > PART_MAX ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") < len)
		return false;
	return text[0] != '.' || (len > 1 && (len > 2 || text[1] != '.'));
}

static bool
prefix_ok(const char *text)
{
	size_t len;

	if (strlen(text) > PREFIX_MAX)
		return false;
	for (; *text != '\0'; text += len + (text[len] == '/')) {
		len = strcspn(text, "/");
		if (!part_ok(text, len))
			return false;
	}
	return true;
}

/* HOST[:PORT]; a port that goes without saying is not signed. */
static bool
host_ok(const char *text, size_t len, const char *usual, size_t *signedp)
{
	const char *end = text[0] == '[' ?
	    memchr(text, ']', len) : memchr(text, ':', len);
	size_t host, port;

	if (text[0] == '[' && end != NULL)
		host = (size_t)(end - text) + 1;
	else
		host = end != NULL ? (size_t)(end - text) : len;
	if (host == 0 || len > HOST_MAX ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:[]") < len)
		return false;
	*signedp = len;
	if (host == len)
		return true;
	port = len - host - 1;
	if (text[host] != ':' || port == 0 || port > 5 ||
	    strspn(text + host + 1, "0123456789") < port)
		return false;
	if (port == strlen(usual) && strncmp(text + host + 1, usual,
	    port) == 0)
		*signedp = host;
	return true;
}

int
s3_url_parse(const char *url, struct s3_url *u)
{
	const bool tls = store_has_prefix(url, TLS);
	const char *host, *bucket, *prefix;
	size_t len, hostlen, bucketlen;
	int r = ERR_CONFIG;

	memset(u, 0, sizeof(*u));
	if (!tls && !store_has_prefix(url, PLAIN))
		goto out;
	host = url + strlen(tls ? TLS : PLAIN);
	len = strcspn(host, "/");
	bucket = host + len + (host[len] == '/');
	bucketlen = strcspn(bucket, "/");
	prefix = bucket + bucketlen + (bucket[bucketlen] == '/');
	if (!host_ok(host, len, tls ? "443" : "80", &hostlen) ||
	    !part_ok(bucket, bucketlen) || !prefix_ok(prefix))
		goto out;
	r = 0;
	if (asprintf(&u->base, "%s://%.*s", tls ? "https" : "http",
	    (int)hostlen, host) == -1)
		u->base = NULL;
	if (asprintf(&u->path, "/%.*s", (int)bucketlen, bucket) == -1)
		u->path = NULL;
	if (asprintf(&u->prefix, "%s%s", prefix, prefix[0] == '\0' ||
	    prefix[strlen(prefix) - 1] == '/' ? "" : "/") == -1)
		u->prefix = NULL;
	u->host = strndup(host, hostlen);
	if (u->base == NULL || u->path == NULL || u->prefix == NULL ||
	    u->host == NULL)
		r = ERR_NOMEM;
 out:
	if (r == ERR_CONFIG)
		log_error("store %s: write it as s3://host/bucket/prefix",
		    url);
	if (r != 0)
		s3_url_clear(u);
	return r;
}

/* The next word of text, up to white space; NULL if it does not fit. */
static const char *
take_word(const char *text, char *word, size_t size)
{
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strcspn(text, " \t\r\n");
	if (len == 0 || len >= size)
		return NULL;
	memcpy(word, text, len);
	word[len] = '\0';
	return text + len;
}

/* A file of one's own, that nobody else may read. */
static int
check_private(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) == -1) {
		log_errno(errno, "credentials %s: cannot be looked at", path);
		return err_from_errno(errno);
	}
	if (!S_ISREG(st.st_mode)) {
		log_error("credentials %s: not a file", path);
		return ERR_CONFIG;
	}
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		log_error("credentials %s: others may use it: chmod 600",
		    path);
		return ERR_DENIED;
	}
	return 0;
}

int
s3_keys_read(const char *path, struct s3_keys *keys)
{
	char text[KEYS_FILE_MAX + 1];
	const char *rest;
	size_t len = 0;
	int fd, r;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) == -1) {
		r = errno == ENOENT ? ERR_CONFIG : err_from_errno(errno);
		log_errno(errno, "credentials %s: cannot be opened", path);
		return r;
	}
	if ((r = check_private(fd, path)) != 0)
		goto out;
	if ((r = fdio_pread(fd, text, sizeof(text) - 1, 0, &len)) != 0) {
		log_err(r, "credentials %s: cannot be read", path);
		goto out;
	}
	text[len] = '\0';
	if ((rest = take_word(text, keys->id, sizeof(keys->id))) == NULL ||
	    (rest = take_word(rest, keys->secret,
	    sizeof(keys->secret))) == NULL ||
	    rest[strspn(rest, " \t\r\n")] != '\0') {
		log_error("credentials %s: not two words, the key's id and"
		    " its secret", path);
		r = ERR_CONFIG;
	}
 out:
	explicit_bzero(text, sizeof(text));
	fdio_close(&fd);
	return r;
}
