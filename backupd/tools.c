/* tools.c: what a pool job works with, shared by the jobs that run. */
#include "config.h"

#include "backupd/tools.h"

#include <pthread.h>
#include <stdlib.h>

#include "codec/compress.h"
#include "repo/frame.h"

struct tools {
	pthread_mutex_t lock;		/* over idle */
	struct tool *idle;
	unsigned int n;
	struct tool all[];
};

static int
tool_init(struct tool *t, int level)
{
	int r;

	if ((r = compressor_new(level, &t->c)) != 0 ||
	    (r = decompressor_new(&t->d)) != 0)
		return r;
	/* Touched only as far as they are used. */
	if ((t->raw = malloc(FRAME_RAW_MAX)) == NULL ||
	    (t->spare[0] = malloc(FRAME_RAW_MAX)) == NULL ||
	    (t->spare[1] = malloc(FRAME_RAW_MAX)) == NULL)
		return ERR_NOMEM;
	return 0;
}

int
tools_new(unsigned int n, int level, struct tools **tp)
{
	struct tools *t;
	unsigned int i;
	int r;

	if ((t = calloc(1, sizeof(*t) + n * sizeof(t->all[0]))) == NULL)
		return ERR_NOMEM;
	t->n = n;
	pthread_mutex_init(&t->lock, NULL);
	for (i = 0; i < n; i++) {
		if ((r = tool_init(&t->all[i], level)) != 0) {
			tools_free(t);
			return r;
		}
		tools_give(t, &t->all[i]);
	}
	*tp = t;
	return 0;
}

void
tools_free(struct tools *t)
{
	unsigned int i;

	if (t == NULL)
		return;
	for (i = 0; i < t->n; i++) {
		compressor_free(t->all[i].c);
		decompressor_free(t->all[i].d);
		free(t->all[i].raw);
		free(t->all[i].spare[0]);
		free(t->all[i].spare[1]);
	}
	pthread_mutex_destroy(&t->lock);
	free(t);
}

struct tool *
tools_take(struct tools *t)
{
	struct tool *tool;

	pthread_mutex_lock(&t->lock);
	tool = t->idle;
	t->idle = tool->next;
	pthread_mutex_unlock(&t->lock);
	return tool;
}

void
tools_give(struct tools *t, struct tool *tool)
{
	pthread_mutex_lock(&t->lock);
	tool->next = t->idle;
	t->idle = tool;
	pthread_mutex_unlock(&t->lock);
}
