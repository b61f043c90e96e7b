/* outlook.c: when targets will be full, for target usage. */
#include "backupctl/outlook.h"

#include <stdio.h>
#include <string.h>

#include "backupctl/history.h"
#include "backupctl/picture.h"
#include "backupd/tell.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/json.h"
#include "cli/text.h"
#include "policy/policy.h"
#include "policy/report.h"
#include "policy/zone.h"

struct gathering {
	const char *only;	/* NULL: all */
	struct cli_json *j;
	FILE	*f;
};

static void
target_json(struct cli_json *j, const struct control_target *t)
{
	cli_json_object(j, NULL);
	cli_json_str(j, "target", t->name);
	cli_json_str(j, "outlook", t->full != 0 ? "fills" :
	    t->outlook == 0 ? "unknown" : "steady");
	history_json_time(j, "full", (int64_t)t->full);
	cli_json_int(j, "bytes_per_day", (int64_t)t->per_day);
	cli_json_int(j, "days", (int64_t)t->days);
	cli_json_end(j);
}

static void
take(void *arg, const struct control *c)
{
	const struct control_target *t = &c->u.target;
	const struct gathering *g = arg;
	char name[256], grows[CLI_TEXT_MAX], text[PICTURE_OUTLOOK_MAX];

	if (t->measured == 0 ||
	    (g->only != NULL && strcmp(g->only, t->name) != 0))
		return;
	if (g->j != NULL) {
		target_json(g->j, t);
		return;
	}
	log_escape(name, sizeof(name), t->name, strlen(t->name));
	picture_outlook(t->outlook, (int64_t)t->full, clock_wall(), text);
	cli_size_format(t->per_day, grows);
	fprintf(g->f, "%s: %s", name, text);
	if (t->full != 0)
		fprintf(g->f, "; it grows by %s a day, as seen on %u days",
		    grows, (unsigned int)t->days);
	fputc('\n', g->f);
}

int
outlook_gather(const struct cli *cli, struct catalog *c, struct cli_json *j,
    char **textp)
{
	struct gathering g = { cli->nargs > 0 ? cli->args[0] : NULL, j,
	    NULL };
	const struct tell_call call = { take, &g };
	struct policy_report *report = NULL;
	const struct policy *p = NULL;
	size_t len;
	int r;

	if ((g.f = open_memstream(textp, &len)) == NULL)
		return ERR_NOMEM;
	if (j != NULL) {
		cli_json_end(j);
		cli_json_array(j, "forecasts");
	}
	/* The history can be told without a policy, too. */
	if ((r = policy_report_new(&report)) == 0 &&
	    policy_load(cli->config, report, &p) == 0) {
		(void)!zone_use(p->office.timezone);
		tell_targets(c, p, clock_wall(), &call);
	}
	policy_free(p);
	policy_report_free(report);
	if (fclose(g.f) != 0 && r == 0)
		r = ERR_NOMEM;
	return r;
}
