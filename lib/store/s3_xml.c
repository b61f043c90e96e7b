/* s3_xml.c: XML by expat. */
#include "config.h"

#include "store/s3_xml.h"

#include <expat.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 8
#define PATH_LEN 256
#define ITEMS_MAX 10000		/* a server sends at most 1,000 */

/* A document under way; element is told each element's text at its end. */
struct xml {
	XML_Parser parser;
	int	 (*element)(void *arg, const char *path, const char *text);
	void	*arg;
	char	 path[PATH_LEN];
	unsigned int depth;
	char	 text[S3_TEXT_MAX];
	size_t	 len;
	int	 failed;
};

static void
stop(struct xml *x, int code)
{
	if (x->failed != 0)
		return;
	x->failed = code;
	XML_StopParser(x->parser, XML_FALSE);
}

static void
on_begin(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct xml *x = arg;
	const size_t at = strlen(x->path), len = strlen(name);

	(void)attributes;
	if (++x->depth > DEPTH_MAX || at + len + 2 > sizeof(x->path)) {
		stop(x, ERR_FORMAT);
		return;
	}
	if (at > 0)
		x->path[at] = '/';
	memcpy(x->path + at + (at > 0), name, len + 1);
	x->len = 0;
}

static void
on_text(void *arg, const XML_Char *text, int len)
{
	struct xml *x = arg;

	if ((size_t)len >= sizeof(x->text) - x->len) {
		stop(x, ERR_FORMAT);
		return;
	}
	memcpy(x->text + x->len, text, (size_t)len);
	x->len += (size_t)len;
}

static void
on_end(void *arg, const XML_Char *name)
{
	struct xml *x = arg;
	char *slash;
	int r;

	(void)name;
	if (x->failed != 0)
		return;
	x->text[x->len] = '\0';
	if ((r = x->element(x->arg, x->path, x->text)) != 0)
		stop(x, r);
	slash = strrchr(x->path, '/');
	*(slash != NULL ? slash : x->path) = '\0';
	x->depth--;
	x->len = 0;
}

static void
on_doctype(void *arg, const XML_Char *name, const XML_Char *system,
    const XML_Char *public, int internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	stop(arg, ERR_FORMAT);
}

/* Read a document, and tell element of each, with arg. */
static int
xml_parse(const void *data, size_t len,
    int (*element)(void *arg, const char *path, const char *text), void *arg)
{
	struct xml *x;
	int r = 0;

	if (len > INT_MAX)
		return ERR_FORMAT;
	if ((x = calloc(1, sizeof(*x))) == NULL)
		return ERR_NOMEM;
	x->element = element;
	x->arg = arg;
	if ((x->parser = XML_ParserCreate("UTF-8")) == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, on_begin, on_end);
	XML_SetCharacterDataHandler(x->parser, on_text);
	XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
	if (XML_Parse(x->parser, data, (int)len, 1) != XML_STATUS_OK)
		r = x->failed != 0 ? x->failed : ERR_FORMAT;
	XML_ParserFree(x->parser);
 out:
	free(x);
	return r;
}

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)((at - digits) % 16);
}

/*
 * Undo %XX and '+' in place.  A name that cannot be undone, or hides a NUL,
 * stays as it is, which no object of ours is called.
 */
static void
decode(char *text)
{
	const char *from;
	char *to = text;

	for (from = text; *from != '\0'; from++)
		if (*from == '%' && (hex_digit(from[1]) == -1 ||
		    hex_digit(from[2]) == -1 ||
		    (from[1] == '0' && from[2] == '0')))
			return;
	for (from = text; *from != '\0'; from++, to++) {
		*to = *from == '+' ? ' ' : *from;
		if (*from != '%')
			continue;
		*to = (char)(hex_digit(from[1]) * 16 + hex_digit(from[2]));
		from += 2;
	}
	*to = '\0';
}

/* The item under way: its last element has not come yet. */
static int
page_item(struct s3_page *page)
{
	struct s3_item *items;
	size_t alloc;

	if (page->n + 1 >= ITEMS_MAX)
		return ERR_FORMAT;
	if (page->n < page->alloc)
		return 0;
	alloc = page->alloc == 0 ? 128 : 2 * page->alloc;
	if ((items = reallocarray(page->items, alloc, sizeof(*items))) == NULL)
		return ERR_NOMEM;
	memset(items + page->alloc, 0,
	    (alloc - page->alloc) * sizeof(*items));
	page->items = items;
	page->alloc = alloc;
	return 0;
}

static int
parse_size(const char *text, uint64_t *sizep)
{
	uint64_t n = 0;

	if (*text == '\0')
		return ERR_FORMAT;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9' || n > INT64_MAX / 10 - 1)
			return ERR_FORMAT;
		n = n * 10 + (uint64_t)(*text - '0');
	}
	*sizep = n;
	return 0;
}

static int
page_element(void *arg, const char *path, const char *text)
{
	static const char root[] = "ListBucketResult/";
	struct s3_page *page = arg;
	struct s3_item *item;
	int r;

	if (strncmp(path, root, sizeof(root) - 1) != 0)
		return strcmp(path, "ListBucketResult") == 0 ? 0 : ERR_FORMAT;
	path += sizeof(root) - 1;
	if (strcmp(path, "EncodingType") == 0)
		page->encoded = strcmp(text, "url") == 0;
	else if (strcmp(path, "IsTruncated") == 0)
		page->truncated = strcmp(text, "true") == 0;
	else if (strcmp(path, "NextContinuationToken") == 0)
		snprintf(page->token, sizeof(page->token), "%s", text);
	else if (strncmp(path, "Contents", 8) == 0) {
		if ((r = page_item(page)) != 0)
			return r;
		item = &page->items[page->n];
		if (strcmp(path, "Contents/Size") == 0)
			return parse_size(text, &item->size);
		if (strcmp(path, "Contents/Key") == 0) {
			free(item->key);
			item->key = strdup(text);
			return item->key == NULL ? ERR_NOMEM : 0;
		}
		if (strcmp(path, "Contents") == 0) {
			if (item->key == NULL)
				return ERR_FORMAT;
			page->n++;
		}
	}
	return 0;
}

int
s3_page_parse(const void *data, size_t len, struct s3_page *page)
{
	size_t i;
	int r;

	memset(page, 0, sizeof(*page));
	if ((r = xml_parse(data, len, page_element, page)) != 0)
		return r;
	for (i = 0; i < page->n && page->encoded; i++)
		decode(page->items[i].key);
	return 0;
}

void
s3_page_clear(struct s3_page *page)
{
	size_t i;

	for (i = 0; i < page->alloc; i++)
		free(page->items[i].key);
	free(page->items);
	memset(page, 0, sizeof(*page));
}

static int
complaint_element(void *arg, const char *path, const char *text)
{
	struct s3_complaint *c = arg;

	if (strcmp(path, "Error/Code") == 0)
		snprintf(c->code, sizeof(c->code), "%s", text);
	else if (strcmp(path, "Error/Message") == 0)
		snprintf(c->message, sizeof(c->message), "%s", text);
	else if (strcmp(path, "Error/Region") == 0)
		snprintf(c->region, sizeof(c->region), "%s", text);
	return 0;
}

int
s3_complaint_parse(const void *data, size_t len, struct s3_complaint *c)
{
	int r;

	memset(c, 0, sizeof(*c));
	if ((r = xml_parse(data, len, complaint_element, c)) != 0)
		memset(c, 0, sizeof(*c));
	return r;
}

struct find {
	const char *path;
	char	*text;
	bool	 found;
};

static int
find_element(void *arg, const char *path, const char *text)
{
	struct find *f = arg;

	if (!f->found && strcmp(path, f->path) == 0) {
		snprintf(f->text, S3_TEXT_MAX, "%s", text);
		f->found = true;
	}
	return 0;
}

int
s3_xml_find(const void *data, size_t len, const char *path,
    char text[S3_TEXT_MAX])
{
	struct find f = { .path = path, .text = text };
	int r;

	if ((r = xml_parse(data, len, find_element, &f)) != 0)
		return r;
	return f.found ? 0 : ERR_NOENT;
}
