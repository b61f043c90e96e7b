/* queue.c: jobs that wait for room. */
#include "backupd/queue.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS 1024		/* chains of tasks by their source */

/*
 * With thousands that wait, what is asked for each of them must not look at
 * all the others: who runs stands in a list of its own, which is short, and
 * a source is found by its slot.
 */
struct queue {
	struct queue_task *first, *last;	/* in the order they came */
	struct queue_task *running;
	struct queue_task *slots[SLOTS];
	size_t	 n, nrunning;
	int	 max_server;
	uint64_t last_id;
};

/* FNV-1a, for names that come from the policy. */
static size_t
slot_of(const char *host, const char *set)
{
	uint32_t h = 2166136261u;

	for (; *host != '\0'; host++)
		h = (h ^ (uint8_t)*host) * 16777619u;
	for (h *= 16777619u; *set != '\0'; set++)
		h = (h ^ (uint8_t)*set) * 16777619u;
	return h % SLOTS;
}

static struct queue_task **
slot(struct queue *q, const char *host, const char *set)
{
	return &q->slots[slot_of(host, set)];
}

int
queue_new(int max_server, struct queue **qp)
{
	struct queue *q;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return ERR_NOMEM;
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
	struct queue_task *n, **at;

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
	n->prev = q->last;
	n->next = n->next_running = NULL;
	n->host = strdup(t->host);
	n->set = strdup(t->set);
	n->group = strdup(t->group);
	n->target = strdup(t->target);
	if (n->host == NULL || n->set == NULL || n->group == NULL ||
	    n->target == NULL) {
		task_free(n);
		return ERR_NOMEM;
	}
	if (q->last != NULL)
		q->last->next = n;
	else
		q->first = n;
	q->last = n;
	at = slot(q, n->host, n->set);
	n->next_slot = *at;
	*at = n;
	q->n++;
	*tp = n;
	return 0;
}

/* Take t out of the running ones. */
static void
rest(struct queue *q, struct queue_task *t)
{
	struct queue_task **at;

	for (at = &q->running; *at != t; at = &(*at)->next_running)
		;
	*at = t->next_running;
	q->nrunning--;
}

void
queue_remove(struct queue *q, struct queue_task *t)
{
	struct queue_task **at;

	if (t->running)
		rest(q, t);
	for (at = slot(q, t->host, t->set); *at != t; at = &(*at)->next_slot)
		;
	*at = t->next_slot;
	if (t->prev != NULL)
		t->prev->next = t->next;
	else
		q->first = t->next;
	if (t->next != NULL)
		t->next->prev = t->prev;
	else
		q->last = t->prev;
	q->n--;
	task_free(t);
}

void
queue_run(struct queue *q, struct queue_task *t)
{
	if (t->running)
		return;
	t->running = true;
	t->next_running = q->running;
	q->running = t;
	q->nrunning++;
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

	for (o = q->running; o != NULL; o = o->next_running) {
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

	if (!allows(q->max_server, (int)q->nrunning))
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

	for (t = q->running; t != NULL; t = t->next_running)
		if (t->job == job)
			return t;
	return NULL;
}

struct queue_task *
queue_source(const struct queue *q, const char *host, const char *set)
{
	struct queue_task *t = q->slots[slot_of(host, set)];

	for (; t != NULL; t = t->next_slot)
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
	return running ? q->nrunning : q->n - q->nrunning;
}
