/* rehearse.h: a daemon whose clock stands still until it is told to move. */
#ifndef BACKUPD_REHEARSE_H
#define BACKUPD_REHEARSE_H

#include <stdint.h>

#include "cli/options.h"

/*
 * With --simulate the daemon's wall time (base/clock.h) stands still.  It
 * moves when CONTROL_CLOCK says so: from one moment at which something is
 * planned to the next, each after the jobs of the one before have ended, or
 * by a jump, as when somebody sets the clock.  The workers' clocks stand
 * where the daemon's stood when they began: jobs take no time.
 *
 * Whatever waits for real things, such as a client or a worker's end, goes
 * by monotonic time, which is real.  One thread.
 */
struct control;
struct daemon;
struct server_client;

/*
 * Let the clock stand where --simulate says, in the time zone in use, if it
 * is given.  Refused with the installed policy or state.
 */
enum cli_exit rehearse_begin(struct daemon *d, struct cli *cli);

/*
 * Monotonic milliseconds as they passed in the world of d's wall time, to be
 * compared with that.
 */
int64_t	 rehearse_mono_ms(const struct daemon *d);

/*
 * Everything for now is planned: if d is on its way and nothing runs, move
 * its clock to the next moment.
 */
void	 rehearse_go(struct daemon *d);

/* Answer CONTROL_CLOCK. */
void	 rehearse_answer(struct daemon *d, struct server_client *client,
	    const struct control *c);

#endif /* BACKUPD_REHEARSE_H */
