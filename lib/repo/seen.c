/* seen.c: what a server has seen of the others, in a file of lines. */
#include "config.h"

#include "repo/seen.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "base/hex.h"
#include "base/log.h"

#define SEEN_MAX (64u << 20)	/* a million sources */
#define LINE_MAX_LEN 256

void
seen_init(struct seen *s)
{
	s->looked = 0;
	spool_init(&s->heads, sizeof(struct snapshot_head));
	spool_init(&s->sources, sizeof(struct seen_source));
}

void
seen_clear(struct seen *s)
{
	spool_clear(&s->heads);
	spool_clear(&s->sources);
	s->looked = 0;
}

/* Take the words of a line that is about another server. */
static int
head_parse(struct seen *s, const char *line)
{
	struct snapshot_head h;
	char signer[65], hash[65];

	if (sscanf(line, "head %64[0-9a-f] %" SCNu64 " %64[0-9a-f]", signer,
	    &h.seq, hash) != 3 || hex_parse(signer, h.signer, 32) != 0 ||
	    hex_parse(hash, h.hash, 32) != 0)
		return ERR_FORMAT;
	return spool_add(&s->heads, &h);
}

/* Take the words of a line that is about a source: names ascend. */
static int
source_parse(struct seen *s, const char *line)
{
	struct seen_source a;
	char source[33];

	if (sscanf(line, "source %32[0-9a-f] %" SCNu64, source,
	    &a.seq) != 2 || strlen(source) != sizeof(a.source))
		return ERR_FORMAT;
	memcpy(a.source, source, sizeof(a.source));
	if (s->sources.n > 0 && memcmp(spool_at(&s->sources,
	    s->sources.n - 1), a.source, sizeof(a.source)) >= 0)
		return ERR_FORMAT;
	return spool_add(&s->sources, &a);
}

/* Take line number n, from 0. */
static int
line_parse(struct seen *s, const char *mine, size_t n, const char *line)
{
	if (n == 0)
		return strcmp(line, "KHO-SEEN-1") == 0 ? 0 : ERR_FORMAT;
	if (n == 1)
		return strncmp(line, "signer ", 7) == 0 &&
		    strcmp(line + 7, mine) == 0 ? 0 : ERR_FORMAT;
	if (n == 2)
		return sscanf(line, "looked %" SCNd64, &s->looked) == 1 ? 0 :
		    ERR_FORMAT;
	return strncmp(line, "head ", 5) == 0 ? head_parse(s, line) :
	    source_parse(s, line);
}

/* Read the text, which ends in a line that says so: else it was cut off. */
static int
seen_parse(struct seen *s, const char *mine, char *text)
{
	char *line, *end;
	size_t n;
	int r;

	for (n = 0, line = text; (end = strchr(line, '\n')) != NULL;
	    n++, line = end + 1) {
		*end = '\0';
		if (strcmp(line, "end") == 0)
			return n > 2 && end[1] == '\0' ? 0 : ERR_FORMAT;
		if ((r = line_parse(s, mine, n, line)) != 0)
			return r;
	}
	return ERR_FORMAT;
}

int
seen_read(const char *path, const uint8_t signer[32], struct seen *s)
{
	struct buf *b = NULL;
	char mine[65], *text = NULL;
	size_t len;
	int r;

	hex_format(signer, 32, mine);
	if ((r = buf_new(SEEN_MAX, &b)) != 0)
		return r;
	if ((r = fdio_read_file(path, SEEN_MAX, b)) == 0) {
		len = buf_len(b);
		if ((text = strndup((const char *)buf_ptr(b), len)) == NULL)
			r = ERR_NOMEM;
		else
			r = seen_parse(s, mine, text);
	}
	if (r != 0 && r != ERR_NOMEM) {
		if (r != ERR_NOENT)
			log_warn("%s: not usable, looking at all sources: %s",
			    path, err_text(r));
		seen_clear(s);
		r = ERR_NOENT;
	}
	free(text);
	buf_free(b);
	return r;
}

/* Append a line, without its end. */
static int
line_put(struct buf *b, const char *line)
{
	int r;

	if ((r = buf_put(b, line, strlen(line))) != 0)
		return r;
	return buf_put_u8(b, '\n');
}

/* Append the lines of s. */
static int
seen_format(const uint8_t signer[32], const struct seen *s, struct buf *b)
{
	const struct seen_source *a;
	const struct snapshot_head *h;
	char line[LINE_MAX_LEN], hex[65], hash[65];
	size_t i;
	int r;

	hex_format(signer, 32, hex);
	snprintf(line, sizeof(line), "KHO-SEEN-1\nsigner %s\nlooked %" PRId64,
	    hex, s->looked);
	r = line_put(b, line);
	for (i = 0; i < s->heads.n && r == 0; i++) {
		h = spool_at(&s->heads, i);
		hex_format(h->signer, 32, hex);
		hex_format(h->hash, 32, hash);
		snprintf(line, sizeof(line), "head %s %" PRIu64 " %s", hex,
		    h->seq, hash);
		r = line_put(b, line);
	}
	for (i = 0; i < s->sources.n && r == 0; i++) {
		a = spool_at(&s->sources, i);
		snprintf(line, sizeof(line), "source %.32s %" PRIu64,
		    a->source, a->seq);
		r = line_put(b, line);
	}
	return r != 0 ? r : line_put(b, "end");
}

int
seen_write(const char *path, const uint8_t signer[32], const struct seen *s)
{
	struct buf *b = NULL;
	int r;

	if ((r = buf_new(SEEN_MAX, &b)) == 0 &&
	    (r = seen_format(signer, s, b)) == 0)
		r = fdio_replace_file(path, 0600, buf_ptr(b), buf_len(b));
	buf_free(b);
	return r;
}

uint64_t
seen_seq(const struct seen *s, const char source[33])
{
	const struct seen_source *a;
	size_t i = spool_search(&s->sources, source, 32);

	if (i == s->sources.n)
		return 0;
	a = spool_at(&s->sources, i);
	return memcmp(a->source, source, 32) == 0 ? a->seq : 0;
}
