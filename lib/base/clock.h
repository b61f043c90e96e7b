/* clock.h: wall time for records, monotonic time for waiting. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Seconds since 1970, UTC.  For records; may jump. */
int64_t	 clock_wall(void);

/* As clock_wall, in nanoseconds. */
int64_t	 clock_wall_ns(void);

/* Milliseconds since some fixed moment; never jumps.  For deadlines. */
int64_t	 clock_mono_ms(void);

/* As clock_mono_ms, in nanoseconds.  For measures. */
uint64_t clock_mono_ns(void);

#define CLOCK_TEXT_MAX 32

/* "2026-08-07T07:30:00+07:00" in local time, terminated. */
void	 clock_format(int64_t wall, char out[CLOCK_TEXT_MAX]);

#endif /* BASE_CLOCK_H */
