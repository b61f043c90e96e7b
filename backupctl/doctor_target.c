/* doctor_target.c: is each target there, the right one, and with room? */
#include "backupctl/doctor.h"
#include "backupd/target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/text.h"
#include "crypto/secret.h"
#include "policy/policy.h"
#include "repo/key.h"
#include "repo/repo.h"
#include "store/store.h"

/* The share of the policy, or a twentieth. */
#define WHOLE 10000
#define LEAST_DEFAULT 500

static void
room(struct doctor *d, const char *what, const struct policy_target *t,
    struct store *s)
{
	uint64_t least = (uint64_t)(t->min_free > 0 ? t->min_free :
	    LEAST_DEFAULT);
	struct store_room room;
	char size[CLI_TEXT_MAX];
	int r;

	if ((r = store_room(s, &room)) != 0) {
		doctor_tell(d, FINDING_BAD, what, "see that it is mounted",
		    "%s: %s", t->url, err_text(r));
		return;
	}
	cli_size_format(room.free, size);
	if (room.readonly || room.denied)
		doctor_tell(d, FINDING_BAD, what, room.denied ? "give it to"
		    " backupd's user" : "have it mounted for writing; if the"
		    " kernel made it read-only, its disk may be failing: see"
		    " dmesg", "%s cannot be written to", t->url);
	else if (room.total == UINT64_MAX)
		doctor_tell(d, FINDING_GOOD, what, NULL, "answers, and does"
		    " not tell how much room it has");
	else if (room.free < room.total / WHOLE * least)
		doctor_tell(d, FINDING_BAD, what, "make room or add a disk",
		    "%s free, which is less than %u %%", size,
		    (unsigned int)(least / 100));
	else
		doctor_tell(d, FINDING_GOOD, what, NULL, "can be written to,"
		    " %s free", size);
}

/* The repository is there, and its key file is this one's. */
static void
identity(struct doctor *d, const char *what, const struct policy_target *t,
    struct store *s)
{
	struct repo_params params;
	struct key_file kf;
	int r;

	if ((r = repo_peek(s, &params)) != 0) {
		doctor_tell(d, FINDING_BAD, what, r == ERR_NOENT ? "see that"
		    " the right disk is mounted; a new one is made with:"
		    " backupctl target init" : "look at the disk, then:"
		    " restore verify", "%s: %s", t->url, r == ERR_NOENT ?
		    "there is no repository" : err_text(r));
		return;
	}
	r = key_file_read(t->key_file, &kf);
	if (r == ERR_DENIED)
		return;			/* what is wrong with it comes below */
	if (r != 0) {
		doctor_tell(d, FINDING_BAD, what, "make one with the recovery"
		    " key: backupctl key add --host", "key file %s: %s",
		    t->key_file, err_text(r));
		return;
	}
	if (memcmp(kf.repo_id, params.id, sizeof(kf.repo_id)) != 0)
		doctor_tell(d, FINDING_BAD, what, "mount the disk that it"
		    " is, or name this one's key_file in the policy",
		    "%s is another repository than key file %s opens",
		    t->url, t->key_file);
	else
		doctor_tell(d, FINDING_GOOD, what, NULL, "the repository that"
		    " its key file opens");
	crypto_wipe(&kf, sizeof(kf));
}

/* What is wrong with another may be the way of a copy. */
static bool
copy_excused(struct doctor *d, const char *what,
    const struct policy_target *t, int opened)
{
	if (t->primary)
		return false;
	if (opened == ERR_NOENT && t->offline) {
		doctor_tell(d, FINDING_NOTE, what, NULL, "it is not here, as"
		    " it may be");
		return true;
	}
	if (opened != 0 || access(t->key_file, F_OK) == 0)
		return false;
	doctor_tell(d, FINDING_NOTE, what, "backupctl target sync NAME makes"
	    " it", "there is no copy yet");
	return true;
}

static void
target(struct doctor *d, const struct policy_target *t)
{
	struct store *s = NULL;
	char what[128];
	int r;

	snprintf(what, sizeof(what), "target %.100s", t->name);
	if (t->url == NULL) {
		doctor_tell(d, FINDING_NOTE, what, NULL, "it is not attached");
		return;
	}
	r = target_store(t, &s);
	if (copy_excused(d, what, t, r)) {
		store_close(s);
		return;
	}
	if (r != 0) {
		doctor_tell(d, FINDING_BAD, what, r == ERR_NOENT ? "see that"
		    " it is mounted" : NULL, "%s: %s", t->url, err_text(r));
		return;
	}
	identity(d, what, t, s);
	room(d, what, t, s);
	store_close(s);
	doctor_path(d, "key file", t->key_file, true);
}

void
doctor_targets(struct doctor *d)
{
	size_t i;

	if (d->policy->ntargets == 0)
		doctor_tell(d, FINDING_BAD, "targets", "add one to the"
		    " policy", "there is none");
	for (i = 0; i < d->policy->ntargets; i++)
		target(d, &d->policy->targets[i]);
}
