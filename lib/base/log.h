/* log.h: one line a fact, its bytes escaped, to stderr or to a sink. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Form: noun, id, action; no full stop.  Whoever learns a cause logs it,
 * once.  Control characters and bytes that are not UTF-8 are escaped here
 * and nowhere else, so that a file name cannot forge a line or drive a
 * terminal.  Never content, never keys.  Safe from any thread; only the
 * main thread may call log_open and log_sink.
 */
enum log_level {
	LOG_ERROR,
	LOG_WARN,
	LOG_INFO,
	LOG_DEBUG
};

/* Set the program's name and the least important level that is written. */
void	 log_open(const char *program, enum log_level max);

/*
 * Hand every finished, escaped line to fn instead of stderr; NULL restores
 * stderr.  fn must not log.
 */
void	 log_sink(void (*fn)(enum log_level, const char *line, void *arg),
	    void *arg);

/* Write one line. */
void	 log_error(const char *fmt, ...)
	    __attribute__((format(printf, 1, 2)));
void	 log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	 log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	 log_debug(const char *fmt, ...)
	    __attribute__((format(printf, 1, 2)));

/* As log_error, with ": " and the text of an ERR_ code after it. */
void	 log_err(int code, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* As log_error, with ": " and strerror(errnum) after it. */
void	 log_errno(int errnum, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * Write the escaped form of len bytes to dst, always terminated, cut at
 * dstlen with "..." when it does not fit.  Valid UTF-8 stays as it is;
 * control characters, backslash, marks that hide or reorder text, and all
 * other bytes become \xNN.
 */
void	 log_escape(char *dst, size_t dstlen, const void *src, size_t len);

#endif /* BASE_LOG_H */
