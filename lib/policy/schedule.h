/* schedule.h: when a source runs: its rules, its state, and the verdict. */
#ifndef POLICY_SCHEDULE_H
#define POLICY_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/calendar.h"
#include "policy/window.h"
#include "policy/workday.h"

/*
 * Nothing here looks at a clock, waits, or remembers: the moment is a
 * parameter, and the state is the caller's to keep on stable storage.  All
 * moments are wall time, in the zone of policy/zone.h.
 *
 * A run is named by its planned moment, one of the calendar.  It starts some
 * time after: the windows and the jitter decide, but never later than the
 * next planned moment.  A planned moment that is not later than the one in
 * the state is done with; of several that are not, only the last is run.
 * Therefore nothing runs twice and nothing is forgotten when the clock jumps.
 * A state that lies more than SCHEDULE_SKEW in the future was written under
 * a wrong clock: schedule_mend keeps it from holding back what is planned.
 */
#define SCHEDULE_SKEW ZONE_DAY
#define SCHEDULE_GRACE (15 * 60)	/* later than this is missed */
#define SCHEDULE_KNOCK (10 * 60)	/* between tries of a sleeper */

enum schedule_at_end {
	SCHEDULE_END_PAUSE,	/* go on at the next opening */
	SCHEDULE_END_FINISH,	/* let it end */
	SCHEDULE_END_STOP	/* over, until the next planned run */
};

struct schedule_retry {
	int	 times;		/* 0: never */
	int64_t	 first;		/* seconds */
	double	 factor;
	int64_t	 max;
};

/* The rules of a source: key `schedule`, settled. */
struct schedule {
	const char *host, *set;	/* what jitter depends on, besides the day */
	struct calendar_list calendar;	/* none: only by hand */
	struct window_list window;
	enum schedule_at_end at_end;
	int64_t	 jitter;
	bool	 catch_up;
	struct schedule_retry retry;
	int64_t	 rpo;			/* 0: none */
	bool	 rpo_working_days;
	int64_t	 rto;			/* 0: none */
	int	 max_parallel;		/* for the caller's queue */
	int	 priority;		/* likewise; higher starts first */
	struct workday_list holidays;
};

enum schedule_result {
	SCHEDULE_GOOD,		/* there is a snapshot, complete or not */
	SCHEDULE_FAILED,
	SCHEDULE_ASLEEP,	/* the host could not be reached */
	SCHEDULE_PAUSED,	/* its window ended: to be gone on with */
	SCHEDULE_STOPPED	/* its window ended, or it was cancelled */
};

/*
 * What is known of a source.  All 0 but since is one that never ran.  Moments
 * are 0 where there is none.
 */
struct schedule_state {
	int64_t	 since;		/* known since; what was planned before is not
				   its affair */
	int64_t	 planned;	/* of the newest run that was started */
	int64_t	 started;	/* its newest try */
	int64_t	 ended;		/* of the newest try */
	int64_t	 good;		/* start of the newest try that was good */
	enum schedule_result result;	/* of the newest try, if ended */
	int	 failures;	/* tries of the run that failed */
	bool	 running;
	bool	 by_hand;	/* the newest try: no window ends it */
	bool	 asked;		/* somebody wants a run now */
	int64_t	 paused_until;	/* ZONE_NEVER: until further notice */
};

enum schedule_why {
	SCHEDULE_NOTHING,	/* nothing is planned, ever */
	SCHEDULE_PLANNED,	/* a planned run */
	SCHEDULE_MISSED,	/* as well, but much later than planned */
	SCHEDULE_RETRY,		/* again after a failure */
	SCHEDULE_SLEEPER,	/* again, to see whether the host woke up */
	SCHEDULE_RESUME,	/* to go on with what a window's end paused */
	SCHEDULE_ASKED,		/* by hand */
	SCHEDULE_ON_HOLD,	/* the source is paused */
	SCHEDULE_RUNNING	/* it runs: at the moment at its window ends,
				   and at_end says what then */
};

/* Start now, or ask again at the moment at. */
struct schedule_verdict {
	bool	 run;
	int64_t	 at;		/* now, if run; may be ZONE_NEVER */
	enum schedule_why why;
	bool	 window;	/* the window is what it waits for */
	int64_t	 planned;	/* of the run that starts or is waited for */
};

/* One coming run. */
struct schedule_run {
	int64_t	 planned;
	int64_t	 start;		/* with window and jitter */
	int64_t	 closes;	/* of its window; or ZONE_NEVER */
};

/*
 * Correct what a clock that ran ahead has left; true if anything changed.
 * Call it before schedule_decide, with the same moment.
 */
bool	 schedule_mend(struct schedule_state *state, int64_t now);

/* Decide what to do at the moment now. */
void	 schedule_decide(const struct schedule *s,
	    const struct schedule_state *state, int64_t now,
	    struct schedule_verdict *vp);

/*
 * Bring the state up to date: a try starts by that verdict; it ended.  One
 * that a crash of the daemon cut off ended as SCHEDULE_FAILED.
 */
void	 schedule_started(struct schedule_state *state,
	    const struct schedule_verdict *v, int64_t now);
void	 schedule_ended(struct schedule_state *state,
	    enum schedule_result result, int64_t now);

/*
 * The first run planned later than t that starts at all.  False if there is
 * none.
 */
bool	 schedule_next(const struct schedule *s, int64_t t,
	    struct schedule_run *rp);

/* Counted seconds since the last good backup; -1 if there is none. */
int64_t	 schedule_age(const struct schedule *s,
	    const struct schedule_state *state, int64_t now);

/* When the source becomes late, or did; ZONE_NEVER without an rpo. */
int64_t	 schedule_late(const struct schedule *s,
	    const struct schedule_state *state);

/* The word for why: "planned", "missed", ... */
const char *schedule_why_word(enum schedule_why why);

#endif /* POLICY_SCHEDULE_H */
