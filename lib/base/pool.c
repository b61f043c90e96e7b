/* pool.c: a bounded pool of threads for pure functions. */
#include "config.h"

#include "base/pool.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"

struct pool {
	pthread_mutex_t	 lock;		/* over all that follows, fd excepted */
	pthread_cond_t	 work;		/* a job is queued, or closing */
	pthread_cond_t	 ended;		/* a job has run, a thread is ready */
	struct pool_job	*first, *last;	/* borrows; queued, not started */
	bool		 closing;
	int		 niceness;
	int		 fd;		/* owns */
	unsigned int	 n;		/* threads started */
	unsigned int	 ready;		/* of them, at work */
	pthread_t	 threads[];
};

/* Take the next job; NULL once the pool closes and nothing is left. */
static struct pool_job *
pool_take(struct pool *p)
{
	struct pool_job *job;

	pthread_mutex_lock(&p->lock);
	while ((job = p->first) == NULL && !p->closing)
		pthread_cond_wait(&p->work, &p->lock);
	if (job != NULL && (p->first = job->next) == NULL)
		p->last = NULL;
	pthread_mutex_unlock(&p->lock);
	return job;
}

static void *
pool_thread(void *arg)
{
	const uint64_t one = 1;
	struct pool *p = arg;
	struct pool_job *job;
	ssize_t n;

	/* On Linux a niceness belongs to a thread; 0 means this one. */
	if (p->niceness > 0 &&
	    setpriority(PRIO_PROCESS, 0, p->niceness) == -1)
		log_errno(errno, "pool: set niceness %d", p->niceness);
	pthread_mutex_lock(&p->lock);
	p->ready++;
	pthread_cond_broadcast(&p->ended);
	pthread_mutex_unlock(&p->lock);
	while ((job = pool_take(p)) != NULL) {
		job->run(job->arg);
		pthread_mutex_lock(&p->lock);
		job->done = true;	/* from here on it may be freed */
		pthread_cond_broadcast(&p->ended);
		pthread_mutex_unlock(&p->lock);
		/* It fails only when full, and then it is readable anyway. */
		n = write(p->fd, &one, sizeof(one));
		(void)n;
	}
	return NULL;
}

/*
 * Start n threads.  They block all signals: those are the main thread's.
 * Wait until they are ready: the caller may give up the right to set a
 * niceness next (base/sandbox.h).
 */
static int
pool_start(struct pool *p, unsigned int n)
{
	sigset_t all, old;
	int errnum = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (p->n < n && errnum == 0) {
		errnum = pthread_create(&p->threads[p->n], NULL, pool_thread,
		    p);
		if (errnum == 0)
			p->n++;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_mutex_lock(&p->lock);
	while (p->ready < p->n)
		pthread_cond_wait(&p->ended, &p->lock);
	pthread_mutex_unlock(&p->lock);
	if (errnum != 0)
		log_errno(errnum, "pool: start thread");
	return errnum == 0 ? 0 : ERR_NOMEM;
}

int
pool_new(unsigned int n, int thread_niceness, struct pool **poolp)
{
	struct pool *p;
	int r;

	if (n == 0)
		return ERR_CONFIG;
	p = calloc(1, sizeof(*p) + n * sizeof(p->threads[0]));
	if (p == NULL)
		return ERR_NOMEM;
	p->niceness = thread_niceness;
	p->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->fd == -1) {
		r = err_from_errno(errno);
		free(p);
		return r;
	}
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->ended, NULL);
	if ((r = pool_start(p, n)) != 0) {
		pool_free(p);
		return r;
	}
	*poolp = p;
	return 0;
}

void
pool_free(struct pool *p)
{
	unsigned int i;

	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->closing = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (i = 0; i < p->n; i++)
		pthread_join(p->threads[i], NULL);
	pthread_cond_destroy(&p->ended);
	pthread_cond_destroy(&p->work);
	pthread_mutex_destroy(&p->lock);
	fdio_close(&p->fd);
	free(p);
}

void
pool_submit(struct pool *p, struct pool_job *job)
{
	job->next = NULL;
	job->done = false;
	pthread_mutex_lock(&p->lock);
	if (p->last == NULL)
		p->first = job;
	else
		p->last->next = job;
	p->last = job;
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
}

bool
pool_done(struct pool *p, struct pool_job *job)
{
	bool done;

	pthread_mutex_lock(&p->lock);
	done = job->done;
	pthread_mutex_unlock(&p->lock);
	return done;
}

void
pool_wait(struct pool *p, struct pool_job *job)
{
	pthread_mutex_lock(&p->lock);
	while (!job->done)
		pthread_cond_wait(&p->ended, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

int
pool_fd(const struct pool *p)
{
	return p->fd;
}

unsigned int
pool_cpus(void)
{
	cpu_set_t set;
	int n;

	/* It fails where the machine has more than a set holds: plenty. */
	if (sched_getaffinity(0, sizeof(set), &set) == -1)
		n = (int)sysconf(_SC_NPROCESSORS_ONLN);
	else
		n = CPU_COUNT(&set);
	return n < 1 ? 1 : (unsigned int)n;
}
