/* schema.c: the one table of every key a policy may hold. */
#include "policy/schema.h"

#include <stdio.h>
#include <string.h>

#include "policy/internal.h"

#define TOP SCOPE_TOP
#define DGH (SCOPE_DEFAULTS | SCOPE_GROUPS | SCOPE_HOSTS)
#define DGHS (DGH | SCOPE_SETS)
#define GROUPS SCOPE_GROUPS
#define HOSTS SCOPE_HOSTS
#define SETS SCOPE_SETS
#define COUNT 0, 100000, NULL		/* of snapshots */
#define ANY 0, 0, NULL

static const struct schema_key keys[] = {
	{ "policy_version", TOP, TYPE_INT, 1, INT16_MAX, NULL, true,
	    "which rules the file follows: 1" },

	{ "office", TOP, TYPE_GROUP, ANY, true, "whose policy this is" },
	{ "office.name", TOP, TYPE_STRING, ANY, true,
	    "name for reports" },
	{ "office.timezone", TOP, TYPE_STRING, ANY, true,
	    "zone of all times, such as Asia/Ho_Chi_Minh" },
	{ "office.language", TOP, TYPE_CHOICE, 0, 0, "en|vi", true,
	    "language of reports and mails" },
	{ "office.holidays", TOP, TYPE_STRINGS, ANY, false,
	    "days without work: FIRST..LAST" },

	{ "defaults", TOP, TYPE_GROUP, ANY, true,
	    "values for every host" },
	{ "sets", TOP, TYPE_MAP, ANY, true,
	    "named groups of paths" },
	{ "groups", TOP, TYPE_MAP, ANY, true,
	    "named groups of hosts, with their own values" },
	{ "hosts", TOP, TYPE_LIST, ANY, true, "the machines" },

	{ "name", HOSTS, TYPE_NAME, ANY, true,
	    "name of the host, which its history keeps" },
	{ "group", HOSTS, TYPE_NAME, ANY, true,
	    "the group whose values it inherits" },
	{ "address", HOSTS, TYPE_STRING, ANY, true,
	    "name or address to connect to" },
	{ "os", HOSTS, TYPE_CHOICE, 0, 0,
	    "linux|bsd|macos|windows|other", false, "operating system" },
	{ "host_key", HOSTS, TYPE_STRINGS, ANY, true,
	    "pinned public keys: the whole line of its .pub file each" },
	{ "enabled", HOSTS, TYPE_BOOL, ANY, true,
	    "false: not backed up, its history stays" },
	{ "port", DGH, TYPE_INT, 1, 65535, NULL, true,
	    "port of its sshd; 22 if not given" },
	{ "user", DGH, TYPE_STRING, ANY, true,
	    "login name there; backup if not given" },
	{ "identity", DGH, TYPE_PATH, ANY, true,
	    "private key file; keys/id_ed25519 if not given" },
	{ "transport", DGH, TYPE_CHOICE, 0, 0, "libssh2|openssh", true,
	    "built-in SSH client or the ssh program; libssh2 if not given" },
	{ "agent", DGH, TYPE_STRING, ANY, true,
	    "command line there; normally the forced command decides" },
	{ "sets", DGH, TYPE_STRINGS, ANY, true,
	    "the sets to save" },
	{ "exclude", DGHS, TYPE_STRINGS, ANY, true,
	    "patterns of what is not saved, as in gitignore" },

	{ "paths", SETS, TYPE_PATHS, ANY, true,
	    "absolute paths of what is saved" },
	{ "exclude_caches", SETS, TYPE_BOOL, ANY, true,
	    "leave out directories with a CACHEDIR.TAG" },
	{ "one_file_system", SETS, TYPE_BOOL, ANY, true,
	    "as limits.one_file_system" },
	{ "expect_changing", SETS, TYPE_STRINGS, ANY, false,
	    "patterns of files that may change while they are read" },
	{ "before", SETS, TYPE_LIST, ANY, false,
	    "hooks run before the set is saved" },
	{ "before[].use", SETS, TYPE_NAME, ANY, false,
	    "name of a hook allowed on the host" },
	{ "before[].timeout", SETS, TYPE_TIME, ANY, false,
	    "how long it may take" },
	{ "before[].on_fail", SETS, TYPE_CHOICE, 0, 0, "fail|warn", false,
	    "what its failure means" },
	{ "after", SETS, TYPE_LIST, ANY, false,
	    "hooks run after the set was saved" },
	{ "after[].use", SETS, TYPE_NAME, ANY, false,
	    "name of a hook allowed on the host" },
	{ "after[].timeout", SETS, TYPE_TIME, ANY, false,
	    "how long it may take" },
	{ "after[].always", SETS, TYPE_BOOL, ANY, false,
	    "run it even if saving failed" },

	{ "label", GROUPS, TYPE_STRING, ANY, false, "name for reports" },

	{ "schedule", DGHS, TYPE_GROUP, ANY, false, "when jobs run" },
	{ "schedule.calendar", DGHS, TYPE_CALENDARS, ANY, false,
	    "when to start: \"Mon..Fri 11:45\"" },
	{ "schedule.window", DGHS, TYPE_STRINGS, ANY, false,
	    "when jobs may run: \"Mon..Fri 11:30-17:00\" or \"always\"" },
	{ "schedule.at_window_end", DGHS, TYPE_CHOICE, 0, 0,
	    "pause|finish|stop", false, "what a running job does then" },
	{ "schedule.jitter", DGHS, TYPE_TIME, ANY, false,
	    "spread of starts" },
	{ "schedule.max_parallel", DGHS, TYPE_INT, 1, 64, NULL, false,
	    "jobs at the same time" },
	{ "schedule.priority", DGHS, TYPE_INT, 0, 9, NULL, false,
	    "higher starts first" },
	{ "schedule.catch_up", DGHS, TYPE_CHOICE, 0, 0, "no|once", false,
	    "run once for all runs that were missed" },
	{ "schedule.retry", DGHS, TYPE_GROUP, ANY, false,
	    "trying again after a failure" },
	{ "schedule.retry.times", DGHS, TYPE_INT, 0, 100, NULL, false,
	    "how often" },
	{ "schedule.retry.first", DGHS, TYPE_TIME, ANY, false,
	    "the first pause" },
	{ "schedule.retry.factor", DGHS, TYPE_FLOAT, 1, 10, NULL, false,
	    "by which the pause grows" },
	{ "schedule.retry.max", DGHS, TYPE_TIME, ANY, false,
	    "the longest pause" },
	{ "schedule.rpo", DGHS, TYPE_TIME, ANY, false,
	    "how old the last good backup may get" },
	{ "schedule.rpo_clock", DGHS, TYPE_CHOICE, 0, 0,
	    "all|working_days", false, "the days that count for it" },
	{ "schedule.rto", DGHS, TYPE_TIME, ANY, false,
	    "how long a restore may take" },

	{ "bandwidth", DGH, TYPE_LIST, ANY, false,
	    "limits by time of day; else unlimited" },
	{ "bandwidth[].window", DGH, TYPE_STRING, ANY, false,
	    "when the limit holds" },
	{ "bandwidth[].limit", DGH, TYPE_RATE, ANY, false, "the limit" },

	{ "limits", DGHS, TYPE_GROUP, ANY, true,
	    "what is taken from a host" },
	{ "limits.one_file_system", DGHS, TYPE_BOOL, ANY, true,
	    "stay on the file system of each path; false if not given" },
	{ "limits.max_file", DGHS, TYPE_SIZE, ANY, false,
	    "larger files are reported" },
	{ "limits.max_host", DGHS, TYPE_SIZE, ANY, false,
	    "most that a host may hold" },
	{ "limits.max_growth", DGHS, TYPE_PERCENT, ANY, false,
	    "most that it may grow at once" },
	{ "limits.min_files", DGHS, TYPE_INT, 0, INT32_MAX, NULL, false,
	    "fewer files are a failure" },
	{ "limits.over", DGHS, TYPE_CHOICE, 0, 0, "warn|fail", false,
	    "what happens beyond a limit" },

	{ "compression", DGH, TYPE_GROUP, ANY, true,
	    "how data is compressed on the source" },
	{ "compression.method", DGH, TYPE_CHOICE, 0, 0, "zstd|none", true,
	    "zstd if not given" },
	{ "compression.level", DGH, TYPE_INT, 1, 19, NULL, true,
	    "higher is smaller and slower; 3 if not given" },

	{ "delta", DGHS, TYPE_CHOICE, 0, 0, "auto|always|never", true,
	    "sending of changed parts only; auto, if not given, measures" },

	{ "retention", DGHS, TYPE_GROUP, ANY, false,
	    "which snapshots are kept" },
	{ "retention.last", DGHS, TYPE_INT, COUNT, false,
	    "so many newest snapshots" },
	{ "retention.hourly", DGHS, TYPE_INT, COUNT, false,
	    "the newest snapshot of so many hours" },
	{ "retention.daily", DGHS, TYPE_INT, COUNT, false,
	    "the newest snapshot of so many days" },
	{ "retention.weekly", DGHS, TYPE_INT, COUNT, false,
	    "the newest snapshot of so many weeks" },
	{ "retention.monthly", DGHS, TYPE_INT, COUNT, false,
	    "the newest snapshot of so many months" },
	{ "retention.yearly", DGHS, TYPE_INT, COUNT, false,
	    "the newest snapshot of so many years" },
	{ "retention.keep_within", DGHS, TYPE_TIME, ANY, false,
	    "all snapshots of this age and younger" },
	{ "retention.min_age", DGHS, TYPE_TIME, ANY, false,
	    "no younger snapshot is ever removed" },
	{ "retention.keep_last_clean", DGHS, TYPE_BOOL, ANY, false,
	    "keep the last one without signs of encryption" },
	{ "retention.hold_on_incident", DGHS, TYPE_BOOL, ANY, false,
	    "remove nothing while an incident is open" },

	{ "ransomware", DGH, TYPE_GROUP, ANY, false,
	    "signs of encryption by an attacker" },
	{ "ransomware.changed", DGH, TYPE_PERCENT, ANY, false,
	    "files changed at once" },
	{ "ransomware.deleted", DGH, TYPE_PERCENT, ANY, false,
	    "files deleted at once" },
	{ "ransomware.high_entropy", DGH, TYPE_PERCENT, ANY, false,
	    "files that look encrypted" },
	{ "ransomware.renamed_ext", DGH, TYPE_PERCENT, ANY, false,
	    "files with a new extension" },
	{ "ransomware.canary", DGH, TYPE_STRINGS, ANY, false,
	    "files that nobody should touch" },
	{ "ransomware.learn", DGH, TYPE_TIME, ANY, false,
	    "how long the usual is learnt" },
	{ "ransomware.action", DGH, TYPE_CHOICE, 0, 0,
	    "alert|hold|hold+alert", false, "what is done" },

	{ "targets", TOP, TYPE_LIST, ANY, true, "where backups are kept" },
	{ "targets[].name", TOP, TYPE_NAME, ANY, true,
	    "name of the target" },
	{ "targets[].role", TOP, TYPE_CHOICE, 0, 0, "primary|copy", true,
	    "backups are written to the one primary target" },
	{ "targets[].type", TOP, TYPE_CHOICE, 0, 0,
	    "dir|nfs|removable|sftp", true, "dir: a directory" },
	{ "targets[].path", TOP, TYPE_PATH, ANY, true,
	    "the directory" },
	{ "targets[].key_file", TOP, TYPE_PATH, ANY, true,
	    "this server's key for it; keys/NAME.key if not given" },
	{ "targets[].min_free", TOP, TYPE_PERCENT, ANY, false,
	    "space to leave free" },
	{ "targets[].address", TOP, TYPE_STRING, ANY, false,
	    "name or address of the server" },
	{ "targets[].offline", TOP, TYPE_BOOL, ANY, false,
	    "it is unplugged between copies" },
	{ "targets[].offsite", TOP, TYPE_BOOL, ANY, false,
	    "it stands in another place" },
	{ "targets[].append_only", TOP, TYPE_BOOL, ANY, false,
	    "this server cannot remove anything there" },
	{ "targets[].every", TOP, TYPE_CALENDAR, ANY, false,
	    "when it is copied to" },
	{ "targets[].max_age", TOP, TYPE_TIME, ANY, false,
	    "how old its newest copy may get" },

	{ "require_copies", TOP, TYPE_GROUP, ANY, false,
	    "how many copies there must be" },
	{ "require_copies.total", TOP, TYPE_INT, 1, 16, NULL, false,
	    "in all" },
	{ "require_copies.media", TOP, TYPE_INT, 1, 16, NULL, false,
	    "kinds of media" },
	{ "require_copies.offsite", TOP, TYPE_INT, 0, 16, NULL, false,
	    "in another place" },
	{ "require_copies.offline", TOP, TYPE_INT, 0, 16, NULL, false,
	    "unplugged" },

	{ "verify", TOP, TYPE_GROUP, ANY, false, "reading back" },
	{ "verify.after_backup", TOP, TYPE_CHOICE, 0, 0,
	    "none|metadata|data", false, "after each backup" },
	{ "verify.read_data", TOP, TYPE_PERCENT, ANY, false,
	    "share of the data read each time" },
	{ "verify.read_calendar", TOP, TYPE_CALENDAR, ANY, false,
	    "when it is read" },
	{ "verify.full_every", TOP, TYPE_TIME, ANY, false,
	    "when all must have been read" },

	{ "drills", TOP, TYPE_LIST, ANY, false, "trial restores" },
	{ "drills[].name", TOP, TYPE_NAME, ANY, false, "name of the drill" },
	{ "drills[].calendar", TOP, TYPE_CALENDAR, ANY, false,
	    "when it runs" },
	{ "drills[].hosts", TOP, TYPE_STRING, ANY, false,
	    "which hosts: \"all\" or \"random N\"" },
	{ "drills[].files", TOP, TYPE_INT, 1, 1000000, NULL, false,
	    "files compared" },
	{ "drills[].check", TOP, TYPE_STRING, ANY, false,
	    "test of what was restored" },
	{ "drills[].scratch", TOP, TYPE_PATH, ANY, false,
	    "directory to restore to" },

	{ "notify", TOP, TYPE_LIST, ANY, false, "who is told" },
	{ "notify[].name", TOP, TYPE_NAME, ANY, false, "name of the way" },
	{ "notify[].type", TOP, TYPE_CHOICE, 0, 0,
	    "email|ping|webhook|syslog", false, "kind of message" },
	{ "notify[].to", TOP, TYPE_STRINGS, ANY, false, "mail addresses" },
	{ "notify[].on", TOP, TYPE_STRINGS, ANY, false, "events" },
	{ "notify[].repeat", TOP, TYPE_TIME, ANY, false,
	    "pause before the same is told again" },
	{ "notify[].quiet", TOP, TYPE_STRING, ANY, false,
	    "hours without messages" },
	{ "notify[].quiet_except", TOP, TYPE_STRINGS, ANY, false,
	    "events told even then" },
	{ "notify[].digest", TOP, TYPE_STRING, ANY, false,
	    "time of the daily summary" },
	{ "notify[].url_file", TOP, TYPE_PATH, ANY, false,
	    "file that holds the address" },

	{ "console", TOP, TYPE_GROUP, ANY, false, "the web console" },
	{ "console.enabled", TOP, TYPE_BOOL, ANY, false, "run it" },
	{ "console.listen", TOP, TYPE_STRING, ANY, false,
	    "\"unix\" or a loopback address" },
	{ "console.session", TOP, TYPE_TIME, ANY, false,
	    "how long a login lasts" },

	{ "audit", TOP, TYPE_GROUP, ANY, false, "the audit trail" },
	{ "audit.keep", TOP, TYPE_TIME, ANY, false, "how long it is kept" }
};

#define NKEYS (sizeof(keys) / sizeof(keys[0]))

const struct schema_key *
policy_schema(size_t *np)
{
	*np = NKEYS;
	return keys;
}

const char *
policy_schema_type(enum schema_type type)
{
	static const char *const words[] = {
		[TYPE_GROUP] = "group", [TYPE_MAP] = "group of groups",
		[TYPE_LIST] = "list of groups", [TYPE_STRING] = "string",
		[TYPE_STRINGS] = "strings", [TYPE_PATHS] = "paths",
		[TYPE_CALENDARS] = "calendars", [TYPE_CALENDAR] = "calendar",
		[TYPE_NAME] = "name", [TYPE_PATH] = "path",
		[TYPE_CHOICE] = "word", [TYPE_INT] = "integer",
		[TYPE_FLOAT] = "number", [TYPE_BOOL] = "true or false",
		[TYPE_SIZE] = "size", [TYPE_TIME] = "time",
		[TYPE_RATE] = "rate", [TYPE_PERCENT] = "percentage"
	};

	return words[type];
}

void
policy_schema_scopes(const struct schema_key *k, char out[SCHEMA_SCOPES_MAX])
{
	static const struct {
		unsigned int bit;
		const char *word;
	} scopes[] = {
		{ SCOPE_DEFAULTS, "defaults" }, { SCOPE_GROUPS, "groups" },
		{ SCOPE_HOSTS, "hosts" }, { SCOPE_SETS, "sets" }
	};
	size_t i, used = 0;

	out[0] = '\0';
	for (i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++)
		if (k->scopes & scopes[i].bit)
			used += (size_t)snprintf(out + used,
			    SCHEMA_SCOPES_MAX - used, "%s%s",
			    used > 0 ? ", " : "", scopes[i].word);
}

bool
schema_word(const char *words, const char *word)
{
	size_t len = strlen(word), n;

	for (;; words += n + 1) {
		n = strcspn(words, "|");
		if (n == len && strncmp(words, word, n) == 0)
			return true;
		if (words[n] == '\0')
			return false;
	}
}
