/* s3_list.c: the names in a bucket, a page at a time. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "store/internal.h"
#include "store/s3.h"

#define PAGE_MAX (16u << 20)	/* bytes: 1,000 names, each as long as can be */
#define PAGES_MAX 100000

/* Where a list has got to. */
struct listing {
	char	 prefix[1024];	/* of keys */
	struct buf *body;
	char	 token[S3_TEXT_MAX];	/* "": from the beginning */
	struct s3_page page;
};

/* Fetch the next page. */
static int
next_page(struct s3 *s, struct listing *g)
{
	struct s3_call c = { .method = "GET", .verb = "list", .out = g->body,
	    .max = PAGE_MAX };
	int r;

	s3_param(&c, "list-type", "2");
	s3_param(&c, "encoding-type", "url");
	s3_param(&c, "prefix", g->prefix);
	if (g->token[0] != '\0')
		s3_param(&c, "continuation-token", g->token);
	s3_page_clear(&g->page);
	buf_reset(g->body);
	if ((r = s3_do(s, &c)) != 0) {
		/* The bucket itself is gone. */
		if (r == ERR_NOENT || r == ERR_VERSION) {
			s3_error_log(s, &c, r);
			r = ERR_IO;
		}
		return r;
	}
	r = s3_page_parse(buf_ptr(g->body), buf_len(g->body), &g->page);
	if (r == ERR_FORMAT)
		log_err(r, "store %s: list", s->name);
	return r;
}

/* Add what a page has, without what all keys begin with. */
static int
add_page(const struct s3 *s, const struct listing *g, struct store_list *l)
{
	const size_t skip = strlen(s->url.prefix);
	const char *key;
	size_t i;
	int r;

	for (i = 0; i < g->page.n; i++) {
		key = g->page.items[i].key;
		if (!store_has_prefix(key, g->prefix)) {
			log_error("store %s: list: a key that was not asked"
			    " for: %s", s->name, key);
			return ERR_FORMAT;
		}
		/* Consoles make keys that stand for directories. */
		if (key[skip] == '\0' || key[strlen(key) - 1] == '/')
			continue;
		if ((r = store_list_add(l, key + skip,
		    g->page.items[i].size)) != 0)
			return r;
	}
	return 0;
}

/* The next page's token, which must lead on. */
static int
go_on(const struct s3 *s, struct listing *g)
{
	if (g->page.n > 0 && g->page.token[0] != '\0' &&
	    strcmp(g->token, g->page.token) != 0) {
		strcpy(g->token, g->page.token);
		return 0;
	}
	log_error("store %s: list: does not go on", s->name);
	return ERR_FORMAT;
}

int
s3_store_list(void *impl, const char *prefix, struct store_list *l)
{
	const struct s3 *s = impl;
	struct listing *g;
	unsigned int pages = 0;
	int r;

	if ((g = calloc(1, sizeof(*g))) == NULL)
		return ERR_NOMEM;
	strcpy(g->prefix, s->url.prefix);
	strcat(g->prefix, prefix);
	if ((r = buf_new(PAGE_MAX, &g->body)) != 0)
		goto out;
	do {
		if ((r = next_page(impl, g)) != 0 ||
		    (r = add_page(s, g, l)) != 0)
			goto out;
		if (g->page.truncated && ++pages == PAGES_MAX)
			r = ERR_TOOBIG;
		else if (g->page.truncated)
			r = go_on(s, g);
	} while (r == 0 && g->page.truncated);
 out:
	s3_page_clear(&g->page);
	buf_free(g->body);
	free(g);
	return r;
}
