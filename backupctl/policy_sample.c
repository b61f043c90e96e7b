/* policy_sample.c: backupctl policy sample: every key, in its place. */
#include <stdio.h>
#include <string.h>

#include "backupctl/command.h"
#include "policy/schema.h"

/*
 * The whole schema as a policy that loads.  What has a value of its own if
 * not given stands as a comment, so that the file says no more than it must.
 */
struct place {
	unsigned int scope;	/* rows of this scope... */
	unsigned int without;	/* ...and of none of these */
	const char *prefix;	/* whose path begins so */
};

static void print_place(FILE *f, const struct place *at, int indent);

/* Tell whether k is a direct member of the place. */
static bool
stands_in(const struct schema_key *k, const struct place *at)
{
	size_t len = strlen(at->prefix);

	return (k->scopes & at->scope) != 0 && (k->scopes & at->without) ==
	    0 && strncmp(k->path, at->prefix, len) == 0 &&
	    strchr(k->path + len, '.') == NULL;
}

static void
print_scalar(FILE *f, const struct schema_key *k)
{
	const char *s = k->sample != NULL ? k->sample : k->fallback;
	const char *quote = policy_schema_quoted(k->type) ? "\"" : "";
	bool plural = policy_schema_plural(k->type);
	size_t len;

	if (s == NULL) {		/* it does not go with the others */
		fputs("...;", f);
		return;
	}
	fputs(plural ? "[ " : "", f);
	for (;; s += len + 1) {
		len = plural ? strcspn(s, "|") : strlen(s);
		fprintf(f, "%s%.*s%s", quote, (int)len, s, quote);
		if (s[len] == '\0')
			break;
		fputs(", ", f);
	}
	fputs(plural ? " ];" : ";", f);
}

/* The members of `groups` and of `sets` are named by the officer. */
static void
print_scope(FILE *f, const char *name, const struct place *inner, int indent)
{
	fprintf(f, "%*s%s = {\n", indent, "", name);
	print_place(f, inner, indent + 2);
	fprintf(f, "%*s};\n", indent, "");
}

static void
print_map(FILE *f, const struct schema_key *k)
{
	static const struct place sets = { SCOPE_SETS, SCOPE_DEFAULTS, "" };
	static const struct place groups = { SCOPE_GROUPS, SCOPE_DEFAULTS,
	    "" };
	bool is_sets = strcmp(k->path, "sets") == 0;

	fprintf(f, "%s = {\n", k->path);
	print_scope(f, is_sets ? "documents" : "servers", is_sets ?
	    &sets : &groups, 2);
	fputs("};\n", f);
}

static void
print_group(FILE *f, const struct schema_key *k, const struct place *at,
    int indent)
{
	static const struct place defaults = { SCOPE_DEFAULTS, 0, "" };
	static const struct place hosts = { SCOPE_HOSTS, SCOPE_DEFAULTS, "" };
	bool list = k->type == TYPE_LIST;
	char prefix[128];
	struct place inner = { at->scope, 0, prefix };

	snprintf(prefix, sizeof(prefix), "%s%s.", k->path, list ? "[]" : "");
	if (strcmp(k->path, "defaults") == 0)
		inner = defaults;
	else if (strcmp(k->path, "hosts") == 0)
		inner = hosts;
	fprintf(f, "%*s%s = %s\n", indent, "", k->path +
	    strlen(at->prefix), list ? "( {" : "{");
	print_place(f, &inner, indent + 2);
	fprintf(f, "%*s%s;\n", indent, "", list ? "} )" : "}");
}

static void
print_place(FILE *f, const struct place *at, int indent)
{
	const struct schema_key *k;
	size_t n;

	for (k = policy_schema(&n); n > 0; n--, k++) {
		if (!stands_in(k, at))
			continue;
		if (indent == 0)
			fprintf(f, "\n# %s\n", k->help);
		if (k->type == TYPE_MAP)
			print_map(f, k);
		else if (k->type == TYPE_GROUP || k->type == TYPE_LIST)
			print_group(f, k, at, indent);
		else {
			fprintf(f, "%*s%s%s = ", indent, "", k->sample == NULL ?
			    "# " : "", k->path + strlen(at->prefix));
			print_scalar(f, k);
			fprintf(f, "%s%s\n", indent > 0 ? "  # " : "", indent >
			    0 ? k->help : "");
		}
	}
}

static void
print_all(FILE *f, const struct cli *cli)
{
	static const struct place top = { SCOPE_TOP, 0, "" };

	(void)cli;
	fputs("# A policy with every key, made by: backupctl policy sample\n"
	    "# Keys behind # show what holds if they are not given.\n", f);
	print_place(f, &top, 0);
}

enum cli_exit
command_policy_sample(struct cli *cli)
{
	return command_text(cli, print_all);
}
