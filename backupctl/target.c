/* target.c: backupctl target init. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backupctl/command.h"
#include "backupctl/promises.h"
#include "backupd/target.h"
#include "base/hex.h"
#include "base/path.h"
#include "cli/json.h"
#include "crypto/phrase.h"
#include "crypto/secret.h"
#include "policy/policy.h"
#include "repo/key.h"
#include "repo/repo.h"
#include "store/store.h"

#define HOST_NAME_MAX_BYTES 64

/* What came of it: secrets, wiped by the caller. */
struct made {
	struct key_file key;
	uint8_t	 recovery[PHRASE_KEY_LEN];
	char	 phrase[PHRASE_MAX];
	struct store_promises promises;
};

/*
 * Only the last directory is made: where the one above it is missing too, a
 * share is not mounted, and the backups would fill the wrong disk.
 */
static enum cli_exit
make_directory(const struct cli *cli, const struct policy_target *t)
{
	if (t->path == NULL || mkdir(t->path, 0700) == 0 || errno == EEXIST)
		return CLI_EXIT_OK;
	return cli_fail(cli, CLI_EXIT_TARGET, "target %s: cannot make %s: %s%s",
	    t->name, t->path, strerror(errno), errno == ENOENT ?
	    "; the directory above it is missing: is it mounted?" : "");
}

/* The key file must be free, and its directory there, before we begin. */
static enum cli_exit
prepare_key_file(const struct cli *cli, const struct policy_target *t)
{
	struct stat st;
	char *dir = NULL;
	int r;

	if (lstat(t->key_file, &st) == 0)
		return cli_fail(cli, CLI_EXIT_REFUSED, "key file %s exists "
		    "already and is not replaced; move it away first",
		    t->key_file);
	if ((r = path_dirname(t->key_file, &dir)) == 0)
		r = path_mkdirs(dir, 0700);
	free(dir);
	if (r == 0)
		return CLI_EXIT_OK;
	return cli_fail(cli, CLI_EXIT_FAILED, "key file %s: cannot make its "
	    "directory: %s", t->key_file, err_text(r));
}

static enum cli_exit
create(const struct cli *cli, const struct policy_target *t, struct made *m)
{
	char name[HOST_NAME_MAX_BYTES + 1] = "";
	struct store *s = NULL;
	int r;

	if (gethostname(name, sizeof(name) - 1) == -1 || name[0] == '\0')
		snprintf(name, sizeof(name), "server");
	if ((r = target_store(t, &s)) == 0)
		r = repo_create(s, name, &m->key, m->recovery);
	if (r == 0)
		r = store_promises(s, &m->promises);
	store_close(s);
	if (r == ERR_EXIST)
		return cli_fail(cli, CLI_EXIT_REFUSED,
		    "target %s: %s is not empty; nothing was changed",
		    t->name, t->url);
	if (r != 0)
		return cli_fail(cli, cli_exit_from_open(r),
		    "target %s: cannot make the repository in %s: %s",
		    t->name, t->url, err_text(r));
	phrase_format(m->recovery, m->phrase);
	return CLI_EXIT_OK;
}

static void
print_text(const struct cli *cli, const struct policy_target *t,
    const struct made *m, bool key_written)
{
	printf("Repository of target %s made in %s\n", t->name, t->url);
	promises_print(&m->promises);
	if (key_written)
		printf("Key of this server:  %s\n", t->key_file);
	printf("\nRECOVERY KEY of target %s.  Write it on paper now:\n\n"
	    "%s\n\n"
	    "It is shown only this once and is stored nowhere.  With it and "
	    "the target every\nbackup can be restored, even when this server "
	    "is gone; without it and without\nthe key file nothing can.  Keep "
	    "two copies in two places, away from the target.\n"
	    "Whoever has it can read all backups.\n\n", t->name, m->phrase);
	if (!cli->quiet && key_written)
		printf("Next:\n"
		    "  backupctl -c %s key list %s\n"
		    "  backupd -c %s --once\n", cli->config, t->name,
		    cli->config);
}

static enum cli_exit
print_json(const struct cli *cli, const struct policy_target *t,
    const struct made *m, enum cli_exit code)
{
	char id[2 * REPO_ID_LEN + 1];
	struct cli_json *j;

	if (cli_json_new(&j) != 0) {
		print_text(cli, t, m, code == CLI_EXIT_OK);
		return CLI_EXIT_FAILED;
	}
	hex_format(m->key.repo_id, REPO_ID_LEN, id);
	cli_json_str(j, "target", t->name);
	cli_json_str(j, "path", t->url);
	cli_json_str(j, "repository", id);
	cli_json_str(j, "key_file", code == CLI_EXIT_OK ? t->key_file : NULL);
	cli_json_str(j, "recovery_key", m->phrase);
	promises_json(j, &m->promises);
	return command_answer(cli, j, code);
}

enum cli_exit
command_target_init(struct cli *cli)
{
	const struct policy *p = NULL;
	const struct policy_target *t;
	struct made m = { 0 };
	enum cli_exit code;
	int r;

	code = command_find_target(cli, cli->args[0], &p, &t);
	if (code != CLI_EXIT_OK)
		return code;
	/* A copy holds the repository that it is a copy of. */
	if (!t->primary) {
		code = cli_fail(cli, CLI_EXIT_REFUSED, "target %s is a copy;"
		    " it is made with: backupctl target sync %s", t->name,
		    t->name);
		goto out;
	}
	if ((code = prepare_key_file(cli, t)) != CLI_EXIT_OK ||
	    (code = make_directory(cli, t)) != CLI_EXIT_OK ||
	    (code = create(cli, t, &m)) != CLI_EXIT_OK)
		goto out;
	/* The recovery key is shown even so: the repository stands. */
	if ((r = key_file_write(t->key_file, &m.key)) != 0) {
		fprintf(stderr, "%s: key file %s: %s; make one with the "
		    "recovery key: backupctl key add %s --key - --host %s\n",
		    cli->program->name, t->key_file, err_text(r), t->name,
		    t->key_file);
		code = CLI_EXIT_FAILED;
	}
	if (cli->json)
		code = print_json(cli, t, &m, code);
	else
		print_text(cli, t, &m, code == CLI_EXIT_OK);
 out:
	crypto_wipe(&m, sizeof(m));
	policy_free(p);
	return code;
}
