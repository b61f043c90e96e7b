/* rehearse.c: a daemon whose clock stands still until it is told to move. */
#include "backupd/rehearse.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "backupd/daemon_impl.h"
#include "backupd/loop.h"
#include "backupd/planner.h"
#include "backupd/queue.h"
#include "backupd/server.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/path.h"
#include "control/control.h"
#include "policy/zone.h"

#define MS 1000
#define WATCH UINT64_MAX	/* whoever waits for the end of the way */

/* Tell whether path is, or lies in, the directory dir. */
static bool
is_in(const char *path, const char *dir)
{
	char *real = realpath(path, NULL);
	size_t n = strlen(dir);
	bool in;

	in = real != NULL && strncmp(real, dir, n) == 0 &&
	    (real[n] == '\0' || real[n] == '/');
	free(real);
	return in;
}

enum cli_exit
rehearse_begin(struct daemon *d, struct cli *cli)
{
	const char *text = cli_option_get(cli, "simulate", 0);
	const char *state = cli_option_get(cli, "state", 0);
	int64_t start;

	if (text == NULL)
		return CLI_EXIT_OK;
	if (state == NULL || is_in(state, STATE_DIR) ||
	    is_in(cli->config, POLICY_DIR))
		return cli_fail(cli, CLI_EXIT_REFUSED, "--simulate is for"
		    " rehearsals: it takes a policy of their own with -c, and"
		    " a state directory of their own with --state");
	if (zone_time_parse(text, &start) != 0)
		return cli_fail(cli, CLI_EXIT_USAGE, "--simulate takes a"
		    " time, such as 2026-12-24 18:00");
	clock_stand(start);
	d->mono_ms = clock_mono_ms();
	return CLI_EXIT_OK;
}

int64_t
rehearse_mono_ms(const struct daemon *d)
{
	return clock_stands() != 0 ? d->mono_ms : clock_mono_ms();
}

/* Time has come to that moment, as time does. */
static void
pass(struct daemon *d, int64_t to)
{
	char text[CLOCK_TEXT_MAX];

	d->mono_ms += (to - clock_wall()) * MS;
	clock_stand(to);
	clock_format(to, text);
	log_info("simulated: it is %s", text);
	if (loop_after(d->wake, 0) != 0)
		log_error("loop: no memory for a timer");
}

static void
arrived(struct daemon *d)
{
	struct control c = { .type = CONTROL_END };

	d->until = 0;
	server_publish(d->server, WATCH, &c);
}

void
rehearse_go(struct daemon *d)
{
	int64_t now = clock_wall(), wake;

	if (d->until == 0 || queue_first(d->queue) != NULL)
		return;
	if ((wake = planner_wake(d->planner)) <= now)
		return;		/* it is looked at once more */
	if (now >= d->until)
		arrived(d);
	else
		pass(d, wake < d->until ? wake : d->until);
}

static void
answer_time(struct server_client *client)
{
	char text[CLOCK_TEXT_MAX];

	clock_format(clock_wall(), text);
	server_done(client, CLI_EXIT_OK, text, "");
}

/* As if somebody had set the clock. */
static void
answer_jump(struct daemon *d, struct server_client *client, int64_t to)
{
	char text[CLOCK_TEXT_MAX];

	clock_format(to, text);
	log_info("simulated: the clock is set to %s", text);
	clock_stand(to);
	daemon_plan(d);
	answer_time(client);
}

void
rehearse_answer(struct daemon *d, struct server_client *client,
    const struct control *c)
{
	int64_t to = (int64_t)c->u.clock.time;

	if (clock_stands() == 0)
		server_done(client, CLI_EXIT_REFUSED, "this backupd's clock"
		    " is real", "rehearse with: backupd -f --simulate TIME");
	else if (to == 0)
		answer_time(client);
	else if (d->until != 0 || d->stopping)
		server_done(client, CLI_EXIT_BUSY, d->stopping ?
		    "backupd is stopping" : "the clock is on its way",
		    "try again when it has arrived");
	else if (to < 0 || to > ZONE_LAST)
		server_done(client, CLI_EXIT_USAGE, "there is no such time",
		    "");
	else if (c->u.clock.jump != 0)
		answer_jump(d, client, to);
	else if (to < clock_wall())
		server_done(client, CLI_EXIT_USAGE, "that time is over",
		    "a jump back is: backupctl clock --set TIME");
	else {
		d->until = to;
		server_watch(client, WATCH);
		daemon_plan(d);
	}
}
