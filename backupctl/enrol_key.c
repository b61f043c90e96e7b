/* enrol_key.c: the keys of a host, ours and its own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backupctl/child.h"
#include "backupctl/enrol.h"
#include "base/buf.h"
#include "base/fdio.h"
#include "base/path.h"
#include "cli/prompt.h"

#define KEYS_MAX 8
#define SCAN_MAX (64u << 10)
#define SCAN_SECONDS "10"
#define TYPED_MAX 128

/* The first line of a file, without its end. */
static int
line_read(const char *path, char out[ENROL_LINE_MAX])
{
	struct buf *b = NULL;
	size_t len;
	int r;

	if ((r = buf_new(SCAN_MAX, &b)) == 0 &&
	    (r = fdio_read_file(path, SCAN_MAX, b)) == 0) {
		len = buf_len(b) < ENROL_LINE_MAX ? buf_len(b) :
		    ENROL_LINE_MAX - 1;
		memcpy(out, buf_ptr(b), len);
		out[len] = '\0';
		out[strcspn(out, "\n")] = '\0';
	}
	buf_free(b);
	return r;
}

static enum cli_exit
pair_make(const struct cli *cli, const char *path, const char *host)
{
	const struct child_io io = { .in = NULL };
	char comment[300], *dir = NULL;
	const char *const argv[] = { "ssh-keygen", "-q", "-t", "ed25519",
	    "-N", "", "-C", comment, "-f", path, NULL };
	int code = 0, r;

	snprintf(comment, sizeof(comment), "kho-%s", host);
	if ((r = path_dirname(path, &dir)) == 0)
		r = path_mkdirs(dir, 0700);
	free(dir);
	if (r == 0)
		r = child_run(argv, &io, &code);
	if (r != 0 || code != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "key %s: cannot be"
		    " made: %s", path, r != 0 ? err_text(r) :
		    "ssh-keygen failed; is openssh-client installed?");
	return CLI_EXIT_OK;
}

enum cli_exit
enrol_pair(const struct cli *cli, const char *path, const char *host,
    char linep[ENROL_LINE_MAX])
{
	char public[4200];
	enum cli_exit code;
	struct stat st;
	int r;

	if (lstat(path, &st) == -1 && errno == ENOENT &&
	    (code = pair_make(cli, path, host)) != CLI_EXIT_OK)
		return code;
	snprintf(public, sizeof(public), "%s.pub", path);
	if ((r = line_read(public, linep)) != 0)
		return cli_fail(cli, cli_exit_from_err(r), "key %s: %s",
		    public, err_text(r));
	return CLI_EXIT_OK;
}

/* Fill *kp from "TYPE BASE64". */
static int
key_fill(const char *line, struct enrol_key *kp)
{
	struct ssh_key key;
	int r;

	if ((r = ssh_key_parse(line, &key)) != 0 ||
	    (r = ssh_key_fingerprint(key.blob, key.len,
	    kp->fingerprint)) != 0 ||
	    (r = hostcode_of(key.blob, key.len, kp->code)) != 0)
		return r;
	snprintf(kp->line, sizeof(kp->line), "%s", line);
	return 0;
}

/* The keys in what ssh-keyscan(1) prints: "HOST TYPE BASE64", a line each. */
static size_t
keys_take(struct buf *b, struct enrol_key keys[KEYS_MAX])
{
	char *text = (char *)(uintptr_t)buf_ptr(b), *line, *key, *rest = NULL;
	size_t n = 0;

	for (line = strtok_r(text, "\n", &rest); line != NULL && n < KEYS_MAX;
	    line = strtok_r(NULL, "\n", &rest)) {
		key = line[0] == '#' ? NULL : strchr(line, ' ');
		if (key != NULL && key_fill(key + 1, &keys[n]) == 0)
			n++;
	}
	return n;
}

/* Ask the host for its keys: what it says proves nothing yet. */
static enum cli_exit
keys_scan(const struct cli *cli, const char *address, unsigned int port,
    struct enrol_key keys[KEYS_MAX], size_t *np)
{
	struct child_io io = { .in = NULL };
	struct buf *noise = NULL;
	char number[16];
	const char *const argv[] = { "ssh-keyscan", "-T", SCAN_SECONDS,
	    "-t", "ed25519,ecdsa", "-p", number, "--", address, NULL };
	int code = 0, r;

	snprintf(number, sizeof(number), "%u", port);
	if ((r = buf_new(SCAN_MAX, &io.out)) == 0 &&
	    (r = buf_new(SCAN_MAX, &noise)) == 0) {
		io.err = noise;
		r = child_run(argv, &io, &code);
	}
	if (r == 0 && (r = buf_put_u8(io.out, 0)) == 0)
		*np = keys_take(io.out, keys);
	buf_free(io.out);
	buf_free(noise);
	if (r != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "%s", err_text(r));
	if (code == 127)
		return cli_fail(cli, CLI_EXIT_FAILED, "ssh-keyscan cannot be"
		    " run; install openssh-client");
	if (*np == 0)
		return cli_fail(cli, CLI_EXIT_UNREACHABLE, "%s port %u: no"
		    " sshd with an Ed25519 or ECDSA key answers; see whether"
		    " the host is up and its firewall lets this server in",
		    address, port);
	return CLI_EXIT_OK;
}

/* The typed code in its form.  A slip is told from a wrong code. */
static enum cli_exit
code_read(const struct cli *cli, const char *typed, char code[HOSTCODE_MAX])
{
	int r = hostcode_parse(typed, code);

	if (r == ERR_CORRUPT)
		return cli_fail(cli, CLI_EXIT_USAGE, "%s: a character of the"
		    " code is wrong; read it again from: backup-agent info"
		    " --hostkey", typed);
	if (r != 0)
		return cli_fail(cli, CLI_EXIT_USAGE, "%s: this is no host"
		    " code: it has four groups of four, as backup-agent info"
		    " --hostkey shows it on the host", typed);
	return CLI_EXIT_OK;
}

/* Ask until it has the form of a code. */
static enum cli_exit
code_ask(const struct cli *cli, char code[HOSTCODE_MAX])
{
	char typed[TYPED_MAX];
	int r;

	if (!cli_prompt_possible(cli))
		return cli_fail(cli, CLI_EXIT_USAGE, "the host's code is"
		    " needed: run  backup-agent info --hostkey  there, and"
		    " give what it shows as --host-code");
	do {
		r = cli_prompt_line(cli, "Host code, as shown on the host by"
		    "  backup-agent info --hostkey : ", typed, sizeof(typed));
		if (r != 0)
			return cli_fail(cli, CLI_EXIT_USAGE, "no code was"
			    " typed; nothing was changed");
	} while (code_read(cli, typed, code) != CLI_EXIT_OK);
	return CLI_EXIT_OK;
}

/* Which of the keys that came over the network is the host's own. */
static enum cli_exit
key_choose(const struct cli *cli, const char *code,
    const struct enrol_key *keys, size_t n, struct enrol_key *kp)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(keys[i].code, code) == 0) {
			*kp = keys[i];
			return CLI_EXIT_OK;
		}
	return cli_fail(cli, CLI_EXIT_IDENTITY, "the code %s is not that of"
	    " the key seen on the network (%s): either it was read off another"
	    " machine or another one answers in the host's place; nothing was"
	    " changed", code, keys[0].fingerprint);
}

enum cli_exit
enrol_host_key(const struct cli *cli, const char *address, unsigned int port,
    struct enrol_key *kp)
{
	const char *given = cli_option_get(cli, "host-key", 0);
	const char *typed = cli_option_get(cli, "host-code", 0);
	struct enrol_key keys[KEYS_MAX];
	char code[HOSTCODE_MAX];
	enum cli_exit e;
	size_t n = 0;

	if (given != NULL && key_fill(given, kp) != 0)
		return cli_fail(cli, CLI_EXIT_USAGE, "--host-key: this is no"
		    " whole Ed25519 or ECDSA public key");
	if (given != NULL)
		return CLI_EXIT_OK;
	if (typed != NULL && (e = code_read(cli, typed, code)) != CLI_EXIT_OK)
		return e;
	if ((e = keys_scan(cli, address, port, keys, &n)) != CLI_EXIT_OK ||
	    (typed == NULL && (e = code_ask(cli, code)) != CLI_EXIT_OK))
		return e;
	return key_choose(cli, code, keys, n, kp);
}

enum cli_exit
enrol_known(const struct cli *cli, const struct enrol_key *k, char **pathp)
{
	char path[] = "/tmp/kho-known-XXXXXX", line[ENROL_LINE_MAX + 16];
	int fd, r;

	if ((fd = mkstemp(path)) == -1)
		return cli_fail(cli, CLI_EXIT_FAILED, "%s: %s", path,
		    strerror(errno));
	snprintf(line, sizeof(line), "%s %s\n", ENROL_ALIAS, k->line);
	r = fdio_write_all(fd, line, strlen(line));
	fdio_close(&fd);
	if (r == 0 && (*pathp = strdup(path)) == NULL)
		r = ERR_NOMEM;
	if (r == 0)
		return CLI_EXIT_OK;
	(void)unlink(path);
	return cli_fail(cli, CLI_EXIT_FAILED, "%s", err_text(r));
}
