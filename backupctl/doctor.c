/* doctor.c: backupctl doctor: is this server fit to make backups? */
#include "config.h"

#include "backupctl/doctor.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backupctl/command.h"
#include "backupctl/history.h"
#include "base/log.h"
#include "cli/json.h"
#include "cli/text.h"
#include "control/client.h"
#include "policy/policy.h"
#include "policy/report.h"
#include "policy/zone.h"

#define TEXT_MAX 1024
#define STATE_FREE (UINT64_C(256) << 20)	/* bytes that jobs may need */
#define FILES_LEAST 256

static const char *const marks[] = { "ok", "note", "BAD" };
static const char *const words[] = { "good", "note", "bad" };

void
doctor_tell(struct doctor *d, enum finding f, const char *what,
    const char *remedy, const char *format, ...)
{
	char text[TEXT_MAX], safe[TEXT_MAX], safe_what[TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (f == FINDING_BAD)
		d->bad++;
	if (d->j != NULL) {
		cli_json_object(d->j, NULL);
		cli_json_str(d->j, "check", what);
		cli_json_str(d->j, "state", words[f]);
		cli_json_str(d->j, "text", text);
		cli_json_str(d->j, "help", remedy);
		cli_json_end(d->j);
		return;
	}
	if (d->cli->quiet && f != FINDING_BAD)
		return;
	log_escape(safe, sizeof(safe), text, strlen(text));
	log_escape(safe_what, sizeof(safe_what), what, strlen(what));
	printf("%-5s %s: %s", marks[f], safe_what, safe);
	if (remedy != NULL)
		printf("; %s", remedy);
	putchar('\n');
}

void
doctor_path(struct doctor *d, const char *what, const char *path,
    bool secret)
{
	mode_t others = secret ? 077 : 022;
	struct stat st;

	if (stat(path, &st) == -1)
		doctor_tell(d, FINDING_BAD, what, errno == EACCES ?
		    "try with sudo" : NULL, "%s: %s", path, strerror(errno));
	else if ((st.st_mode & others) != 0)
		doctor_tell(d, FINDING_BAD, what, secret ? "chmod go= it" :
		    "chmod go-w it", "%s: others may %s it", path, secret ?
		    "read" : "write");
	else if (st.st_uid != 0 && st.st_uid != geteuid())
		doctor_tell(d, FINDING_BAD, what, "chown it", "%s is neither"
		    " root's nor yours", path);
	else
		doctor_tell(d, FINDING_GOOD, what, NULL, "%s", path);
}

/* Every mistake of the policy is policy test's to tell. */
static const struct policy *
policy_look(struct doctor *d, const char *file)
{
	struct policy_report *report = NULL;
	const struct policy *p = NULL;
	int r;

	if ((r = policy_report_new(&report)) == 0)
		r = policy_load(file, report, &p);
	policy_report_free(report);
	if (r == 0)
		doctor_tell(d, FINDING_GOOD, "policy", NULL, "%s is valid:"
		    " %zu hosts", file, p->nhosts);
	else
		doctor_tell(d, FINDING_BAD, "policy", "backupctl policy test"
		    " tells every mistake", "%s: %s", file, r == ERR_CONFIG ?
		    "it is not valid" : err_text(r));
	return r == 0 ? p : NULL;
}

static void
state_look(struct doctor *d)
{
	char size[CLI_TEXT_MAX];
	struct statvfs st;
	struct stat sb;
	uint64_t left;

	if (stat(d->state_dir, &sb) == -1 && errno == ENOENT) {
		doctor_tell(d, FINDING_NOTE, "state", NULL, "%s is not there"
		    " yet: backupd makes it", d->state_dir);
		return;
	}
	doctor_path(d, "state", d->state_dir, false);
	if (statvfs(d->state_dir, &st) == -1)
		return;
	left = (uint64_t)st.f_bavail * st.f_frsize;
	cli_size_format(left, size);
	if (left < STATE_FREE)
		doctor_tell(d, FINDING_BAD, "state", "make room: the catalog"
		    " and what is cached stand there", "only %s free", size);
}

static void
catalog_look(struct doctor *d)
{
	char text[CATALOG_TEXT_MAX] = "";
	struct catalog *c = NULL;
	int r;

	if ((r = catalog_open(d->state_dir, CATALOG_READ, &c)) == 0)
		r = catalog_check(c, text);
	catalog_close(c);
	if (r == 0)
		doctor_tell(d, FINDING_GOOD, "catalog", NULL, "good from end"
		    " to end");
	else if (r == ERR_NOENT)
		doctor_tell(d, FINDING_NOTE, "catalog", NULL, "there is none"
		    " yet: the first job makes it");
	else
		doctor_tell(d, FINDING_BAD, "catalog", r == ERR_CORRUPT ||
		    r == ERR_FORMAT ? "the backups are not; stop backupd,"
		    " then: backupctl catalog rebuild" : NULL, "%s",
		    text[0] != '\0' ? text : err_text(r));
}

static void
daemon_look(struct doctor *d)
{
	struct control c = { .type = CONTROL_STATUS };
	struct control_client *client = NULL;
	struct control a = { .type = CONTROL_RELOAD };
	const struct control_server *sv = &a.u.server;
	char *path = NULL;
	const char *at = cli_option_get(d->cli, "socket", 0);
	int r = 0;

	if (at == NULL && (r = control_socket(d->cli->config, &path)) == 0)
		at = path;
	if (r == 0 && (r = control_connect(at, &client)) == 0 &&
	    (r = control_send(client, &c)) == 0)
		r = control_receive(client, 10000, &a);
	if (r == ERR_NOENT)
		doctor_tell(d, FINDING_BAD, "daemon", "start it: backupd -f"
		    " -c the policy", "no backupd runs: nothing is backed"
		    " up");
	else if (r == ERR_VERSION)
		doctor_tell(d, FINDING_BAD, "daemon", "restart backupd",
		    "it is of another version");
	else if (r != 0 || a.type != CONTROL_SERVER)
		doctor_tell(d, FINDING_BAD, "daemon", r == ERR_DENIED ?
		    "try with sudo" : NULL, "it does not answer: %s",
		    err_text(r));
	else if (strcmp(sv->version, PACKAGE_VERSION) != 0)
		doctor_tell(d, FINDING_BAD, "daemon", "restart backupd", "it"
		    " is version %s, this is %s", sv->version,
		    PACKAGE_VERSION);
	else if (sv->problem[0] != '\0')
		doctor_tell(d, FINDING_BAD, "daemon", "backupctl policy test,"
		    " then backupctl reload", "it goes on with an old policy:"
		    " %s", sv->problem);
	else
		doctor_tell(d, FINDING_GOOD, "daemon", NULL, "it answers,"
		    " version %s%s", sv->version, sv->simulated != 0 ?
		    "; a rehearsal" : "");
	control_close(client);
	control_clear(&a);
	free(path);
}

/* The kernel knows whether somebody keeps its clock right. */
static void
clock_look(struct doctor *d)
{
	struct timex t = { .modes = 0 };
	int state = adjtimex(&t);

	if (state == -1)
		doctor_tell(d, FINDING_NOTE, "clock", NULL, "cannot ask the"
		    " kernel: %s", strerror(errno));
	else if (state == TIME_ERROR || (t.status & STA_UNSYNC) != 0)
		doctor_tell(d, FINDING_NOTE, "clock", "run an NTP client, such"
		    " as systemd-timesyncd or chrony", "nobody keeps it"
		    " right; jobs run by it");
	else
		doctor_tell(d, FINDING_GOOD, "clock", NULL, "kept right");
}

static void
zone_look(struct doctor *d)
{
	const char *zone = d->policy->office.timezone;

	if (zone[0] == '\0')
		doctor_tell(d, FINDING_NOTE, "time zone", "say it in the"
		    " policy: office.timezone", "the system's");
	else if (!zone_known(zone))
		doctor_tell(d, FINDING_BAD, "time zone", "install tzdata",
		    "%s is not known to this system", zone);
	else
		doctor_tell(d, FINDING_GOOD, "time zone", NULL, "%s", zone);
}

/* Whether the same key stood at an earlier host. */
static bool
is_known(const struct policy *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(p->hosts[i].identity, p->hosts[n].identity) == 0)
			return true;
	return false;
}

static void
hosts_look(struct doctor *d)
{
	const struct policy *p = d->policy;
	unsigned int bad = d->bad;
	struct stat st;
	size_t i;

	for (i = 0; i < p->nhosts; i++) {
		if (p->hosts[i].host_keys.n == 0)
			doctor_tell(d, FINDING_BAD, "hosts", "backupctl host"
			    " rekey pins it", "%s: no host key is pinned",
			    p->hosts[i].name);
		if (!p->hosts[i].enabled || is_known(p, i))
			continue;
		/* What is well is one line for all. */
		if (stat(p->hosts[i].identity, &st) == -1 ||
		    (st.st_mode & 077) != 0 || (st.st_uid != 0 &&
		    st.st_uid != geteuid()))
			doctor_path(d, "key of a host",
			    p->hosts[i].identity, true);
	}
	if (d->bad == bad)
		doctor_tell(d, FINDING_GOOD, "hosts", NULL, "%zu, each with a"
		    " pinned key and a private key of ours", p->nhosts);
}

static void
limits_look(struct doctor *d)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == -1)
		return;
	if (l.rlim_cur < FILES_LEAST)
		doctor_tell(d, FINDING_BAD, "open files", "raise the limit"
		    " (LimitNOFILE, ulimit -n)", "only %llu at a time",
		    (unsigned long long)l.rlim_cur);
	else
		doctor_tell(d, FINDING_GOOD, "open files", NULL, "%llu at a"
		    " time", (unsigned long long)l.rlim_cur);
}

/* What an accident has left, for somebody to look at and remove. */
static void
leftovers_look(struct doctor *d)
{
	char path[TEXT_MAX];
	struct dirent *e;
	struct stat st;
	size_t n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s.edit", d->cli->config);
	if (stat(path, &st) == 0 && ++n > 0)
		doctor_tell(d, FINDING_NOTE, "leftovers", "backupctl policy"
		    " edit goes on with it; remove it to begin anew",
		    "%s was not saved", path);
	if ((dir = opendir(d->state_dir)) != NULL) {
		while ((e = readdir(dir)) != NULL)
			if (strstr(e->d_name, ".damaged-") != NULL && ++n > 0)
				doctor_tell(d, FINDING_NOTE, "leftovers",
				    "remove it when you know why", "%s/%s is"
				    " a catalog that was damaged",
				    d->state_dir, e->d_name);
		(void)closedir(dir);
	}
	if (n == 0)
		doctor_tell(d, FINDING_GOOD, "leftovers", NULL, "none");
}

static void
look_all(struct doctor *d)
{
	d->policy = policy_look(d, d->cli->config);
	state_look(d);
	catalog_look(d);
	daemon_look(d);
	clock_look(d);
	limits_look(d);
	leftovers_look(d);
	if (d->policy == NULL)
		return;
	zone_look(d);
	hosts_look(d);
	doctor_targets(d);
}

enum cli_exit
command_doctor(struct cli *cli)
{
	struct doctor d = { .cli = cli };
	enum cli_exit code;
	char *dir = NULL;

	if ((code = history_dir(cli, &dir)) != CLI_EXIT_OK)
		return code;
	d.state_dir = dir;
	if (cli->json && cli_json_new(&d.j) != 0) {
		free(dir);
		return cli_fail(cli, CLI_EXIT_FAILED, "%s",
		    err_text(ERR_NOMEM));
	}
	if (d.j != NULL)
		cli_json_array(d.j, "checks");
	look_all(&d);
	code = d.bad > 0 ? CLI_EXIT_FAILED : CLI_EXIT_OK;
	if (d.j != NULL) {
		cli_json_end(d.j);
		cli_json_int(d.j, "bad", d.bad);
		code = command_answer(cli, d.j, code);
	} else if (!cli->quiet || d.bad > 0)
		printf("%u of these need somebody\n", d.bad);
	policy_free(d.policy);
	free(dir);
	return code;
}
