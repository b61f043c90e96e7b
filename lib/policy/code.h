/* code.h: the numbers of policy diagnostics, and what each one means. */
#ifndef POLICY_CODE_H
#define POLICY_CODE_H

/* A number, once given out, keeps its meaning: manuals and scripts name it. */
enum policy_code {
	/* The file. */
	POLICY_P001_FILE = 1,		/* cannot be read */
	POLICY_P002_TRUST = 2,		/* others can write it */
	POLICY_P003_SIZE = 3,		/* too big */
	POLICY_P004_BINARY = 4,		/* NUL or not UTF-8 */

	/* The text. */
	POLICY_P005_SYNTAX = 5,		/* not understood */
	POLICY_P006_INCLUDE = 6,	/* @include */
	POLICY_P007_UNCLOSED = 7,	/* a bracket, quote or comment */
	POLICY_P008_BACKSLASH = 8,	/* backslash in a string */
	POLICY_P009_NUMBER = 9,		/* does not fit 32 bits */
	POLICY_P010_BOOLEAN = 10,	/* yes, no, on, off */
	POLICY_P011_TRAILING = 11,	/* comma before a closing bracket */
	POLICY_P012_DOTTED = 12,	/* a.b = ... */
	POLICY_P013_DEPTH = 13,		/* nested too deep */

	/* The keys. */
	POLICY_P014_UNKNOWN = 14,	/* unknown key */
	POLICY_P015_TYPE = 15,		/* a value of the wrong type */
	POLICY_P016_RANGE = 16,		/* outside its limits */
	POLICY_P017_CHOICE = 17,	/* not one of the words allowed */
	POLICY_P018_QUANTITY = 18,	/* not a size, time, rate, percentage */
	POLICY_P019_MISSING = 19,	/* a key that must stand */
	POLICY_P020_TWICE = 20,		/* the same key twice in one group */

	/* The meaning. */
	POLICY_P021_DUPLICATE = 21,	/* two hosts or targets of one name */
	POLICY_P022_REFERENCE = 22,	/* names a group or set that is not */
	POLICY_P023_DESTRUCTIVE = 23,	/* would keep nothing */
	POLICY_P024_FINGERPRINT = 24,	/* a fingerprint instead of a key */
	POLICY_P025_HOST_KEY = 25,	/* not a public key */
	POLICY_P026_PATH = 26,		/* not a clean absolute path */
	POLICY_P027_NAME = 27,		/* a name with other characters */
	POLICY_P028_PRIMARY = 28,	/* not exactly one primary target */
	POLICY_P029_VERSION = 29,	/* policy_version of a newer program */
	POLICY_P030_NO_SETS = 30,	/* a host without any set */
	POLICY_P031_CRON = 31,		/* a cron string as calendar */

	POLICY_P032_MOMENT = 32,	/* no calendar, window, day, zone */
	POLICY_P033_EXCLUDES = 33,	/* leaves out all that is saved */
	POLICY_P034_CONTRADICTION = 34,	/* two values that exclude each other */
	POLICY_P035_COPIES = 35,	/* more copies than targets */
	POLICY_P036_EXPOSED = 36,	/* the console beyond this machine */

	/* Warnings. */
	POLICY_P050_LATER = 50,		/* valid, but not acted on yet */
	POLICY_P051_UNUSED = 51,	/* defined, but nobody uses it */
	POLICY_P053_RARE = 53,		/* runs are rarer than the rpo */
	POLICY_P054_NOBODY = 54,	/* no such user or group here */
	POLICY_P055_UNTOLD = 55		/* the source does not tell it */
};

/* A short title, such as "unknown key"; NULL if there is no such code. */
const char *policy_code_title(enum policy_code code);

/* Some sentences: what it means, why it matters, what to do. */
const char *policy_code_explanation(enum policy_code code);

#endif /* POLICY_CODE_H */
