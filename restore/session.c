/* session.c: an opened repository, and how commands of restore fail. */
#include "restore/session.h"

#include <sys/stat.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/pool.h"
#include "cli/json.h"
#include "cli/prompt.h"
#include "crypto/secret.h"
#include "repo/key.h"
#include "store/store.h"

#define SESSION_KEY_MAX 4096		/* bytes of a key file */
#define SESSION_THREADS_MAX 4
#define SESSION_TEXT_MAX 1024

static volatile sig_atomic_t session_signal;

static void
session_on_signal(int sig)
{

	session_signal = sig;
}

void
session_catch(void)
{
	struct sigaction sa = { .sa_handler = session_on_signal };

	sigemptyset(&sa.sa_mask);
	sa.sa_flags = SA_RESTART;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

enum cli_exit
session_stopped(void)
{

	if (session_signal == 0)
		return CLI_EXIT_OK;
	return session_signal == SIGINT ? CLI_EXIT_SIGINT : CLI_EXIT_SIGTERM;
}

unsigned int
session_threads(void)
{
	unsigned int n = pool_cpus();

	return n < SESSION_THREADS_MAX ? n : SESSION_THREADS_MAX;
}

enum cli_exit
session_fail(const struct cli *cli, enum cli_exit code, const char *fmt, ...)
{
	char text[SESSION_TEXT_MAX];
	struct cli_json *j = NULL;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!cli->json || strcmp(cli->command->name, "list") == 0 ||
	    cli_json_new(&j) != 0)
		return cli_fail(cli, code, "%s", text);
	cli_json_int(j, "code", code);
	cli_json_str(j, "error", text);
	if (cli_json_line(j, stdout, "end") != 0)
		code = CLI_EXIT_FAILED;
	cli_json_free(j);
	return code;
}

/* Read the key file at path to text, which has SESSION_KEY_MAX + 1 bytes. */
static enum cli_exit
session_key_read(const struct cli *cli, const char *path, char *text)
{
	struct buf *b = NULL;
	struct stat st;
	int r;

	if ((r = buf_new(SESSION_KEY_MAX, &b)) == 0)
		r = fdio_read_file(path, SESSION_KEY_MAX, b);
	if (r != 0) {
		buf_free(b);
		return session_fail(cli, r == ERR_NOENT ?
		    CLI_EXIT_NOT_FOUND : CLI_EXIT_FAILED,
		    "key file %s: %s; give another with --key", path,
		    err_text(r));
	}
	if (stat(path, &st) == 0 && (st.st_mode & 077) != 0)
		log_warn("key file %s: others may read it; chmod 600 it",
		    path);
	memcpy(text, buf_ptr(b), buf_len(b));
	text[buf_len(b)] = '\0';
	buf_wipe(b);
	buf_free(b);
	return CLI_EXIT_OK;
}

/* Get the key's text from a file, the known one too, or from the officer. */
static enum cli_exit
session_key(const struct cli *cli, const char *known, char *text)
{
	const char *path = cli_option_get(cli, "key", 0);
	int r;

	if (path == NULL)
		path = getenv("KHO_KEY_FILE");
	if (path == NULL && known != NULL && access(known, R_OK) == 0)
		path = known;
	if (path != NULL && *path != '\0')
		return session_key_read(cli, path, text);
	if (!cli_prompt_possible(cli))
		return session_fail(cli, CLI_EXIT_USAGE, "no key: give its "
		    "file with --key, or run this on a terminal to be asked");
	r = cli_prompt_secret(cli, "Recovery key or passphrase: ", false,
	    text, SESSION_KEY_MAX);
	if (r != 0)
		return session_fail(cli, CLI_EXIT_FAILED,
		    "no key was typed: %s", err_text(r));
	return CLI_EXIT_OK;
}

/* Tell why the repository cannot be opened. */
static enum cli_exit
session_fail_open(const struct cli *cli, const char *url, int r)
{
	enum cli_exit code = cli_exit_from_open(r);

	switch (r) {
	case ERR_NOENT:
		return session_fail(cli, code, "%s: there is no repository "
		    "here; see that the target is mounted and --repo is "
		    "right", url);
	case ERR_DENIED:
		return session_fail(cli, code, "%s: no key slot opens with "
		    "this key: it is wrong, or its slot was removed or is "
		    "damaged", url);
	case ERR_VERSION:
		return session_fail(cli, code, "%s: made by a newer version "
		    "of Kho; use that one's restore", url);
	case ERR_CORRUPT:
	case ERR_FORMAT:
		return session_fail(cli, CLI_EXIT_DAMAGED, "%s: the "
		    "repository's configuration is damaged in all its "
		    "copies; try another copy of the repository", url);
	default:
		return session_fail(cli, code, "%s: cannot open the "
		    "repository: %s", url, err_text(r));
	}
}

/* Parse the key's text and open the repository in s->store with it. */
static enum cli_exit
session_unlock(const struct cli *cli, struct session *s, const char *url,
    char *text)
{
	struct key_input key = { .kind = KEY_PASSPHRASE };
	struct repo_params params;
	enum cli_exit code = CLI_EXIT_OK;
	int r;

	if ((r = key_input_parse(text, &key)) == ERR_CORRUPT)
		code = session_fail(cli, CLI_EXIT_KEY, "the recovery key is "
		    "mistyped: its check fails; compare it with the paper");
	else if (r != 0)
		code = session_fail(cli, CLI_EXIT_KEY, "the key cannot be "
		    "used: %s; it is a key file, a recovery key or a "
		    "passphrase", err_text(r));
	else if ((r = repo_open(s->store, &key, &s->repo)) == ERR_DENIED &&
	    repo_peek(s->store, &params) == ERR_DENIED)
		code = session_fail(cli, CLI_EXIT_FAILED, "%s: not permitted "
		    "to read the repository; run this as its owner", url);
	else if (r != 0)
		code = session_fail_open(cli, url, r);
	crypto_wipe(&key, sizeof(key));
	return code;
}

enum cli_exit
session_open(const struct cli *cli, struct session *s)
{
	char text[SESSION_KEY_MAX + 1] = "";
	enum cli_exit code;
	int r;

	memset(s, 0, sizeof(*s));
	if ((code = access_find(cli, &s->access)) != CLI_EXIT_OK)
		goto out;
	if ((r = crypto_init()) != 0) {
		code = session_fail(cli, CLI_EXIT_FAILED, "crypto: %s",
		    err_text(r));
		goto out;
	}
	if ((code = access_open(cli, &s->access, &s->store)) ==
	    CLI_EXIT_OK && (code = session_key(cli, s->access.key_file,
	    text)) == CLI_EXIT_OK)
		code = session_unlock(cli, s, s->access.url, text);
	crypto_wipe(text, sizeof(text));
 out:
	if (code != CLI_EXIT_OK)
		session_close(s);
	return code;
}

enum cli_exit
session_load(const struct cli *cli, struct session *s)
{
	int r;

	if ((r = index_open(s->repo, &s->index)) == 0)
		r = reader_new(s->repo, s->index, &s->reader);
	if (r == 0)
		return CLI_EXIT_OK;
	return session_fail(cli, cli_exit_from_err(r), "%s: cannot load the "
	    "index: %s; restore verify tells what is damaged",
	    store_name(s->store), err_text(r));
}

void
session_close(struct session *s)
{

	reader_free(s->reader);
	index_close(s->index);
	repo_close(s->repo);
	store_close(s->store);
	access_clear(&s->access);
	memset(s, 0, sizeof(*s));
}

/* Name the sets of a host, "a, b", for a message. */
static void
session_sets(struct session *s, const char *host, char *out, size_t len)
{
	struct snapshot_list *l = NULL;
	struct snapshot *sn;
	size_t used = 0;
	int r;

	out[0] = '\0';
	if (snapshot_list_new(s->repo, &l) != 0)
		return;
	while ((r = snapshot_list_next(l, &sn)) != 0) {
		if (r < 0)
			continue;
		if (strcmp(sn->host, host) == 0 && used < len)
			used += (size_t)snprintf(out + used, len - used,
			    "%s%s/%s", used > 0 ? ", " : "", sn->host,
			    sn->set);
		snapshot_list_skip(l);
		snapshot_free(sn);
	}
	snapshot_list_free(l);
}

enum cli_exit
session_find(const struct cli *cli, struct session *s, const char *selector,
    struct snapshot **snp)
{
	char sets[512];
	int r;

	switch (r = snapshot_find(s->repo, selector, snp)) {
	case 0:
		return CLI_EXIT_OK;
	case ERR_NOENT:
		return session_fail(cli, CLI_EXIT_NOT_FOUND, "no snapshot "
		    "\"%s\" in %s; restore list shows what there is",
		    selector, store_name(s->store));
	case ERR_EXIST:
		session_sets(s, selector, sets, sizeof(sets));
		if (sets[0] != '\0')
			return session_fail(cli, CLI_EXIT_USAGE, "host %s "
			    "has several sets; name one: %s", selector, sets);
		return session_fail(cli, CLI_EXIT_USAGE, "several snapshots "
		    "begin with \"%s\"; give more digits", selector);
	case ERR_CORRUPT:
	case ERR_FORMAT:
		return session_fail(cli, CLI_EXIT_DAMAGED, "snapshot \"%s\" "
		    "is damaged in the repository; choose another by its id "
		    "(restore list), or another copy of the repository",
		    selector);
	default:
		return session_fail(cli, cli_exit_from_err(r),
		    "snapshot \"%s\": %s", selector, err_text(r));
	}
}
