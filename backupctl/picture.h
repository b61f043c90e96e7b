/* picture.h: how everything stands, as the daemon or the catalog tells it. */
#ifndef BACKUPCTL_PICTURE_H
#define BACKUPCTL_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/options.h"
#include "control/control.h"

/*
 * Taken at one moment.  Where no daemon runs, the policy and the catalog
 * give the same records; only the server's is empty then, and alive false.
 * One thread.
 */

/* How a source stands; those from PICTURE_INCOMPLETE on need somebody. */
enum picture_state {
	PICTURE_PROTECTED,
	PICTURE_OFF,		/* not backed up, by the policy */
	PICTURE_PAUSED,		/* by the officer, for a while */
	PICTURE_NEW,		/* no job has ended yet */
	PICTURE_AWAY,		/* could not be reached, and is not late */
	PICTURE_INCOMPLETE,
	PICTURE_LATE,
	PICTURE_FAILED
};
#define PICTURE_STATES 8

struct picture_list {
	struct control *v;	/* owns; all of one type */
	size_t	 n, room;
};

struct picture {
	const char *config;	/* the policy's file; borrowed */
	bool	 alive;		/* a daemon has told it */
	struct control server;
	struct picture_list sources, targets, copies, keys;
	size_t	 counts[PICTURE_STATES];
	int64_t	 now;		/* which may be a rehearsal's */
};

#define PICTURE_SOON (14 * 86400)	/* seconds to a full target */

/*
 * Take one, of the host or @group (NULL: all), and make the office's time
 * zone this process's.  Without a daemon the result is CLI_EXIT_UNREACHABLE,
 * which is the caller's to tell, and *filledp says whether policy and catalog
 * have filled *p.  Any other failure has been told.  picture_clear ends it in
 * every case.
 */
enum cli_exit picture_take(const struct cli *cli, const char *host,
	    struct picture *p, bool *filledp);

/* Free what p owns. */
void	 picture_clear(struct picture *p);

/* How a source stands, and the word for it. */
enum picture_state picture_state(const struct control_source *s);
const char *picture_word(enum picture_state state);

/* Tell whether less is free than the policy wants, or a twentieth. */
bool	 picture_low(const struct control_target *t);

/* Tell whether it will be full in PICTURE_SOON. */
bool	 picture_fills(const struct control_target *t, int64_t now);

/* Tell whether a copy's last run needs somebody, late or not. */
bool	 picture_copy_bad(const struct control_copy *y);

#define PICTURE_COPY_MAX 160

/* "has all", "lacks 3 snapshots of 2 sources, the oldest 19h old: LATE". */
void	 picture_copy(const struct control_copy *y, int64_t now,
	    char out[PICTURE_COPY_MAX]);

#define PICTURE_OUTLOOK_MAX 96

/*
 * "full about Fri 2026-08-21", "not filling up", or that there is not enough
 * history, by enum forecast_outlook.
 */
void	 picture_outlook(uint64_t outlook, int64_t full, int64_t now,
	    char out[PICTURE_OUTLOOK_MAX]);

/* Tell whether anything needs the officer. */
bool	 picture_attention(const struct picture *p);

#endif /* BACKUPCTL_PICTURE_H */
