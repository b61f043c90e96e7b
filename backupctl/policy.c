/* policy.c: backupctl policy: test, explain, keys. */
#include "policy/policy.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupctl/command.h"
#include "cli/json.h"
#include "cli/text.h"
#include "policy/report.h"
#include "policy/schema.h"

#define CODE_MAX 8		/* "P014" */

static void
json_diags(struct cli_json *j, const char *key,
    const struct policy_report *report, enum policy_severity severity)
{
	const struct policy_diag *d;
	char code[CODE_MAX];
	size_t i;

	cli_json_array(j, key);
	for (i = 0; (d = policy_report_get(report, i)) != NULL; i++) {
		if (d->severity != severity)
			continue;
		snprintf(code, sizeof(code), "P%03d", (int)d->code % 1000);
		cli_json_object(j, NULL);
		cli_json_str(j, "code", code);
		cli_json_int(j, "line", d->line);
		cli_json_int(j, "col", d->col);
		cli_json_int(j, "width", d->width);
		cli_json_int(j, "other_line", d->other);
		cli_json_str(j, "message", d->message);
		cli_json_str(j, "help", d->help);
		cli_json_end(j);
	}
	cli_json_end(j);
}

void
command_report(struct cli_json *j, const struct policy_report *report)
{
	json_diags(j, "errors", report, POLICY_ERROR);
	json_diags(j, "warnings", report, POLICY_WARNING);
}

/* The answer in JSON; p is NULL if the policy is not valid. */
static enum cli_exit
answer_json(const struct cli *cli, const char *file, const struct policy *p,
    const struct policy_report *report, enum cli_exit code)
{
	struct cli_json *j;

	if (cli_json_new(&j) != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "out of memory");
	cli_json_str(j, "file", file);
	cli_json_bool(j, "valid", p != NULL);
	cli_json_int(j, "hosts", p != NULL ? (int64_t)p->nhosts : 0);
	cli_json_int(j, "sets", p != NULL ? (int64_t)p->nsets : 0);
	cli_json_int(j, "targets", p != NULL ? (int64_t)p->ntargets : 0);
	command_report(j, report);
	return command_answer(cli, j, code);
}

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void
answer_text(const struct cli *cli, const struct policy *p,
    const struct policy_report *report)
{
	size_t errors = policy_report_count(report, POLICY_ERROR);
	size_t warnings = policy_report_count(report, POLICY_WARNING);

	if (p == NULL || !cli->quiet)
		policy_report_print(report, stderr,
		    cli_color_on(cli, stderr));
	if (p == NULL) {
		fprintf(stderr, "Policy invalid: %zu error%s\n", errors,
		    plural(errors));
		return;
	}
	if (cli->quiet)
		return;
	printf("Policy valid: %zu host%s, %zu set%s, %zu target%s",
	    p->nhosts, plural(p->nhosts), p->nsets, plural(p->nsets),
	    p->ntargets, plural(p->ntargets));
	if (warnings > 0)
		printf(" (%zu warning%s)", warnings, plural(warnings));
	putchar('\n');
}

enum cli_exit
command_policy_test(struct cli *cli)
{
	const char *file = cli->nargs > 0 ? cli->args[0] : cli->config;
	const struct policy *p = NULL;
	struct policy_report *report = NULL;
	enum cli_exit code;
	int r;

	if ((r = policy_report_new(&report)) != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "%s", err_text(r));
	policy_report_effect(report, "none; backupd goes on with the policy "
	    "that it has read");
	code = command_policy_exit(policy_load(file, report, &p));
	if (cli->json)
		code = answer_json(cli, file, p, report, code);
	else
		answer_text(cli, p, report);
	policy_free(p);
	policy_report_free(report);
	return code;
}

/* Read "P014" or "p14"; 0 if it is none. */
static int
code_number(const char *text)
{
	size_t len = strlen(text);

	if ((text[0] != 'P' && text[0] != 'p') || len < 2 || len > 4 ||
	    strspn(text + 1, "0123456789") != len - 1)
		return 0;
	return atoi(text + 1);
}

static enum cli_exit
explain_code(const struct cli *cli, enum policy_code code)
{
	const char *title = policy_code_title(code);
	char name[CODE_MAX];
	struct cli_json *j;

	if (title == NULL)
		return cli_fail(cli, CLI_EXIT_NOT_FOUND,
		    "there is no error %s", cli->args[0]);
	snprintf(name, sizeof(name), "P%03d", (int)code % 1000);
	if (!cli->json) {
		printf("%s: %s\n\n%s\n", name, title,
		    policy_code_explanation(code));
		return CLI_EXIT_OK;
	}
	if (cli_json_new(&j) != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "out of memory");
	cli_json_str(j, "code", name);
	cli_json_str(j, "title", title);
	cli_json_str(j, "explanation", policy_code_explanation(code));
	return command_answer(cli, j, CLI_EXIT_OK);
}

static void
json_key(struct cli_json *j, const struct schema_key *k)
{
	char scopes[SCHEMA_SCOPES_MAX], type[SCHEMA_LIMITS_MAX];

	policy_schema_scopes(k, scopes);
	policy_schema_limits(k, type);
	cli_json_object(j, NULL);
	cli_json_str(j, "key", k->path);
	cli_json_str(j, "scopes", scopes);
	cli_json_str(j, "type", type);
	cli_json_str(j, "default", k->fallback);
	cli_json_str(j, "sample", k->sample);
	cli_json_bool(j, "acted_on", k->acted);
	cli_json_str(j, "help", k->help);
	cli_json_end(j);
}

static void
print_key(const struct schema_key *k)
{
	char scopes[SCHEMA_SCOPES_MAX], type[SCHEMA_LIMITS_MAX];

	policy_schema_scopes(k, scopes);
	policy_schema_limits(k, type);
	printf("%s\n    %c%s\n    value: %s\n", k->path,
	    toupper((unsigned char)k->help[0]), k->help + 1, type);
	if (k->fallback != NULL)
		printf("    if not given: %s\n", k->fallback);
	if (k->sample != NULL)
		printf("    sample: %s\n", k->sample);
	if (scopes[0] != '\0')
		printf("    stands in: %s\n", scopes);
	if (!k->acted)
		puts("    accepted, but not acted on yet");
}

/* Tell whether path is the key asked for: whole, or its last step. */
static bool
key_matches(const char *path, const char *asked)
{
	size_t lp = strlen(path), la = strlen(asked);

	return lp >= la && strcmp(path + lp - la, asked) == 0 &&
	    (lp == la || path[lp - la - 1] == '.');
}

/* Print the keys that match asked (NULL: all); how many there were. */
static size_t
answer_keys(struct cli_json *j, const char *asked)
{
	const struct schema_key *k;
	size_t n, found = 0;

	if (j != NULL)
		cli_json_array(j, "keys");
	for (k = policy_schema(&n); n > 0; n--, k++) {
		if (asked != NULL && !key_matches(k->path, asked))
			continue;
		found++;
		if (j != NULL)
			json_key(j, k);
		else
			print_key(k);
	}
	if (j != NULL)
		cli_json_end(j);
	return found;
}

static enum cli_exit
show_keys(const struct cli *cli, const char *asked)
{
	struct cli_json *j = NULL;

	if (cli->json && cli_json_new(&j) != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "out of memory");
	if (answer_keys(j, asked) == 0) {
		cli_json_free(j);
		return cli_fail(cli, CLI_EXIT_NOT_FOUND,
		    "there is no key %s; backupctl policy keys lists all",
		    asked);
	}
	return cli->json ? command_answer(cli, j, CLI_EXIT_OK) : CLI_EXIT_OK;
}

enum cli_exit
command_policy_explain(struct cli *cli)
{
	int code = code_number(cli->args[0]);

	if (code > 0)
		return explain_code(cli, (enum policy_code)code);
	return show_keys(cli, cli->args[0]);
}

/* Hyphens and dots at the start of a line mean something to mandoc. */
static void
man_text(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s == '\\')
			fputs("\\e", stdout);
		else
			putchar(*s);
}

/* The list of keys between the marks in kho-policy.5. */
static void
print_man(void)
{
	const struct schema_key *k;
	char scopes[SCHEMA_SCOPES_MAX], type[SCHEMA_LIMITS_MAX];
	size_t n;

	puts(".Bl -tag -width Ds");
	for (k = policy_schema(&n); n > 0; n--, k++) {
		policy_schema_scopes(k, scopes);
		policy_schema_limits(k, type);
		printf(".It Cm %s Pq ", k->path);
		man_text(type);
		printf("\n%c", toupper((unsigned char)k->help[0]));
		man_text(k->help + 1);
		puts(".");
		if (k->fallback != NULL)
			printf("If not given: %s.\n", k->fallback);
		if (scopes[0] != '\0')
			printf("Stands in: %s.\n", scopes);
		if (!k->acted)
			puts("Accepted, but not acted on yet.");
	}
	puts(".El");
}

enum cli_exit
command_policy_keys(struct cli *cli)
{
	if (cli_option_count(cli, "man") == 0)
		return show_keys(cli, NULL);
	print_man();
	return CLI_EXIT_OK;
}
