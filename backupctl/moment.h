/* moment.h: moments and ages as an officer reads them. */
#ifndef BACKUPCTL_MOMENT_H
#define BACKUPCTL_MOMENT_H

#include <stdint.h>

/*
 * Times of this process's zone, which zone_use (policy/zone.h) has made the
 * office's.  0 is a moment that never was.
 */
#define MOMENT_MAX 48

/* "Fri 2026-08-07 07:30 (+07)". */
void	 moment_now(int64_t t, char out[MOMENT_MAX]);

/* "Thu 12:10" within six days of now, else "Thu 2026-07-30"; "never". */
void	 moment_short(int64_t t, int64_t now, char out[MOMENT_MAX]);

/* "45m", "67h", "9d"; "" for what never was. */
void	 moment_age(int64_t t, int64_t now, char out[MOMENT_MAX]);

#endif /* BACKUPCTL_MOMENT_H */
