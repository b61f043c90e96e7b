/* job.c: what START asked for. */
#include "config.h"

#include "agents/job.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/path.h"
#include "codec/compress.h"
#include "wire/start.h"

static const char digest_magic[] = "kho digest 1";	/* with its NUL */

#define HEAD_MAX (WIRE_EXCLUDES_MAX * (WIRE_EXCLUDE_MAX + 3) + 64)

void
job_end(struct job *j)
{
	size_t i;

	if (j == NULL)
		return;
	for (i = 0; i < j->nroots; i++)
		free(j->roots[i].path);
	free(j->roots);
	exclude_free(j->excludes);
	buf_free(j->digest_head);
	free(j);
}

/* Find the base that holds the root. */
static void
root_place(struct job_root *root, const struct base *bases, size_t nbases)
{
	size_t i, len;

	root->base = -1;
	root->below = "";
	for (i = 0; i < nbases; i++) {
		if (!path_within(bases[i].path, root->path))
			continue;
		len = strlen(bases[i].path);
		root->base = bases[i].fd;
		root->below = root->path + len;
		if (*root->below == '/')
			root->below++;
		return;
	}
}

static int
job_roots(struct job *j, struct buf *b, struct wire_start *m,
    const struct base *bases, size_t nbases)
{
	struct job_root *root;
	struct wire_bytes path;
	int r;

	if (m->nroots == 0)
		return ERR_CONFIG;
	if ((j->roots = calloc(m->nroots, sizeof(j->roots[0]))) == NULL)
		return ERR_NOMEM;
	while ((r = wire_start_root_next(b, m, &path)) == 1) {
		if (!path_abs_ok(path.data, path.len))
			return ERR_CONFIG;
		root = &j->roots[j->nroots];
		root->path = strndup((const char *)path.data, path.len);
		if (root->path == NULL)
			return ERR_NOMEM;
		j->nroots++;
		root_place(root, bases, nbases);
	}
	return r;
}

/* The excludes, which also stand at the head of each digest. */
static int
job_excludes(struct job *j, struct buf *b, struct wire_start *m)
{
	struct wire_bytes pattern;
	int r;

	if ((r = exclude_new(&j->excludes)) != 0 ||
	    (r = buf_new(HEAD_MAX, &j->digest_head)) != 0 ||
	    (r = buf_put(j->digest_head, digest_magic,
	    sizeof(digest_magic))) != 0 ||
	    (r = buf_put_varint(j->digest_head, j->flags)) != 0 ||
	    (r = buf_put_varint(j->digest_head, m->nexcludes)) != 0)
		return r;
	while ((r = wire_start_exclude_next(b, m, &pattern)) == 1) {
		if ((r = exclude_add(j->excludes, pattern.data,
		    pattern.len)) != 0 ||
		    (r = buf_put_bytes(j->digest_head, pattern.data,
		    pattern.len)) != 0)
			return r;
	}
	return r;
}

/* Copy the numbers and check them. */
static int
job_numbers(struct job *j, const struct wire_start *m)
{
	j->flags = m->flags;
	j->level = (int)m->level;
	j->threads = m->threads;
	j->frame_max = m->frame_max;
	j->chunks.min = m->chunk_min;
	j->chunks.avg = m->chunk_avg;
	j->chunks.max = m->chunk_max;
	memcpy(j->chunks.seed, m->seed, sizeof(j->chunks.seed));
	if (j->level < COMPRESS_LEVEL_MIN || j->level > COMPRESS_LEVEL_MAX ||
	    j->chunks.max > j->frame_max)
		return ERR_CONFIG;
	return chunker_init(&j->chunker, &j->chunks);
}

int
job_read(struct buf *body, const struct base *bases, size_t nbases,
    struct job **jp)
{
	struct wire_start m;
	struct job *j;
	int r;

	if ((j = calloc(1, sizeof(*j))) == NULL)
		return ERR_NOMEM;
	if ((r = wire_start_decode(body, &m)) != 0 ||
	    (r = job_numbers(j, &m)) != 0 ||
	    (r = job_roots(j, body, &m, bases, nbases)) != 0 ||
	    (r = job_excludes(j, body, &m)) != 0)
		goto out;
	*jp = j;
	j = NULL;	/* the caller owns it */
 out:
	job_end(j);
	return r;
}
