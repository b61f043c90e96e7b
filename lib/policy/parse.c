/* parse.c: the file as a tree whose nodes know their places. */
#include <string.h>
#include <strings.h>

#include "policy/internal.h"

/* A bracket that is not closed yet. */
struct open {
	struct place at;
	unsigned int indent;	/* of the line it stands on */
	char	 punct;
};

struct parser {
	struct scanner s;
	struct token t;		/* the one not consumed yet */
	struct open opens[POLICY_DEPTH_MAX];
	size_t	 depth;
	struct place suspect;	/* opened, and surely not closed */
	int	 err;		/* sticky; the rest reads as TOKEN_END */
	bool	 stop;		/* as err, but told in the report */
};

static void parse_value(struct parser *p, struct node *n);

static void
advance(struct parser *p)
{
	if (p->err == 0 && !p->stop)
		p->err = scanner_next(&p->s, &p->t);
	if (p->err != 0 || p->stop)
		p->t.kind = TOKEN_END;
}

static bool
at_punct(const struct parser *p, const char *set)
{
	return p->t.kind == TOKEN_PUNCT && strchr(set, p->t.punct) != NULL;
}

static struct node *
node_add(struct parser *p, struct node *parent)
{
	struct node *n = arena_alloc(p->s.arena, 1, sizeof(*n));

	if (n == NULL) {
		p->err = ERR_NOMEM;
		return NULL;
	}
	n->parent = parent;
	n->kind = NODE_BAD;
	n->at = n->value = p->t.place;
	if (parent->last != NULL)
		parent->last->next = n;
	else
		parent->first = n;
	parent->last = n;
	return n;
}

static void
syntax(struct parser *p, const char *help, const char *what)
{
	if (p->t.kind == TOKEN_BAD || p->err != 0 || p->stop)
		return;
	if (p->t.kind == TOKEN_PUNCT)
		report_add(p->s.report, POLICY_P005_SYNTAX, &p->t.place, help,
		    "%s before `%c`", what, p->t.punct);
	else
		report_add(p->s.report, POLICY_P005_SYNTAX, &p->t.place, help,
		    "%s", what);
}

/* Read on to the end of the broken setting; whole groups are skipped. */
static void
recover(struct parser *p, struct node *parent)
{
	struct node scratch = { .parent = parent };

	while (p->t.kind != TOKEN_END && !at_punct(p, ";)}]")) {
		if (p->t.first && p->t.kind == TOKEN_NAME)
			return;
		if (at_punct(p, "({[")) {
			scratch.first = scratch.last = NULL;
			parse_value(p, &scratch);
		} else
			advance(p);
	}
	if (at_punct(p, ";"))
		advance(p);
}

static void
push(struct parser *p)
{
	struct open *o;

	if (p->depth == POLICY_DEPTH_MAX) {
		report_add(p->s.report, POLICY_P013_DEPTH, &p->t.place,
		    "the rest of the file was not read",
		    "nested deeper than %d levels", POLICY_DEPTH_MAX);
		p->stop = true;
	} else {
		o = &p->opens[p->depth++];
		o->at = p->t.place;
		o->indent = p->s.indent;
		o->punct = p->t.punct;
	}
	advance(p);
}

static void
unclosed(struct parser *p, const struct place *at, char punct)
{
	struct place place = *at;
	char help[64];

	/* A lost quote, or another bracket, has swallowed this one's end. */
	if (report_has(p->s.report, POLICY_P007_UNCLOSED,
	    POLICY_P007_UNCLOSED))
		return;
	snprintf(help, sizeof(help), "this `%c` has no `%c`", punct,
	    punct == '(' ? ')' : punct == '[' ? ']' : '}');
	if (p->t.kind == TOKEN_PUNCT && p->t.place.line != at->line)
		place.other = p->t.place.line;
	report_add(p->s.report, POLICY_P007_UNCLOSED, &place, help,
	    "bracket is never closed");
}

/* Tell whether a bracket further out waits for this closing one. */
static bool
expected_outside(const struct parser *p, char closer)
{
	size_t i;

	for (i = 0; i + 1 < p->depth; i++)
		if (p->opens[i].punct == (closer == ')' ? '(' :
		    closer == ']' ? '[' : '{'))
			return true;
	return false;
}

/*
 * Consume the closing bracket.  Where it is missing, the bracket that was
 * opened is to blame.  Which one that is shows in the indentation: a closing
 * bracket at the start of a line, further left than the line of the one that
 * it would close, belongs to another.
 */
static void
pop(struct parser *p, char closer)
{
	struct open *o = &p->opens[p->depth - 1];

	if (p->t.kind == TOKEN_PUNCT && p->t.punct == closer) {
		if (p->t.first && p->s.indent < o->indent &&
		    p->suspect.line == 0)
			p->suspect = o->at;
		p->depth--;
		advance(p);
		return;
	}
	if (p->t.kind == TOKEN_END) {
		if (p->err == 0 && !p->stop)
			unclosed(p, p->suspect.line != 0 ? &p->suspect :
			    &o->at, '{');
		p->stop = true;	/* one report for all that are open */
		p->depth--;
		return;
	}
	unclosed(p, &o->at, o->punct);
	if (at_punct(p, ")}]") && !expected_outside(p, p->t.punct))
		advance(p);
	p->depth--;
}

static void
parse_setting(struct parser *p, struct node *group)
{
	struct node *n;

	if ((n = node_add(p, group)) == NULL)
		return;
	n->name = arena_strndup(p->s.arena, p->t.text, p->t.len);
	if (n->name == NULL) {
		p->err = ERR_NOMEM;
		return;
	}
	if (strchr(n->name, '.') != NULL)
		report_add(p->s.report, POLICY_P012_DOTTED, &n->at,
		    "write  a = { b = ...; };  instead of  a.b = ...",
		    "name with a dot: `%.60s`", n->name);
	advance(p);
	if (!at_punct(p, "=:")) {
		syntax(p, "`=` is missing before this",
		    "a name must be followed by `=`");
		recover(p, group);
		return;
	}
	advance(p);
	parse_value(p, n);
	if (at_punct(p, ";,"))
		advance(p);
	else if (p->t.kind != TOKEN_NAME && p->t.kind != TOKEN_END &&
	    !at_punct(p, "})]")) {
		syntax(p, "a comma, `;` or quote is missing before this",
		    "value goes on unexpectedly");
		recover(p, group);
	} else if (n->kind == NODE_BAD && !p->t.first)
		recover(p, group);
}

/* Settings up to what is not one: a closing bracket or the end. */
static void
parse_settings(struct parser *p, struct node *group)
{
	while (p->t.kind != TOKEN_END && !at_punct(p, "})]")) {
		if (p->t.kind == TOKEN_NAME) {
			parse_setting(p, group);
			continue;
		}
		if (!at_punct(p, ";,") || group->last == NULL)
			syntax(p, "expected  key = value;",
			    "a name must stand here");
		if (at_punct(p, ";,"))
			advance(p);
		else
			recover(p, group);
	}
}

static void
parse_elements(struct parser *p, struct node *list)
{
	struct place comma;
	struct node *n;

	while (p->t.kind != TOKEN_END && !at_punct(p, ")]};")) {
		if (list->kind == NODE_ARRAY && at_punct(p, "({[")) {
			syntax(p, "groups and lists stand in ( ), not in [ ]",
			    "an array holds plain values only");
			list->kind = NODE_LIST;	/* as it was meant */
		}
		if ((n = node_add(p, list)) == NULL)
			return;
		parse_value(p, n);
		if (!at_punct(p, ",")) {
			if (p->t.kind == TOKEN_END || at_punct(p, ")]};"))
				return;
			/* A lost bracket, if the next setting begins here. */
			if (p->t.first && p->t.kind == TOKEN_NAME)
				return;
			syntax(p, "a comma or a quote is missing before this",
			    "elements are separated by commas");
			if (p->t.kind == TOKEN_NAME || at_punct(p, "=:}"))
				advance(p);	/* no value begins so */
			continue;
		}
		comma = p->t.place;
		advance(p);
		if (at_punct(p, ")]"))
			report_add(p->s.report, POLICY_P011_TRAILING, &comma,
			    "remove this comma",
			    "comma before a closing bracket");
	}
}

static void
parse_word(struct parser *p, struct node *n)
{
	static const char *const truths[] = {
		"yes", "no", "on", "off", "enabled", "disabled", NULL
	};
	char word[64];
	size_t i;

	snprintf(word, sizeof(word), "%.*s",
	    p->t.len > 60 ? 60 : (int)p->t.len, p->t.text);
	for (i = 0; truths[i] != NULL; i++)
		if (strcasecmp(word, truths[i]) == 0)
			break;
	if (truths[i] != NULL)
		report_add(p->s.report, POLICY_P010_BOOLEAN, &p->t.place,
		    i % 2 == 0 ? "write true" : "write false",
		    "`%s` is not a truth value", word);
	else
		report_add(p->s.report, POLICY_P005_SYNTAX, &p->t.place,
		    "put quotes around text: \"...\"",
		    "`%s` is neither a number, a truth value nor quoted",
		    word);
	n->value = p->t.place;
	advance(p);
}

static void
parse_group(struct parser *p, struct node *n)
{
	char closer = n->kind == NODE_GROUP ? '}' : n->kind == NODE_LIST ?
	    ')' : ']';

	n->value = p->t.place;
	push(p);
	if (n->kind == NODE_GROUP)
		parse_settings(p, n);
	else
		parse_elements(p, n);
	if (p->depth > 0)
		pop(p, closer);
}

static void
parse_value(struct parser *p, struct node *n)
{
	static const enum node_kind scalars[] = {
		[TOKEN_STRING] = NODE_STRING, [TOKEN_INT] = NODE_INT,
		[TOKEN_FLOAT] = NODE_FLOAT, [TOKEN_BOOL] = NODE_BOOL
	};

	n->value = p->t.place;
	switch (p->t.kind) {
	case TOKEN_STRING:
	case TOKEN_INT:
	case TOKEN_FLOAT:
	case TOKEN_BOOL:
		n->kind = scalars[p->t.kind];
		n->str = p->t.str;
		n->num = p->t.num;
		n->real = p->t.kind == TOKEN_INT ? (double)p->t.num :
		    p->t.real;
		advance(p);
		return;
	case TOKEN_NAME:
		parse_word(p, n);
		return;
	case TOKEN_BAD:
		advance(p);
		return;
	case TOKEN_END:
		syntax(p, "the file ends here", "a value is missing");
		return;
	case TOKEN_PUNCT:
		break;
	}
	if (!at_punct(p, "({[")) {
		syntax(p, "write a value here", "a value is missing");
		return;
	}
	n->kind = p->t.punct == '{' ? NODE_GROUP :
	    p->t.punct == '(' ? NODE_LIST : NODE_ARRAY;
	parse_group(p, n);
}

int
policy_parse(const char *text, size_t len, struct arena *a,
    struct policy_report *r, struct node **rootp)
{
	struct parser *p;
	struct node *root;

	if ((p = arena_alloc(a, 1, sizeof(*p))) == NULL ||
	    (root = arena_alloc(a, 1, sizeof(*root))) == NULL)
		return ERR_NOMEM;
	root->kind = NODE_GROUP;
	scanner_init(&p->s, text, len, a, r);
	for (advance(p); p->t.kind != TOKEN_END; ) {
		parse_settings(p, root);
		if (p->t.kind == TOKEN_END)
			break;
		syntax(p, "nothing is open that this could close",
		    "closing bracket too many");
		advance(p);
		if (at_punct(p, ";"))
			advance(p);
	}
	if (p->err == 0)
		*rootp = root;
	return p->err;
}

struct node *
node_child(const struct node *n, const char *name)
{
	struct node *c;

	if (n == NULL)
		return NULL;
	for (c = n->first; c != NULL; c = c->next)
		if (c->name != NULL && strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

struct node *
node_path(const struct node *n, const char *path)
{
	struct node *c = NULL;
	char name[POLICY_NAME_MAX + 1];
	size_t len;

	for (; n != NULL && *path != '\0'; n = c) {
		len = strcspn(path, ".");
		snprintf(name, sizeof(name), "%.*s", (int)len, path);
		path += len + (path[len] == '.');
		c = node_child(n, name);
	}
	return c;
}
