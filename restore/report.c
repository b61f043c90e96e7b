/* report.c: how a restore ended, for people and for programs. */
#include "restore/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/hex.h"
#include "cli/json.h"
#include "cli/text.h"

#define REPORT_LIST_MAX 20	/* problems that are printed */

void
report_time(char out[REPORT_TIME_MAX])
{
	time_t now = (time_t)clock_wall();
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL ||
	    strftime(out, REPORT_TIME_MAX, "%H:%M", &tm) == 0)
		snprintf(out, REPORT_TIME_MAX, "--:--");
}

/* Nothing is missing: neither an entry nor an attribute. */
static bool
report_complete(const struct run *r)
{

	return problems_total(r->problems) == 0 &&
	    r->written.no_owner == 0 && r->written.no_device == 0;
}

static bool
report_hashes_ok(const struct run *r)
{

	return problems_count(r->problems, PROBLEM_DAMAGED) == 0 &&
	    problems_count(r->problems, PROBLEM_FAILED) == 0;
}

static enum cli_exit
report_code(const struct run *r)
{

	if (problems_count(r->problems, PROBLEM_DAMAGED) > 0)
		return CLI_EXIT_DAMAGED;
	return report_complete(r) ? CLI_EXIT_OK : CLI_EXIT_INCOMPLETE;
}

/* One line about a number, if it is not zero. */
static void
report_count(uint64_t n, const char *text)
{
	char count[CLI_TEXT_MAX];

	if (n == 0)
		return;
	cli_count_format(n, count);
	printf("  %s %s\n", count, text);
}

/* What is not a problem, and yet should be known. */
static void
report_notes(const struct run *r)
{
	const struct write_counts *w = &r->written;

	report_count(w->no_owner, "entries could not be given their owner "
	    "(that takes root)");
	report_count(w->no_device, "device files could not be made (that "
	    "takes root)");
	report_count(r->surveyed.skipped, "entries stay as they were "
	    "(--overwrite)");
	report_count(w->kept, "files were there already, with the same "
	    "content");
	report_count(w->safe_modes, "setuid or setgid files lost that bit "
	    "(--safe)");
	report_count(w->safe_devices, "device files left out (--safe)");
	report_count(w->safe_xattrs, "privileged attributes left out "
	    "(--safe)");
	report_count(r->walked.changed, "files had changed while they were "
	    "backed up");
}

static void
report_text(const struct run *r)
{
	char now[REPORT_TIME_MAX], done[CLI_TEXT_MAX], all[CLI_TEXT_MAX];
	bool complete = report_complete(r);

	report_time(now);
	cli_count_format(r->written.done[ATTR_FILE], done);
	cli_count_format(r->walked.files - r->surveyed.skipped_files, all);
	printf("%s %s. %s of %s files; %s.\n", complete ? "COMPLETE" :
	    "INCOMPLETE", now, done, all, report_hashes_ok(r) ?
	    "every SHA-256 matches" : "of those every SHA-256 matches");
	report_notes(r);
	if (problems_total(r->problems) == 0)
		return;
	printf("Problems:\n");
	problems_print(r->problems, stdout, REPORT_LIST_MAX);
	if (problems_total(r->problems) > REPORT_LIST_MAX)
		printf("All of them are listed in %s/.kho-restore/problems\n",
		    r->to);
}

/* What a dry run found. */
static void
report_dry(const struct run *r)
{
	char files[CLI_TEXT_MAX], size[CLI_TEXT_MAX], fetch[CLI_TEXT_MAX];

	cli_count_format(r->walked.files, files);
	cli_size_format(r->walked.bytes, size);
	cli_size_format(r->fetch_bytes, fetch);
	printf("Would restore %s files, %s, to %s; %s to be read.  Nothing "
	    "was written.\n", files, size, r->to, fetch);
	report_count(r->surveyed.same, "entries are there already");
	report_count(r->surveyed.replace, "would be replaced");
	report_count(r->surveyed.skipped, "would stay as they are");
	if (problems_total(r->problems) > 0) {
		printf("Problems:\n");
		problems_print(r->problems, stdout, REPORT_LIST_MAX);
	}
}

static enum cli_exit
report_json(const struct run *r, enum cli_exit code)
{
	const struct write_counts *w = &r->written;
	struct cli_json *j = NULL;
	char id[65];
	int e;

	if ((e = cli_json_new(&j)) != 0)
		return cli_exit_from_err(e);
	hex_format(r->sn->hash, sizeof(r->sn->hash), id);
	cli_json_int(j, "code", code);
	cli_json_str(j, "snapshot", id);
	cli_json_bool(j, "complete", !r->dry_run && report_complete(r));
	cli_json_bool(j, "dry_run", r->dry_run);
	cli_json_str(j, "to", r->to);
	cli_json_int(j, "files", (int64_t)w->done[ATTR_FILE]);
	cli_json_int(j, "files_total", (int64_t)r->walked.files);
	cli_json_int(j, "bytes", (int64_t)w->bytes);
	cli_json_int(j, "bytes_total", (int64_t)r->walked.bytes);
	cli_json_int(j, "fetch_bytes", (int64_t)r->fetch_bytes);
	cli_json_bool(j, "sha256_ok", !r->dry_run && report_hashes_ok(r));
	cli_json_int(j, "problems", (int64_t)problems_total(r->problems));
	cli_json_int(j, "same", (int64_t)r->surveyed.same);
	cli_json_int(j, "replaced", (int64_t)r->surveyed.replace);
	cli_json_int(j, "skipped", (int64_t)r->surveyed.skipped);
	cli_json_int(j, "no_owner", (int64_t)w->no_owner);
	cli_json_int(j, "no_device", (int64_t)w->no_device);
	cli_json_int(j, "changed", (int64_t)r->walked.changed);
	cli_json_object(j, "safe");
	cli_json_int(j, "modes", (int64_t)w->safe_modes);
	cli_json_int(j, "devices", (int64_t)w->safe_devices);
	cli_json_int(j, "xattrs", (int64_t)w->safe_xattrs);
	cli_json_end(j);
	if (cli_json_line(j, stdout, "end") != 0)
		code = cli_exit_worst(code, CLI_EXIT_FAILED);
	cli_json_free(j);
	return code;
}

enum cli_exit
report_run(const struct run *r)
{
	enum cli_exit code = report_code(r);

	if (r->cli->json)
		return report_json(r, code);
	if (r->dry_run)
		report_dry(r);
	else if (!r->cli->quiet || code != CLI_EXIT_OK)
		report_text(r);
	return code;
}
