/* code.c: the numbers of policy diagnostics, and what each one means. */
#include "policy/code.h"

#include <stddef.h>

static const struct {
	enum policy_code code;
	const char *title;
	const char *explanation;
} codes[] = {
	{ POLICY_P001_FILE, "the file cannot be read",
	    "The policy file is missing, is not a regular file, or the program "
	    "may not read it.  Name the right one with -c FILE." },
	{ POLICY_P002_TRUST, "others can write the file",
	    "Whoever can write the policy decides what is saved and which "
	    "hosts are trusted.  Only root, or the user who runs the program, "
	    "may own it, and neither group nor others may write it: "
	    "chmod go-w FILE, chown root FILE." },
	{ POLICY_P003_SIZE, "the file is too big",
	    "A policy of thousands of hosts takes less than a megabyte; a "
	    "file above 4 MiB is something else and is not read at all." },
	{ POLICY_P004_BINARY, "not a text file",
	    "The file holds a NUL or bytes that are not UTF-8.  It may be a "
	    "document of a word processor, or be saved as UTF-16: save it as "
	    "plain text, UTF-8." },
	{ POLICY_P005_SYNTAX, "syntax error",
	    "The text does not follow the form  key = value;  with groups in "
	    "{ }, lists in ( ) and arrays in [ ].  Often the mistake is just "
	    "before the place shown: a missing comma, quote or equals sign." },
	{ POLICY_P006_INCLUDE, "@include is refused",
	    "A policy is one file, so that what was checked is what runs, and "
	    "so that nobody who can write another file can change it." },
	{ POLICY_P007_UNCLOSED, "something is not closed",
	    "A bracket, a quote or a comment was opened and never closed.  "
	    "The place shown is where it was opened." },
	{ POLICY_P008_BACKSLASH, "backslash in a string",
	    "A backslash begins an escape: in \"D:\\new\" the \\n would become "
	    "a line break.  Write paths with / on every system: \"D:/new\".  "
	    "Where a pattern needs a backslash, write two." },
	{ POLICY_P009_NUMBER, "number out of range",
	    "Whole numbers have 32 bits; a larger one would silently become "
	    "another number.  Write sizes in quotes with a unit: \"5 GiB\"." },
	{ POLICY_P010_BOOLEAN, "not a truth value",
	    "Only true and false, without quotes, are truth values." },
	{ POLICY_P011_TRAILING, "comma before a closing bracket",
	    "Commas stand between elements; there is none after the last." },
	{ POLICY_P012_DOTTED, "name with a dot",
	    "retention.daily = 7 is written  retention = { daily = 7; };" },
	{ POLICY_P013_DEPTH, "nested too deep",
	    "No key of a policy needs more than a handful of levels; beyond "
	    "100 the file is not read further." },
	{ POLICY_P014_UNKNOWN, "unknown key",
	    "A key that nobody knows is a mistake and not a comment: it was "
	    "meant to protect something.  `backupctl policy keys` lists all "
	    "keys and where each may stand." },
	{ POLICY_P015_TYPE, "value of the wrong type",
	    "The key is known, but takes another kind of value, such as a "
	    "list of strings [ \"a\", \"b\" ] instead of one string." },
	{ POLICY_P016_RANGE, "value out of range",
	    "The number is outside what the key allows." },
	{ POLICY_P017_CHOICE, "not one of the words allowed",
	    "The key takes one of a few words, spelt exactly." },
	{ POLICY_P018_QUANTITY, "not a quantity",
	    "Sizes (\"20 GiB\"), times (\"5 min\"), rates (\"2 MiB/s\") and "
	    "percentages (\"30 %\") are strings with a number and a unit.  "
	    "Units: B KiB MiB GiB TiB; s min h days weeks months years." },
	{ POLICY_P019_MISSING, "a key is missing",
	    "The group lacks a key that it cannot be without." },
	{ POLICY_P020_TWICE, "the same key twice",
	    "Only one of the two values could count, and which one would not "
	    "be visible.  Remove one." },
	{ POLICY_P021_DUPLICATE, "the same name twice",
	    "Names of hosts, sets, groups and targets are how history is "
	    "found again: each may stand only once." },
	{ POLICY_P022_REFERENCE, "names something that is not there",
	    "The set or group is not defined in this file." },
	{ POLICY_P023_DESTRUCTIVE, "would destroy the history",
	    "The retention keeps no snapshot, or a single one that the next "
	    "bad backup would replace, or lets an attacker remove all of them "
	    "at once.  To stop saving a host, set enabled = false; its "
	    "history stays." },
	{ POLICY_P024_FINGERPRINT, "a fingerprint instead of a key",
	    "The whole public key is pinned, because its type must be known "
	    "before the connection is made.  Print it on the host itself "
	    "(cat /etc/ssh/ssh_host_ed25519_key.pub), or fetch it with "
	    "ssh-keyscan and compare its fingerprint." },
	{ POLICY_P025_HOST_KEY, "not a host key",
	    "A host key is one line \"ssh-ed25519 AAAA...\" as in "
	    "/etc/ssh/ssh_host_ed25519_key.pub; ecdsa-sha2-nistp256, -384 and "
	    "-521 are taken too.  RSA and DSA are not." },
	{ POLICY_P026_PATH, "not a clean path",
	    "Paths to save are absolute, without \"..\", \".\", doubled or "
	    "trailing slashes: each directory has one spelling." },
	{ POLICY_P027_NAME, "not a good name",
	    "Names are made of a-z A-Z 0-9 . _ -, begin with a letter or "
	    "digit and have at most 64 characters, because they stand in "
	    "commands, reports and file names." },
	{ POLICY_P028_PRIMARY, "not exactly one primary target",
	    "Backups are written to the one target with role = \"primary\"; "
	    "all others receive copies." },
	{ POLICY_P029_VERSION, "another version of the policy",
	    "policy_version says which rules the file follows.  This program "
	    "knows version 1." },
	{ POLICY_P030_NO_SETS, "a host without sets",
	    "Nothing would be saved from this host.  Give it sets, or give "
	    "sets to its group or to defaults." },
	{ POLICY_P031_CRON, "a cron line as calendar",
	    "Calendars are written as days and a time: \"Mon..Fri 18:30\", "
	    "\"01:00\", \"Sun 03:00\"." },
	{ POLICY_P032_MOMENT, "not a calendar, window, day, time or zone",
	    "Calendars are \"Mon..Fri 18:30\", windows "
	    "\"Mon..Fri 11:30-17:00\" or \"always\", days "
	    "\"2027-02-04..2027-02-10\", times of day "
	    "\"07:15\", and zones are named as Asia/Ho_Chi_Minh.  All times "
	    "are those of office.timezone." },
	{ POLICY_P033_EXCLUDES, "leaves out everything",
	    "The pattern matches every file, so that backups would succeed "
	    "and hold nothing.  Name what is to be left out, such as "
	    "\"*.tmp\", or remove the path from the set." },
	{ POLICY_P034_CONTRADICTION, "two values exclude each other",
	    "Each of the values is right by itself, but not both.  The other "
	    "line is named in the report." },
	{ POLICY_P035_COPIES, "more copies are required than there are",
	    "require_copies asks for more copies than the targets of this "
	    "file can ever hold, so that it would always be violated.  Add a "
	    "target, mark it offsite or offline, or require less." },
	{ POLICY_P036_EXPOSED, "the console would be open to others",
	    "The console listens on a socket of this machine (\"unix\") or on "
	    "its loopback (\"127.0.0.1:8420\"); from elsewhere it is reached "
	    "through SSH." },
	{ POLICY_P050_LATER, "not acted on yet",
	    "The key is right and stays valid, but this version of the "
	    "program does nothing with it." },
	{ POLICY_P051_UNUSED, "defined, but not used",
	    "No host uses this set, or no host is in this group: perhaps one "
	    "was forgotten." },
	{ POLICY_P053_RARE, "runs are rarer than the rpo",
	    "The calendar lets more time pass between two runs than the rpo "
	    "allows, so that the host would be late though all is well." },
	{ POLICY_P054_NOBODY, "nobody of that name here",
	    "This machine knows no such user or group now.  Nobody gains a "
	    "role by it; it is looked up again when the policy is read anew." },
	{ POLICY_P055_UNTOLD, "not told by a host without an agent",
	    "The host is read over SFTP, which does not tell what the key "
	    "needs to know, so that it has no effect there." }
};

const char *
policy_code_title(enum policy_code code)
{
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return codes[i].title;
	return NULL;
}

const char *
policy_code_explanation(enum policy_code code)
{
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return codes[i].explanation;
	return NULL;
}
