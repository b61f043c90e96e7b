/* lookup.c: from a place in the file to a row of the schema. */
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "policy/internal.h"

#define PATH_TEXT_MAX 256
#define CHAIN_MAX 16		/* no key lies deeper */

struct where {
	unsigned int scope;
	char	 path[PATH_TEXT_MAX];
};

/* The first steps of the path that only name the scope. */
static size_t
scope_of(const struct node *const *chain, size_t n, unsigned int *scopep)
{
	static const struct {
		const char *name;
		size_t	 steps;
		unsigned int scope;
	} scopes[] = {
		{ "defaults", 1, SCOPE_DEFAULTS },
		{ "groups", 2, SCOPE_GROUPS },
		{ "hosts", 2, SCOPE_HOSTS },
		{ "sets", 2, SCOPE_SETS }
	};
	size_t i;

	for (i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++)
		if (n > scopes[i].steps &&
		    strcmp(chain[0]->name, scopes[i].name) == 0) {
			*scopep = scopes[i].scope;
			return scopes[i].steps;
		}
	*scopep = SCOPE_TOP;
	return 0;
}

static bool
node_where(const struct node *n, struct where *w)
{
	const struct node *chain[CHAIN_MAX];
	size_t depth = 0, i, used = 0;
	const struct node *up;

	for (up = n; up->parent != NULL; up = up->parent)
		depth++;
	if (depth == 0 || depth > CHAIN_MAX)
		return false;
	for (up = n, i = depth; i > 0; up = up->parent)
		chain[--i] = up;
	w->path[0] = '\0';
	for (i = scope_of(chain, depth, &w->scope); i < depth; i++) {
		used += (size_t)snprintf(w->path + used, PATH_TEXT_MAX - used,
		    "%s%s", chain[i]->name == NULL ? "[]" :
		    used > 0 ? "." : "",
		    chain[i]->name == NULL ? "" : chain[i]->name);
		if (used >= PATH_TEXT_MAX)
			return false;
	}
	return true;
}

static const struct schema_key *
find_row(const struct where *w)
{
	const struct schema_key *k;
	size_t n;

	for (k = policy_schema(&n); n > 0; n--, k++)
		if ((k->scopes & w->scope) && strcmp(k->path, w->path) == 0)
			return k;
	return NULL;
}

const struct schema_key *
schema_find(const struct node *n)
{
	const struct schema_key *k;
	struct where w;
	size_t len;

	if (!node_where(n, &w))
		return NULL;
	if ((k = find_row(&w)) != NULL)
		return k;
	/* KEY_add appends to an inherited list. */
	len = strlen(w.path);
	if ((w.scope & (SCOPE_GROUPS | SCOPE_HOSTS)) == 0 || len < 5 ||
	    strcmp(w.path + len - 4, "_add") != 0)
		return NULL;
	w.path[len - 4] = '\0';
	k = find_row(&w);
	return k != NULL && (policy_schema_plural(k->type) ||
	    strcmp(k->path, "bandwidth") == 0) ? k : NULL;
}

/* Split "a.b.c" into the length of "a.b" and "c". */
static const char *
last_step(const char *path, size_t *parentp)
{
	const char *dot = strrchr(path, '.');

	*parentp = dot == NULL ? 0 : (size_t)(dot - path);
	return dot == NULL ? path : dot + 1;
}

/* Tell whether typed is what word begins with: "url" of "url_file". */
static bool
begins(const char *typed, const char *word)
{
	size_t len = strlen(typed);

	return len >= 3 && strncmp(typed, word, len) == 0 && word[len] == '_';
}

/*
 * The nearest key of the schema: one that may stand in the same place, or
 * else (siblings false) the very same word in another.
 */
static const struct schema_key *
nearest(const struct where *w, bool siblings)
{
	const struct schema_key *k, *best = NULL;
	const char *typed, *word;
	size_t n, parent, kparent, score, least = SUGGEST_WORD_MAX;
	bool same;

	typed = last_step(w->path, &parent);
	for (k = policy_schema(&n); n > 0; n--, k++) {
		word = last_step(k->path, &kparent);
		same = (k->scopes & w->scope) && kparent == parent &&
		    strncmp(k->path, w->path, parent) == 0;
		if (same != siblings)
			continue;
		score = siblings && begins(typed, word) ? 1 : siblings ?
		    suggest_score(typed, word) : strcmp(typed, word) == 0 ?
		    !(k->scopes & w->scope) : SUGGEST_WORD_MAX;
		if (score < least) {
			least = score;
			best = k;
		}
	}
	return best;
}

void
schema_suggest(const struct node *n, char *out, size_t outlen)
{
	const struct schema_key *k;
	const char *word, *add = "";
	char scopes[SCHEMA_SCOPES_MAX];
	struct where w;
	size_t parent, len;

	snprintf(out, outlen, "`backupctl policy keys` lists all keys");
	if (!node_where(n, &w))
		return;
	len = strlen(w.path);
	if (len > 4 && strcmp(w.path + len - 4, "_add") == 0) {
		w.path[len - 4] = '\0';
		add = "_add";
	}
	if ((k = nearest(&w, true)) != NULL) {
		word = last_step(k->path, &parent);
		if (!policy_schema_plural(k->type))
			add = "";
		snprintf(out, outlen, "did you mean `%s%s`?", word, add);
	} else if ((k = nearest(&w, false)) != NULL) {
		word = last_step(k->path, &parent);
		policy_schema_scopes(k, scopes);
		if (parent > 0)
			snprintf(out, outlen, "`%s` stands in `%.*s`", word,
			    (int)parent, k->path);
		else
			snprintf(out, outlen, "`%s` stands in %s", word,
			    scopes[0] != '\0' ? scopes :
			    "no group, but by itself");
	}
}
