/* quantity.c: "5 min", "20 GiB", "30 %" and "2 MiB/s" as numbers. */
#include "policy/quantity.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define FRACTION_MAX 1000000	/* six decimals are kept */

struct unit {
	const char *name;
	int64_t	 factor;
};

static const struct unit sizes[] = {
	{ "B", 1 }, { "KiB", 1LL << 10 }, { "MiB", 1LL << 20 },
	{ "GiB", 1LL << 30 }, { "TiB", 1LL << 40 }, { NULL, 0 }
};

static const struct unit times[] = {
	{ "s", 1 }, { "min", 60 }, { "h", 3600 }, { "day", 86400 },
	{ "days", 86400 }, { "week", 7 * 86400 }, { "weeks", 7 * 86400 },
	{ "month", 30 * 86400 }, { "months", 30 * 86400 },
	{ "year", 365 * 86400 }, { "years", 365 * 86400 }, { NULL, 0 }
};

static const struct unit rates[] = {
	{ "B/s", 1 }, { "KiB/s", 1LL << 10 }, { "MiB/s", 1LL << 20 },
	{ "GiB/s", 1LL << 30 }, { NULL, 0 }
};

static const struct unit percents[] = { { "%", 100 }, { NULL, 0 } };

static const struct {
	const struct unit *units;
	const char *example;
	int64_t	 max;
} kinds[] = {
	[QUANTITY_SIZE] = { sizes, "20 GiB", INT64_MAX },
	[QUANTITY_TIME] = { times, "5 min", INT64_MAX },
	[QUANTITY_RATE] = { rates, "2 MiB/s", INT64_MAX },
	[QUANTITY_PERCENT] = { percents, "30 %", 100 * 100 }
};

/* Consume digits into *vp.  ERR_TOOBIG beyond 63 bits. */
static int
parse_digits(const char **sp, int64_t *vp)
{
	const char *s = *sp;
	int64_t v = 0;

	if (*s < '0' || *s > '9')
		return ERR_FORMAT;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (v > (INT64_MAX - (*s - '0')) / 10)
			return ERR_TOOBIG;
		v = v * 10 + (*s - '0');
	}
	*sp = s;
	*vp = v;
	return 0;
}

/* Consume ".5" into millionths; nothing there is 0. */
static int
parse_fraction(const char **sp, int64_t *vp)
{
	const char *s = *sp;
	int64_t v = 0, scale = FRACTION_MAX;

	if (*s == '.') {
		s++;
		if (*s < '0' || *s > '9')
			return ERR_FORMAT;
		for (; *s >= '0' && *s <= '9'; s++) {
			scale /= 10;
			v += scale * (*s - '0');
		}
	}
	*sp = s;
	*vp = v;
	return 0;
}

int
quantity_parse(const char *text, enum quantity_kind kind, int64_t *valuep)
{
	const struct unit *u;
	int64_t whole, millionths, more;
	int r;

	if ((r = parse_digits(&text, &whole)) != 0 ||
	    (r = parse_fraction(&text, &millionths)) != 0)
		return r;
	while (*text == ' ')
		text++;
	for (u = kinds[kind].units; u->name != NULL; u++)
		if (strcmp(u->name, text) == 0)
			break;
	if (u->name == NULL)
		return ERR_FORMAT;
	/* In two steps, as factor * millionths may not fit. */
	more = u->factor / FRACTION_MAX * millionths +
	    u->factor % FRACTION_MAX * millionths / FRACTION_MAX;
	if (whole > (kinds[kind].max - more) / u->factor)
		return ERR_TOOBIG;
	*valuep = whole * u->factor + more;
	return 0;
}

/* Months and years are left out: that they are of 30 and 365 days is ours. */
void
quantity_format(int64_t value, enum quantity_kind kind,
    char out[QUANTITY_TEXT_MAX])
{
	const struct unit *u, *best = kinds[kind].units;

	if (kind == QUANTITY_PERCENT) {
		snprintf(out, QUANTITY_TEXT_MAX, value % 100 != 0 ?
		    "%d.%02d %%" : "%d %%", (int)(value / 100),
		    (int)(value % 100));
		return;
	}
	for (u = best; u->name != NULL; u++)
		if (value != 0 && value % u->factor == 0 &&
		    (kind != QUANTITY_TIME || (u->factor <= 7 * 86400 &&
		    (value == u->factor) ==
		    (u->name[strlen(u->name) - 1] != 's' || u == best))))
			best = u;
	snprintf(out, QUANTITY_TEXT_MAX, "%lld %s",
	    (long long)(value / best->factor), best->name);
}

const char *
quantity_example(enum quantity_kind kind)
{
	return kinds[kind].example;
}
