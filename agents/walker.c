/* walker.c: the thread that reads the files. */
#include "config.h"

#include "agents/walker.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agents/content.h"
#include "agents/digest.h"
#include "agents/list.h"
#include "agents/pack.h"
#include "agents/recurse.h"
#include "agents/scan.h"
#include "agents/tell.h"
#include "base/buf.h"
#include "codec/compress.h"
#include "wire/page.h"
#include "wire/request.h"

#define WANTED_MAX 256u		/* beyond it content goes before listing */
#define END_SECONDS 3		/* of patience at the end */

struct walker {
	pthread_t thread;
	struct hub *hub;	/* borrows, as the next four */
	struct outq *outq;
	struct reqs *reqs;
	const struct job *job;
	struct batches *batches;
	struct source *src;	/* borrows */
	struct scan scan;
	struct content content;
	struct digests *digests;	/* owns, as the next three */
	struct lists *lists;
	struct compressor *packer;
	bool	*told;		/* which roots had their ROOT */
	uint64_t next_dir;
};

/* A root, looked at. */
struct opened {
	int	 fd;		/* owns; its directory, or itself */
	const char *name;	/* its last name, if it is no directory */
	int	 status;
	struct wire_root m;
};

/* Find the root's parent and name: the base has neither. */
static int
root_parent(struct walker *w, const struct job_root *root, struct opened *p)
{
	const char *slash = strrchr(root->below, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - root->below);

	p->name = slash == NULL ? root->below : slash + 1;
	if (*p->name == '\0')
		p->name = ".";
	return source_open_path(w->src, root->base,
	    (const uint8_t *)root->below, len, &p->fd);
}

/* Say why a root cannot be had. */
static int
root_trouble(struct walker *w, uint32_t number, int status)
{
	struct trouble t = {
		.code = status, .errnum = w->src->errnum, .root = number,
		.text = "open root"
	};

	if (w->job->roots[number].base == -1)
		t.text = "root is not below any --root of the agent";
	else if (status == ERR_CONFIG)
		t.text = "root is a symbolic link, name what it leads to";
	return tell_issue(w->outq, &t);
}

/* Open the root and leave its attributes in p->m; its failure is returned. */
static int
root_look(struct walker *w, const struct job_root *root, struct opened *p)
{
	int dir = -1, r;

	w->src->errnum = 0;
	if (root->base == -1)
		return ERR_DENIED;
	if ((r = root_parent(w, root, p)) != 0 ||
	    (r = source_stat(w->src, p->fd, p->name, &p->m.attr)) != 0)
		return r;
	if (p->m.attr.type == ATTR_SYMLINK)
		return ERR_CONFIG;
	if ((r = source_xattrs(w->src, p->fd, p->name)) != 0 &&
	    (r = root_trouble(w, p->m.root, r)) != 0)
		return r;
	if (p->m.attr.type != ATTR_DIR)
		return 0;
	if ((r = source_open_dir(w->src, p->fd, p->name, &dir)) != 0)
		return r;
	source_close(w->src, &p->fd);
	p->fd = dir;
	p->name = NULL;
	return 0;
}

/* Look at a root; ERR_FORMAT if there is none of that number. */
static int
root_open(struct walker *w, uint32_t number, struct opened *p)
{
	memset(p, 0, sizeof(*p));
	p->fd = -1;
	if (number >= w->job->nroots)
		return ERR_FORMAT;
	p->m.root = number;
	p->m.attr.type = ATTR_DIR;
	p->status = root_look(w, &w->job->roots[number], p);
	if (p->status == 0) {
		w->scan.dev = p->m.attr.dev;
		p->m.xattrs = buf_ptr(w->src->xattrs);
		p->m.xattrs_len = buf_len(w->src->xattrs);
		return 0;
	}
	memset(&p->m.attr, 0, sizeof(p->m.attr));
	p->m.attr.type = ATTR_DIR;
	p->m.status = p->status;
	return w->told[number] ? 0 : root_trouble(w, number, p->status);
}

/* Send ROOT. */
static int
root_tell(struct walker *w, const struct opened *p)
{
	w->told[p->m.root] = true;
	return tell_root(w->outq, &p->m);
}

/* What a walk of the root needs. */
static struct recurse
walker_recurse(struct walker *w, uint32_t root, bool digest)
{
	const struct recurse rc = {
		.hub = w->hub, .scan = &w->scan,
		.digests = digest ? w->digests : NULL,
		.content = &w->content, .next_dir = &w->next_dir,
		.root = root
	};

	return rc;
}

static int
do_digest(struct walker *w, const struct req *req)
{
	const struct recurse rc = walker_recurse(w, req->root, true);
	struct scan_dir d = { .root = req->root };
	struct opened p;
	int r;

	if ((r = root_open(w, req->root, &p)) != 0)
		goto out;
	if (p.status == 0 && p.name == NULL) {
		/* A walk for digests reads no others: the xattrs stay. */
		d.fd = p.fd;
		p.fd = -1;	/* the walk takes it */
		if ((r = recurse_run(&rc, &d, 0, &p.m.has_digest,
		    p.m.digest)) != 0)
			goto out;
	}
	r = root_tell(w, &p);
 out:
	source_close(w->src, &p.fd);
	return r;
}

/* A list that cannot begin: its end with a status. */
static int
list_refused(struct walker *w, const struct req *req, int status, bool told)
{
	const struct wire_dirend m = { .dir = req->dir, .status = status };
	const struct trouble t = {
		.code = status, .errnum = w->src->errnum, .root = req->root,
		.path = req->u.path, .path_len = req->n,
		.text = "open directory"
	};
	int r;

	if (!told && (r = tell_issue(w->outq, &t)) != 0)
		return r;
	return tell_dirend(w->outq, &m);
}

/* List a root that is no directory, with its content if recursing. */
static int
list_alone(struct walker *w, const struct req *req, struct opened *p)
{
	struct scan_dir d = { .fd = p->fd, .root = req->root };
	struct req *want;
	int r;

	p->fd = -1;	/* the list takes it */
	r = lists_begin_alone(w->lists, &d, req->dir, p->name);
	if (r != 0 || (req->flags & WIRE_RECURSE) == 0 ||
	    p->m.attr.type != ATTR_FILE)
		return r;
	/* As if it were wanted: the one entry of the one page. */
	if ((want = calloc(1, sizeof(*want))) == NULL)
		return ERR_NOMEM;
	want->dir = req->dir;
	want->n = 1;
	if ((r = lists_want(w->lists, want)) != 0)
		free(want);
	return r;
}

/* List a directory at a path below the open root. */
static int
list_dir(struct walker *w, const struct req *req, struct opened *p)
{
	const struct recurse rc = walker_recurse(w, req->root, false);
	struct scan_dir d = {
		.root = req->root, .path = req->u.path, .path_len = req->n
	};
	uint8_t digest[WIRE_DIGEST_LEN];
	bool has;
	int r;

	r = source_open_path(w->src, p->fd, req->u.path, req->n, &d.fd);
	if (r == ERR_FORMAT)
		return r;
	if (r != 0)
		return list_refused(w, req, r, false);
	if ((req->flags & WIRE_RECURSE) != 0)
		return recurse_run(&rc, &d, req->dir, &has, digest);
	return lists_begin(w->lists, &d, req->dir);
}

static int
do_list(struct walker *w, const struct req *req)
{
	struct opened p;
	bool told;
	int r;

	if ((r = root_open(w, req->root, &p)) != 0)
		goto out;
	told = w->told[req->root];
	if (!told && (r = root_tell(w, &p)) != 0)
		goto out;
	if (p.status != 0)
		r = list_refused(w, req, p.status, !told);
	else if (p.name == NULL)
		r = list_dir(w, req, &p);
	else if (req->n == 0)
		r = list_alone(w, req, &p);
	else
		r = list_refused(w, req, ERR_NOENT, false);
 out:
	source_close(w->src, &p.fd);
	return r;
}

/* Do what is asked.  Takes req. */
static int
walker_do(struct walker *w, struct req *req)
{
	int r = ERR_FORMAT;

	if (req->type == WIRE_DIGEST)
		r = do_digest(w, req);
	else if (req->type == WIRE_LIST)
		r = do_list(w, req);
	else if (req->type == WIRE_NEXT)
		r = lists_next(w->lists, req->dir);
	else if (req->type == WIRE_WANT &&
	    (r = lists_want(w->lists, req)) == 0)
		req = NULL;	/* the list has it */
	free(req);
	return r;
}

/* One step; waits when there is nothing to do. */
static int
walker_step(struct walker *w)
{
	struct req *req;
	int r = 0;

	if (lists_wanted(w->lists) < WANTED_MAX)
		r = reqs_take(w->reqs, &req);
	if (r == 0 && (r = lists_read(w->lists)) != 0)
		return r < 0 ? r : 0;
	if (r == 0) {
		content_flush(&w->content);
		r = reqs_wait(w->reqs, &req);
	}
	if (r != 1)
		return r;
	return walker_do(w, req);
}

static void *
walker_thread(void *arg)
{
	struct walker *w = arg;
	struct req *req;
	int r;

	/* The job is there once the first request is. */
	if ((r = reqs_wait(w->reqs, &req)) == 1)
		r = walker_do(w, req);
	while (r == 0)
		r = walker_step(w);
	hub_end(w->hub, r == ERR_CANCELLED ? 0 : r);
	return NULL;
}

/* Free all but the thread. */
static void
walker_clear(struct walker *w)
{
	lists_free(w->lists);
	digests_free(w->digests);
	content_clear(&w->content);
	dirhash_clear(&w->scan.empty);
	compressor_free(w->packer);
	free(w->told);
	free(w);
}

int
walker_start(struct hub *h, struct outq *q, struct reqs *reqs,
    struct source *src, struct walker **wp)
{
	struct walker *w;
	sigset_t all, old;
	int r;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return ERR_NOMEM;
	w->hub = h;
	w->outq = q;
	w->reqs = reqs;
	w->src = src;
	w->next_dir = WIRE_DIR_AGENT;
	if ((r = digests_new(&w->digests)) != 0) {
		walker_clear(w);
		return r;
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&w->thread, NULL, walker_thread, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r != 0) {
		walker_clear(w);
		return ERR_NOMEM;
	}
	*wp = w;
	return 0;
}

int
walker_job(struct walker *w, const struct job *job, struct batches *batches)
{
	const struct lists_params p = {
		.hub = w->hub, .scan = &w->scan, .digests = w->digests,
		.content = &w->content
	};
	int r;

	w->job = job;
	w->batches = batches;
	w->scan.job = job;
	w->scan.outq = w->outq;
	w->scan.src = w->src;
	content_init(&w->content, job, w->src, batches);
	if (job->pack && (r = compressor_new(PACK_LEVEL, &w->packer)) != 0)
		return r;
	w->scan.packer = w->packer;
	if ((w->told = calloc(job->nroots, sizeof(w->told[0]))) == NULL)
		return ERR_NOMEM;
	return lists_new(&p, &w->lists);
}

int
walker_end(struct walker *w, uint64_t *filesp, uint64_t *bytesp)
{
	struct timespec until;

	if (w == NULL)
		return 0;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += END_SECONDS;
	if (pthread_timedjoin_np(w->thread, NULL, &until) != 0)
		return ERR_TIMEOUT;
	*filesp = w->content.files;
	*bytesp = w->content.bytes;
	walker_clear(w);
	return 0;
}
