/* command.c: what the commands of backupctl have in common. */
#include "backupctl/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backupd/target.h"
#include "base/fdio.h"
#include "base/suggest.h"
#include "cli/json.h"
#include "cli/prompt.h"
#include "cli/text.h"
#include "crypto/secret.h"
#include "policy/policy.h"
#include "policy/report.h"
#include "repo/key.h"
#include "repo/repo.h"
#include "repo/snapshot.h"
#include "store/store.h"

#define KEY_TEXT_MAX 4096

enum cli_exit
command_answer(const struct cli *cli, struct cli_json *j, enum cli_exit code)
{
	int r = cli_json_envelope(j, stdout, cli->command->name, (int)code);

	cli_json_free(j);
	if (r != 0) {
		fprintf(stderr, "%s: cannot print the answer: %s\n",
		    cli->program->name, err_text(r));
		return CLI_EXIT_FAILED;
	}
	return code;
}

enum cli_exit
command_text(const struct cli *cli,
    void (*print)(FILE *f, const struct cli *cli))
{
	struct cli_json *j = NULL;
	enum cli_exit code = CLI_EXIT_OK;
	char *text = NULL;
	size_t len;
	FILE *f;

	if (!cli->json) {
		print(stdout, cli);
		return CLI_EXIT_OK;
	}
	if ((f = open_memstream(&text, &len)) == NULL)
		return cli_fail(cli, CLI_EXIT_FAILED, "out of memory");
	print(f, cli);
	if (fclose(f) != 0 || cli_json_new(&j) != 0)
		code = cli_fail(cli, CLI_EXIT_FAILED, "out of memory");
	else {
		cli_json_str(j, "text", text);
		code = command_answer(cli, j, CLI_EXIT_OK);
	}
	free(text);
	return code;
}

/* A file that is not there is not found; any other one is not valid. */
enum cli_exit
command_policy_exit(int r)
{
	if (r == ERR_DENIED)
		return CLI_EXIT_POLICY;
	return cli_exit_from_err(r);
}

enum cli_exit
command_load_policy(const struct cli *cli, const struct policy **pp)
{
	const struct policy *p = NULL;
	struct policy_report *report = NULL;
	enum cli_exit code;
	int r;

	if ((r = policy_report_new(&report)) != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "%s", err_text(r));
	if ((r = policy_load(cli->config, report, &p)) == 0) {
		*pp = p;
		code = CLI_EXIT_OK;
	} else {
		policy_report_print(report, stderr,
		    cli_color_on(cli, stderr));
		code = cli_fail(cli, command_policy_exit(r),
		    "the policy %s %s", cli->config, r == ERR_NOENT ?
		    "is not there" : "is not valid");
	}
	policy_report_free(report);
	return code;
}

/* The target whose name is nearest to what was typed, or NULL. */
static const char *
nearest_target(const struct policy *p, const char *name)
{
	const char *best = NULL;
	size_t i, score, least = SUGGEST_WORD_MAX;

	for (i = 0; i < p->ntargets; i++) {
		score = suggest_score(name, p->targets[i].name);
		if (score < least) {
			least = score;
			best = p->targets[i].name;
		}
	}
	return best;
}

enum cli_exit
command_find_target(const struct cli *cli, const char *name,
    const struct policy **pp, const struct policy_target **tp)
{
	const struct policy *p = NULL;
	const struct policy_target *t;
	const char *best;
	enum cli_exit code;

	if ((code = command_load_policy(cli, &p)) != CLI_EXIT_OK)
		return code;
	t = name != NULL ? policy_target_find(p, name) :
	    policy_target_primary(p);
	if (t == NULL && name == NULL)
		code = cli_fail(cli, CLI_EXIT_POLICY, "%s: no target with role"
		    " \"primary\"", p->file);
	else if (t == NULL) {
		best = nearest_target(p, name);
		code = cli_fail(cli, CLI_EXIT_NOT_FOUND,
		    "the policy has no target %s%s%s%s", name,
		    best != NULL ? "; did you mean " : "",
		    best != NULL ? best : "", best != NULL ? "?" : "");
	} else if (t->url == NULL)
		code = cli_fail(cli, CLI_EXIT_REFUSED,
		    "target %s has no path: attach its disk first", name);
	if (code != CLI_EXIT_OK) {
		policy_free(p);
		return code;
	}
	*pp = p;
	*tp = t;
	return CLI_EXIT_OK;
}

/* The text of a key file or of a file with a recovery key or passphrase. */
static int
read_key_text(const char *path, char text[KEY_TEXT_MAX])
{
	size_t len = 0;
	int fd, r;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return err_from_errno(errno);
	r = fdio_pread(fd, text, KEY_TEXT_MAX - 1, 0, &len);
	text[r == 0 ? len : 0] = '\0';
	fdio_close(&fd);
	if (r == 0 && (len == 0 || memchr(text, '\0', len) != NULL))
		r = ERR_FORMAT;
	return r;
}

/* Get the text of a key, from the file or from who sits at the terminal. */
static enum cli_exit
get_key_text(const struct cli *cli, const char *path,
    char text[KEY_TEXT_MAX])
{
	int r;

	if (strcmp(path, "-") != 0) {
		if ((r = read_key_text(path, text)) == 0)
			return CLI_EXIT_OK;
		return cli_fail(cli, CLI_EXIT_KEY,
		    "key %s: %s; --key names another, --key - asks for one",
		    path, err_text(r));
	}
	r = cli_prompt_secret(cli, "Recovery key or passphrase: ", false,
	    text, KEY_TEXT_MAX);
	if (r == 0)
		return CLI_EXIT_OK;
	return cli_fail(cli, r == ERR_CANCELLED ? CLI_EXIT_SIGINT :
	    CLI_EXIT_KEY, "no key: %s", r == ERR_DENIED ?
	    "there is no terminal to ask at" : err_text(r));
}

static enum cli_exit
open_with(const struct cli *cli, const char *path, struct opened *o)
{
	char text[KEY_TEXT_MAX] = "";
	struct key_input key = { 0 };
	enum cli_exit code;
	int r;

	if ((code = get_key_text(cli, path, text)) != CLI_EXIT_OK)
		goto out;
	if ((r = key_input_parse(text, &key)) != 0) {
		code = cli_fail(cli, CLI_EXIT_KEY,
		    "this is no key file, recovery key or passphrase: %s",
		    err_text(r));
		goto out;
	}
	if ((r = repo_open(o->store, &key, &o->repo)) != 0)
		code = cli_fail(cli, cli_exit_from_open(r), "target %s: %s",
		    o->target->name, r == ERR_DENIED ? "wrong key" :
		    r == ERR_NOENT ? "there is no repository" : err_text(r));
 out:
	crypto_wipe(text, sizeof(text));
	crypto_wipe(&key, sizeof(key));
	return code;
}

enum cli_exit
command_open(const struct cli *cli, const char *name, struct opened *o)
{
	const char *path = cli_option_get(cli, "key", 0);
	struct target_trouble t;
	struct key_file k;
	enum cli_exit code;
	int r;

	memset(o, 0, sizeof(*o));
	code = command_find_target(cli, name, &o->policy, &o->target);
	if (code != CLI_EXIT_OK)
		return code;
	if ((r = key_file_read(o->target->key_file, &k)) == 0) {
		struct target_ask ask;

		target_ask_about(o->target, &ask);
		r = target_open(&ask, k.repo_id, &o->store, &t);
		crypto_wipe(&k, sizeof(k));
		if (r != 0)
			return cli_fail(cli, t.code, "%s", t.text);
	} else if ((r = target_store(o->target, &o->store)) != 0)
		return cli_fail(cli, cli_exit_from_open(r), "target %s: %s: %s",
		    o->target->name, o->target->url, r == ERR_NOENT ?
		    "not there; is it mounted?" : err_text(r));
	return open_with(cli, path != NULL ? path : o->target->key_file, o);
}

void
command_close(struct opened *o)
{
	repo_close(o->repo);
	store_close(o->store);
	policy_free(o->policy);
	memset(o, 0, sizeof(*o));
}

char *
command_names_join(const struct cli *cli)
{
	size_t len = 1;
	char *names;
	int i;

	for (i = 0; i < cli->nargs; i++)
		len += strlen(cli->args[i]) + 1;
	if ((names = calloc(1, len)) == NULL)
		return NULL;
	for (i = 0; i < cli->nargs; i++) {
		if (i > 0)
			strcat(names, "\n");
		strcat(names, cli->args[i]);
	}
	return names;
}

enum cli_exit
command_find_snapshot(const struct cli *cli, struct repo *r,
    const char *name, struct snapshot **snp)
{
	int e = snapshot_find(r, name, snp);

	if (e == 0)
		return CLI_EXIT_OK;
	if (e == ERR_EXIST)
		return cli_fail(cli, CLI_EXIT_NOT_FOUND, "%s: several"
		    " snapshots are meant by this; give more of its id",
		    name);
	if (e == ERR_NOENT)
		return cli_fail(cli, CLI_EXIT_NOT_FOUND, "%s: no such"
		    " snapshot; see backupctl snap list", name);
	return cli_fail(cli, cli_exit_from_err(e), "%s: %s", name,
	    err_text(e));
}
