/* copy.c: bring one target with role "copy" up to date. */
#include "backupd/copy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backupd/disk.h"
#include "base/path.h"
#include "base/sandbox.h"
#include "cli/text.h"
#include "crypto/secret.h"
#include "policy/policy.h"
#include "repo/key.h"
#include "store/store.h"

#define SAMPLE 4		/* objects that are compared each time */

/* One of the two targets. */
struct place {
	const struct policy_target *t;
	struct target_ask ask;
	char	*pace_file;
	struct store *store;
};

struct copy {
	const struct copy_ask *ask;
	struct copy_end *end;
	struct place from, to;
	struct key_file keys;
	struct repo *repo;
	bool	 known;			/* the copy has its key file */
	bool	 labelled;		/* the disk has its label */
	char	 object[128];		/* the first that was told of */
};

static int __attribute__((format(printf, 5, 6)))
fail(struct copy *c, enum cli_exit code, int r, const char *remedy,
    const char *format, ...)
{
	va_list ap;

	c->end->exit = code;
	va_start(ap, format);
	vsnprintf(c->end->text, sizeof(c->end->text), format, ap);
	va_end(ap);
	snprintf(c->end->remedy, sizeof(c->end->remedy), "%s", remedy);
	return r;
}

static int
fail_as(struct copy *c, int r, const struct target_trouble *t)
{
	return fail(c, t->code, r, t->remedy, "%s", t->text);
}

static int
place_init(struct copy *c, struct place *p, const struct policy_target *t)
{
	int r;

	p->t = t;
	target_ask_about(t, &p->ask);
	if (p->ask.access.nlimits == 0)
		return 0;
	if ((r = target_pace_file(c->ask->state_dir, t->name,
	    &p->pace_file)) != 0)
		return fail(c, CLI_EXIT_FAILED, r, "", "%s", err_text(r));
	p->ask.access.pace_file = p->pace_file;
	return 0;
}

/* The primary target, whose key is the key of both. */
static int
from_open(struct copy *c)
{
	struct target_trouble t = { .code = CLI_EXIT_OK };
	struct key_input key = { .kind = KEY_HOST };
	char *cache = NULL;
	int r;

	if ((r = key_file_read(c->from.ask.key_file, &c->keys)) != 0) {
		target_no_key(&c->from.ask, r, &t);
		return fail_as(c, r, &t);
	}
	if ((r = target_open(&c->from.ask, c->keys.repo_id, &c->from.store,
	    &t)) != 0)
		return fail_as(c, r, &t);
	memcpy(key.token, c->keys.host, sizeof(key.token));
	r = repo_open(c->from.store, &key, &c->repo);
	crypto_wipe(&key, sizeof(key));
	if (r != 0) {
		target_not_opened(&c->from.ask, r, &t);
		return fail_as(c, r, &t);
	}
	if ((r = path_join(c->ask->state_dir, "cache", &cache)) == 0)
		r = repo_set_cache(c->repo, cache);
	free(cache);
	if (r != 0)
		return fail(c, CLI_EXIT_FAILED, r, "see that this user may"
		    " write there", "state directory %s: cannot keep a"
		    " cache: %s", c->ask->state_dir, err_text(r));
	return 0;
}

/* Has the copy been made?  c->known, if it is the right one. */
static int
known_check(struct copy *c)
{
	const struct target_ask *ask = &c->to.ask;
	struct key_file k;
	int r;

	if (strcmp(ask->key_file, c->from.ask.key_file) == 0)
		return fail(c, CLI_EXIT_POLICY, ERR_CONFIG, "give it another"
		    " key_file, or none", "target %s has the key_file of"
		    " target %s: whether the copy was ever made could not be"
		    " told", ask->name, c->from.ask.name);
	if (access(ask->key_file, F_OK) == -1 && errno == ENOENT)
		return 0;
	if ((r = key_file_read(ask->key_file, &k)) != 0)
		return fail(c, CLI_EXIT_KEY, r, "let it be readable by its"
		    " owner only", "key file %s: %s", ask->key_file,
		    err_text(r));
	c->known = memcmp(k.repo_id, c->keys.repo_id, REPO_ID_LEN) == 0;
	crypto_wipe(&k, sizeof(k));
	if (!c->known)
		return fail(c, CLI_EXIT_IDENTITY, ERR_CONFIG, "give the copy"
		    " a name and a place of its own; only if its repository"
		    " is not wanted any more, move the key file away",
		    "target %s is no copy of target %s: key file %s is that"
		    " of another repository; nothing was written", ask->name,
		    c->from.ask.name, ask->key_file);
	return 0;
}

/* One that was never copied to: whatever is in it, it opens. */
static int
new_open(struct copy *c)
{
	const struct target_ask *ask = &c->to.ask;
	struct target_trouble t = { .code = CLI_EXIT_OK };
	struct repo_params p;
	int r;

	if ((r = target_open_new(ask, &c->to.store, &t)) != 0) {
		c->end->absent = t.code == CLI_EXIT_TARGET;
		return fail_as(c, r, &t);
	}
	/* A first copy that did not come to its end is gone on with. */
	if (c->ask->first || (repo_peek(c->to.store, &p) == 0 &&
	    memcmp(p.id, c->keys.repo_id, REPO_ID_LEN) == 0))
		return 0;
	c->end->absent = c->to.t->offline;
	return fail(c, CLI_EXIT_REFUSED, ERR_NOENT, "see that it is mounted,"
	    " then make the copy by hand, once: backupctl target sync NAME",
	    "target %s: nothing was ever copied to %s", ask->name, ask->url);
}

/* Of several disks that take turns at one place, is it this one's turn? */
static int
disk_check(struct copy *c)
{
	const char *name = c->to.ask.name;
	struct disk_label l;
	int r;

	if (c->to.t->type != POLICY_TARGET_REMOVABLE)
		return 0;
	c->end->absent = true;
	if (disk_is_ejected(c->ask->state_dir, name))
		return fail(c, CLI_EXIT_TARGET, ERR_BUSY, "to use it again:"
		    " backupctl target attach NAME", "target %s was ejected",
		    name);
	if ((r = disk_label_get(c->to.store, &l)) != 0 && r != ERR_NOENT)
		return fail(c, CLI_EXIT_TARGET, r, "see what is below gc/ on"
		    " the disk", "target %s: the label of the disk at %s"
		    " cannot be read: %s", name, c->to.ask.url, err_text(r));
	c->labelled = r == 0;
	if (c->labelled && strcmp(l.target, name) != 0)
		return fail(c, CLI_EXIT_IDENTITY, ERR_CONFIG, "plug in the"
		    " other disk", "target %s: the disk at %s is that of"
		    " target %s; nothing was written", name, c->to.ask.url,
		    l.target);
	c->end->absent = false;
	return 0;
}

/* The disk is gone: what comes next was plugged in anew. */
static void
disk_gone(const struct copy *c)
{
	if (c->end->absent && c->to.t->type == POLICY_TARGET_REMOVABLE)
		(void)!disk_eject_note(c->ask->state_dir, c->to.ask.name,
		    false);
}

/* A disk that bears no label gets that of its target. */
static int
disk_mark(struct copy *c)
{
	struct disk_label l;
	int r;

	if (c->to.t->type != POLICY_TARGET_REMOVABLE || c->labelled)
		return 0;
	if ((r = disk_label_put(c->to.store, c->to.ask.name, &l)) != 0)
		return fail(c, CLI_EXIT_FAILED, r, "run it again", "target"
		    " %s: the disk cannot be labelled: %s", c->to.ask.name,
		    err_text(r));
	c->labelled = true;
	return 0;
}

static int
to_open(struct copy *c)
{
	struct target_trouble t = { .code = CLI_EXIT_OK };
	int r;

	if ((r = known_check(c)) != 0)
		return r;
	if (!c->known)
		return new_open(c);
	c->to.ask.writes = !c->ask->dry;
	r = target_open(&c->to.ask, c->keys.repo_id, &c->to.store, &t);
	if (r == 0)
		return 0;
	c->end->absent = t.code == CLI_EXIT_TARGET && (r == ERR_NOENT ||
	    r == ERR_CLOSED || r == ERR_TIMEOUT);
	disk_gone(c);
	return fail_as(c, r, &t);
}

void
copy_amount(const struct mirror_totals *t, bool wanted, char *text,
    size_t len)
{
	uint64_t n = wanted ? t->wanted : t->objects;
	char size[CLI_TEXT_MAX];

	cli_size_format(wanted ? t->wanted_bytes : t->bytes, size);
	snprintf(text, len, "%" PRIu64 " object%s, %s", n, n == 1 ? "" : "s",
	    size);
}

/* Why the copy is not all that it should be. */
static int
incomplete(struct copy *c)
{
	const struct mirror_totals *t = &c->end->t;
	const char *name = c->to.ask.name;

	if (t->differs > 0)
		return fail(c, CLI_EXIT_INCOMPLETE, ERR_CORRUPT, "see what can"
		    " be healed, and from where: backupctl target heal NAME",
		    "target %s: %" PRIu64 " of its objects are not those of"
		    " target %s, %s first", name, t->differs,
		    c->from.ask.name, c->object);
	return fail(c, CLI_EXIT_INCOMPLETE, ERR_CORRUPT, "the next backup"
	    " stores anew what it finds missing; what another copy has whole"
	    " comes back with: backupctl target heal NAME", "target %s:"
	    " %" PRIu64 " objects are damaged in target %s and were not"
	    " copied, %s first; %" PRIu64 " snapshots wait for them", name,
	    t->left, c->from.ask.name, c->object, t->held);
}

static int
ended(struct copy *c, int r)
{
	const char *name = c->to.ask.name, *url = c->to.ask.url;
	const struct mirror_totals *t = &c->end->t;

	if (r == 0)
		return 0;
	if (r == ERR_CORRUPT && t->left + t->differs + t->held > 0)
		return incomplete(c);
	if (!t->copy_failed)
		return fail(c, CLI_EXIT_FAILED, r, "what was copied stays; run"
		    " it again", "target %s: the copy could not go on: target"
		    " %s: %s", name, c->from.ask.name, err_text(r));
	if (r == ERR_CONFIG)
		return fail(c, CLI_EXIT_IDENTITY, r, "name another place for"
		    " the copy", "target %s: %s holds another repository;"
		    " nothing was written", name, url);
	if (r == ERR_EXIST)
		return fail(c, CLI_EXIT_REFUSED, r, "name a directory for the"
		    " copy alone", "target %s: %s is not empty, and what is in"
		    " it is no copy of target %s; nothing was written", name,
		    url, c->from.ask.name);
	return fail(c, r == ERR_NOSPACE || r == ERR_DENIED ? CLI_EXIT_TARGET :
	    CLI_EXIT_FAILED, r, r == ERR_NOSPACE ? "make room on it; what was"
	    " copied stays" : "see that it is mounted, for writing; what was"
	    " copied stays", "target %s: %s: %s", name, url, err_text(r));
}

static void
on_tell(enum mirror_told told, const char *object, const char *what,
    void *arg)
{
	struct copy *c = arg;

	if (c->object[0] == '\0' && told != MIRROR_NOTE)
		snprintf(c->object, sizeof(c->object), "%s", object);
	if (c->ask->tell != NULL)
		c->ask->tell(told, object, what, c->ask->arg);
}

static void
on_progress(const struct mirror_totals *t, void *arg)
{
	const struct copy *c = arg;

	if (c->ask->progress != NULL)
		c->ask->progress(t, c->ask->arg);
}

/* From now on this server knows that the copy was made. */
static int
remember(struct copy *c)
{
	const char *file = c->to.ask.key_file;
	char *dir = NULL;
	int r;

	if ((r = path_dirname(file, &dir)) == 0 &&
	    (r = path_mkdirs(dir, 0700)) == 0)
		r = key_file_write(file, &c->keys);
	free(dir);
	if (r != 0)
		return fail(c, CLI_EXIT_FAILED, r, "see that this user may"
		    " write there, then run it again", "key file %s: %s",
		    file, err_text(r));
	c->known = true;
	return 0;
}

static int
go(struct copy *c)
{
	const struct mirror_params p = { .from = c->from.store,
	    .to = c->to.store, .repo = c->repo, .first = c->ask->first,
	    .dry = c->ask->dry, .sample = SAMPLE, .tell = on_tell,
	    .progress = on_progress, .arg = c };
	int r, held;

	if (c->ask->sandbox && (r = sandbox_enter(SANDBOX_KEEPER)) != 0)
		return fail(c, CLI_EXIT_FAILED, r, "", "cannot enter the"
		    " sandbox: %s", err_text(r));
	r = ended(c, mirror_run(&p, &c->end->t));
	if (c->ask->dry || (r != 0 && c->end->exit != CLI_EXIT_INCOMPLETE))
		return r;
	if ((held = disk_mark(c)) != 0 ||
	    (!c->known && (held = remember(c)) != 0))
		return held;
	held = c->ask->held != NULL ? mirror_held(c->repo, c->to.store,
	    c->ask->held, c->ask->arg) : 0;
	if (held != 0 && r == 0)
		return fail(c, CLI_EXIT_FAILED, held, "run it again", "target"
		    " %s: what it holds cannot be listed: %s",
		    c->to.ask.name, err_text(held));
	return r;
}

void
copy_run(const struct copy_ask *ask, struct copy_end *ep)
{
	struct copy c;

	memset(&c, 0, sizeof(c));
	memset(ep, 0, sizeof(*ep));
	c.ask = ask;
	c.end = ep;
	if (place_init(&c, &c.from, policy_target_primary(ask->policy)) ==
	    0 && place_init(&c, &c.to, ask->to) == 0 &&
	    from_open(&c) == 0 && to_open(&c) == 0 &&
	    disk_check(&c) == 0)
		(void)go(&c);
	repo_close(c.repo);
	store_close(c.from.store);
	store_close(c.to.store);
	free(c.from.pace_file);
	free(c.to.pace_file);
	crypto_wipe(&c.keys, sizeof(c.keys));
}
