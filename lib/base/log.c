/* log.c: one line a fact, its bytes escaped, to stderr or to a sink. */
#include "config.h"

#include "base/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fdio.h"

#define LOG_TEXT_MAX 2048	/* bytes of a message before escaping */
#define LOG_LINE_MAX (4 * LOG_TEXT_MAX)	/* and of the line, escaped */
#define LOG_PROGRAM_MAX 32
#define LOG_CUT "..."
#define LOG_HEX_LEN 4		/* \xNN */

/* Set by the main thread before it starts others. */
static char log_program[LOG_PROGRAM_MAX] = "kho";
static _Atomic int log_max = LOG_INFO;
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
/* Under log_lock. */
static void (*log_fn)(enum log_level, const char *, void *);
static void *log_arg;

static const char *const log_words[] = {
	[LOG_ERROR] = "error: ",
	[LOG_WARN] = "warning: ",
	[LOG_INFO] = "",
	[LOG_DEBUG] = "debug: "
};

void
log_open(const char *program, enum log_level max)
{
	snprintf(log_program, sizeof(log_program), "%s", program);
	log_max = (int)max;
}

void
log_sink(void (*fn)(enum log_level, const char *line, void *arg), void *arg)
{
	pthread_mutex_lock(&log_lock);
	log_fn = fn;
	log_arg = arg;
	pthread_mutex_unlock(&log_lock);
}

/*
 * The length of the UTF-8 character at the start of s, 0 if it is not one:
 * overlong forms, surrogates and values above U+10FFFF are none.
 */
static size_t
utf8_len(const uint8_t *s, size_t len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c;
	size_t n, i;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (n > len)
		return 0;
	c = s[0] & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return n;
}

/*
 * Tell whether a valid character of n bytes may be shown as it is.  Besides
 * C0 and C1 controls, the marks that reorder or hide text are escaped: they
 * could make one name look like another.
 */
static bool
utf8_plain(const uint8_t *s, size_t n)
{
	if (n == 1)
		return s[0] >= 0x20 && s[0] != 0x7f && s[0] != '\\';
	if (n == 2)
		return s[0] != 0xc2 || s[1] >= 0xa0;
	if (n == 3 && s[0] == 0xe2 && s[1] == 0x80)
		return !((s[2] >= 0x8b && s[2] <= 0x8f) ||
		    (s[2] >= 0xa8 && s[2] <= 0xae));
	if (n == 3 && s[0] == 0xe2 && s[1] == 0x81)
		return !(s[2] >= 0xa6 && s[2] <= 0xa9);
	return true;
}

void
log_escape(char *dst, size_t dstlen, const void *src, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *s = src;
	size_t used = 0, safe = 0, n, take, i;
	bool plain;

	if (dstlen == 0)
		return;
	for (; len > 0; s += take, len -= take) {
		n = utf8_len(s, len);
		take = n == 0 ? 1 : n;
		plain = n != 0 && utf8_plain(s, n);
		n = plain ? take : LOG_HEX_LEN * take;
		if (n >= dstlen - used)
			break;
		if (plain)
			memcpy(dst + used, s, take);
		for (i = 0; i < take && !plain; i++) {
			memcpy(dst + used + i * LOG_HEX_LEN, "\\x", 2);
			dst[used + i * LOG_HEX_LEN + 2] = digits[s[i] >> 4];
			dst[used + i * LOG_HEX_LEN + 3] = digits[s[i] & 0xf];
		}
		used += n;
		/* The last place where the mark of a cut still fits. */
		if (used + sizeof(LOG_CUT) <= dstlen)
			safe = used;
	}
	dst[used] = '\0';
	if (len > 0)
		snprintf(dst + safe, dstlen - safe, "%s", LOG_CUT);
}

/* Escape text and hand it on as one line. */
static void
log_emit(enum log_level level, const char *text)
{
	char line[LOG_LINE_MAX + 64];
	size_t n;
	int head;

	pthread_mutex_lock(&log_lock);
	if (log_fn != NULL) {
		log_escape(line, LOG_LINE_MAX, text, strlen(text));
		log_fn(level, line, log_arg);
		pthread_mutex_unlock(&log_lock);
		return;
	}
	pthread_mutex_unlock(&log_lock);
	head = snprintf(line, 64, "%s: %s", log_program, log_words[level]);
	n = head < 0 ? 0 : (size_t)head;
	log_escape(line + n, sizeof(line) - n - 1, text, strlen(text));
	n = strlen(line);
	line[n++] = '\n';
	/* One write, so that lines of several writers do not mix. */
	if (fdio_write_all(STDERR_FILENO, line, n) != 0)
		return;		/* there is no place left to say so */
}

/* Format, add ": " and more (unless NULL), and emit. */
static void
log_format(enum log_level level, const char *more, const char *fmt, va_list ap)
{
	char text[LOG_TEXT_MAX];
	size_t used;
	int n;

	if ((int)level > log_max)
		return;
	if ((n = vsnprintf(text, sizeof(text), fmt, ap)) < 0)
		return;
	/* A cut message keeps its start, its mark, and the reason. */
	used = strlen(text);
	if (more != NULL && used + strlen(more) + 8 > sizeof(text))
		used = sizeof(text) - strlen(more) - 8;
	if ((size_t)n > used) {
		if (used > sizeof(text) - 8)
			used = sizeof(text) - 8;
		used += (size_t)snprintf(text + used, 8, LOG_CUT);
	}
	if (more != NULL)
		snprintf(text + used, sizeof(text) - used, ": %s", more);
	log_emit(level, text);
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_format(LOG_ERROR, NULL, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_format(LOG_WARN, NULL, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_format(LOG_INFO, NULL, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_format(LOG_DEBUG, NULL, fmt, ap);
	va_end(ap);
}

void
log_err(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_format(LOG_ERROR, err_text(code), fmt, ap);
	va_end(ap);
}

void
log_errno(int errnum, const char *fmt, ...)
{
	char text[128];
	va_list ap;

	/* The GNU strerror_r may answer with a text of its own. */
	va_start(ap, fmt);
	log_format(LOG_ERROR, strerror_r(errnum, text, sizeof(text)), fmt, ap);
	va_end(ap);
}
