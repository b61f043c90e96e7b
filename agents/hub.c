/* hub.c: the lock, the signals and the end that the agent's threads share. */
#include "config.h"

#include "agents/hub.h"

#include <sys/eventfd.h>
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "base/fdio.h"

int
hub_init(struct hub *h)
{
	h->woken = h->ended = false;
	h->failure = 0;
	h->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (h->wake == -1)
		return err_from_errno(errno);
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->changed, NULL);
	return 0;
}

void
hub_clear(struct hub *h)
{
	if (h->wake == -1)
		return;
	fdio_close(&h->wake);
	pthread_cond_destroy(&h->changed);
	pthread_mutex_destroy(&h->lock);
}

void
hub_lock(struct hub *h)
{
	pthread_mutex_lock(&h->lock);
}

void
hub_unlock(struct hub *h)
{
	pthread_mutex_unlock(&h->lock);
}

int
hub_wait(struct hub *h)
{
	if (!h->ended)
		pthread_cond_wait(&h->changed, &h->lock);
	return h->ended ? ERR_CANCELLED : 0;
}

void
hub_tell(struct hub *h)
{
	pthread_cond_broadcast(&h->changed);
}

void
hub_wake(struct hub *h)
{
	const uint64_t one = 1;
	ssize_t n;

	if (h->woken)
		return;
	h->woken = true;
	/* It fails only when full, and then it is readable anyway. */
	n = write(h->wake, &one, sizeof(one));
	(void)n;
}

void
hub_awake(struct hub *h)
{
	uint64_t count;
	ssize_t n;

	hub_lock(h);
	if (h->woken) {
		n = read(h->wake, &count, sizeof(count));
		(void)n;
		h->woken = false;
	}
	hub_unlock(h);
}

void
hub_end(struct hub *h, int failure)
{
	hub_lock(h);
	if (!h->ended)
		h->failure = failure;
	h->ended = true;
	hub_tell(h);
	hub_wake(h);
	hub_unlock(h);
}

int
hub_check(struct hub *h)
{
	bool ended;

	hub_lock(h);
	ended = h->ended;
	hub_unlock(h);
	return ended ? ERR_CANCELLED : 0;
}
