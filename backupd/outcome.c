/* outcome.c: how a job ended, told to people and to programs. */
#include "backupd/outcome.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/exit.h"
#include "cli/json.h"
#include "cli/text.h"

static const char *const modes[] = { "auto", "always", "never" };

/* The words of enum event_reached. */
static const char *const reached[] = { "none", "host", "login", "agent" };

/* The words of enum event_why. */
static const char *const reasons[] = {
	"nothing to compare with", "the policy says so",
	"the agent makes none", "the link is slower than making them",
	"the link is faster than making them",
	"written in place, where deltas cost little"
};

const char *
outcome_mode(enum job_delta mode)
{
	return modes[mode];
}

const char *
outcome_why(enum event_why why)
{
	return reasons[why];
}

/* Append to the line, behind a semicolon unless it is the first. */
static void __attribute__((format(printf, 2, 3)))
part(char out[OUTCOME_TEXT_MAX], const char *format, ...)
{
	size_t n = strlen(out);
	va_list ap;

	if (n > 0)
		n += (size_t)snprintf(out + n, OUTCOME_TEXT_MAX - n, "; ");
	if (n >= OUTCOME_TEXT_MAX)
		return;
	va_start(ap, format);
	vsnprintf(out + n, OUTCOME_TEXT_MAX - n, format, ap);
	va_end(ap);
}

/* What crossed the wire, and why so. */
static void
wire_part(const struct event_delta *d, char out[OUTCOME_TEXT_MAX])
{
	char by[CLI_TEXT_MAX], all[CLI_TEXT_MAX], text[CLI_TEXT_MAX];
	char raw[CLI_TEXT_MAX];

	cli_count_format(d->by_delta, by);
	cli_count_format(d->chunks, all);
	part(out, "%s of %s changed chunks came as deltas", by, all);
	if (d->by_delta > 0) {
		cli_size_format(d->delta_bytes + d->signature_bytes, text);
		cli_size_format(d->raw_bytes, raw);
		part(out, "%s sent for %s", text, raw);
	}
	cli_size_format(d->rate, text);
	if (d->why == EVENT_WHY_SLOW || d->why == EVENT_WHY_FAST)
		part(out, "%s (%s/s)", reasons[d->why], text);
	else if (d->why != EVENT_WHY_NONE)
		part(out, "%s", reasons[d->why]);
}

void
outcome_delta(const struct event_delta *d, char out[OUTCOME_TEXT_MAX])
{
	char count[CLI_TEXT_MAX];

	out[0] = '\0';
	if (d->chunks > 0)
		wire_part(d, out);
	cli_count_format(d->again, count);
	if (d->again > 0)
		part(out, "%s went wrong and came whole", count);
	cli_count_format(d->given_up, count);
	if (d->given_up > 0)
		part(out, "files given up: %s", count);
	cli_count_format(d->stored, count);
	if (d->stored > 0)
		part(out, "%s chunks stored as deltas", count);
}

void
outcome_hook(const struct event_hook *h, char out[OUTCOME_TEXT_MAX])
{
	static const char *const states[] = { "runs", "exit status",
	    "ended by signal", "ended: it took too long", "ended",
	    "refused by the host", "not run: the agent is too old" };
	char took[CLI_TEXT_MAX];
	int n;

	n = snprintf(out, OUTCOME_TEXT_MAX, "hook %s, %s saving: %s", h->name,
	    h->after ? "after" : "before", states[h->state]);
	if (h->state == EVENT_HOOK_EXITED || h->state == EVENT_HOOK_SIGNAL)
		n += snprintf(out + n, OUTCOME_TEXT_MAX - (size_t)n,
		    " %" PRIu32, h->status);
	cli_duration_format((int64_t)(h->ms / 1000), took);
	if (h->state != EVENT_HOOK_RUNS && h->state < EVENT_HOOK_REFUSED)
		snprintf(out + n, OUTCOME_TEXT_MAX - (size_t)n, ", %s", took);
}

static void
delta_json(struct cli_json *js, const struct event_delta *d)
{
	cli_json_object(js, "delta");
	cli_json_str(js, "mode", modes[d->mode]);
	cli_json_bool(js, "used", d->by_delta > 0);
	cli_json_str(js, "why", reasons[d->why]);
	cli_json_int(js, "link_rate", (int64_t)d->rate);
	cli_json_int(js, "changed_chunks", (int64_t)d->chunks);
	cli_json_int(js, "chunks_by_delta", (int64_t)d->by_delta);
	cli_json_int(js, "chunks_again", (int64_t)d->again);
	cli_json_int(js, "files_given_up", (int64_t)d->given_up);
	cli_json_int(js, "raw_bytes", (int64_t)d->raw_bytes);
	cli_json_int(js, "basis_bytes", (int64_t)d->basis_bytes);
	cli_json_int(js, "delta_bytes", (int64_t)d->delta_bytes);
	cli_json_int(js, "signature_bytes", (int64_t)d->signature_bytes);
	cli_json_int(js, "chunks_stored", (int64_t)d->stored);
	cli_json_end(js);
}

static void
print_line(const char *name, const char *text)
{
	char safe[1024];

	log_escape(safe, sizeof(safe), text, strlen(text));
	fprintf(stderr, "%s: %s\n", name, safe);
}

/* What a job would do. */
static void
dry_print(const char *name, const struct event_end *e)
{
	char size[CLI_TEXT_MAX], files[CLI_TEXT_MAX];
	char changed[CLI_TEXT_MAX], read[CLI_TEXT_MAX];

	cli_count_format(e->files, files);
	cli_size_format(e->bytes, size);
	cli_count_format(e->changed_files, changed);
	cli_size_format(e->changed_bytes, read);
	printf("%s: would read %s new or changed files, %s; the snapshot"
	    " would be of %s files, %s; nothing was written\n", name, changed,
	    read, files, size);
}

void
outcome_print(const struct job *j, const struct event_end *e)
{
	char name[300], size[CLI_TEXT_MAX], files[CLI_TEXT_MAX];
	char wire[CLI_TEXT_MAX], stored[CLI_TEXT_MAX], took[CLI_TEXT_MAX];
	char deltas[OUTCOME_TEXT_MAX];

	snprintf(name, sizeof(name), "%s/%s", j->host, j->set);
	if (e->snapshot[0] != '\0') {
		cli_count_format(e->files, files);
		cli_size_format(e->bytes, size);
		cli_size_format(e->last.wire_in, wire);
		cli_size_format(e->last.stored, stored);
		cli_duration_format(e->ended - e->started, took);
		printf("%s: %s snapshot %.12s: %s files, %s; received %s,"
		    " stored %s, %s\n", name, e->exit == CLI_EXIT_OK ?
		    "complete" : "INCOMPLETE", e->snapshot, files, size,
		    wire, stored, took);
	}
	if (j->dry && e->exit == CLI_EXIT_OK)
		dry_print(name, e);
	outcome_delta(&e->delta, deltas);
	if (deltas[0] != '\0')
		printf("%s: %s\n", name, deltas);
	if (e->text[0] != '\0')
		print_line(name, e->text);
	if (e->remedy[0] != '\0')
		fprintf(stderr, "  %s\n", e->remedy);
	fflush(stdout);
}

void
outcome_json(const struct job *j, const struct event_end *e)
{
	struct cli_json *js;

	if (cli_json_new(&js) != 0)
		return;
	cli_json_str(js, "host", j->host);
	cli_json_str(js, "set", j->set);
	cli_json_int(js, "code", e->exit);
	cli_json_str(js, "snapshot", e->snapshot[0] != '\0' ? e->snapshot :
	    NULL);
	cli_json_int(js, "sequence", (int64_t)e->sequence);
	cli_json_int(js, "files", (int64_t)e->files);
	cli_json_int(js, "directories", (int64_t)e->directories);
	cli_json_int(js, "bytes", (int64_t)e->bytes);
	cli_json_bool(js, "dry_run", j->dry);
	cli_json_int(js, "changed_files", (int64_t)e->changed_files);
	cli_json_int(js, "changed_bytes", (int64_t)e->changed_bytes);
	cli_json_int(js, "new_bytes", (int64_t)e->new_bytes);
	cli_json_int(js, "read_bytes", (int64_t)e->last.read);
	cli_json_int(js, "wire_in", (int64_t)e->last.wire_in);
	cli_json_int(js, "wire_out", (int64_t)e->last.wire_out);
	cli_json_int(js, "stored", (int64_t)e->last.stored);
	cli_json_int(js, "target_read", (int64_t)e->target_read);
	cli_json_int(js, "cache_read", (int64_t)e->cache_read);
	cli_json_int(js, "issues", (int64_t)e->last.issues);
	delta_json(js, &e->delta);
	cli_json_str(js, "reached", reached[e->reached]);
	cli_json_str(js, "agent", e->agent[0] != '\0' ? e->agent : NULL);
	cli_json_str(js, "error", e->text[0] != '\0' ? e->text : NULL);
	cli_json_str(js, "help", e->remedy[0] != '\0' ? e->remedy : NULL);
	if (cli_json_line(js, stdout, "job") != 0)
		log_error("stdout: cannot write");
	cli_json_free(js);
}
