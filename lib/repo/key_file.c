/* key_file.c: keys as servers and officers keep them. */
#include "config.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/path.h"
#include "crypto/phrase.h"
#include "crypto/secret.h"
#include "repo/key.h"

#define KEY_FILE_TITLE "KHO-HOST-KEY-1"
#define KEY_FILE_MAX 512	/* what we write has 206 characters */

static void
key_file_format(const struct key_file *kf, char *text, size_t len)
{
	char id[2 * REPO_ID_LEN + 1], host[65], signer[65];

	hex_format(kf->repo_id, sizeof(kf->repo_id), id);
	hex_format(kf->host, sizeof(kf->host), host);
	hex_format(kf->signer, sizeof(kf->signer), signer);
	snprintf(text, len, KEY_FILE_TITLE "\nrepository %s\nhost %s\n"
	    "signer %s\n", id, host, signer);
	crypto_wipe(host, sizeof(host));
	crypto_wipe(signer, sizeof(signer));
}

/* Read "word HEX\n" at *textp, len bytes of it, and pass over it. */
static int
key_file_line(const char **textp, const char *word, uint8_t *data, size_t len)
{
	char hex[65];
	const char *t = *textp;
	size_t n = strlen(word);
	int r;

	if (strncmp(t, word, n) != 0 || t[n] != ' ' ||
	    strnlen(t + n + 1, 2 * len + 1) != 2 * len + 1 ||
	    t[n + 1 + 2 * len] != '\n')
		return ERR_FORMAT;
	memcpy(hex, t + n + 1, 2 * len);
	hex[2 * len] = '\0';
	if ((r = hex_parse(hex, data, len)) == 0)
		*textp = t + n + 2 * len + 2;
	crypto_wipe(hex, sizeof(hex));
	return r;
}

static int
key_file_parse(const char *text, struct key_file *kfp)
{
	struct key_file kf = { .host = { 0 } };
	int r;

	if (strncmp(text, KEY_FILE_TITLE "\n", sizeof(KEY_FILE_TITLE)) != 0)
		return ERR_FORMAT;
	text += sizeof(KEY_FILE_TITLE);
	if ((r = key_file_line(&text, "repository", kf.repo_id,
	    sizeof(kf.repo_id))) == 0 &&
	    (r = key_file_line(&text, "host", kf.host,
	    sizeof(kf.host))) == 0 &&
	    (r = key_file_line(&text, "signer", kf.signer,
	    sizeof(kf.signer))) == 0)
		r = *text == '\0' ? 0 : ERR_FORMAT;
	if (r == 0)
		*kfp = kf;
	crypto_wipe(&kf, sizeof(kf));
	return r;
}

/* Make the name of a file in the directory of path durable. */
static int
key_file_sync_dir(const char *path)
{
	char *dir;
	int fd, r;

	if ((r = path_dirname(path, &dir)) != 0)
		return r;
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		r = err_from_errno(errno);
	else
		r = fdio_sync(fd);
	fdio_close(&fd);
	free(dir);
	return r;
}

int
key_file_write(const char *path, const struct key_file *kf)
{
	char text[KEY_FILE_MAX];
	int fd, r;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1) {
		r = err_from_errno(errno);
		log_errno(errno, "key file %s: make", path);
		return r;
	}
	key_file_format(kf, text, sizeof(text));
	if ((r = fdio_write_all(fd, text, strlen(text))) != 0 ||
	    (r = fdio_sync(fd)) != 0 || (r = fdio_close(&fd)) != 0 ||
	    (r = key_file_sync_dir(path)) != 0) {
		log_err(r, "key file %s: write", path);
		unlink(path);
	}
	fdio_close(&fd);
	crypto_wipe(text, sizeof(text));
	return r;
}

/* Read the text of a key file that nobody else may read. */
static int
key_file_text(int fd, const char *path, char text[KEY_FILE_MAX + 1])
{
	struct stat st;
	size_t n;
	int r;

	if (fstat(fd, &st) == -1)
		return err_from_errno(errno);
	if (!S_ISREG(st.st_mode))
		return ERR_FORMAT;
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		log_error("key file %s: others may read or write it", path);
		return ERR_DENIED;
	}
	if ((r = fdio_pread(fd, text, KEY_FILE_MAX + 1, 0, &n)) != 0)
		return r;
	if (n > KEY_FILE_MAX)
		return ERR_FORMAT;
	text[n] = '\0';
	return 0;
}

int
key_file_read(const char *path, struct key_file *kfp)
{
	char text[KEY_FILE_MAX + 1];
	int fd, r;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		r = err_from_errno(errno);
	else if ((r = key_file_text(fd, path, text)) == 0)
		r = key_file_parse(text, kfp);
	if (r != 0)
		log_err(r, "key file %s: read", path);
	fdio_close(&fd);
	crypto_wipe(text, sizeof(text));
	return r;
}

/* A recovery key: 0, or ERR_FORMAT if text does not look like one. */
static int
key_input_phrase(char *text, uint8_t tokenp[32])
{
	char *p;
	int r;

	/* On paper it may stand in several lines. */
	for (p = text; *p != '\0'; p++)
		if (*p == '\n' || *p == '\r' || *p == '\t')
			*p = ' ';
	r = phrase_parse(text, tokenp);
	if (r == ERR_CORRUPT)
		log_error("recovery key: mistyped, first in group %u",
		    phrase_error_group(text));
	return r;
}

int
key_input_parse(char *text, struct key_input *keyp)
{
	struct key_input key = { .kind = KEY_RECOVERY };
	struct key_file kf;
	size_t line = strcspn(text, "\r\n");
	int r = 0;

	if (strncmp(text, KEY_FILE_TITLE, strlen(KEY_FILE_TITLE)) == 0) {
		if ((r = key_file_parse(text, &kf)) == 0) {
			key.kind = KEY_HOST;
			memcpy(key.token, kf.host, sizeof(key.token));
		}
		crypto_wipe(&kf, sizeof(kf));
	} else if ((r = key_input_phrase(text, key.token)) == ERR_FORMAT) {
		text[line] = '\0';
		key.kind = KEY_PASSPHRASE;
		key.passphrase = text;
		r = line > 0 ? 0 : ERR_CONFIG;
	}
	if (r == 0)
		*keyp = key;
	crypto_wipe(&key, sizeof(key));
	return r;
}
