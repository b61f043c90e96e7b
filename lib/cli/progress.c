/* progress.c: how far a long command is, in the form its reader can use. */
#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/eta.h"
#include "cli/json.h"
#include "cli/text.h"

#define TTY_EVERY_MS 200
#define LINE_EVERY_MS 60000
#define PATH_TEXT_MAX 4096

enum form {
	FORM_NONE,
	FORM_TTY,
	FORM_LINES,
	FORM_JSON
};

struct cli_progress {
	enum form form;
	int64_t	 last_ms;	/* when something was shown */
	unsigned int phase;	/* that these are of: */
	struct eta bytes, files;
	size_t	 shown;		/* columns to clear */
};

int
cli_progress_new(const struct cli *cli, struct cli_progress **pp)
{
	struct cli_progress *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return ERR_NOMEM;
	p->form = cli->json ? FORM_JSON : cli->quiet ? FORM_NONE :
	    isatty(STDERR_FILENO) == 1 ? FORM_TTY : FORM_LINES;
	p->last_ms = clock_mono_ms();
	*pp = p;
	return 0;
}

static void
clear_line(struct cli_progress *p)
{
	if (p->form == FORM_TTY && p->shown > 0)
		fprintf(stderr, "\r%*s\r", (int)p->shown, "");
	p->shown = 0;
}

void
cli_progress_free(struct cli_progress *p)
{
	if (p == NULL)
		return;
	clear_line(p);
	free(p);
}

/* Percent of bytes, or of files where no bytes are counted; -1 unknown. */
static int
percent(const struct cli_progress_state *s)
{
	uint64_t done = s->bytes_done, total = s->bytes_total;

	if (total == 0) {
		done = s->files_done;
		total = s->files_total;
	}
	if (total == 0)
		return -1;
	if (done >= total)
		return 100;
	return (int)((double)done * 100 / (double)total);
}

/* "19.8/31.9 GiB" where both have one unit, else "512.0 MiB/31.9 GiB". */
static void
format_pair(uint64_t done, uint64_t total, char *out, size_t outlen)
{
	char a[CLI_TEXT_MAX], b[CLI_TEXT_MAX];
	char *ua, *ub;

	cli_size_format(done, a);
	if (total == 0) {
		snprintf(out, outlen, "%s", a);
		return;
	}
	cli_size_format(total, b);
	ua = strchr(a, ' ');
	ub = strchr(b, ' ');
	if (ua != NULL && ub != NULL && strcmp(ua, ub) == 0)
		*ua = '\0';
	snprintf(out, outlen, "%s/%s", a, b);
}

/* The rate and what is left, each with two blanks before. */
static void
format_rate(uint64_t rate, int64_t left, char *out, size_t outlen)
{
	char speed[CLI_TEXT_MAX], time[CLI_TEXT_MAX];
	char *dot;

	out[0] = '\0';
	if (rate > 0) {
		cli_size_format(rate, speed);
		/* Tenths of a rate only flicker. */
		if (rate >= 10 * 1024 && (dot = strchr(speed, '.')) != NULL)
			memmove(dot, dot + 2, strlen(dot + 2) + 1);
		snprintf(out, outlen, "  %s/s", speed);
	}
	if (left > 0) {
		cli_duration_format(left, time);
		snprintf(out + strlen(out), outlen - strlen(out),
		    "  %s left", time);
	}
}

void
cli_progress_format(const struct cli_progress_state *s, uint64_t rate,
    int64_t left, char out[CLI_PROGRESS_MAX])
{
	char phase[64] = "", part[16] = "", files[2 * CLI_TEXT_MAX + 2];
	char bytes[2 * CLI_TEXT_MAX + 2], speed[3 * CLI_TEXT_MAX] = "";
	char problems[64] = "";
	char total[CLI_TEXT_MAX];
	int n = percent(s);

	if (s->phases > 0)
		snprintf(phase, sizeof(phase), "[%u/%u %.32s] ", s->phase,
		    s->phases, s->name);
	if (n >= 0)
		snprintf(part, sizeof(part), "%d%%  ", n);
	cli_count_format(s->files_done, files);
	if (s->files_total > 0) {
		cli_count_format(s->files_total, total);
		strcat(strcat(files, "/"), total);
	}
	format_pair(s->bytes_done, s->bytes_total, bytes, sizeof(bytes));
	format_rate(rate, left, speed, sizeof(speed));
	if (s->problems > 0)
		snprintf(problems, sizeof(problems), "  %llu problem%s",
		    (unsigned long long)s->problems,
		    s->problems == 1 ? "" : "s");
	snprintf(out, CLI_PROGRESS_MAX, "%s%s%s files  %s%s%s", phase, part,
	    files, bytes, speed, problems);
}

static void
print_record(const struct cli_progress_state *s, uint64_t rate, int64_t left)
{
	struct cli_json *j;

	if (cli_json_new(&j) != 0)
		return;
	cli_json_int(j, "phase", s->phase);
	cli_json_int(j, "phases", s->phases);
	cli_json_str(j, "name", s->name);
	cli_json_int(j, "files_done", (int64_t)s->files_done);
	cli_json_int(j, "files_total", (int64_t)s->files_total);
	cli_json_int(j, "bytes_done", (int64_t)s->bytes_done);
	cli_json_int(j, "bytes_total", (int64_t)s->bytes_total);
	cli_json_int(j, "rate", (int64_t)rate);
	if (left >= 0)
		cli_json_int(j, "eta_s", left);
	else
		cli_json_str(j, "eta_s", NULL);
	if (cli_json_line(j, stdout, "progress") != 0)
		clearerr(stdout);	/* the end record will tell */
	cli_json_free(j);
}

/*
 * Seconds that are left: of bytes where their total is known, else of files;
 * of both the longer, for a million small files are no gigabyte.
 */
static int64_t
update_left(struct cli_progress *p, const struct cli_progress_state *s,
    int64_t now)
{
	int64_t bytes, files;

	if (s->phase != p->phase) {
		p->phase = s->phase;
		eta_init(&p->bytes);
		eta_init(&p->files);
	}
	eta_add(&p->bytes, now, s->bytes_done);
	eta_add(&p->files, now, s->files_done);
	bytes = eta_left(&p->bytes, s->bytes_total);
	files = eta_left(&p->files, s->files_total);
	return bytes > files ? bytes : files;
}

void
cli_progress_update(struct cli_progress *p,
    const struct cli_progress_state *s)
{
	char line[CLI_PROGRESS_MAX];
	int64_t now, left;
	size_t width;

	if (p->form == FORM_NONE)
		return;
	now = clock_mono_ms();
	left = update_left(p, s, now);
	if (now - p->last_ms < (p->form == FORM_LINES ? LINE_EVERY_MS :
	    TTY_EVERY_MS))
		return;
	p->last_ms = now;
	if (p->form == FORM_JSON) {
		print_record(s, eta_rate(&p->bytes), left);
		return;
	}
	cli_progress_format(s, eta_rate(&p->bytes), left, line);
	if (p->form == FORM_LINES) {
		fprintf(stderr, "%s\n", line);
		return;
	}
	width = cli_text_width(line);
	fprintf(stderr, "\r%s%*s", line,
	    p->shown > width ? (int)(p->shown - width) : 0, "");
	p->shown = width;
}

static void
print_issue_record(const struct cli_issue *issue)
{
	struct cli_json *j;

	if (cli_json_new(&j) != 0)
		return;
	cli_json_str(j, "level", issue->level);
	cli_json_str(j, "code", issue->code);
	cli_json_str(j, "message", issue->message);
	if (issue->path_len > 0)
		cli_json_path(j, "path", issue->path, issue->path_len);
	else {
		cli_json_str(j, "path", NULL);
		cli_json_str(j, "path_b64", NULL);
	}
	cli_json_str(j, "help", issue->help);
	if (cli_json_line(j, stdout, "issue") != 0)
		clearerr(stdout);
	cli_json_free(j);
}

void
cli_progress_issue(struct cli_progress *p, const struct cli_issue *issue)
{
	char path[PATH_TEXT_MAX];

	if (p->form == FORM_JSON) {
		print_issue_record(issue);
		return;
	}
	clear_line(p);
	fprintf(stderr, "%s[%s]: ", issue->level, issue->code);
	if (issue->path_len > 0) {
		log_escape(path, sizeof(path), issue->path, issue->path_len);
		fprintf(stderr, "%s: ", path);
	}
	fputs(issue->message, stderr);
	if (issue->help != NULL)
		fprintf(stderr, "; %s", issue->help);
	fputc('\n', stderr);
}
