/* loop.c: libevent. */
#include "backupd/loop.h"

#include <stdlib.h>

#include <event2/event.h>

#include "base/log.h"

struct loop {
	struct event_base *base;
};

struct loop_watch {
	struct event *event;
	struct loop_call call;
};

int
loop_new(struct loop **lp)
{
	struct loop *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	if ((l->base = event_base_new()) == NULL) {
		log_error("loop: libevent cannot begin");
		free(l);
		return ERR_IO;
	}
	*lp = l;
	return 0;
}

void
loop_free(struct loop *l)
{
	if (l == NULL)
		return;
	event_base_free(l->base);
	free(l);
}

int
loop_run(struct loop *l)
{
	return event_base_dispatch(l->base) == -1 ? ERR_IO : 0;
}

void
loop_stop(struct loop *l)
{
	(void)event_base_loopbreak(l->base);
}

static void
happened(evutil_socket_t fd, short what, void *arg)
{
	struct loop_watch *w = arg;

	(void)fd;
	(void)what;
	/* The watch may be gone afterwards. */
	w->call.fn(w->call.arg);
}

static int
watch_new(struct loop *l, int fd, short what, const struct loop_call *call,
    struct loop_watch **wp)
{
	struct loop_watch *w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return ERR_NOMEM;
	w->call = *call;
	w->event = event_new(l->base, fd, what, happened, w);
	if (w->event == NULL) {
		free(w);
		return ERR_NOMEM;
	}
	*wp = w;
	return 0;
}

/* As watch_new, on at once. */
static int
watch_on(struct loop *l, int fd, short what, const struct loop_call *call,
    struct loop_watch **wp)
{
	struct loop_watch *w;
	int r;

	if ((r = watch_new(l, fd, what, call, &w)) != 0)
		return r;
	if ((r = loop_on(w)) != 0) {
		loop_watch_free(w);
		return r;
	}
	*wp = w;
	return 0;
}

int
loop_fd(struct loop *l, int fd, enum loop_want want,
    const struct loop_call *call, struct loop_watch **wp)
{
	if (want == LOOP_WRITE)
		return watch_new(l, fd, EV_WRITE | EV_PERSIST, call, wp);
	return watch_on(l, fd, EV_READ | EV_PERSIST, call, wp);
}

int
loop_signal(struct loop *l, int sig, const struct loop_call *call,
    struct loop_watch **wp)
{
	return watch_on(l, sig, EV_SIGNAL | EV_PERSIST, call, wp);
}

int
loop_timer(struct loop *l, const struct loop_call *call,
    struct loop_watch **wp)
{
	return watch_new(l, -1, 0, call, wp);
}

int
loop_after(struct loop_watch *w, int64_t ms)
{
	struct timeval tv;

	if (ms < 0)
		ms = 0;
	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	return event_add(w->event, &tv) == -1 ? ERR_NOMEM : 0;
}

int
loop_on(struct loop_watch *w)
{
	return event_add(w->event, NULL) == -1 ? ERR_NOMEM : 0;
}

void
loop_off(struct loop_watch *w)
{
	(void)event_del(w->event);
}

void
loop_watch_free(struct loop_watch *w)
{
	if (w == NULL)
		return;
	event_free(w->event);
	free(w);
}
