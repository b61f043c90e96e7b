/* key.c: backupctl key list, add and remove. */
#include "repo/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backupctl/command.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "cli/json.h"
#include "cli/prompt.h"
#include "cli/text.h"
#include "crypto/phrase.h"
#include "crypto/secret.h"
#include "crypto/sign.h"
#include "policy/policy.h"

#define PASSPHRASE_MIN 12
#define PASSPHRASE_MAX 1024
#define ID_SHOWN 12		/* digits: enough to tell slots apart */
#define LABEL_MAX 64

static const char *
kind_word(enum key_kind kind)
{
	switch (kind) {
	case KEY_PASSPHRASE:
		return "passphrase";
	case KEY_HOST:
		return "host";
	case KEY_RECOVERY:
		return "recovery";
	}
	return "unknown";
}

static enum cli_exit
list_json(const struct cli *cli, const struct key_slot *slots, size_t n)
{
	struct cli_json *j;
	size_t i;

	if (cli_json_new(&j) != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "out of memory");
	cli_json_array(j, "keys");
	for (i = 0; i < n; i++) {
		cli_json_object(j, NULL);
		cli_json_str(j, "id", slots[i].id);
		cli_json_str(j, "kind", kind_word(slots[i].kind));
		cli_json_str(j, "label", slots[i].label);
		cli_json_int(j, "created", slots[i].created);
		cli_json_bool(j, "opened", slots[i].opened);
		cli_json_end(j);
	}
	cli_json_end(j);
	return command_answer(cli, j, CLI_EXIT_OK);
}

static enum cli_exit
list_text(const struct cli *cli, const struct key_slot *slots, size_t n)
{
	char created[CLOCK_TEXT_MAX], id[ID_SHOWN + 1];
	struct cli_table *t;
	size_t i;
	int r;

	if ((r = cli_table_new(5, 0, &t)) != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "%s", err_text(r));
	cli_table_cell(t, "ID");
	cli_table_cell(t, "KIND");
	cli_table_cell(t, "LABEL");
	cli_table_cell(t, "CREATED");
	cli_table_cell(t, "");
	for (i = 0; i < n; i++) {
		snprintf(id, sizeof(id), "%.*s", ID_SHOWN, slots[i].id);
		clock_format(slots[i].created, created);
		cli_table_cell(t, id);
		cli_table_cell(t, kind_word(slots[i].kind));
		cli_table_cell(t, slots[i].label);
		cli_table_cell(t, created);
		cli_table_cell(t, slots[i].opened ? "in use now" : "");
	}
	r = cli_table_print(t, stdout, 0);
	cli_table_free(t);
	return r == 0 ? CLI_EXIT_OK : cli_fail(cli, CLI_EXIT_FAILED,
	    "%s", err_text(r));
}

enum cli_exit
command_key_list(struct cli *cli)
{
	struct key_slot *slots = NULL;
	struct opened o;
	enum cli_exit code;
	size_t n = 0;
	int r;

	if ((code = command_open(cli, cli->args[0], &o)) != CLI_EXIT_OK)
		goto out;
	if ((r = key_slot_list(o.repo, &slots, &n)) != 0)
		code = cli_fail(cli, cli_exit_from_open(r),
		    "cannot list the keys: %s", err_text(r));
	else if (cli->json)
		code = list_json(cli, slots, n);
	else
		code = list_text(cli, slots, n);
 out:
	free(slots);
	command_close(&o);
	return code;
}

/* Add the slot and tell of it.  phrase is printed for paper, or NULL. */
static enum cli_exit
add_slot(const struct cli *cli, struct opened *o, const struct key_input *key,
    const char *fallback, const char *phrase)
{
	const char *label = cli_option_get(cli, "label", 0);
	struct cli_json *j;
	int r;

	if (label == NULL)
		label = fallback;
	if (strlen(label) > LABEL_MAX)
		return cli_fail(cli, CLI_EXIT_USAGE,
		    "the label is longer than %d bytes", LABEL_MAX);
	if ((r = key_slot_add(o->repo, key, label)) != 0)
		return cli_fail(cli, cli_exit_from_open(r),
		    "cannot add the key: %s", err_text(r));
	if (cli->json && cli_json_new(&j) == 0) {
		cli_json_str(j, "target", o->target->name);
		cli_json_str(j, "kind", kind_word(key->kind));
		cli_json_str(j, "label", label);
		if (phrase != NULL)
			cli_json_str(j, "recovery_key", phrase);
		return command_answer(cli, j, CLI_EXIT_OK);
	}
	if (!cli->quiet)
		printf("Key added to target %s: %s, %s\n", o->target->name,
		    kind_word(key->kind), label);
	if (phrase != NULL)
		printf("\nRECOVERY KEY of target %s.  Write it on paper now; "
		    "it is shown only this once:\n\n%s\n", o->target->name,
		    phrase);
	return CLI_EXIT_OK;
}

/* The first line of a file that nobody else may read. */
static enum cli_exit
passphrase_from_file(const struct cli *cli, const char *path,
    char out[PASSPHRASE_MAX])
{
	struct buf *b = NULL;
	struct stat st;
	size_t len;
	int r;

	if (stat(path, &st) == 0 && (st.st_mode & 077) != 0)
		return cli_fail(cli, CLI_EXIT_REFUSED,
		    "%s: others can read it; chmod go= %s", path, path);
	if ((r = buf_new(PASSPHRASE_MAX, &b)) == 0)
		r = fdio_read_file(path, PASSPHRASE_MAX - 1, b);
	if (r == 0) {
		memcpy(out, buf_ptr(b), buf_len(b));
		len = buf_len(b);
		out[len] = '\0';
		out[strcspn(out, "\r\n")] = '\0';
		buf_wipe(b);
	}
	buf_free(b);
	return r == 0 ? CLI_EXIT_OK : cli_fail(cli, cli_exit_from_err(r),
	    "%s: %s", path, err_text(r));
}

static enum cli_exit
get_passphrase(const struct cli *cli, char out[PASSPHRASE_MAX])
{
	const char *path = cli_option_get(cli, "passphrase-file", 0);
	int r;

	if (path != NULL)
		return passphrase_from_file(cli, path, out);
	r = cli_prompt_secret(cli, "New passphrase: ", true, out,
	    PASSPHRASE_MAX);
	if (r == 0)
		return CLI_EXIT_OK;
	return cli_fail(cli, r == ERR_CANCELLED ? CLI_EXIT_SIGINT :
	    CLI_EXIT_REFUSED, "no passphrase: %s", r == ERR_DENIED ?
	    "there is no terminal to ask at; use --passphrase-file" :
	    r == ERR_CONFIG ? "the two never agreed" : err_text(r));
}

static enum cli_exit
add_passphrase(const struct cli *cli, struct opened *o)
{
	char text[PASSPHRASE_MAX] = "";
	struct key_input key = { .kind = KEY_PASSPHRASE, .passphrase = text };
	enum cli_exit code;

	if ((code = get_passphrase(cli, text)) != CLI_EXIT_OK)
		goto out;
	if (strlen(text) < PASSPHRASE_MIN) {
		code = cli_fail(cli, CLI_EXIT_REFUSED, "a passphrase of fewer "
		    "than %d characters can be guessed; take several words",
		    PASSPHRASE_MIN);
		goto out;
	}
	code = add_slot(cli, o, &key, "passphrase", NULL);
 out:
	crypto_wipe(text, sizeof(text));
	return code;
}

static enum cli_exit
add_recovery(const struct cli *cli, struct opened *o)
{
	struct key_input key = { .kind = KEY_RECOVERY };
	char phrase[PHRASE_MAX];
	enum cli_exit code;

	crypto_random(key.token, sizeof(key.token));
	phrase_format(key.token, phrase);
	code = add_slot(cli, o, &key, "recovery", phrase);
	crypto_wipe(phrase, sizeof(phrase));
	crypto_wipe(&key, sizeof(key));
	return code;
}

/* The server that gets kf may sign snapshots from now on. */
static int
vouch(struct opened *o, const struct key_file *kf, const char *name)
{
	struct sign_key *sign = NULL;
	int r;

	if ((r = sign_from_seed(kf->signer, &sign)) == 0)
		r = key_signer_add(o->repo, sign_public(sign), name);
	sign_free(sign);
	return r;
}

/*
 * The file comes first: a slot that nobody holds the key of would stay, a
 * file that opens nothing can be removed.
 */
static enum cli_exit
add_host(const struct cli *cli, struct opened *o, const char *path)
{
	const char *label = cli_option_get(cli, "label", 0);
	struct key_input key = { .kind = KEY_HOST };
	struct key_file kf;
	enum cli_exit code;
	int r;

	memcpy(kf.repo_id, repo_params(o->repo)->id, sizeof(kf.repo_id));
	crypto_random(kf.host, sizeof(kf.host));
	crypto_random(kf.signer, sizeof(kf.signer));
	memcpy(key.token, kf.host, sizeof(key.token));
	if ((r = key_file_write(path, &kf)) != 0) {
		code = cli_fail(cli, cli_exit_from_err(r), "key file %s: %s",
		    path, err_text(r));
		goto out;
	}
	if (label == NULL)
		label = "server";
	if ((r = vouch(o, &kf, label)) != 0)
		code = cli_fail(cli, cli_exit_from_open(r),
		    "cannot add the server: %s", err_text(r));
	else
		code = add_slot(cli, o, &key, label, NULL);
	if (code != CLI_EXIT_OK)
		(void)unlink(path);
 out:
	crypto_wipe(&key, sizeof(key));
	crypto_wipe(&kf, sizeof(kf));
	return code;
}

enum cli_exit
command_key_add(struct cli *cli)
{
	const char *host = cli_option_get(cli, "host", 0);
	bool pass = cli_option_count(cli, "passphrase") > 0 ||
	    cli_option_count(cli, "passphrase-file") > 0;
	bool recovery = cli_option_count(cli, "recovery") > 0;
	struct opened o;
	enum cli_exit code;

	if ((host != NULL) + pass + recovery != 1)
		return cli_fail(cli, CLI_EXIT_USAGE,
		    "say one of --passphrase, --recovery and --host FILE");
	if ((code = command_open(cli, cli->args[0], &o)) == CLI_EXIT_OK) {
		if (pass)
			code = add_passphrase(cli, &o);
		else if (recovery)
			code = add_recovery(cli, &o);
		else
			code = add_host(cli, &o, host);
	}
	command_close(&o);
	return code;
}

static enum cli_exit
remove_failed(const struct cli *cli, const char *id, int r)
{
	switch (r) {
	case ERR_NOENT:
		return cli_fail(cli, CLI_EXIT_NOT_FOUND, "there is no key %s; "
		    "backupctl key list shows all (at least 4 digits)", id);
	case ERR_EXIST:
		return cli_fail(cli, CLI_EXIT_REFUSED,
		    "several keys begin with %s; give more digits", id);
	case ERR_DENIED:
		return cli_fail(cli, CLI_EXIT_REFUSED, "this is the last key; "
		    "without it nobody could ever read the backups");
	default:
		return cli_fail(cli, cli_exit_from_open(r),
		    "cannot remove the key: %s", err_text(r));
	}
}

/* Tell whether the key that is in use now has gone. */
static bool
opened_is_gone(struct opened *o)
{
	struct key_slot *slots = NULL;
	bool gone = true;
	size_t n = 0, i;

	if (key_slot_list(o->repo, &slots, &n) != 0)
		return false;
	for (i = 0; i < n; i++)
		gone = gone && !slots[i].opened;
	free(slots);
	return gone;
}

enum cli_exit
command_key_remove(struct cli *cli)
{
	struct opened o;
	struct cli_json *j;
	enum cli_exit code;
	bool gone;
	int r;

	if ((code = command_open(cli, cli->args[0], &o)) != CLI_EXIT_OK)
		goto out;
	if ((r = key_slot_remove(o.repo, cli->args[1])) != 0) {
		code = remove_failed(cli, cli->args[1], r);
		goto out;
	}
	gone = opened_is_gone(&o);
	if (cli->json && cli_json_new(&j) == 0) {
		cli_json_str(j, "removed", cli->args[1]);
		cli_json_bool(j, "was_in_use", gone);
		code = command_answer(cli, j, code);
		goto out;
	}
	if (cli->quiet)
		goto out;
	printf("Key %s removed from target %s.\n"
	    "Where the target keeps what is removed (append-only stores, "
	    "copies, NAS\nsnapshots), whoever has the key and such a copy can "
	    "still read the backups.\n", cli->args[1], o.target->name);
	if (gone)
		printf("It was the key used just now: this file or phrase "
		    "opens nothing any more.\n");
 out:
	command_close(&o);
	return code;
}
