/* info.c: what the agent can tell of its machine, for people. */
#include "config.h"

#include "agents/info.h"

#include <sys/utsname.h>
#include <ctype.h>
#include <glob.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "hash/hostcode.h"
#include "hash/sha256.h"

#define HOST_KEYS "/etc/ssh/ssh_host_*_key.pub"
#define KEY_FILE_MAX (16u << 10)
#define STATUS_MAX (16u << 10)
#define CAP_READ_SEARCH 2	/* CAP_DAC_READ_SEARCH */
#define FINGERPRINT_MAX 64

static const char base64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Tell whether this process may read every file. */
static bool
reads_all(void)
{
	struct buf *b = NULL;
	const char *line;
	uint64_t caps = 0;
	bool all = false;

	if (buf_new(STATUS_MAX, &b) == 0 &&
	    fdio_read_file("/proc/self/status", STATUS_MAX - 1, b) == 0 &&
	    buf_put_u8(b, 0) == 0) {
		line = strstr((const char *)buf_ptr(b), "CapEff:");
		all = line != NULL &&
		    sscanf(line, "CapEff: %" SCNx64, &caps) == 1 &&
		    (caps >> CAP_READ_SEARCH & 1) != 0;
	}
	buf_free(b);
	return all;
}

/* Decode base64 of len characters; the number of bytes. */
static size_t
base64_decode(const char *text, size_t len, uint8_t *out)
{
	const char *p;
	uint32_t acc = 0;
	unsigned int bits = 0;
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		p = strchr(base64, text[i]);
		if (p == NULL || *p == '\0')
			break;
		acc = acc << 6 | (uint32_t)(p - base64);
		if ((bits += 6) >= 8) {
			bits -= 8;
			out[n++] = (uint8_t)(acc >> bits);
		}
	}
	return n;
}

/* "SHA256:..." of the key's bytes, as ssh-keygen(1) shows it, and its code. */
static int
fingerprint(const char *key, size_t len, char text[FINGERPRINT_MAX],
    char code[HOSTCODE_MAX])
{
	uint8_t sum[SHA256_LEN + 1] = { 0 }, *data;
	size_t i, bit, n;
	uint32_t two;
	char *p;
	int r;

	if ((data = malloc(len + 1)) == NULL)
		return ERR_NOMEM;
	n = base64_decode(key, len, data);
	if ((r = sha256_of(data, n, sum)) == 0)
		r = hostcode_of(data, n, code);
	free(data);
	if (r != 0)
		return r;
	p = stpcpy(text, "SHA256:");
	for (bit = 0; bit < SHA256_LEN * 8; bit += 6) {
		i = bit / 8;
		two = (uint32_t)sum[i] << 8 | sum[i + 1];
		*p++ = base64[two >> (10 - bit % 8) & 63];
	}
	*p = '\0';
	return 0;
}

/* Print one key file's key: type, key, fingerprint. */
static int
print_key(const char *path, bool json, bool *firstp)
{
	char print[FINGERPRINT_MAX], code[HOSTCODE_MAX];
	char *text, *key, *rest = NULL;
	struct buf *b = NULL;
	int r;

	if ((r = buf_new(KEY_FILE_MAX, &b)) != 0 ||
	    (r = fdio_read_file(path, KEY_FILE_MAX - 1, b)) != 0 ||
	    (r = buf_put_u8(b, 0)) != 0)
		goto out;
	text = (char *)(uintptr_t)buf_ptr(b);
	text = strtok_r(text, " \t\n", &rest);
	key = strtok_r(NULL, " \t\n", &rest);
	if (text == NULL || key == NULL ||
	    strspn(key, base64) + 2 < strlen(key)) {
		r = ERR_FORMAT;
		goto out;
	}
	if ((r = fingerprint(key, strlen(key), print, code)) != 0)
		goto out;
	if (json)
		printf("%s{\"key\":\"%s %s\",\"fingerprint\":\"%s\","
		    "\"code\":\"%s\"}", *firstp ? "" : ",", text, key, print,
		    code);
	else
		printf("host key     %s %s\n             %s\n", text, key,
		    print);
	/* The server takes no RSA. */
	if (!json && strcmp(text, "ssh-rsa") != 0)
		printf("host code    %s\n", code);
	*firstp = false;
 out:
	if (r != 0)
		log_err(r, "host key %s: read", path);
	buf_free(b);
	return r;
}

/* Print all host keys. */
static int
print_keys(bool json)
{
	glob_t g;
	bool first = true;
	size_t i;
	int r = 0;

	if (json)
		printf(",\"host_keys\":[");
	if (glob(HOST_KEYS, 0, NULL, &g) == 0) {
		for (i = 0; i < g.gl_pathc && r == 0; i++)
			r = print_key(g.gl_pathv[i], json, &first);
		globfree(&g);
	}
	if (json)
		printf("]");
	if (r == 0 && first) {
		log_error("host keys: none at %s", HOST_KEYS);
		r = ERR_NOENT;
	}
	return r;
}

int
info_print(bool hostkey, bool json)
{
	char now[CLOCK_TEXT_MAX], host[256];
	struct utsname u;
	int r = 0;

	if (uname(&u) == -1)
		return ERR_IO;
	clock_format(clock_wall(), now);
	/* Escaped for a line; what JSON would mind is hardly a host name. */
	log_escape(host, sizeof(host), u.nodename, strcspn(u.nodename, "\""));
	if (json)
		printf("{\"schema\":\"backupd/1\",\"cmd\":\"info\","
		    "\"time\":\"%s\",\"code\":0,\"data\":{"
		    "\"version\":\"%s\",\"system\":\"%s %s %s\","
		    "\"host\":\"%s\",\"uid\":%lu,\"reads_all\":%s",
		    now, PACKAGE_VERSION, u.sysname, u.release, u.machine,
		    host, (unsigned long)geteuid(),
		    reads_all() ? "true" : "false");
	else
		printf("version      %s\nsystem       %s %s %s\n"
		    "host         %s\nuser         %lu\nreads        %s\n",
		    PACKAGE_STRING, u.sysname, u.release, u.machine, host,
		    (unsigned long)geteuid(), reads_all() ? "every file" :
		    "only what this user may");
	if (hostkey)
		r = print_keys(json);
	if (json)
		printf("}}\n");
	return fflush(stdout) == 0 ? r : ERR_IO;
}
