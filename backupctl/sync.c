/* sync.c: backupctl target sync: bring copies up to date now. */
#include "backupctl/sync.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backupctl/command.h"
#include "backupctl/history.h"
#include "base/clock.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "policy/policy.h"
#include "repo/snapshot.h"

#define AMOUNT_MAX 64

/* What a copy holds of one source. */
struct hold {
	char	*host, *set;
	uint64_t sequence;
	int64_t	 time;
};

/* One copy that is made now. */
struct sync {
	struct cli *cli;
	const struct policy *policy;
	const struct policy_target *to;
	const char *dir;		/* of state */
	struct catalog *c;		/* NULL: there is none */
	struct cli_progress *progress;
	int64_t	 id, begun;
	bool	 named;			/* somebody wants just this one */
	bool	 begun_lines;		/* an answer was begun */
	struct hold *holds;
	size_t	 nholds;
};

static void
on_tell(enum mirror_told told, const char *object, const char *what,
    void *arg)
{
	static const char *const codes[] = {
		[MIRROR_LEFT] = "C001", [MIRROR_DIFFERS] = "C002",
		[MIRROR_HELD] = "C003", [MIRROR_NOTE] = "C004"
	};
	const struct sync *s = arg;
	const struct cli_issue issue = { .level = told == MIRROR_NOTE ?
	    "warning" : "error", .code = codes[told], .message = what,
	    .path = object, .path_len = strlen(object) };

	cli_progress_issue(s->progress, &issue);
}

static void
on_progress(const struct mirror_totals *t, void *arg)
{
	const struct sync *s = arg;
	const struct cli_progress_state p = { .name = "copy",
	    .files_done = t->objects, .files_total = t->wanted,
	    .bytes_done = t->bytes, .bytes_total = t->wanted_bytes,
	    .problems = t->left + t->differs + t->held };

	cli_progress_update(s->progress, &p);
}

/* Kept for the end: the catalog is nobody's for long. */
static int
on_held(const struct snapshot *sn, void *arg)
{
	struct sync *s = arg;
	struct hold *all, *h;

	all = reallocarray(s->holds, s->nholds + 1, sizeof(*all));
	if (all == NULL)
		return ERR_NOMEM;
	s->holds = all;
	h = &all[s->nholds];
	*h = (struct hold){ strdup(sn->host), strdup(sn->set), sn->seq,
	    sn->started };
	s->nholds++;
	return h->host != NULL && h->set != NULL ? 0 : ERR_NOMEM;
}

/* The copy is the only one that is made of it now. */
static bool
begin(struct sync *s, struct copy_end *e)
{
	const struct catalog_copy y = { .target = s->to->name,
	    .from = policy_target_primary(s->policy)->name,
	    .begun = s->begun };
	int r;

	if (s->c == NULL)
		return true;
	r = catalog_copy_begin(s->c, &y, &s->id);
	if (r != ERR_BUSY)
		return true;	/* the catalog has told why not */
	e->exit = CLI_EXIT_BUSY;
	snprintf(e->text, sizeof(e->text), "target %s is being copied to"
	    " already", s->to->name);
	snprintf(e->remedy, sizeof(e->remedy), "see backupctl job list"
	    " --copies");
	return false;
}

static enum catalog_outcome
outcome_of(enum cli_exit code)
{
	return code == CLI_EXIT_OK ? CATALOG_COMPLETE :
	    code == CLI_EXIT_INCOMPLETE ? CATALOG_INCOMPLETE :
	    CATALOG_FAILED;
}

static void
fill(const struct sync *s, const struct copy_end *e, struct catalog_copy *y)
{
	*y = (struct catalog_copy){ .id = s->id, .target = s->to->name,
	    .from = policy_target_primary(s->policy)->name,
	    .begun = s->begun, .ended = clock_wall(),
	    .outcome = outcome_of(e->exit), .exit = (int)e->exit,
	    .objects = e->t.objects, .bytes = e->t.bytes,
	    .all = e->t.wanted, .all_bytes = e->t.wanted_bytes,
	    .damaged = e->t.left + e->t.differs,
	    .snapshots = e->t.snapshots, .text = e->text,
	    .remedy = e->remedy };
}

/* Write down what came of it. */
static void
keep(const struct sync *s, const struct catalog_copy *y)
{
	struct catalog_held h = { .target = s->to->name, .seen = y->ended };
	int r = 0;
	size_t i;

	if (s->id == 0)
		return;
	for (i = 0; i < s->nholds && r == 0; i++) {
		h.host = s->holds[i].host;
		h.set = s->holds[i].set;
		h.sequence = s->holds[i].sequence;
		h.time = s->holds[i].time;
		r = catalog_held_put(s->c, &h);
	}
	if ((r = catalog_copy_end(s->c, y)) != 0)
		fprintf(stderr, "%s: the catalog in %s does not know of this:"
		    " %s\n", s->cli->program->name, s->dir, err_text(r));
}

static void
tell_text(const struct sync *s, const struct copy_end *e, bool dry)
{
	char amount[AMOUNT_MAX], all[AMOUNT_MAX];

	copy_amount(&e->t, false, amount, sizeof(amount));
	copy_amount(&e->t, true, all, sizeof(all));
	if (e->exit == CLI_EXIT_OK && dry)
		printf("target %s: %s to copy\n", s->to->name, all);
	else if (e->exit == CLI_EXIT_OK && !s->cli->quiet)
		printf("COMPLETE  target %s: %s copied, %" PRIu64
		    " new snapshot%s; it has all that target %s has\n",
		    s->to->name, amount, e->t.snapshots,
		    e->t.snapshots == 1 ? "" : "s",
		    policy_target_primary(s->policy)->name);
	if (e->exit == CLI_EXIT_INCOMPLETE)
		printf("INCOMPLETE  target %s: %s copied, %" PRIu64
		    " new snapshot%s\n", s->to->name, amount,
		    e->t.snapshots, e->t.snapshots == 1 ? "" : "s");
	if (e->exit != CLI_EXIT_OK)
		fprintf(stderr, "%s: %s%s%s\n", s->cli->program->name,
		    e->text, e->remedy[0] != '\0' ? "; " : "", e->remedy);
}

static int
tell_json(const struct catalog_copy *y, bool dry)
{
	struct cli_json *j = NULL;
	int r;

	if ((r = cli_json_new(&j)) != 0)
		return r;
	sync_json(j, y);
	cli_json_bool(j, "dry", dry);
	r = cli_json_line(j, stdout, "copy");
	cli_json_free(j);
	return r;
}

/* A new one gets its directory, as with target init; a disk is plugged in. */
static void
make_directory(const struct sync *s)
{
	struct stat st;

	if (s->to->path == NULL || s->to->offline || !s->named ||
	    lstat(s->to->key_file, &st) == 0)
		return;
	if (mkdir(s->to->path, 0700) == -1 && errno != EEXIST)
		fprintf(stderr, "%s: cannot make %s: %s\n",
		    s->cli->program->name, s->to->path, strerror(errno));
}

static int
copy_now(struct sync *s, bool dry, struct copy_end *e)
{
	const struct copy_ask ask = { .policy = s->policy, .to = s->to,
	    .state_dir = s->dir, .first = s->named, .dry = dry,
	    .tell = on_tell, .progress = on_progress, .held = on_held,
	    .arg = s };
	int r;

	if ((r = cli_progress_new(s->cli, &s->progress)) != 0)
		return r;
	if (!dry)
		make_directory(s);
	copy_run(&ask, e);
	cli_progress_free(s->progress);
	s->progress = NULL;
	return 0;
}

static void
holds_free(struct sync *s)
{
	size_t i;

	for (i = 0; i < s->nholds; i++) {
		free(s->holds[i].host);
		free(s->holds[i].set);
	}
	free(s->holds);
	s->holds = NULL;
	s->nholds = 0;
}

static enum cli_exit
one(struct sync *s)
{
	bool dry = cli_option_count(s->cli, "dry-run") > 0;
	struct catalog_copy y;
	struct copy_end e;
	int r = 0;

	memset(&e, 0, sizeof(e));
	s->begun = clock_wall();
	s->id = 0;
	if (dry || begin(s, &e))
		r = copy_now(s, dry, &e);
	if (r != 0)
		e.exit = CLI_EXIT_FAILED;
	fill(s, &e, &y);
	keep(s, &y);
	holds_free(s);
	if (s->cli->json)
		r = tell_json(&y, dry);
	else
		tell_text(s, &e, dry);
	if (r != 0)
		return CLI_EXIT_FAILED;
	/* A disk that is not here, and that nobody has asked for. */
	return e.absent && s->to->offline && !s->named ? CLI_EXIT_OK : e.exit;
}

/* Is that a copy that can be made? */
static enum cli_exit
target_check(const struct cli *cli, const char *name,
    const struct policy_target *t)
{
	if (t == NULL)
		return cli_fail(cli, CLI_EXIT_NOT_FOUND, "the policy has no"
		    " target %s", name);
	if (t->primary)
		return cli_fail(cli, CLI_EXIT_REFUSED, "target %s is the"
		    " primary one; what is copied to has  role = \"copy\";",
		    name);
	if (t->url == NULL)
		return cli_fail(cli, CLI_EXIT_TARGET, "target %s has no path:"
		    " attach its disk first", name);
	return CLI_EXIT_OK;
}

static enum cli_exit
named_run(struct sync *s)
{
	enum cli_exit code = CLI_EXIT_OK, one_code;
	const char *name;
	int i;

	/* First see that all can be meant. */
	for (i = 0; i < s->cli->nargs; i++) {
		name = s->cli->args[i];
		code = target_check(s->cli, name, policy_target_find(
		    s->policy, name));
		if (code != CLI_EXIT_OK)
			return code;
	}
	s->named = true;
	s->begun_lines = true;
	for (i = 0; i < s->cli->nargs; i++) {
		s->to = policy_target_find(s->policy, s->cli->args[i]);
		one_code = one(s);
		code = cli_exit_worst(code, one_code);
	}
	return code;
}

static enum cli_exit
all_run(struct sync *s)
{
	enum cli_exit code = CLI_EXIT_OK, one_code;
	size_t i, n = 0;

	for (i = 0; i < s->policy->ntargets; i++) {
		s->to = &s->policy->targets[i];
		if (s->to->primary || s->to->url == NULL)
			continue;
		n++;
		s->begun_lines = true;
		one_code = one(s);
		code = cli_exit_worst(code, one_code);
	}
	if (n == 0)
		return cli_fail(s->cli, CLI_EXIT_NOT_FOUND, "the policy %s has"
		    " no target with role \"copy\"", s->policy->file);
	return code;
}

enum cli_exit
command_target_sync(struct cli *cli)
{
	struct sync s = { .cli = cli };
	struct cli_json *j = NULL;
	enum cli_exit code;
	char *dir = NULL;

	if ((code = command_load_policy(cli, &s.policy)) != CLI_EXIT_OK)
		return code;
	if (policy_target_primary(s.policy) == NULL)
		code = cli_fail(cli, CLI_EXIT_POLICY, "%s: no target with role"
		    " \"primary\"", s.policy->file);
	else
		code = history_dir(cli, &dir);
	if (code != CLI_EXIT_OK)
		goto out;
	s.dir = dir;
	cli->lines = cli->json;
	/* No copy fails for want of a catalog, which tells what is wrong. */
	if (catalog_open(dir, CATALOG_WRITE, &s.c) != 0)
		s.c = NULL;
	code = cli->nargs > 0 ? named_run(&s) : all_run(&s);
	catalog_close(s.c);
	if (cli->json && s.begun_lines && cli_json_new(&j) == 0) {
		cli_json_int(j, "code", code);
		if (cli_json_line(j, stdout, "end") != 0)
			code = cli_exit_worst(code, CLI_EXIT_FAILED);
		cli_json_free(j);
	}
 out:
	free(dir);
	policy_free(s.policy);
	return code;
}
