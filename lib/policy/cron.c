/* cron.c: cron lines, which officers know, told from calendars. */
#include <stdio.h>
#include <string.h>

#include "policy/internal.h"

#define FIELDS 5

/* Cut text into five fields of at most 15 bytes; tell whether it has five. */
static bool
split(const char *text, char fields[FIELDS][16])
{
	size_t i, len;

	for (i = 0; i < FIELDS; i++) {
		text += strspn(text, " \t");
		len = strcspn(text, " \t");
		if (len == 0 || len > 15 ||
		    strspn(text, "0123456789*/,-") < len)
			return false;
		memcpy(fields[i], text, len);
		fields[i][len] = '\0';
		text += len;
	}
	return text[strspn(text, " \t")] == '\0';
}

/* The number that makes up the whole field and is at most max, or -1. */
static int
number(const char *field, int max)
{
	size_t len = strlen(field);
	int v;

	if (len == 0 || len > 2 || strspn(field, "0123456789") != len)
		return -1;
	v = field[0] - '0';
	if (len == 2)
		v = v * 10 + field[1] - '0';
	return v <= max ? v : -1;
}

bool
policy_cron(const char *text, char *out, size_t outlen)
{
	static const char *const days[] = {
		"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"
	};
	char f[FIELDS][16], second[2];
	int minute, hour, from, to = -1;

	if (!split(text, f))
		return false;
	out[0] = '\0';
	minute = number(f[0], 59);
	hour = number(f[1], 23);
	if (minute < 0 || hour < 0 || strcmp(f[2], "*") != 0 ||
	    strcmp(f[3], "*") != 0)
		return true;
	if (strcmp(f[4], "*") == 0) {
		snprintf(out, outlen, "%02d:%02d", hour, minute);
		return true;
	}
	if (strlen(f[4]) == 3 && f[4][1] == '-') {
		second[0] = f[4][2];
		second[1] = '\0';
		to = number(second, 7);
		f[4][1] = '\0';
		if (to < 0)
			return true;
	}
	if ((from = number(f[4], 7)) < 0)
		return true;
	if (to < 0)
		snprintf(out, outlen, "%s %02d:%02d", days[from], hour,
		    minute);
	else
		snprintf(out, outlen, "%s..%s %02d:%02d", days[from],
		    days[to], hour, minute);
	return true;
}
