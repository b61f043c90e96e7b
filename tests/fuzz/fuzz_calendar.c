/* fuzz_calendar.c: calendars and windows; a byte tells which. */
#include <stdlib.h>

#include "policy/calendar.h"
#include "policy/window.h"
#include "policy/zone.h"
#include "tests/fuzz/fuzz.h"

#define SOME_DAY INT64_C(1774660000)	/* in March 2026 */

static void
try_calendar(const char *text)
{
	char why[CALENDAR_WHY_MAX] = "";
	struct calendar c;
	struct calendar_list list = { &c, 1 };
	int64_t t;

	if (calendar_parse(text, &c, why) != 0) {
		fuzz_check(why[0] != '\0', "a reason");
		return;
	}
	t = calendar_next(&list, SOME_DAY);
	fuzz_check(t > SOME_DAY, "a later moment");
	if (t != ZONE_NEVER)
		fuzz_check(calendar_last(&list, SOME_DAY, t) == t,
		    "the same moment backwards");
}

static void
try_window(const char *text)
{
	char why[WINDOW_WHY_MAX] = "";
	struct window w;
	struct window_list list = { &w, 1 };
	int64_t t;

	if (window_parse(text, &w, why) != 0) {
		fuzz_check(why[0] != '\0', "a reason");
		return;
	}
	t = window_opens(&list, SOME_DAY);
	fuzz_check(t != ZONE_NEVER && window_open(&list, t) &&
	    window_closes(&list, t) > t, "a window that opens and closes");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_input in = { data, len };
	uint8_t which = fuzz_byte(&in);
	char *text;

	fuzz_init();
	text = fuzz_text(in.p, in.left);
	if (which % 2 == 0)
		try_calendar(text);
	else
		try_window(text);
	free(text);
	return 0;
}
