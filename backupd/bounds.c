/* bounds.c: more, or less, than a source should hold. */
#include "backupd/bounds.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "backupd/directory.h"
#include "base/buf.h"
#include "cli/text.h"

#define GROWTH_MIN (1u << 20)	/* bytes; less is nobody's growth */
#define WHOLE 10000		/* hundredths of a percent */

/* What is wrong is a failure or a warning; the first of these is told. */
static int
over(struct session *s, const char *text, const char *remedy)
{
	if (s->job->bounds.fails)
		return session_fail(s, ERR_TOOBIG, text, remedy);
	if (s->warning[0] == '\0') {
		snprintf(s->warning, sizeof(s->warning), "%s", text);
		snprintf(s->warning_remedy, sizeof(s->warning_remedy), "%s",
		    remedy);
	}
	return 0;
}

/* Name the file. */
static int
large_tell(struct session *s, const struct slot *slot, const char *text)
{
	const struct directory *d = slot->page->dir;
	struct event_issue i = { .code = ERR_TOOBIG, .text = text };
	const char *root = s->job->paths[d->root];
	struct buf *path = NULL;
	int r;

	if ((r = buf_new(2 * WIRE_PATH_MAX, &path)) != 0 ||
	    (r = buf_put(path, root, strlen(root))) != 0)
		goto out;
	/* A root that is a file is its own path. */
	if (!d->alone && ((r = request_path(d, path)) != 0 ||
	    (r = buf_put_u8(path, '/')) != 0 ||
	    (r = buf_put(path, slot->e.name, slot->e.name_len)) != 0))
		goto out;
	i.path = buf_ptr(path);
	i.path_len = buf_len(path);
	session_remark(s, &i);
 out:
	buf_free(path);
	return r;
}

/* The most that the source may hold before it has grown too fast; 0: any. */
static uint64_t
growth_most(struct session *s, uint64_t *wasp)
{
	const struct snapshot *prev = writer_previous(s->w);
	uint32_t most = s->job->bounds.max_growth;
	double more;

	if (most == 0 || prev == NULL || prev->bytes == 0)
		return 0;
	*wasp = prev->bytes;
	more = (double)prev->bytes * most / WHOLE;
	if (more < GROWTH_MIN)
		more = GROWTH_MIN;
	if (more >= (double)(UINT64_MAX / 2))
		return 0;
	return prev->bytes + (uint64_t)more;
}

static int
host_over(struct session *s, uint64_t bytes, bool whole)
{
	char is[CLI_TEXT_MAX], most[CLI_TEXT_MAX], text[200];

	cli_size_format(bytes, is);
	cli_size_format(s->job->bounds.max_host, most);
	snprintf(text, sizeof(text), "the host holds %s%s, more than"
	    " max_host (%s)", whole ? "" : "at least ", is, most);
	return over(s, text, "see what is new there; raise max_host if it is"
	    " meant to be");
}

static int
growth_over(struct session *s, uint64_t was, uint64_t bytes, bool whole)
{
	uint32_t most = s->job->bounds.max_growth;
	char before[CLI_TEXT_MAX], is[CLI_TEXT_MAX], text[300];

	cli_size_format(was, before);
	cli_size_format(bytes, is);
	snprintf(text, sizeof(text), "it grew from %s to %s%s, by more than"
	    " max_growth (%u.%02u %%)", before, whole ? "" : "at least ", is,
	    most / 100, most % 100);
	return over(s, text, "see what is new there; raise max_growth if it"
	    " is meant to be");
}

/*
 * All that changed will be in the snapshot, whatever else is: no need to have
 * its content if that is too much already.
 */
static int
early(struct session *s)
{
	const struct job_bounds *b = &s->job->bounds;
	uint64_t most, was = 0;

	if (!b->fails)
		return 0;
	if (b->max_host > 0 && s->changed_bytes > b->max_host)
		return host_over(s, s->changed_bytes, false);
	most = growth_most(s, &was);
	if (most > 0 && s->changed_bytes > most)
		return growth_over(s, was, s->changed_bytes, false);
	return 0;
}

int
bounds_file(struct session *s, const struct slot *slot)
{
	const struct job_bounds *b = &s->job->bounds;
	char size[CLI_TEXT_MAX], most[CLI_TEXT_MAX], text[200];
	int r;

	if (b->max_file > 0 && slot->e.attr.size > b->max_file) {
		cli_size_format(slot->e.attr.size, size);
		cli_size_format(b->max_file, most);
		snprintf(text, sizeof(text), "%s, more than max_file (%s)",
		    size, most);
		if ((r = large_tell(s, slot, text)) != 0)
			return r;
		snprintf(text, sizeof(text), "a file has %s, more than"
		    " max_file (%s); each is named", size, most);
		if ((r = over(s, text, "exclude such files, or raise"
		    " max_file")) != 0)
			return r;
	}
	return early(s);
}

int
bounds_end(struct session *s)
{
	const struct job_bounds *b = &s->job->bounds;
	uint64_t most, was = 0;
	char text[300];
	int r;

	/* A backup of nothing is no backup, whatever the policy thinks. */
	if (s->files < b->min_files) {
		snprintf(text, sizeof(text), "%" PRIu64 " files, fewer than"
		    " min_files (%" PRIu32 ")", s->files, b->min_files);
		return session_fail(s, ERR_CHANGED, text, "see whether the"
		    " paths are mounted on the host and not excluded, or"
		    " lower min_files");
	}
	if (b->max_host > 0 && s->bytes > b->max_host &&
	    (r = host_over(s, s->bytes, true)) != 0)
		return r;
	most = growth_most(s, &was);
	if (most > 0 && s->bytes > most)
		return growth_over(s, was, s->bytes, true);
	return 0;
}
