/* zone.c: the office's time zone: days and times of day, and moments. */
#include "policy/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fdio.h"

#define ZONE_DIR "/usr/share/zoneinfo"
#define ZONE_NAME_MAX 64
#define ZONE_PATH_MAX 512

/* No clock differs from UTC, nor is it changed, by more than this. */
#define AROUND (36 * 3600)

/* Could it be a name within ZONE_DIR, and nothing else? */
static bool
name_ok(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= ZONE_NAME_MAX && name[0] != '/' &&
	    strstr(name, "..") == NULL &&
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_+-/") == len;
}

bool
zone_known(const char *name)
{
	const char *dir = getenv("TZDIR");
	char path[ZONE_PATH_MAX], magic[4];
	size_t len = 0;
	bool known;
	int fd, n;

	if (!name_ok(name))
		return false;
	if (strcmp(name, "UTC") == 0)
		return true;
	n = snprintf(path, sizeof(path), "%s/%s", dir != NULL ? dir :
	    ZONE_DIR, name);
	if (n < 0 || (size_t)n >= sizeof(path) ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return false;
	known = fdio_pread(fd, magic, sizeof(magic), 0, &len) == 0 &&
	    len == sizeof(magic) && memcmp(magic, "TZif", 4) == 0;
	fdio_close(&fd);
	return known;
}

int
zone_use(const char *name)
{
	if (name[0] != '\0' && !zone_known(name))
		return ERR_NOENT;
	if ((name[0] != '\0' ? setenv("TZ", name, 1) : unsetenv("TZ")) == -1)
		return err_from_errno(errno);
	tzset();
	return 0;
}

/* What clocks are ahead of UTC at the moment t. */
static int64_t
ahead(int64_t t)
{
	time_t when = (time_t)t;
	struct tm tm;

	return localtime_r(&when, &tm) != NULL ? tm.tm_gmtoff : 0;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t
zone_day(int64_t t, int *secondp)
{
	int64_t local = t + ahead(t), day = floor_div(local, ZONE_DAY);

	*secondp = (int)(local - day * ZONE_DAY);
	return day;
}

/* The first moment from lo to hi whose clock shows local or later. */
static int64_t
first_showing(int64_t local, int64_t lo, int64_t hi)
{
	int64_t mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (mid + ahead(mid) >= local)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

int64_t
zone_moment(int64_t day, int second)
{
	int64_t local = day * ZONE_DAY + second;
	int64_t a = local - ahead(local - AROUND);
	int64_t b = local - ahead(local + AROUND);
	int64_t early = a < b ? a : b, late = a < b ? b : a;

	if (early + ahead(early) == local)
		return early;
	if (late != early && late + ahead(late) == local)
		return late;
	return first_showing(local, local - AROUND, local + AROUND);
}

/*
 * Both ways between dates and days: years begin in March, so that a leap day
 * is the last of its year; 400 years (an era) have 146097 days.
 */
int64_t
zone_date_day(const struct zone_date *date)
{
	int64_t year = date->year - (date->month <= 2);
	int64_t era = floor_div(year, 400), of_era = year - era * 400;
	int64_t of_year = (153 * ((date->month + 9) % 12) + 2) / 5 +
	    date->day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	    of_year - 719468;
}

void
zone_date(int64_t day, struct zone_date *datep)
{
	int64_t era = floor_div(day + 719468, 146097);
	int64_t of_era = day + 719468 - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 -
	    of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;

	datep->day = (int)(of_year - (153 * month + 2) / 5 + 1);
	datep->month = (int)(month < 10 ? month + 3 : month - 9);
	datep->year = (int)(era * 400 + year + (datep->month <= 2));
}

int
zone_weekday(int64_t day)
{
	/* The first day was a Thursday. */
	return (int)(day + 3 - floor_div(day + 3, 7) * 7);
}

/* The number made of len digits at s, or -1. */
static int
digits(const char *s, size_t len)
{
	int v = 0;

	for (; len > 0; len--, s++) {
		if (*s < '0' || *s > '9')
			return -1;
		v = v * 10 + (*s - '0');
	}
	return v;
}

int
zone_date_parse(const char *text, int64_t *dayp)
{
	struct zone_date date, back;
	int64_t day;

	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
		return ERR_FORMAT;
	date.year = digits(text, 4);
	date.month = digits(text + 5, 2);
	date.day = digits(text + 8, 2);
	if (date.year < 1970 || date.month < 1 || date.month > 12 ||
	    date.day < 1)
		return ERR_FORMAT;
	day = zone_date_day(&date);
	zone_date(day, &back);
	if (back.month != date.month || back.day != date.day)
		return ERR_FORMAT;
	*dayp = day;
	return 0;
}

/* Read two digits behind the byte c, at least low and at most high. */
static bool
pair(const char **sp, char c, int high, int *valuep)
{
	const char *s = *sp;

	if (s[0] != c || s[1] == '\0' || (*valuep = digits(s + 1, 2)) < 0 ||
	    *valuep > high)
		return false;
	*sp = s + 3;
	return true;
}

/* Read "Z", "+07:00" or nothing: seconds east, ZONE_NEVER for nothing. */
static bool
offset_parse(const char *s, int64_t *eastp)
{
	int sign = *s == '-' ? -1 : 1, hours, minutes;

	*eastp = ZONE_NEVER;
	if (*s == '\0')
		return true;
	*eastp = 0;
	if (strcmp(s, "Z") == 0)
		return true;
	if (!pair(&s, sign < 0 ? '-' : '+', 23, &hours) ||
	    !pair(&s, ':', 59, &minutes) || *s != '\0')
		return false;
	*eastp = sign * (hours * 3600 + minutes * 60);
	return true;
}

/* "@SECONDS". */
static int
seconds_parse(const char *s, int64_t *tp)
{
	size_t n = strspn(s, "0123456789");

	if (n == 0 || n > 12 || s[n] != '\0')
		return ERR_FORMAT;
	*tp = strtoll(s, NULL, 10);
	return *tp <= ZONE_LAST ? 0 : ERR_FORMAT;
}

int
zone_time_parse(const char *text, int64_t *tp)
{
	int hour = 0, minute = 0, second = 0;
	char date[sizeof("2027-02-04")];
	int64_t day, east = ZONE_NEVER;
	const char *s = text;

	if (*s == '@')
		return seconds_parse(s + 1, tp);
	snprintf(date, sizeof(date), "%s", s);
	if (zone_date_parse(date, &day) != 0)
		return ERR_FORMAT;
	s += strlen(date);
	if (*s != '\0' && (!pair(&s, *s == 'T' ? 'T' : ' ', 23, &hour) ||
	    !pair(&s, ':', 59, &minute) ||
	    (*s == ':' && !pair(&s, ':', 59, &second)) ||
	    !offset_parse(s, &east)))
		return ERR_FORMAT;
	second += hour * 3600 + minute * 60;
	*tp = east == ZONE_NEVER ? zone_moment(day, second) :
	    day * ZONE_DAY + second - east;
	return *tp >= 0 && *tp <= ZONE_LAST ? 0 : ERR_FORMAT;
}
