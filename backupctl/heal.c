/* heal.c: backupctl target heal: damaged objects come back from a copy. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backupctl/command.h"
#include "backupd/target.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "crypto/secret.h"
#include "policy/policy.h"
#include "repo/heal.h"
#include "repo/key.h"
#include "store/store.h"

/* What it works with. */
struct healing {
	struct cli *cli;
	const struct policy *policy;
	const struct policy_target *t;
	const struct policy_target *others[HEAL_SOURCES_MAX];
	struct store *store, *from[HEAL_SOURCES_MAX];
	size_t	 nfrom;
	struct repo *repo;
	struct key_file keys;
	struct cli_progress *progress;
	bool	 apply;
	struct heal_totals totals;
};

static void
on_tell(enum heal_told told, const char *object, int from, const char *what,
    void *arg)
{
	static const struct {
		const char *level, *code, *before, *after;
	} rows[] = {
		[HEAL_CAN] = { "warning", "H001", "", "; whole in target " },
		[HEAL_CANNOT] = { "error", "H002", "",
		    "; no other target has it whole" },
		[HEAL_DONE] = { "warning", "H003", "",
		    "; healed from target " },
		[HEAL_FAILED] = { "error", "H004", "NOT healed: ",
		    "; whole in target " },
		[HEAL_NOTE] = { "warning", "H005", "", "" }
	};
	const struct healing *h = arg;
	char text[512];
	const struct cli_issue issue = { .level = rows[told].level,
	    .code = rows[told].code, .message = text, .path = object,
	    .path_len = strlen(object) };

	snprintf(text, sizeof(text), "%s%s%s%s", rows[told].before, what,
	    rows[told].after, from >= 0 ? h->others[from]->name : "");
	cli_progress_issue(h->progress, &issue);
}

static void
on_progress(const struct heal_totals *t, void *arg)
{
	const struct healing *h = arg;
	const struct cli_progress_state s = { .name = "read",
	    .files_done = t->objects, .files_total = t->all,
	    .bytes_done = t->bytes, .problems = t->damaged + t->missing };

	cli_progress_update(h->progress, &s);
}

/* Open one target; it must be the repository of the key file. */
static enum cli_exit
open_one(struct healing *h, const struct policy_target *t, bool writes,
    struct store **sp)
{
	struct target_trouble trouble = { .code = CLI_EXIT_OK };
	struct target_ask ask;

	if (t->url == NULL)
		return cli_fail(h->cli, CLI_EXIT_TARGET, "target %s has no"
		    " path: attach its disk first", t->name);
	target_ask_about(t, &ask);
	ask.writes = writes;
	if (target_open(&ask, h->keys.repo_id, sp, &trouble) == 0)
		return CLI_EXIT_OK;
	return cli_fail(h->cli, trouble.code, "%s; %s", trouble.text,
	    trouble.remedy);
}

/* Is it of the repository, and there?  Those that are not are passed over. */
static void
other_add(struct healing *h, const struct policy_target *t)
{
	struct target_trouble trouble;
	struct target_ask ask;
	struct key_file k;
	int r;

	if (t == h->t || t->url == NULL || h->nfrom == HEAL_SOURCES_MAX ||
	    access(t->key_file, F_OK) == -1 ||
	    key_file_read(t->key_file, &k) != 0)
		return;
	r = memcmp(k.repo_id, h->keys.repo_id, sizeof(k.repo_id));
	crypto_wipe(&k, sizeof(k));
	if (r != 0)
		return;
	target_ask_about(t, &ask);
	if (target_open(&ask, h->keys.repo_id, &h->from[h->nfrom],
	    &trouble) == 0)
		h->others[h->nfrom++] = t;
	else
		fprintf(stderr, "%s: without target %s: %s\n",
		    h->cli->program->name, t->name, trouble.text);
}

/* Where whole objects may come from. */
static enum cli_exit
others_open(struct healing *h)
{
	const char *name = cli_option_get(h->cli, "from", 0);
	const struct policy_target *t;
	enum cli_exit code;
	size_t i;

	if (name == NULL) {
		for (i = 0; i < h->policy->ntargets; i++)
			other_add(h, &h->policy->targets[i]);
		return CLI_EXIT_OK;
	}
	if ((t = policy_target_find(h->policy, name)) == NULL)
		return cli_fail(h->cli, CLI_EXIT_NOT_FOUND, "the policy has no"
		    " target %s", name);
	if (t == h->t)
		return cli_fail(h->cli, CLI_EXIT_USAGE, "--from %s: a target"
		    " cannot be healed from itself", name);
	if ((code = open_one(h, t, false, &h->from[0])) != CLI_EXIT_OK)
		return code;
	h->others[h->nfrom++] = t;
	return CLI_EXIT_OK;
}

/* The key opens any of them; what is healed may be what it needs. */
static void
repo_try(struct healing *h)
{
	struct key_input key = { .kind = KEY_HOST };
	size_t i;

	memcpy(key.token, h->keys.host, sizeof(key.token));
	for (i = 0; i < h->nfrom && h->repo == NULL; i++)
		if (repo_open(h->from[i], &key, &h->repo) != 0)
			h->repo = NULL;
	if (h->repo == NULL && repo_open(h->store, &key, &h->repo) != 0)
		h->repo = NULL;
	crypto_wipe(&key, sizeof(key));
}

static enum cli_exit
tell_json(const struct healing *h, enum cli_exit code)
{
	const struct heal_totals *t = &h->totals;
	struct cli_json *j = NULL;

	if (cli_json_new(&j) != 0)
		return CLI_EXIT_FAILED;
	cli_json_int(j, "code", code);
	cli_json_str(j, "target", h->t->name);
	cli_json_bool(j, "applied", h->apply);
	cli_json_int(j, "objects", (int64_t)t->objects);
	cli_json_int(j, "bytes", (int64_t)t->bytes);
	cli_json_int(j, "damaged", (int64_t)t->damaged);
	cli_json_int(j, "missing", (int64_t)t->missing);
	cli_json_int(j, "can", (int64_t)t->can);
	cli_json_int(j, "cannot", (int64_t)t->cannot);
	cli_json_int(j, "healed", (int64_t)t->healed);
	cli_json_int(j, "failed", (int64_t)t->failed);
	if (cli_json_line(j, stdout, "end") != 0)
		code = cli_exit_worst(code, CLI_EXIT_FAILED);
	cli_json_free(j);
	return code;
}

static void
tell_text(const struct healing *h)
{
	const struct heal_totals *t = &h->totals;
	char size[CLI_TEXT_MAX];

	cli_size_format(t->bytes, size);
	if (t->damaged + t->missing == 0) {
		if (!h->cli->quiet)
			printf("WHOLE  target %s: %" PRIu64 " objects, %s, read"
			    " to the last byte\n", h->t->name, t->objects,
			    size);
		return;
	}
	if (h->apply && t->healed == t->damaged + t->missing)
		printf("HEALED  target %s: %" PRIu64 " object%s replaced and"
		    " read back\n", h->t->name, t->healed,
		    t->healed == 1 ? "" : "s");
	else if (h->apply)
		printf("DAMAGED  target %s: %" PRIu64 " healed, %" PRIu64
		    " still damaged or missing\n", h->t->name, t->healed,
		    t->damaged + t->missing - t->healed);
	else
		printf("DAMAGED  target %s: %" PRIu64 " damaged, %" PRIu64
		    " missing; %" PRIu64 " of them can be healed.\n"
		    "Nothing was changed.%s\n", h->t->name, t->damaged,
		    t->missing, t->can, t->can > 0 ?
		    "  Heal them with --apply." : "");
}

static enum cli_exit
go(struct healing *h)
{
	const struct heal_params p = { .store = h->store, .from = h->from,
	    .nfrom = h->nfrom, .repo = h->repo, .apply = h->apply,
	    .tell = on_tell, .progress = on_progress, .arg = h };
	enum cli_exit code;
	int r;

	if ((r = cli_progress_new(h->cli, &h->progress)) != 0)
		return cli_fail(h->cli, CLI_EXIT_FAILED, "%s", err_text(r));
	r = heal_run(&p, &h->totals);
	cli_progress_free(h->progress);
	if (r != 0 && r != ERR_CORRUPT)
		return cli_fail(h->cli, cli_exit_from_err(r), "target %s: it"
		    " could not go on: %s", h->t->name, err_text(r));
	code = r == 0 ? CLI_EXIT_OK : CLI_EXIT_DAMAGED;
	if (h->cli->json)
		return tell_json(h, code);
	tell_text(h);
	return code;
}

/* Whose repository it is, the key file tells. */
static enum cli_exit
keys_read(struct healing *h)
{
	struct target_trouble t;
	struct target_ask ask;
	int r;

	if ((r = key_file_read(h->t->key_file, &h->keys)) == 0)
		return CLI_EXIT_OK;
	target_ask_about(h->t, &ask);
	target_no_key(&ask, r, &t);
	return cli_fail(h->cli, t.code, "%s; %s", t.text, t.remedy);
}

enum cli_exit
command_target_heal(struct cli *cli)
{
	struct healing h = { .cli = cli };
	enum cli_exit code;
	size_t i;

	h.apply = cli_option_count(cli, "apply") > 0;
	cli->lines = cli->json;
	if ((code = command_find_target(cli, cli->args[0], &h.policy,
	    &h.t)) != CLI_EXIT_OK)
		return code;
	if ((code = keys_read(&h)) == CLI_EXIT_OK &&
	    (code = open_one(&h, h.t, h.apply, &h.store)) == CLI_EXIT_OK &&
	    (code = others_open(&h)) == CLI_EXIT_OK) {
		repo_try(&h);
		code = go(&h);
	}
	repo_close(h.repo);
	store_close(h.store);
	for (i = 0; i < h.nfrom; i++)
		store_close(h.from[i]);
	crypto_wipe(&h.keys, sizeof(h.keys));
	policy_free(h.policy);
	return code;
}
