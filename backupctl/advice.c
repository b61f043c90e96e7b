/* advice.c: what to do about a picture, the most urgent first. */
#include "backupctl/advice.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupctl/moment.h"
#include "catalog/forecast.h"
#include "cli/text.h"

#define NAMES_SHOWN 3
#define TEXT_MAX 1024
#define ALONE 3			/* incomplete ones that get a line each */

/* The most urgent first. */
enum rank {
	RANK_DAEMON,
	RANK_DAMAGE,		/* attack, damage, a changed identity */
	RANK_TARGET,
	RANK_FAILED,
	RANK_POLICY,
	RANK_UNREACHABLE,
	RANK_LATE,
	RANK_FILLS,
	RANK_INCOMPLETE,
	RANK_WARNED,
	RANK_AWAY,
	RANK_KEY
};

/* Sources with the same cause. */
struct group {
	enum picture_state state;
	const struct control_source *first;
	const struct control_source *shown[NAMES_SHOWN];
	const char *last_host;
	size_t	 n, hosts;
};

struct groups {
	struct group *v;
	size_t	 n, room;
};

static char * __attribute__((format(printf, 1, 0)))
text_make(const char *format, va_list ap)
{
	char text[TEXT_MAX];

	vsnprintf(text, sizeof(text), format, ap);
	return strdup(text);
}

/* Add a sentence; command is taken, and NULL is no memory. */
static int __attribute__((format(printf, 5, 6)))
add(struct advice_list *a, enum rank rank, size_t sources, char *command,
    const char *format, ...)
{
	struct advice *v;
	va_list ap;
	char *text;

	va_start(ap, format);
	text = text_make(format, ap);
	va_end(ap);
	if (text == NULL || command == NULL || (v = realloc(a->v,
	    (a->n + 1) * sizeof(*v))) == NULL) {
		free(text);
		free(command);
		return ERR_NOMEM;
	}
	a->v = v;
	v[a->n++] = (struct advice){ (unsigned int)rank, sources, text,
	    command };
	return 0;
}

static char * __attribute__((format(printf, 1, 2)))
command(const char *format, ...)
{
	va_list ap;
	char *text;

	va_start(ap, format);
	text = text_make(format, ap);
	va_end(ap);
	return text;
}

static int
server_advice(const struct picture *p, struct advice_list *a)
{
	const struct control_server *sv = &p->server.u.server;
	char when[MOMENT_MAX];
	int r = 0;

	if (!p->alive)
		return add(a, RANK_DAEMON, 0, command("backupd -f -c %s",
		    p->config), "backupd does not run: nothing is backed up"
		    " until it does.");
	if (sv->stopping != 0)
		r = add(a, RANK_DAEMON, 0, command("backupd -f -c %s",
		    p->config), "backupd is stopping: no new job begins."
		    "  Start it again when it has ended.");
	if (r != 0 || sv->problem[0] == '\0')
		return r;
	moment_short((int64_t)sv->loaded, p->now, when);
	return add(a, RANK_POLICY, 0, command("backupctl policy test"),
	    "The new policy is not used, that of %s goes on: %s", when,
	    sv->problem);
}

static int
target_advice(const struct picture *p, const struct control_target *t,
    struct advice_list *a)
{
	char free_now[CLI_TEXT_MAX], when[MOMENT_MAX];

	cli_size_format(t->free, free_now);
	moment_short((int64_t)t->full, p->now, when);
	if (picture_low(t))
		return add(a, RANK_TARGET, 0, command("backupctl target usage"
		    " %s", t->name), "Target %s is nearly full: %s free%s%s."
		    "  Make room or add a disk.", t->name, free_now,
		    t->full != 0 ? ", full about " : "", t->full != 0 ?
		    when : "");
	if (!picture_fills(t, p->now))
		return 0;
	return add(a, RANK_FILLS, 0, command("backupctl target usage %s",
	    t->name), "Target %s will be full about %s: %s free.  Plan for"
	    " more room.", t->name, when, free_now);
}

static int
copy_advice(const struct picture *p, const struct control_copy *y,
    struct advice_list *a)
{
	char text[PICTURE_COPY_MAX];

	picture_copy(y, p->now, text);
	if (y->code == CLI_EXIT_INCOMPLETE)
		return add(a, RANK_DAMAGE, 0, command("backupctl target heal"
		    " %s", y->name), "Not all is whole: %s; %s", y->text,
		    y->remedy);
	if (picture_copy_bad(y))
		return add(a, RANK_FAILED, 0, command("backupctl target sync"
		    " %s", y->name), "No copy is made: %s; %s", y->text,
		    y->remedy);
	if (y->late == 0)
		return 0;
	if (y->offline != 0 || y->text[0] == '\0')
		return add(a, RANK_LATE, 0, command("backupctl target sync"
		    " %s", y->name), "Copy %s %s.%s", y->name, text,
		    y->offline != 0 ? "  Bring its disk; it is copied to by"
		    " itself." : "");
	return add(a, RANK_LATE, 0, command("backupctl target sync %s",
	    y->name), "Copy %s %s.  The last try: %s.", y->name, text,
	    y->text);
}

static int
key_advice(const struct picture *p, struct advice_list *a)
{
	const struct control_key *k = &p->keys.v[0].u.key;
	char when[MOMENT_MAX];

	if (p->keys.n > 1)
		return add(a, RANK_KEY, 0, command("backupctl host list"),
		    "%zu keys have not been used for 45 days.  Remove what is"
		    " not needed.", p->keys.n);
	moment_short((int64_t)k->used, p->now, when);
	return add(a, RANK_KEY, 0, command("backupctl host list"), "The key of"
	    " %s was last used %s.  Remove it if it is not needed.", k->host,
	    when);
}

/* Tell whether two sources have one cause. */
static bool
same(const struct group *g, enum picture_state state,
    const struct control_source *s, bool alone)
{
	const struct control_source *f = g->first;

	if (g->state != state)
		return false;
	switch (state) {
	case PICTURE_FAILED:
		return f->code == s->code && (s->code ==
		    CLI_EXIT_UNREACHABLE || strcmp(f->text, s->text) == 0);
	case PICTURE_LATE:
		return (f->code == CLI_EXIT_UNREACHABLE) ==
		    (s->code == CLI_EXIT_UNREACHABLE) &&
		    (f->last_good == 0) == (s->last_good == 0);
	case PICTURE_INCOMPLETE:
		return !alone;
	default:
		return true;
	}
}

/* Put a source to those that share its cause. */
static int
group_add(struct groups *gs, enum picture_state state,
    const struct control_source *s, bool alone)
{
	struct group *g = NULL, *v;
	size_t i, room;

	for (i = 0; i < gs->n && g == NULL; i++)
		if (same(&gs->v[i], state, s, alone))
			g = &gs->v[i];
	if (g == NULL) {
		if (gs->n == gs->room) {
			room = gs->room * 2 + 16;
			if ((v = realloc(gs->v, room * sizeof(*v))) == NULL)
				return ERR_NOMEM;
			gs->v = v;
			gs->room = room;
		}
		g = &gs->v[gs->n++];
		*g = (struct group){ .state = state, .first = s };
	}
	g->n++;
	/* Those of one host follow each other. */
	if (g->last_host == NULL || strcmp(g->last_host, s->host) != 0) {
		if (g->hosts < NAMES_SHOWN)
			g->shown[g->hosts] = s;
		g->hosts++;
	}
	g->last_host = s->host;
	return 0;
}

/* "a/s", or "20 hosts (a, b, c and 17 more)". */
static void
names_format(const struct group *g, char *out, size_t len)
{
	size_t i, at;

	if (g->hosts == 1) {
		snprintf(out, len, g->n == 1 ? "%.100s/%.100s" : "%.100s",
		    g->first->host, g->first->set);
		return;
	}
	snprintf(out, len, "%zu hosts (", g->hosts);
	for (i = 0; i < NAMES_SHOWN && i < g->hosts; i++) {
		at = strlen(out);
		snprintf(out + at, len - at, "%s%.80s", i == 0 ? "" : ", ",
		    g->shown[i]->host);
	}
	at = strlen(out);
	if (g->hosts > NAMES_SHOWN)
		snprintf(out + at, len - at, " and %zu more)",
		    g->hosts - NAMES_SHOWN);
	else
		snprintf(out + at, len - at, ")");
}

/* How to see what happened, or to run it again. */
static char *
look(const struct group *g)
{
	if (g->first->job == 0)
		return command("backupctl job list %s", g->first->host);
	return command("backupctl job log %" PRIu64, g->first->job);
}

static char *
again(const struct group *g)
{
	if (g->hosts > 1)
		return command("backupctl status --all");
	if (g->n > 1)
		return command("backupctl run %s", g->first->host);
	return command("backupctl run %s/%s", g->first->host, g->first->set);
}

static int
failed_advice(const struct group *g, const char *names,
    struct advice_list *a)
{
	const struct control_source *s = g->first;
	bool many = g->hosts > 1;
	enum rank rank = RANK_FAILED;

	switch ((int)s->code) {
	case CLI_EXIT_UNREACHABLE:
		if (many)
			return add(a, RANK_UNREACHABLE, g->n, look(g), "%s"
			    " could not be reached.  Switch them on, or look"
			    " at the network; backups start by themselves.",
			    names);
		rank = RANK_UNREACHABLE;
		break;
	case CLI_EXIT_IDENTITY:
	case CLI_EXIT_DAMAGED:
	case CLI_EXIT_SUSPECT:
		rank = RANK_DAMAGE;
		break;
	case CLI_EXIT_TARGET:
	case CLI_EXIT_KEY:
		rank = RANK_TARGET;
		break;
	case CLI_EXIT_SIGINT:
		return add(a, RANK_LATE, g->n, again(g), "%s: cancelled.",
		    names);
	}
	return add(a, rank, g->n, look(g), "%s: %s%s%s.", names,
	    s->text[0] != '\0' ? s->text : "the job failed",
	    s->remedy[0] != '\0' ? "; " : "", s->remedy);
}

static int
late_advice(const struct picture *p, const struct group *g,
    const char *names, struct advice_list *a)
{
	const struct control_source *s = g->first;
	const char *are = g->hosts > 1 ? "are" : "is";
	char when[MOMENT_MAX];

	moment_short((int64_t)s->last_good, p->now, when);
	if (s->code == CLI_EXIT_UNREACHABLE && g->n == 1)
		return add(a, RANK_LATE, 1, again(g), "%s is late, and its"
		    " last try failed: %s.  Leave it on: the backup starts"
		    " by itself.", names, s->text);
	if (s->code == CLI_EXIT_UNREACHABLE)
		return add(a, RANK_LATE, g->n, again(g), "%s %s late and"
		    " could not be reached (off?).  Leave them on: backups"
		    " start by themselves.", names, are);
	if (s->last_good == 0)
		return add(a, RANK_LATE, g->n, again(g), "%s %s late: there is"
		    " no backup yet.", names, are);
	if (g->hosts > 1)
		return add(a, RANK_LATE, g->n, again(g), "%s are late.",
		    names);
	return add(a, RANK_LATE, g->n, again(g), "%s is late: the last good"
	    " backup is of %s.", names, when);
}

static int
group_advice(const struct picture *p, const struct group *g,
    struct advice_list *a)
{
	const struct control_source *s = g->first;
	char names[TEXT_MAX / 2];

	names_format(g, names, sizeof(names));
	switch (g->state) {
	case PICTURE_FAILED:
		return failed_advice(g, names, a);
	case PICTURE_LATE:
		return late_advice(p, g, names, a);
	case PICTURE_INCOMPLETE:
		if (g->n > 1)
			return add(a, RANK_INCOMPLETE, g->n,
			    command("backupctl job list"), "%s: files had a"
			    " problem; all else is saved.", names);
		return add(a, RANK_INCOMPLETE, 1, command("backupctl job log"
		    " %" PRIu64 " --problems", s->job), "%s: %s.", names,
		    s->text[0] != '\0' ? s->text : "files had a problem");
	default:
		return add(a, RANK_AWAY, g->n, command("backupctl status"
		    " --all"), "%s could not be reached, but %s not late yet:"
		    " nothing to do.", names, g->hosts > 1 ? "are" : "is");
	}
}

/* A job that went well had something to say: it is beyond a limit. */
static bool
warned(const struct control_source *s)
{
	enum picture_state state = picture_state(s);

	return state < PICTURE_AWAY && state != PICTURE_PAUSED &&
	    s->code == CLI_EXIT_OK && s->job != 0 && s->text[0] != '\0';
}

static int
warned_advice(const struct picture *p, struct advice_list *a)
{
	const struct control_source *s, *first = NULL;
	size_t i, n = 0;

	for (i = 0; i < p->sources.n; i++) {
		s = &p->sources.v[i].u.source;
		if (warned(s) && n++ == 0)
			first = s;
	}
	if (n == 0)
		return 0;
	if (n == 1)
		return add(a, RANK_WARNED, 1, command("backupctl job show %"
		    PRIu64, first->job), "%s/%s is saved, but: %s%s%s.",
		    first->host, first->set, first->text,
		    first->remedy[0] != '\0' ? "; " : "", first->remedy);
	return add(a, RANK_WARNED, n, command("backupctl job list"), "%s/%s"
	    " and %zu more are saved, but beyond their limits: %s.",
	    first->host, first->set, n - 1, first->text);
}

static int
sources_advice(const struct picture *p, struct advice_list *a)
{
	bool alone = p->counts[PICTURE_INCOMPLETE] <= ALONE;
	struct groups gs = { .n = 0 };
	enum picture_state state;
	int r = 0;
	size_t i;

	for (i = 0; i < p->sources.n && r == 0; i++) {
		state = picture_state(&p->sources.v[i].u.source);
		if (state >= PICTURE_AWAY)
			r = group_add(&gs, state, &p->sources.v[i].u.source,
			    alone);
	}
	for (i = 0; i < gs.n && r == 0; i++)
		r = group_advice(p, &gs.v[i], a);
	free(gs.v);
	return r;
}

/* Where the rank is the same, more sources first. */
static int
compare(const void *x, const void *y)
{
	const struct advice *a = x, *b = y;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->sources != b->sources)
		return a->sources > b->sources ? -1 : 1;
	return strcmp(a->text, b->text);
}

int
advice_make(const struct picture *p, struct advice_list *ap)
{
	size_t i;
	int r;

	memset(ap, 0, sizeof(*ap));
	if ((r = server_advice(p, ap)) != 0 ||
	    (r = sources_advice(p, ap)) != 0 ||
	    (r = warned_advice(p, ap)) != 0)
		return r;
	for (i = 0; i < p->targets.n && r == 0; i++)
		r = target_advice(p, &p->targets.v[i].u.target, ap);
	for (i = 0; i < p->copies.n && r == 0; i++)
		r = copy_advice(p, &p->copies.v[i].u.copy, ap);
	if (r == 0 && p->keys.n > 0)
		r = key_advice(p, ap);
	if (r == 0 && ap->n > 1)
		qsort(ap->v, ap->n, sizeof(ap->v[0]), compare);
	return r;
}

void
advice_clear(struct advice_list *a)
{
	while (a->n > 0) {
		a->n--;
		free(a->v[a->n].text);
		free(a->v[a->n].command);
	}
	free(a->v);
	a->v = NULL;
}
