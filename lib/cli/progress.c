/* progress.c: how far a long command is, in the form its reader can use. */
#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/json.h"
#include "cli/text.h"

#define TTY_EVERY_MS 200
#define LINE_EVERY_MS 60000
#define RATE_OVER_MS 10000	/* the rate is of about the last ten seconds */
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
	unsigned int phase;	/* that the rate below is of */
	int64_t	 mark_ms;	/* a moment some seconds ago, */
	uint64_t mark_bytes;	/* and how much was done then */
	uint64_t rate;
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
	p->last_ms = p->mark_ms = clock_mono_ms();
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

/* The rate and what is left at that rate, each with two blanks before. */
static void
format_rate(const struct cli_progress_state *s, uint64_t rate, char *out,
    size_t outlen)
{
	char speed[CLI_TEXT_MAX], left[CLI_TEXT_MAX];
	char *dot;

	cli_size_format(rate, speed);
	/* Tenths of a rate only flicker. */
	if (rate >= 10 * 1024 && (dot = strchr(speed, '.')) != NULL)
		memmove(dot, dot + 2, strlen(dot + 2) + 1);
	if (s->bytes_total <= s->bytes_done) {
		snprintf(out, outlen, "  %s/s", speed);
		return;
	}
	cli_duration_format((int64_t)((s->bytes_total - s->bytes_done) /
	    rate), left);
	snprintf(out, outlen, "  %s/s  %s left", speed, left);
}

void
cli_progress_format(const struct cli_progress_state *s, uint64_t rate,
    char out[CLI_PROGRESS_MAX])
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
	if (rate > 0)
		format_rate(s, rate, speed, sizeof(speed));
	if (s->problems > 0)
		snprintf(problems, sizeof(problems), "  %llu problem%s",
		    (unsigned long long)s->problems,
		    s->problems == 1 ? "" : "s");
	snprintf(out, CLI_PROGRESS_MAX, "%s%s%s files  %s%s%s", phase, part,
	    files, bytes, speed, problems);
}

static void
print_record(const struct cli_progress_state *s, uint64_t rate)
{
	struct cli_json *j;
	uint64_t left = s->bytes_total > s->bytes_done ?
	    s->bytes_total - s->bytes_done : 0;

	if (cli_json_new(&j) != 0)
		return;
	cli_json_int(j, "phase", s->phase);
	cli_json_int(j, "phases", s->phases);
	cli_json_int(j, "files_done", (int64_t)s->files_done);
	cli_json_int(j, "files_total", (int64_t)s->files_total);
	cli_json_int(j, "bytes_done", (int64_t)s->bytes_done);
	cli_json_int(j, "bytes_total", (int64_t)s->bytes_total);
	cli_json_int(j, "eta_s", rate > 0 ? (int64_t)(left / rate) : 0);
	if (cli_json_line(j, stdout, "progress") != 0)
		clearerr(stdout);	/* the end record will tell */
	cli_json_free(j);
}

/* Bytes a second, over the last ten seconds or since the phase began. */
static void
update_rate(struct cli_progress *p, const struct cli_progress_state *s,
    int64_t now)
{
	int64_t ms;
	uint64_t fresh;

	if (s->phase != p->phase || s->bytes_done < p->mark_bytes) {
		p->phase = s->phase;
		p->mark_ms = now;
		p->mark_bytes = s->bytes_done;
		p->rate = 0;
		return;
	}
	if ((ms = now - p->mark_ms) < 1000)
		return;
	fresh = (s->bytes_done - p->mark_bytes) * 1000 / (uint64_t)ms;
	p->rate = p->rate == 0 ? fresh : (p->rate * 3 + fresh) / 4;
	if (ms >= RATE_OVER_MS) {
		p->mark_ms = now;
		p->mark_bytes = s->bytes_done;
	}
}

void
cli_progress_update(struct cli_progress *p,
    const struct cli_progress_state *s)
{
	char line[CLI_PROGRESS_MAX];
	int64_t now;
	size_t width;

	if (p->form == FORM_NONE)
		return;
	now = clock_mono_ms();
	if (now - p->last_ms < (p->form == FORM_LINES ? LINE_EVERY_MS :
	    TTY_EVERY_MS))
		return;
	p->last_ms = now;
	update_rate(p, s, now);
	if (p->form == FORM_JSON) {
		print_record(s, p->rate);
		return;
	}
	cli_progress_format(s, p->rate, line);
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
