/* queue.c: jobs that wait for room. */
#include "backupd/queue.h"

#include <stdlib.h>
#include <string.h>

struct queue {
	struct queue_task *first, **last;	/* in the order they came */
	int	 max_server;
	uint64_t last_id;
};

int
queue_new(int max_server, struct queue **qp)
{
	struct queue *q;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return ERR_NOMEM;
	q->last = &q->first;
	q->max_server = max_server;
	*qp = q;
	return 0;
}

static void
task_free(struct queue_task *t)
{
	if (t == NULL)
		return;
	free(t->host);
	free(t->set);
	free(t->group);
	free(t->target);
	free(t);
}

void
queue_free(struct queue *q)
{
	struct queue_task *t;

	if (q == NULL)
		return;
	while ((t = q->first) != NULL) {
		q->first = t->next;
		task_free(t);
	}
	free(q);
}

void
queue_set_max(struct queue *q, int max_server)
{
	q->max_server = max_server;
}

int
queue_add(struct queue *q, const struct queue_task *t,
    struct queue_task **tp)
{
	struct queue_task *n;

	if ((n = queue_source(q, t->host, t->set)) != NULL) {
		*tp = n;
		return ERR_EXIST;
	}
	if ((n = malloc(sizeof(*n))) == NULL)
		return ERR_NOMEM;
	*n = *t;
	n->id = ++q->last_id;
	n->job = 0;
	n->running = false;
	n->next = NULL;
	n->host = strdup(t->host);
	n->set = strdup(t->set);
	n->group = strdup(t->group);
	n->target = strdup(t->target);
	if (n->host == NULL || n->set == NULL || n->group == NULL ||
	    n->target == NULL) {
		task_free(n);
		return ERR_NOMEM;
	}
	*q->last = n;
	q->last = &n->next;
	*tp = n;
	return 0;
}

void
queue_remove(struct queue *q, struct queue_task *t)
{
	struct queue_task **at;

	for (at = &q->first; *at != t; at = &(*at)->next)
		if (*at == NULL)
			return;
	*at = t->next;
	if (q->last == &t->next)
		q->last = at;
	task_free(t);
}

/* Tell whether one more may run where n do. */
static bool
allows(int max, int n)
{
	return max <= 0 || n < max;
}

/* Tell whether there is room for t beside those that run. */
static bool
has_room(const struct queue *q, const struct queue_task *t)
{
	const struct queue_task *o;
	int host = 0, group = 0, target = 0;

	for (o = q->first; o != NULL; o = o->next) {
		if (!o->running)
			continue;
		host += strcmp(o->host, t->host) == 0;
		group += strcmp(o->group, t->group) == 0;
		target += strcmp(o->target, t->target) == 0;
	}
	if (t->group[0] != '\0' && !allows(t->max_group, group))
		return false;
	return allows(t->max_host, host) && allows(t->max_target, target);
}

struct queue_task *
queue_next(const struct queue *q)
{
	struct queue_task *t, *best = NULL;

	if (!allows(q->max_server, (int)queue_count(q, true)))
		return NULL;
	for (t = q->first; t != NULL; t = t->next) {
		if (t->running ||
		    (best != NULL && t->priority <= best->priority))
			continue;
		if (has_room(q, t))
			best = t;
	}
	return best;
}

struct queue_task *
queue_job(const struct queue *q, uint64_t job)
{
	struct queue_task *t;

	for (t = q->first; t != NULL; t = t->next)
		if (t->running && t->job == job)
			return t;
	return NULL;
}

struct queue_task *
queue_source(const struct queue *q, const char *host, const char *set)
{
	struct queue_task *t;

	for (t = q->first; t != NULL; t = t->next)
		if (strcmp(t->host, host) == 0 && strcmp(t->set, set) == 0)
			return t;
	return NULL;
}

struct queue_task *
queue_first(const struct queue *q)
{
	return q->first;
}

size_t
queue_count(const struct queue *q, bool running)
{
	const struct queue_task *t;
	size_t n = 0;

	for (t = q->first; t != NULL; t = t->next)
		if (t->running == running)
			n++;
	return n;
}
