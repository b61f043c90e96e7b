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
#define DAYS(n) ((n) * 24 * 3600)
#define EVENTS "start|success|incomplete|failed|late|suspect|changed_key|" \
	"target|drill|policy|all"
#define SAMPLE_KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK2V8bUKkk1lmM7kgTBd" \
	"BQQFhfr/3ejD36gqJh0qbFB7"

static const struct schema_key keys[] = {
	{ "policy_version", TOP, TYPE_INT, 1, INT16_MAX, NULL, true,
	    "which rules the file follows: 1", NULL, "1" },

	{ "office", TOP, TYPE_GROUP, ANY, true,
	    "whose policy this is", NULL, NULL },
	{ "office.name", TOP, TYPE_STRING, ANY, true,
	    "name for reports", NULL, "Sample office" },
	{ "office.timezone", TOP, TYPE_ZONE, ANY, true,
	    "zone of all times, such as Asia/Ho_Chi_Minh", NULL,
	    "Asia/Ho_Chi_Minh" },
	{ "office.language", TOP, TYPE_CHOICE, 0, 0, "en|vi", true,
	    "language of reports and mails", "en", "vi" },
	{ "office.holidays", TOP, TYPE_DAYS, ANY, true,
	    "days without work: FIRST..LAST", NULL, "2027-02-04..2027-02-10" },

	{ "access", TOP, TYPE_GROUP, ANY, true,
	    "who may ask backupd for what: users, @groups or their numbers",
	    NULL, NULL },
	{ "access.viewers", TOP, TYPE_STRINGS, ANY, true,
	    "may look at the state", NULL, "@adm" },
	{ "access.operators", TOP, TYPE_STRINGS, ANY, true,
	    "may also run, cancel and pause", NULL, "@operator" },
	{ "access.admins", TOP, TYPE_STRINGS, ANY, true,
	    "may also reload and stop; root always may", NULL, "root" },

	{ "defaults", TOP, TYPE_GROUP, ANY, true,
	    "values for every host", NULL, NULL },
	{ "sets", TOP, TYPE_MAP, ANY, true,
	    "named groups of paths", NULL, NULL },
	{ "groups", TOP, TYPE_MAP, ANY, true,
	    "named groups of hosts, with their own values", NULL, NULL },
	{ "hosts", TOP, TYPE_LIST, ANY, true,
	    "the machines", NULL, NULL },

	{ "name", HOSTS, TYPE_NAME, ANY, true,
	    "name of the host, which its history keeps", NULL, "files" },
	{ "group", HOSTS, TYPE_NAME, ANY, true,
	    "the group whose values it inherits", NULL, "servers" },
	{ "address", HOSTS, TYPE_WORD, ANY, true,
	    "name or address to connect to", NULL, "192.0.2.10" },
	{ "os", HOSTS, TYPE_CHOICE, 0, 0,
	    "linux|bsd|macos|windows|other", false,
	    "operating system", "linux", NULL },
	{ "host_key", HOSTS, TYPE_STRINGS, ANY, true,
	    "pinned public keys: the whole line of its .pub file each", NULL,
	    SAMPLE_KEY },
	{ "enabled", HOSTS, TYPE_BOOL, ANY, true,
	    "false: not backed up, its history stays", "true", NULL },
	{ "port", DGH, TYPE_INT, 1, 65535, NULL, true,
	    "port of its sshd", "22", NULL },
	{ "user", DGH, TYPE_WORD, ANY, true,
	    "login name there", "backup", NULL },
	{ "identity", DGH, TYPE_PATH, ANY, true,
	    "private key file",
	    "keys/id_ed25519", NULL },
	{ "transport", DGH, TYPE_CHOICE, 0, 0, "libssh2|openssh", true,
	    "built-in SSH client or the ssh program",
	    "libssh2", NULL },
	{ "agent", DGH, TYPE_STRING, ANY, true,
	    "command line there; \"none\": there is no agent, SFTP is read",
	    "backup-agent serve", NULL },
	{ "reread", DGH, TYPE_TIME, 0, DAYS(3650), NULL, true,
	    "without an agent, all is read again in so long; 0 s: never",
	    "30 days", NULL },
	{ "sets", DGH, TYPE_STRINGS, ANY, true,
	    "the sets to save", NULL, "documents" },
	{ "exclude", DGHS, TYPE_STRINGS, ANY, true,
	    "patterns of what is not saved, as in gitignore", NULL,
	    "*.tmp|~$*" },

	{ "paths", SETS, TYPE_PATHS, ANY, true,
	    "absolute paths of what is saved", NULL, "/home|/srv/documents" },
	{ "exclude_caches", SETS, TYPE_BOOL, ANY, true,
	    "leave out directories with a CACHEDIR.TAG", "false", "true" },
	{ "one_file_system", SETS, TYPE_BOOL, ANY, true,
	    "as limits.one_file_system", NULL, "true" },
	{ "expect_changing", SETS, TYPE_STRINGS, ANY, false,
	    "patterns of files that may change while they are read", NULL,
	    "*.log" },
	{ "before", SETS, TYPE_LIST, ANY, true,
	    "hooks run before the set is saved", NULL, NULL },
	{ "before[].use", SETS, TYPE_NAME, ANY, true,
	    "name of a hook allowed on the host", NULL, "db-dump" },
	{ "before[].timeout", SETS, TYPE_TIME, 1, DAYS(7), NULL, true,
	    "how long it may take", "1 h", "30 min" },
	{ "before[].on_fail", SETS, TYPE_CHOICE, 0, 0, "fail|warn", true,
	    "what its failure means", "fail", NULL },
	{ "after", SETS, TYPE_LIST, ANY, true,
	    "hooks run after the set was saved", NULL, NULL },
	{ "after[].use", SETS, TYPE_NAME, ANY, true,
	    "name of a hook allowed on the host", NULL, "db-clean" },
	{ "after[].timeout", SETS, TYPE_TIME, 1, DAYS(7), NULL, true,
	    "how long it may take", "1 h", "10 min" },
	{ "after[].always", SETS, TYPE_BOOL, ANY, true,
	    "run it even if saving failed", "false", "true" },

	{ "label", GROUPS, TYPE_STRING, ANY, true,
	    "name for reports", NULL, "The server room" },
	{ "share_dedup", GROUPS, TYPE_BOOL, ANY, false,
	    "hosts of the group may share stored data", "true", NULL },

	{ "schedule", DGHS, TYPE_GROUP, ANY, true,
	    "when jobs run", NULL, NULL },
	{ "schedule.calendar", DGHS, TYPE_CALENDARS, ANY, true,
	    "when to start: \"Mon..Fri 11:45\"", NULL, "Mon..Fri 11:45" },
	{ "schedule.window", DGHS, TYPE_WINDOWS, ANY, true,
	    "when jobs may run: \"Mon..Fri 11:30-17:00\" or \"always\"",
	    "always", "Mon..Fri 11:30-17:00" },
	{ "schedule.at_window_end", DGHS, TYPE_CHOICE, 0, 0,
	    "pause|finish|stop", true,
	    "what a running job does then", "pause", NULL },
	{ "schedule.jitter", DGHS, TYPE_TIME, 0, DAYS(1), NULL, true,
	    "spread of starts", "0 s", "20 min" },
	{ "schedule.max_parallel", DGHS, TYPE_INT, 1, 64, NULL, true,
	    "jobs at the same time", "4", NULL },
	{ "schedule.priority", DGHS, TYPE_INT, 0, 9, NULL, true,
	    "higher starts first", "5", NULL },
	{ "schedule.catch_up", DGHS, TYPE_CHOICE, 0, 0, "no|once", true,
	    "run once for all runs that were missed", "once", NULL },
	{ "schedule.retry", DGHS, TYPE_GROUP, ANY, true,
	    "trying again after a failure", NULL, NULL },
	{ "schedule.retry.times", DGHS, TYPE_INT, 0, 100, NULL, true,
	    "how often", "4", NULL },
	{ "schedule.retry.first", DGHS, TYPE_TIME, 1, DAYS(7), NULL, true,
	    "the first pause", "5 min", NULL },
	{ "schedule.retry.factor", DGHS, TYPE_FLOAT, 1, 10, NULL, true,
	    "by which the pause grows", "2.0", NULL },
	{ "schedule.retry.max", DGHS, TYPE_TIME, 1, DAYS(30), NULL, true,
	    "the longest pause", "1 h", NULL },
	{ "schedule.rpo", DGHS, TYPE_TIME, 60, DAYS(3650), NULL, true,
	    "how old the last good backup may get", NULL, "36 h" },
	{ "schedule.rpo_clock", DGHS, TYPE_CHOICE, 0, 0, "all|working_days",
	    true,
	    "the days that count for it", "all", "working_days" },
	{ "schedule.rto", DGHS, TYPE_TIME, 60, DAYS(3650), NULL, false,
	    "how long a restore may take", NULL, "4 h" },
	{ "schedule.max_time", DGHS, TYPE_TIME, 10, DAYS(365), NULL, true,
	    "after so long a job is ended; no limit if not given", NULL,
	    "24 h" },
	{ "schedule.max_stall", DGHS, TYPE_TIME, 10, DAYS(7), NULL, true,
	    "a job without progress for so long is ended", "15 min", NULL },

	{ "bandwidth", DGH, TYPE_LIST, ANY, true,
	    "limits by time of day; else unlimited", NULL, NULL },
	{ "bandwidth[].window", DGH, TYPE_WINDOW, ANY, true,
	    "when the limit holds", NULL, "Mon..Fri 07:00-18:00" },
	{ "bandwidth[].limit", DGH, TYPE_RATE, 1024, 0, NULL, true,
	    "the limit", NULL, "2 MiB/s" },

	{ "limits", DGHS, TYPE_GROUP, ANY, true,
	    "what is taken from a host", NULL, NULL },
	{ "limits.one_file_system", DGHS, TYPE_BOOL, ANY, true,
	    "stay on the file system of each path",
	    "false", "true" },
	{ "limits.max_file", DGHS, TYPE_SIZE, 1, 0, NULL, true,
	    "larger files are reported, or fail the job", NULL, "20 GiB" },
	{ "limits.max_host", DGHS, TYPE_SIZE, 1, 0, NULL, true,
	    "most that a host may hold", NULL, "500 GiB" },
	{ "limits.max_growth", DGHS, TYPE_PERCENT, 1, 10000, NULL, true,
	    "most that it may grow at once", NULL, "30 %" },
	{ "limits.min_files", DGHS, TYPE_INT, 0, INT32_MAX, NULL, true,
	    "fewer files are a failure", "1", NULL },
	{ "limits.over", DGHS, TYPE_CHOICE, 0, 0, "warn|fail", true,
	    "what happens beyond a limit", "warn", NULL },
	{ "limits.nice", DGH, TYPE_INT, 0, 19, NULL, true,
	    "niceness of the agent there, 10 at least", "10", NULL },
	{ "limits.ionice", DGH, TYPE_CHOICE, 0, 0, "normal|low|idle", true,
	    "its priority on the disk", "low", NULL },
	{ "limits.cpu_threads", DGH, TYPE_INT, 1, 64, NULL, true,
	    "most threads that compress there; one more reads", "2", NULL },

	{ "compression", DGH, TYPE_GROUP, ANY, true,
	    "how data is compressed on the source", NULL, NULL },
	{ "compression.method", DGH, TYPE_CHOICE, 0, 0, "zstd|none", true,
	    "the method", "zstd", NULL },
	{ "compression.level", DGH, TYPE_INT, 1, 19, NULL, true,
	    "higher is smaller and slower", "3", NULL },

	{ "delta", DGHS, TYPE_CHOICE, 0, 0, "auto|always|never", true,
	    "sending of changed parts only; auto measures",
	    "auto", NULL },

	{ "retention", DGHS, TYPE_GROUP, ANY, false,
	    "which snapshots are kept", NULL, NULL },
	{ "retention.last", DGHS, TYPE_INT, COUNT, false,
	    "so many newest snapshots", NULL, "3" },
	{ "retention.hourly", DGHS, TYPE_INT, COUNT, false,
	    "the newest snapshot of so many hours", NULL, "0" },
	{ "retention.daily", DGHS, TYPE_INT, COUNT, false,
	    "the newest snapshot of so many days", NULL, "14" },
	{ "retention.weekly", DGHS, TYPE_INT, COUNT, false,
	    "the newest snapshot of so many weeks", NULL, "8" },
	{ "retention.monthly", DGHS, TYPE_INT, COUNT, false,
	    "the newest snapshot of so many months", NULL, "12" },
	{ "retention.yearly", DGHS, TYPE_INT, COUNT, false,
	    "the newest snapshot of so many years", NULL, "5" },
	{ "retention.keep_within", DGHS, TYPE_TIME, ANY, false,
	    "all snapshots of this age and younger", NULL, "7 days" },
	{ "retention.min_age", DGHS, TYPE_TIME, 0, DAYS(3650), NULL, false,
	    "no younger snapshot is ever removed", "14 days", NULL },
	{ "retention.keep_last_clean", DGHS, TYPE_BOOL, ANY, false,
	    "keep the last one without signs of encryption", "true", NULL },
	{ "retention.hold_on_incident", DGHS, TYPE_BOOL, ANY, false,
	    "remove nothing while an incident is open", "true", NULL },

	{ "ransomware", DGH, TYPE_GROUP, ANY, false,
	    "signs of encryption by an attacker", NULL, NULL },
	{ "ransomware.changed", DGH, TYPE_PERCENT, 1, 10000, NULL, false,
	    "files changed at once", NULL, "30 %" },
	{ "ransomware.deleted", DGH, TYPE_PERCENT, 1, 10000, NULL, false,
	    "files deleted at once", NULL, "20 %" },
	{ "ransomware.high_entropy", DGH, TYPE_PERCENT, 1, 10000, NULL, false,
	    "files that look encrypted", NULL, "15 %" },
	{ "ransomware.renamed_ext", DGH, TYPE_PERCENT, 1, 10000, NULL, false,
	    "files with a new extension", NULL, "10 %" },
	{ "ransomware.canary", DGH, TYPE_STRINGS, ANY, false,
	    "files that nobody should touch", NULL, "00-do-not-touch.docx" },
	{ "ransomware.learn", DGH, TYPE_TIME, 0, DAYS(365), NULL, false,
	    "how long the usual is learnt", "14 days", NULL },
	{ "ransomware.action", DGH, TYPE_CHOICE, 0, 0, "alert|hold|hold+alert",
	    false,
	    "what is done", "alert", "hold+alert" },

	{ "targets", TOP, TYPE_LIST, ANY, true,
	    "where backups are kept", NULL, NULL },
	{ "targets[].name", TOP, TYPE_NAME, ANY, true,
	    "name of the target", NULL, "nas" },
	{ "targets[].role", TOP, TYPE_CHOICE, 0, 0, "primary|copy", true,
	    "backups are written to the one primary target", NULL, "primary" },
	{ "targets[].type", TOP, TYPE_CHOICE, 0, 0,
	    "dir|nfs|removable|sftp|s3", true,
	    "dir: a directory; nfs: one on a mounted share", NULL, "dir" },
	{ "targets[].path", TOP, TYPE_PATH, ANY, true,
	    "the directory, for sftp that on the server", NULL,
	    "/srv/backup/nas" },
	{ "targets[].key_file", TOP, TYPE_PATH, ANY, true,
	    "this server's key for it; keys/NAME.key if not given", NULL,
	    "keys/nas.key" },
	{ "targets[].min_free", TOP, TYPE_PERCENT, 0, 9000, NULL, true,
	    "with less space free, no job begins", "5 %", "15 %" },
	{ "targets[].address", TOP, TYPE_WORD, ANY, true,
	    "sftp, s3: name or address of the server", NULL, NULL },
	{ "targets[].port", TOP, TYPE_INT, 1, 65535, NULL, true,
	    "sftp, s3: its port", NULL, NULL },
	{ "targets[].user", TOP, TYPE_WORD, ANY, true,
	    "sftp: login name there", NULL, NULL },
	{ "targets[].identity", TOP, TYPE_PATH, ANY, true,
	    "sftp: private key file for it", NULL, NULL },
	{ "targets[].host_key", TOP, TYPE_STRINGS, ANY, true,
	    "sftp: pinned public key of the server", NULL, NULL },
	{ "targets[].bucket", TOP, TYPE_WORD, ANY, true,
	    "s3: the bucket, which must exist", NULL, NULL },
	{ "targets[].prefix", TOP, TYPE_WORD, ANY, true,
	    "s3: what the names of all objects begin with", NULL, NULL },
	{ "targets[].credentials", TOP, TYPE_PATH, ANY, true,
	    "s3: file of two lines, the key's id and its secret", NULL,
	    NULL },
	{ "targets[].region", TOP, TYPE_WORD, ANY, true,
	    "s3: what the server calls its region", "us-east-1", NULL },
	{ "targets[].tls", TOP, TYPE_BOOL, ANY, true,
	    "s3: false only for a server on this machine", "true", NULL },
	{ "targets[].ca_file", TOP, TYPE_PATH, ANY, true,
	    "s3: whom to trust for its certificate; else as the system does",
	    NULL, NULL },
	{ "targets[].lock", TOP, TYPE_TIME, 0, DAYS(3650), NULL, true,
	    "s3: nobody can delete what is younger (object lock)", NULL,
	    NULL },
	{ "targets[].offline", TOP, TYPE_BOOL, ANY, true,
	    "it is unplugged between copies", "false", NULL },
	{ "targets[].offsite", TOP, TYPE_BOOL, ANY, true,
	    "it stands in another place", "false", NULL },
	{ "targets[].append_only", TOP, TYPE_BOOL, ANY, false,
	    "this server cannot remove anything there", "false", NULL },
	{ "targets[].every", TOP, TYPE_CALENDAR, ANY, true,
	    "when it is copied to; after each job if not given", NULL, NULL },
	{ "targets[].max_age", TOP, TYPE_TIME, 3600, DAYS(3650), NULL, true,
	    "how long it may lack what the primary target has", "2 days",
	    NULL },
	{ "targets[].max_parallel", TOP, TYPE_INT, 1, 64, NULL, true,
	    "jobs that write to it at the same time", NULL, "4" },
	{ "targets[].max_connections", TOP, TYPE_INT, 1, 16, NULL, true,
	    "sftp, s3: connections of one job", "2", NULL },
	{ "targets[].bandwidth", TOP, TYPE_LIST, ANY, true,
	    "limits by time of day, for all jobs together; else unlimited",
	    NULL, NULL },
	{ "targets[].bandwidth[].window", TOP, TYPE_WINDOW, ANY, true,
	    "when the limit holds", NULL, "Mon..Fri 07:00-18:00" },
	{ "targets[].bandwidth[].limit", TOP, TYPE_RATE, 1024, 0, NULL, true,
	    "the limit", NULL, "2 MiB/s" },
	{ "targets[].cache", TOP, TYPE_SIZE, ANY, true,
	    "most of it that is kept here too; sftp, s3: 1 GiB if not given",
	    NULL, "2 GiB" },

	{ "require_copies", TOP, TYPE_GROUP, ANY, true,
	    "how many copies there must be", NULL, NULL },
	{ "require_copies.total", TOP, TYPE_INT, 1, 16, NULL, true,
	    "in all", NULL, "1" },
	{ "require_copies.media", TOP, TYPE_INT, 1, 16, NULL, true,
	    "kinds of media", NULL, "1" },
	{ "require_copies.offsite", TOP, TYPE_INT, 0, 16, NULL, true,
	    "in another place", NULL, "0" },
	{ "require_copies.offline", TOP, TYPE_INT, 0, 16, NULL, true,
	    "unplugged", NULL, "0" },

	{ "verify", TOP, TYPE_GROUP, ANY, false,
	    "reading back", NULL, NULL },
	{ "verify.after_backup", TOP, TYPE_CHOICE, 0, 0, "none|metadata|data",
	    false,
	    "after each backup", "metadata", NULL },
	{ "verify.read_data", TOP, TYPE_PERCENT, ANY, false,
	    "share of the data read each time", NULL, "5 %" },
	{ "verify.read_calendar", TOP, TYPE_CALENDAR, ANY, false,
	    "when it is read", NULL, "Sun 03:00" },
	{ "verify.full_every", TOP, TYPE_TIME, DAYS(1), DAYS(3650), NULL,
	    false,
	    "when all must have been read", NULL, "90 days" },

	{ "drills", TOP, TYPE_LIST, ANY, false,
	    "trial restores", NULL, NULL },
	{ "drills[].name", TOP, TYPE_NAME, ANY, false,
	    "name of the drill", NULL, "quarterly" },
	{ "drills[].calendar", TOP, TYPE_CALENDAR, ANY, false,
	    "when it runs", NULL, "*-01,04,07,10-05 09:00" },
	{ "drills[].hosts", TOP, TYPE_STRING, ANY, false,
	    "which hosts: \"all\" or \"random N\"", "all", "random 2" },
	{ "drills[].files", TOP, TYPE_INT, 1, 1000000, NULL, false,
	    "files compared", "200", NULL },
	{ "drills[].check", TOP, TYPE_NAME, ANY, false,
	    "test of what was restored", NULL, "open-db" },
	{ "drills[].scratch", TOP, TYPE_PATH, ANY, false,
	    "directory to restore to", NULL, "/srv/drill" },

	{ "notify", TOP, TYPE_LIST, ANY, false,
	    "who is told", NULL, NULL },
	{ "notify[].name", TOP, TYPE_NAME, ANY, false,
	    "name of the way", NULL, "log" },
	{ "notify[].type", TOP, TYPE_CHOICE, 0, 0, "email|ping|webhook|syslog",
	    false,
	    "kind of message", NULL, "syslog" },
	{ "notify[].to", TOP, TYPE_STRINGS, ANY, false,
	    "mail addresses", NULL, NULL },
	{ "notify[].on", TOP, TYPE_CHOICES, 0, 0, EVENTS, false,
	    "events", NULL, "failed|late|suspect" },
	{ "notify[].repeat", TOP, TYPE_TIME, 60, DAYS(30), NULL, false,
	    "pause before the same is told again", "24 h", NULL },
	{ "notify[].quiet", TOP, TYPE_WINDOW, ANY, false,
	    "hours without messages", NULL, "21:00-06:00" },
	{ "notify[].quiet_except", TOP, TYPE_CHOICES, 0, 0, EVENTS, false,
	    "events told even then", NULL, "suspect" },
	{ "notify[].digest", TOP, TYPE_CLOCK, ANY, false,
	    "time of the daily summary", NULL, "07:15" },
	{ "notify[].url_file", TOP, TYPE_PATH, ANY, false,
	    "file that holds the address", NULL, NULL },

	{ "console", TOP, TYPE_GROUP, ANY, false,
	    "the web console", NULL, NULL },
	{ "console.enabled", TOP, TYPE_BOOL, ANY, false,
	    "run it", "false", NULL },
	{ "console.listen", TOP, TYPE_STRING, ANY, false,
	    "\"unix\" or a loopback address", "unix", NULL },
	{ "console.session", TOP, TYPE_TIME, 60, DAYS(1), NULL, false,
	    "how long a login lasts", "15 min", NULL },

	{ "audit", TOP, TYPE_GROUP, ANY, false,
	    "the audit trail", NULL, NULL },
	{ "audit.keep", TOP, TYPE_TIME, DAYS(30), DAYS(7300), NULL, false,
	    "how long it is kept", "24 months", NULL }
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
		[TYPE_STRINGS] = "list of strings",
		[TYPE_PATHS] = "list of paths",
		[TYPE_CALENDARS] = "list of calendars",
		[TYPE_CALENDAR] = "calendar",
		[TYPE_NAME] = "name", [TYPE_PATH] = "path",
		[TYPE_CHOICE] = "word", [TYPE_INT] = "integer",
		[TYPE_FLOAT] = "number", [TYPE_BOOL] = "true or false",
		[TYPE_SIZE] = "size", [TYPE_TIME] = "time",
		[TYPE_RATE] = "rate", [TYPE_PERCENT] = "percentage",
		[TYPE_WORD] = "string without blanks",
		[TYPE_ZONE] = "time zone", [TYPE_CLOCK] = "time of day",
		[TYPE_CHOICES] = "list of words",
		[TYPE_DAYS] = "list of days",
		[TYPE_WINDOW] = "window",
		[TYPE_WINDOWS] = "list of windows"
	};

	return words[type];
}

bool
policy_schema_plural(enum schema_type type)
{
	return type == TYPE_STRINGS || type == TYPE_PATHS ||
	    type == TYPE_CALENDARS || type == TYPE_CHOICES ||
	    type == TYPE_DAYS || type == TYPE_WINDOWS;
}

bool
policy_schema_quoted(enum schema_type type)
{
	return type != TYPE_GROUP && type != TYPE_MAP && type != TYPE_LIST &&
	    type != TYPE_INT && type != TYPE_FLOAT && type != TYPE_BOOL;
}

enum quantity_kind
schema_quantity(enum schema_type type)
{
	return type == TYPE_SIZE ? QUANTITY_SIZE : type == TYPE_RATE ?
	    QUANTITY_RATE : type == TYPE_PERCENT ? QUANTITY_PERCENT :
	    QUANTITY_TIME;
}

void
policy_schema_limits(const struct schema_key *k, char out[SCHEMA_LIMITS_MAX])
{
	const char *type = policy_schema_type(k->type);
	char min[QUANTITY_TEXT_MAX], max[QUANTITY_TEXT_MAX];

	if (k->words != NULL) {
		snprintf(out, SCHEMA_LIMITS_MAX, "%s: %s", type, k->words);
		return;
	}
	if (k->min == 0 && k->max == 0) {
		snprintf(out, SCHEMA_LIMITS_MAX, "%s", type);
		return;
	}
	if (!policy_schema_quoted(k->type)) {
		snprintf(out, SCHEMA_LIMITS_MAX, "%s, %d to %d", type, k->min,
		    k->max);
		return;
	}
	quantity_format(k->min, schema_quantity(k->type), min);
	quantity_format(k->max, schema_quantity(k->type), max);
	snprintf(out, SCHEMA_LIMITS_MAX, "%s, %s%s%s", type, min, k->max > 0 ?
	    " to " : " or more", k->max > 0 ? max : "");
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
