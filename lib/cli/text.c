/* text.c: sizes, durations, widths and colours as people read them. */
#include "config.h"

#include "cli/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

void
cli_size_format(uint64_t bytes, char out[CLI_TEXT_MAX])
{
	static const char *const units[] = {
		"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"
	};
	uint64_t unit = 1024, tenths;
	size_t i = 0;

	if (bytes < 1024) {
		snprintf(out, CLI_TEXT_MAX, "%u B", (unsigned int)bytes);
		return;
	}
	/* 1023.95 KiB would round to 1024.0: say 1.0 MiB. */
	while (i < 5 && bytes / unit * 10 + bytes % unit * 10 / unit +
	    (bytes % unit * 10 % unit * 2 >= unit) >= 10240) {
		unit *= 1024;
		i++;
	}
	if (i < 5)
		tenths = bytes / unit * 10 + (bytes % unit * 10 + unit / 2) /
		    unit;
	else
		tenths = bytes / (unit / 10);
	snprintf(out, CLI_TEXT_MAX, "%llu.%u %s",
	    (unsigned long long)(tenths / 10), (unsigned int)(tenths % 10),
	    units[i]);
}

void
cli_count_format(uint64_t n, char out[CLI_TEXT_MAX])
{
	char digits[24];
	size_t len, i, k = 0;

	len = (size_t)snprintf(digits, sizeof(digits), "%llu",
	    (unsigned long long)n);
	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[k++] = ',';
		out[k++] = digits[i];
	}
	out[k] = '\0';
}

void
cli_duration_format(int64_t seconds, char out[CLI_TEXT_MAX])
{
	long long s = seconds < 0 ? 0 : seconds;

	if (s < 60)
		snprintf(out, CLI_TEXT_MAX, "%lld s", s);
	else if (s < 3600)
		snprintf(out, CLI_TEXT_MAX, "%lld min", s / 60);
	else if (s < 48 * 3600)
		snprintf(out, CLI_TEXT_MAX, "%lld h %02lld min", s / 3600,
		    s / 60 % 60);
	else
		snprintf(out, CLI_TEXT_MAX, "%lld days", s / 86400);
}

size_t
cli_text_width(const char *s)
{
	mbstate_t mb;
	wchar_t wc;
	size_t width = 0, len;
	int w;

	memset(&mb, 0, sizeof(mb));
	for (; *s != '\0'; s += len) {
		len = mbrtowc(&wc, s, strlen(s), &mb);
		if (len == (size_t)-1 || len == (size_t)-2 || len == 0) {
			memset(&mb, 0, sizeof(mb));
			len = 1;
			width++;
			continue;
		}
		w = wcwidth(wc);
		width += w < 0 ? 1 : (size_t)w;
	}
	return width;
}

bool
cli_color_on(const struct cli *cli, FILE *f)
{
	const char *s;

	if (cli->json || cli->color == CLI_COLOR_NEVER)
		return false;
	if (cli->color == CLI_COLOR_ALWAYS)
		return true;
	if ((s = getenv("NO_COLOR")) != NULL && s[0] != '\0')
		return false;
	if ((s = getenv("TERM")) == NULL || strcmp(s, "dumb") == 0)
		return false;
	return isatty(fileno(f)) == 1;
}
