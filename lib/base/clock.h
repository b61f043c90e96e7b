/* clock.h: wall time for records, monotonic time for waiting. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/*
 * A rehearsal has a wall time of its own, which stands still.  That is a
 * matter of the whole process: a worker sets it once, before it has threads;
 * a daemon, which has one thread, moves it.  Monotonic time is always real.
 */

/* Seconds since 1970, UTC.  For records; may jump. */
int64_t	 clock_wall(void);

/* As clock_wall, in nanoseconds. */
int64_t	 clock_wall_ns(void);

/*
 * As clock_wall, but always by the system's clock.  To be compared with what
 * file systems stamp files with.
 */
int64_t	 clock_system(void);

/* From now on wall time is that moment, which is later than 1970. */
void	 clock_stand(int64_t wall);

/* Where clock_stand has put wall time; 0: it is real. */
int64_t	 clock_stands(void);

/* Milliseconds since some fixed moment; never jumps.  For deadlines. */
int64_t	 clock_mono_ms(void);

/* As clock_mono_ms, in nanoseconds.  For measures. */
uint64_t clock_mono_ns(void);

#define CLOCK_TEXT_MAX 32

/* "2026-08-07T07:30:00+07:00" in local time, terminated. */
void	 clock_format(int64_t wall, char out[CLOCK_TEXT_MAX]);

#endif /* BASE_CLOCK_H */
