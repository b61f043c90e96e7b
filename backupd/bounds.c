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
	/* All of that would be in the snapshot, whatever else is. */
	if (b->max_host > 0 && b->fails && s->changed_bytes > b->max_host) {
		cli_size_format(b->max_host, most);
		snprintf(text, sizeof(text), "the host holds more than"
		    " max_host (%s)", most);
		return over(s, text, "see what is new there; raise max_host"
		    " if it is meant to be");
	}
	return 0;
}

static int
growth_check(struct session *s)
{
	const struct snapshot *prev = writer_previous(s->w);
	char was[CLI_TEXT_MAX], is[CLI_TEXT_MAX], text[300];
	uint32_t most = s->job->bounds.max_growth;
	uint64_t grown;

	if (most == 0 || prev == NULL || prev->bytes == 0 ||
	    s->bytes < prev->bytes)
		return 0;
	grown = s->bytes - prev->bytes;
	if (grown < GROWTH_MIN ||
	    (double)grown * WHOLE <= (double)prev->bytes * most)
		return 0;
	cli_size_format(prev->bytes, was);
	cli_size_format(s->bytes, is);
	snprintf(text, sizeof(text), "it grew from %s to %s, by more than"
	    " max_growth (%u.%02u %%)", was, is, most / 100, most % 100);
	return over(s, text, "see what is new there; raise max_growth if it"
	    " is meant to be");
}

int
bounds_end(struct session *s)
{
	const struct job_bounds *b = &s->job->bounds;
	char is[CLI_TEXT_MAX], most[CLI_TEXT_MAX], text[300];
	int r;

	/* A backup of nothing is no backup, whatever the policy thinks. */
	if (s->files < b->min_files) {
		snprintf(text, sizeof(text), "%" PRIu64 " files, fewer than"
		    " min_files (%" PRIu32 ")", s->files, b->min_files);
		return session_fail(s, ERR_CHANGED, text, "see whether the"
		    " paths are mounted on the host and not excluded, or"
		    " lower min_files");
	}
	if (b->max_host > 0 && s->bytes > b->max_host) {
		cli_size_format(s->bytes, is);
		cli_size_format(b->max_host, most);
		snprintf(text, sizeof(text), "the host holds %s, more than"
		    " max_host (%s)", is, most);
		if ((r = over(s, text, "see what is new there; raise max_host"
		    " if it is meant to be")) != 0)
			return r;
	}
	return growth_check(s);
}
