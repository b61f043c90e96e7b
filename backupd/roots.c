/* roots.c: the roots of a job, from the first question to their entries. */
#include "backupd/session.h"

#include <stdio.h>
#include <string.h>

#include "backupd/directory.h"
#include "base/buf.h"
#include "wire/reply.h"
#include "wire/request.h"

#define ENTRY_BYTES_MAX (WIRE_TARGET_MAX + 256)

static int
digest_send(struct session *s, uint32_t root)
{
	struct wire_digest m = { .root = root };
	size_t mark;
	int r;

	if ((r = wire_begin(s->out, WIRE_DIGEST, &mark)) != 0 ||
	    (r = wire_digest_encode(&m, s->out)) != 0)
		return r;
	return wire_end(s->out, mark);
}

/* The root of that path in the previous snapshot. */
static const struct snapshot_root *
previous_root(const struct session *s, const char *path)
{
	const struct snapshot *prev = writer_previous(s->w);
	size_t i;

	for (i = 0; prev != NULL && i < prev->nroots; i++)
		if (strcmp(prev->roots[i].path, path) == 0)
			return &prev->roots[i];
	return NULL;
}

/* References of roots that the set no longer has. */
static int
roots_gone(struct session *s)
{
	const struct snapshot *prev = writer_previous(s->w);
	size_t i, k;
	int r;

	for (i = 0; prev != NULL && i < prev->nroots; i++) {
		for (k = 0; k < s->job->npaths; k++)
			if (strcmp(prev->roots[i].path,
			    s->job->paths[k]) == 0)
				break;
		if (k == s->job->npaths &&
		    (r = merge_drop(s, &prev->roots[i].entry)) != 0)
			return r;
	}
	return 0;
}

/* Totals are counted as references are: by differences. */
static void
totals_begin(struct session *s)
{
	const struct snapshot *prev = writer_previous(s->w);

	if (prev == NULL)
		return;
	s->files = prev->files;
	s->directories = prev->directories;
	s->others = prev->others;
	s->bytes = prev->bytes;
}

/* Ask for every root: by digest where there is something to compare with. */
int
roots_begin(struct session *s)
{
	uint32_t i;
	int r;

	totals_begin(s);
	if ((r = roots_gone(s)) != 0)
		return r;
	for (i = 0; i < s->job->npaths; i++) {
		s->roots[i].previous = previous_root(s, s->job->paths[i]);
		if (s->roots[i].previous != NULL)
			r = digest_send(s, i);
		else
			r = directories_root(s, i, NULL);
		if (r != 0)
			return r;
	}
	return 0;
}

/* The last name of a root's path; "/" for the root directory. */
static const char *
root_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : "/";
}

/* Keep what ROOT says until the root is settled. */
static int
root_fill(struct session *s, const struct wire_root *m)
{
	struct session_root *root = &s->roots[m->root];
	const char *name = root_name(s->job->paths[m->root]);
	struct entry *e = &root->entry;
	int r;

	if ((r = buf_new(ENTRY_BYTES_MAX, &root->name)) != 0 ||
	    (r = buf_put(root->name, name, strlen(name))) != 0 ||
	    (r = buf_put(root->name, m->target, m->target_len)) != 0)
		return r;
	e->name = buf_ptr(root->name);
	e->name_len = strlen(name);
	e->target = e->name + e->name_len;
	e->target_len = m->target_len;
	e->attr = m->attr;
	if (m->attr.type != ATTR_DIR || m->xattrs_len == 0)
		return 0;
	e->has_xattrs = true;
	if ((r = writer_add_meta(m->xattrs, m->xattrs_len, e->xattrs,
	    s->w)) != 0)
		return r;
	return writer_ref(s->w, e->xattrs, 1);
}

static int
root_missing(struct session *s, const struct wire_root *m)
{
	char text[SESSION_TEXT_MAX];

	snprintf(text, sizeof(text), "%s on %s: %s",
	    s->job->paths[m->root], s->job->host, err_text(m->status));
	if (m->status == ERR_DENIED)
		return session_fail(s, m->status, text, "see that the path"
		    " lies within --root of the host's authorized_keys line"
		    " and that the agent's user may read it");
	return session_fail(s, m->status, text, "see whether it is mounted,"
	    " or take the path out of the set");
}

int
roots_message(struct session *s, struct wire_msg *msg)
{
	const struct entry *old;
	struct session_root *root;
	struct wire_root m;
	struct entry rest;
	int r;

	if ((r = wire_root_decode(msg->body, &m)) != 0)
		return r;
	if (m.root >= s->job->npaths || s->roots[m.root].name != NULL)
		return session_fail(s, ERR_FORMAT, "the source answered for a"
		    " root that was not asked for", "");
	if (m.status != 0)
		return root_missing(s, &m);
	if ((r = root_fill(s, &m)) != 0)
		return r;
	root = &s->roots[m.root];
	if (root->previous == NULL)
		return 0;	/* its listing was asked for at once */
	old = &root->previous->entry;
	if (m.attr.type != ATTR_DIR)
		return directories_root(s, m.root, old);
	if (old->attr.type != ATTR_DIR) {
		if ((r = merge_drop(s, old)) != 0)
			return r;
		return directories_root(s, m.root, NULL);
	}
	/* Below, only differences count; the entry itself is new. */
	rest = *old;
	merge_no_subtree(&rest);
	if ((r = merge_drop(s, &rest)) != 0)
		return r;
	if (!m.has_digest || !old->has_digest || !old->has_subtree ||
	    memcmp(m.digest, old->digest, sizeof(m.digest)) != 0)
		return directories_root(s, m.root, old);
	root->entry.has_subtree = true;
	root->entry.subtree = old->subtree;
	root->entry.has_digest = true;
	memcpy(root->entry.digest, m.digest, sizeof(m.digest));
	s->directories++;
	return session_root_settle(s, m.root, &root->entry);
}

int
session_root_settle(struct session *s, uint32_t r, const struct entry *e)
{
	struct session_root *root = &s->roots[r];
	const uint8_t *name = root->entry.name;
	const uint8_t *target = root->entry.target;
	size_t name_len = root->entry.name_len;
	size_t target_len = root->entry.target_len;

	if (root->name == NULL)
		return session_fail(s, ERR_FORMAT, "the source listed a root"
		    " before it described it", "");
	root->entry = *e;
	root->entry.name = name;
	root->entry.name_len = name_len;
	root->entry.target = target;
	root->entry.target_len = target_len;
	root->settled = true;
	return 0;
}
