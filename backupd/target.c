/* target.c: is a target what it was, before anything is written to it? */
#include "backupd/target.h"

#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupd/limits.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/path.h"
#include "cli/text.h"
#include "policy/policy.h"
#include "store/store.h"

#define ID_TEXT (2 * REPO_ID_LEN + 1)

static int __attribute__((format(printf, 5, 6)))
trouble(struct target_trouble *t, const char *state, int r,
    const char *remedy, const char *format, ...)
{
	va_list ap;

	t->state = state;
	va_start(ap, format);
	vsnprintf(t->text, sizeof(t->text), format, ap);
	va_end(ap);
	snprintf(t->remedy, sizeof(t->remedy), "%s", remedy);
	return r;
}

/* Nothing in it but what a new file system has. */
static bool
is_empty(const char *path)
{
	struct dirent *e;
	bool empty = true;
	DIR *d;

	if ((d = opendir(path)) == NULL)
		return false;
	while (empty && (e = readdir(d)) != NULL)
		empty = strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0 ||
		    strcmp(e->d_name, "lost+found") == 0;
	closedir(d);
	return empty;
}

/* There is no repository, but once there was. */
static int
not_there(const struct target_ask *ask, const char *id, const char *what,
    struct target_trouble *t)
{
	if (store_is_remote(ask->url))
		return trouble(t, "empty", ERR_NOENT, "see on the server what"
		    " became of it; only if the repository is lost for good,"
		    " make another one with: backupctl target init NAME, after"
		    " its key file is moved away", "target %s: %s %s, and"
		    " there should be repository %s; nothing was written",
		    ask->name, ask->url, what, id);
	return trouble(t, "not mounted", ERR_NOENT, "mount it, then run"
	    " the job again; only if the repository is lost for good, make"
	    " another one with: backupctl target init NAME, after its key"
	    " file is moved away", "target %s is not mounted: %s %s, and"
	    " there should be repository %s; nothing was written", ask->name,
	    ask->url, what, id);
}

static int
room_check(const struct target_ask *ask, struct store *s,
    struct target_trouble *t)
{
	char free[CLI_TEXT_MAX], total[CLI_TEXT_MAX];
	struct store_room room;
	int r;

	if ((r = store_room(s, &room)) != 0)
		return trouble(t, "cannot be read", r, "look at the target's"
		    " disk", "target %s: %s cannot be asked how full it is:"
		    " %s", ask->name, ask->url, err_text(r));
	if (room.readonly)
		return trouble(t, "read-only", ERR_DENIED, "see in the"
		    " system's log why: a disk with errors is made read-only;"
		    " then have it mounted, for writing", "target %s: %s is"
		    " read-only; nothing was written", ask->name, ask->url);
	if (room.denied)
		return trouble(t, "not ours to write", ERR_DENIED, "give the"
		    " directory to backupd's user", "target %s: this user may"
		    " not write to %s; nothing was written", ask->name,
		    ask->url);
	if (room.free >= room.total / 10000 * ask->min_free)
		return 0;
	cli_size_format(room.free, free);
	cli_size_format(room.total, total);
	return trouble(t, "full", ERR_NOSPACE, "make room on the"
	    " target, or lower its min_free in the policy", "target %s is"
	    " full: %s of %s are free, and min_free leaves %u.%02u %%;"
	    " nothing was written", ask->name, free, total,
	    ask->min_free / 100, ask->min_free % 100);
}

/* Does s hold the repository of that id? */
static int
identity_check(const struct target_ask *ask, const uint8_t id[REPO_ID_LEN],
    struct store *s, struct target_trouble *t)
{
	char want[ID_TEXT], got[ID_TEXT];
	struct repo_params p;
	int r;

	hex_format(id, REPO_ID_LEN, want);
	r = repo_peek(s, &p);
	if (r == ERR_NOENT)
		return not_there(ask, want, !store_is_remote(ask->url) &&
		    is_empty(ask->url) ? "is empty" : "holds no repository",
		    t);
	if (r != 0) {
		target_not_opened(ask, r, t);
		return r;
	}
	if (memcmp(p.id, id, REPO_ID_LEN) == 0)
		return 0;
	hex_format(p.id, REPO_ID_LEN, got);
	t->code = CLI_EXIT_IDENTITY;
	return trouble(t, "another repository", ERR_CONFIG, "mount the right"
	    " target; if this one is meant, name its key_file in the policy",
	    "target %s: %s holds another repository, %s, than key file %s was"
	    " made for, %s; nothing was written", ask->name, ask->url, got,
	    ask->key_file, want);
}

/* The server, or what stands between, does not let us in. */
static int
not_reached(const struct target_ask *ask, int r, struct target_trouble *t)
{
	static const char remedy[] = "see that the server runs and that its"
	    " address and port in the policy are right";

	switch (r) {
	case ERR_CORRUPT:
		t->code = CLI_EXIT_IDENTITY;
		if (strncmp(ask->url, "s3://", 5) == 0)
			return trouble(t, "another server", r, "see that"
			    " address and ca_file in the policy are right, and"
			    " that the certificate has not expired", "target"
			    " %s: the certificate of %s is not to be trusted;"
			    " nothing was sent", ask->name, ask->url);
		return trouble(t, "another server", r, "find out on the server"
		    " itself whether its key was changed; only if it was, put"
		    " the new one in the policy", "target %s: %s showed"
		    " another key than the pinned one; nothing was sent",
		    ask->name, ask->url);
	case ERR_DENIED:
		return trouble(t, "not let in", r, "see that the account, its"
		    " key or credentials, and its rights there are those of"
		    " the policy", "target %s: %s does not let us in",
		    ask->name, ask->url);
	case ERR_CONFIG:
		return trouble(t, "cannot be read", r, "see the lines before"
		    " this one", "target %s: %s cannot be opened as the policy"
		    " has it", ask->name, ask->url);
	default:
		return trouble(t, "not reached", r, remedy, "target %s: %s"
		    " cannot be reached: %s; nothing was written", ask->name,
		    ask->url, err_text(r));
	}
}

void
target_ask_about(const struct policy_target *t, struct target_ask *ask)
{
	*ask = (struct target_ask){ .name = t->name, .url = t->url,
	    .access = { .identity = t->identity, .host_key = t->host_key,
	    .credentials = t->credentials, .ca_file = t->ca_file,
	    .region = t->region, .lock_s = (uint64_t)t->lock,
	    .connections = (unsigned int)t->max_connections },
	    .key_file = t->key_file, .min_free = (uint32_t)t->min_free };
	ask->access.began = clock_mono_ns();
	ask->access.nlimits = limits_from(&t->bandwidth, 1, ask->limits);
	ask->access.limits = ask->limits;
}

int
target_pace_file(const char *state_dir, const char *name, char **filep)
{
	char *dir = NULL;
	int r;

	if ((r = path_join(state_dir, "pace", &dir)) != 0)
		return r;
	if (mkdir(dir, 0700) == -1 && errno != EEXIST)
		log_warn("%s: %s", dir, strerror(errno));
	r = path_join(dir, name, filep);
	free(dir);
	return r;
}

int
target_store(const struct policy_target *t, struct store **sp)
{
	struct target_ask ask;

	target_ask_about(t, &ask);
	return store_open(ask.url, &ask.access, sp);
}

int
target_open_new(const struct target_ask *ask, struct store **sp,
    struct target_trouble *tp)
{
	int r;

	tp->code = CLI_EXIT_TARGET;
	if ((r = store_open(ask->url, &ask->access, sp)) == 0)
		return 0;
	if (r != ERR_NOENT && store_is_remote(ask->url))
		return not_reached(ask, r, tp);
	return trouble(tp, r == ERR_NOENT ? "not there" : "cannot be read", r,
	    "see that it is mounted, or make it", "target %s: %s cannot be"
	    " opened: %s", ask->name, ask->url, err_text(r));
}

int
target_open(const struct target_ask *ask, const uint8_t id[REPO_ID_LEN],
    struct store **sp, struct target_trouble *tp)
{
	struct store *s = NULL;
	char want[ID_TEXT];
	int r;

	tp->code = CLI_EXIT_TARGET;
	hex_format(id, REPO_ID_LEN, want);
	r = store_open(ask->url, &ask->access, &s);
	if (r == ERR_NOENT)
		return not_there(ask, want, "is not there", tp);
	if (r != 0 && store_is_remote(ask->url))
		return not_reached(ask, r, tp);
	if (r != 0)
		return trouble(tp, "cannot be read", r, "see that it is"
		    " mounted and that this user may read it", "target %s: %s"
		    " cannot be opened: %s", ask->name, ask->url,
		    err_text(r));
	if ((r = identity_check(ask, id, s, tp)) != 0 ||
	    (ask->writes && (r = room_check(ask, s, tp)) != 0)) {
		store_close(s);
		return r;
	}
	*sp = s;
	return 0;
}

void
target_no_key(const struct target_ask *ask, int r, struct target_trouble *tp)
{
	tp->code = CLI_EXIT_KEY;
	(void)trouble(tp, "no key", r, "make the repository with:"
	    " backupctl target init NAME, or put back the key file, readable"
	    " by its owner only", "key file %s: %s", ask->key_file,
	    err_text(r));
}

void
target_not_opened(const struct target_ask *ask, int r,
    struct target_trouble *tp)
{
	tp->code = cli_exit_from_open(r);
	if (r == ERR_DENIED)
		(void)trouble(tp, "no key", r, "see whether the right"
		    " target is mounted, or name its key_file in the policy",
		    "target %s: key file %s does not open this repository",
		    ask->url, ask->key_file);
	else if (r == ERR_CLOSED || r == ERR_TIMEOUT) {
		tp->code = CLI_EXIT_TARGET;
		(void)trouble(tp, "gone", r, "see that it is mounted and that"
		    " its server answers", "target %s went away while it was"
		    " opened: %s; nothing was written", ask->url, err_text(r));
	} else
		(void)trouble(tp, "damaged", r, "check it with:"
		    " restore verify", "target %s: %s", ask->url,
		    err_text(r));
}
