/* keeper.c: one job, from its record to its snapshot. */
#include "backupd/keeper.h"

#include <sys/prctl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backupd/event.h"
#include "backupd/job.h"
#include "backupd/link.h"
#include "backupd/session.h"
#include "backupd/target.h"
#include "backupd/worker.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/path.h"
#include "base/pool.h"
#include "base/sandbox.h"
#include "cli/exit.h"
#include "crypto/secret.h"
#include "repo/key.h"
#include "repo/snapshot.h"
#include "store/store.h"
#include "store/store_cache.h"

#define THREADS_MAX 4
#define META_LEVEL 3			/* zstd level of trees */
#define TEXT_MAX 8192

struct keeper {
	struct job *job;
	struct link *link;
	struct key_file keys;
	char	*pace_file;		/* what store borrows */
	struct store *store;
	struct store *cached;		/* it, or within it; borrowed */
	struct repo *repo;
	struct pool *pool;
	struct writer *w;
	struct session s;
	struct snapshot *sn;
	bool	 pulled, committed;
	enum event_reached reached;
	char	*agent;			/* of the session, which is over */
	enum cli_exit exit;
	char	 text[TEXT_MAX], remedy[TEXT_MAX];
	int64_t	 started;
};

static volatile int cancelled;

static void
on_signal(int sig)
{
	(void)sig;
	cancelled = 1;
}

static void
log_to_event(enum log_level level, const char *line, void *arg)
{
	(void)arg;
	/* If nobody listens there is nobody to tell. */
	(void)!event_write_log(WORKER_EVENT_FD, (int)level, line);
}

/* Set how the job ends, unless that is known. */
static int
fail(struct keeper *k, enum cli_exit code, int r, const char *text,
    const char *remedy)
{
	if (k->exit == CLI_EXIT_OK) {
		k->exit = code;
		snprintf(k->text, sizeof(k->text), "%s", text);
		snprintf(k->remedy, sizeof(k->remedy), "%s", remedy);
	}
	return r;
}

static int
job_get(struct keeper *k)
{
	struct buf *b = NULL;
	int r;

	if ((r = buf_new(JOB_ENCODED_MAX, &b)) == 0 &&
	    (r = job_record_read(WORKER_JOB_FD, JOB_ENCODED_MAX, b)) == 0)
		r = job_decode(b, &k->job);
	buf_free(b);
	if (r != 0)
		return fail(k, CLI_EXIT_FAILED, r, "worker: no job record",
		    "");
	/* Its clock is the daemon's. */
	if (k->job->link.clock != 0)
		clock_stand(k->job->link.clock);
	k->started = clock_wall();
	return 0;
}

/*
 * Behind the store that is written to and read, what was so lately is kept
 * on this server; without, it is only counted what is read.
 */
static int
cache_between(struct keeper *k)
{
	char id[2 * REPO_ID_LEN + 1], *own = NULL, *dir = NULL;
	char name[sizeof(id) + 8];
	int r;

	hex_format(k->keys.repo_id, REPO_ID_LEN, id);
	snprintf(name, sizeof(name), "cache/%s", id);
	if ((r = path_join(k->job->state_dir, name, &own)) != 0 ||
	    (r = path_join(own, "objects", &dir)) != 0)
		goto out;
	if (k->job->access.cache > 0 && path_mkdirs(own, 0700) != 0)
		log_warn("cache %s: cannot be made", own);
	if ((r = store_cache(&k->store, dir, k->job->access.cache)) == 0)
		k->cached = k->store;
 out:
	free(own);
	free(dir);
	return r;
}

/* Open store and repository; nothing is written. */
static int
repository_open(struct keeper *k)
{
	const struct job_access *a = &k->job->access;
	struct target_ask ask = { .name = k->job->target_name,
	    .url = k->job->target, .access = { .identity = a->identity,
	    .host_key = a->host_key, .credentials = a->credentials,
	    .ca_file = a->ca_file, .region = a->region, .lock_s = a->lock_s,
	    .connections = a->connections, .limits = a->limits,
	    .nlimits = a->nlimits, .began = a->began },
	    .key_file = k->job->key_file, .min_free = k->job->min_free,
	    .writes = !k->job->dry };
	struct key_input key = { .kind = KEY_HOST };
	struct target_trouble t = { .code = CLI_EXIT_OK };
	char *cache = NULL;
	int r;

	if (a->nlimits > 0 && (r = target_pace_file(k->job->state_dir,
	    ask.name, &k->pace_file)) != 0)
		return fail(k, CLI_EXIT_FAILED, r, err_text(r), "");
	ask.access.pace_file = k->pace_file;
	if ((r = key_file_read(ask.key_file, &k->keys)) != 0) {
		target_no_key(&ask, r, &t);
		return fail(k, t.code, r, t.text, t.remedy);
	}
	if ((r = target_open(&ask, k->keys.repo_id, &k->store, &t)) != 0)
		return fail(k, t.code, r, t.text, t.remedy);
	if ((r = cache_between(k)) != 0 ||
	    (k->job->dry && (r = store_dry(&k->store)) != 0))
		return fail(k, CLI_EXIT_FAILED, r, err_text(r), "");
	memcpy(key.token, k->keys.host, sizeof(key.token));
	r = repo_open(k->store, &key, &k->repo);
	crypto_wipe(&key, sizeof(key));
	if (r != 0) {
		target_not_opened(&ask, r, &t);
		return fail(k, t.code, r, t.text, t.remedy);
	}
	if ((r = path_join(k->job->state_dir, "cache", &cache)) == 0)
		r = repo_set_cache(k->repo, cache);
	free(cache);
	if (r != 0)
		return fail(k, CLI_EXIT_FAILED, r, "state directory: cannot"
		    " keep a cache", "see that backupd may write there");
	return 0;
}

static enum cli_exit
exit_of_link(const struct link_report *rep)
{
	if (rep->identity)
		return CLI_EXIT_IDENTITY;
	if (rep->code == ERR_TIMEOUT || rep->code == ERR_CLOSED ||
	    rep->code == ERR_DENIED || rep->code == ERR_NOENT)
		return CLI_EXIT_UNREACHABLE;
	return CLI_EXIT_FAILED;
}

static int
connected(struct keeper *k)
{
	struct link_report rep;
	char text[TEXT_MAX];
	int r;

	r = link_wait(k->link, &cancelled, &rep);
	if (r == ERR_CANCELLED)
		return fail(k, CLI_EXIT_SIGTERM, r, "cancelled", "nothing was"
		    " begun; run the job again");
	if (r != 0)
		return fail(k, CLI_EXIT_FAILED, r, "the puller ended before"
		    " it had connected", "");
	k->reached = rep.code == 0 ? EVENT_REACHED_LOGIN :
	    rep.code == ERR_DENIED ? EVENT_REACHED_HOST : EVENT_REACHED_NONE;
	if (rep.code == 0)
		return 0;
	snprintf(text, sizeof(text), "%s (%s port %u): %s", k->job->host,
	    k->job->link.address, k->job->link.port, rep.reason);
	if (rep.identity)
		snprintf(rep.remedy, sizeof(rep.remedy), "find out on %s itself"
		    " whether its key was changed; only if it was:"
		    "  backupctl host rekey %s", k->job->host, k->job->host);
	return fail(k, exit_of_link(&rep), rep.code, text, rep.remedy);
}

/* The target cannot be written to, or what is there not be read. */
static int
target_failed(struct keeper *k, int r, const char *what)
{
	enum cli_exit code = CLI_EXIT_FAILED;
	const char *remedy = "earlier snapshots are untouched; look at the"
	    " target's disk, then run the job again";
	char text[TEXT_MAX];

	if (r == ERR_NOSPACE) {
		code = CLI_EXIT_TARGET;
		remedy = "make room on the target; what is there is untouched";
	} else if (r == ERR_DENIED || r == ERR_NOENT) {
		code = CLI_EXIT_TARGET;
		remedy = "see that it is mounted, for writing, and that"
		    " backupd's user may write there";
	} else if (r == ERR_CLOSED || r == ERR_TIMEOUT) {
		code = CLI_EXIT_TARGET;
		remedy = "earlier snapshots are untouched; see that it is"
		    " mounted and that its server answers, then run the job"
		    " again";
	} else if (r == ERR_FORMAT || r == ERR_CORRUPT) {
		code = CLI_EXIT_DAMAGED;
		remedy = "see what is damaged with: restore verify --full";
	} else if (r == ERR_BUSY)
		code = CLI_EXIT_BUSY;
	snprintf(text, sizeof(text), "target %s: %s: %s", k->job->target,
	    what, err_text(r));
	return fail(k, code, r, text, remedy);
}

static int
writer_start(struct keeper *k)
{
	const struct writer_params p = { .host = k->job->host,
	    .set = k->job->set, .job = k->job->id,
	    .state_dir = k->job->state_dir, .sign_seed = k->keys.signer,
	    .compression = META_LEVEL };
	int r;

	if ((r = writer_begin(k->repo, &p, &k->w)) == 0)
		return 0;
	return target_failed(k, r, "cannot begin to write");
}

static int
pull(struct keeper *k)
{
	struct session *s = &k->s;
	enum cli_exit code;
	int r;

	s->job = k->job;
	s->repo = k->repo;
	s->w = k->w;
	s->pool = k->pool;
	s->link = k->link;
	s->event_fd = WORKER_EVENT_FD;
	s->began = k->started;
	s->cancelled = &cancelled;
	if ((r = session_run(s)) == 0)
		return 0;
	/* Of what the source did there is a reason. */
	if (s->reason[0] == '\0' && r != ERR_NOMEM)
		return target_failed(k, r, "cannot go on");
	if (s->reason[0] == '\0')
		snprintf(s->reason, sizeof(s->reason), "%s", err_text(r));
	code = r == ERR_CLOSED || r == ERR_TIMEOUT ? CLI_EXIT_UNREACHABLE :
	    r == ERR_NOENT ? CLI_EXIT_NOT_FOUND :
	    r == ERR_CANCELLED ? CLI_EXIT_SIGTERM : CLI_EXIT_FAILED;
	return fail(k, code, r, s->reason, s->remedy);
}

static char *
text_copy(const char *s)
{
	return strdup(s != NULL ? s : "");
}

/* Give sn its roots as the session has settled them. */
static int
roots_take(const struct keeper *k, struct snapshot *sn)
{
	size_t i;
	int r;

	for (i = 0; i < k->job->npaths; i++)
		if ((r = snapshot_add_root(sn, k->job->paths[i],
		    &k->s.roots[i].entry)) != 0)
			return r;
	return 0;
}

static int
commit(struct keeper *k)
{
	struct session *s = &k->s;
	struct snapshot *sn;
	char text[TEXT_MAX];
	uint64_t stored;
	int r;

	if ((r = snapshot_new(&sn)) != 0)
		return fail(k, CLI_EXIT_FAILED, r, err_text(r), "");
	k->sn = sn;
	sn->issues = s->progress.issues > s->unread ? s->progress.issues :
	    s->unread;
	sn->outcome = sn->issues > 0 ? SNAPSHOT_INCOMPLETE :
	    SNAPSHOT_COMPLETE;
	sn->started = k->started;
	sn->ended = clock_wall();
	sn->source_time = s->source_time;
	sn->files = s->files;
	sn->directories = s->directories;
	sn->others = s->others;
	sn->bytes = s->bytes;
	writer_totals(k->w, &sn->new_bytes, &stored);
	if ((sn->host = text_copy(k->job->host)) == NULL ||
	    (sn->set = text_copy(k->job->set)) == NULL ||
	    (sn->job = text_copy(k->job->id)) == NULL ||
	    (sn->agent = text_copy(s->agent)) == NULL)
		r = ERR_NOMEM;
	else if ((r = roots_take(k, sn)) == 0 &&
	    (r = writer_commit(k->w, sn)) == 0) {
		k->committed = true;
		if (sn->outcome != SNAPSHOT_COMPLETE) {
			snprintf(text, sizeof(text), "%llu files or"
			    " directories could not be backed up as they are;"
			    " each was named", (unsigned long long)sn->issues);
			(void)fail(k, CLI_EXIT_INCOMPLETE, 0, text, "");
		}
		return 0;
	}
	return target_failed(k, r, "cannot commit");
}

/* From here on what the source sends is worked on: keep to what is needed. */
static int
sandbox(struct keeper *k)
{
	unsigned int n = pool_cpus();
	int r;

	k->s.threads = n < THREADS_MAX ? n : THREADS_MAX;
	if ((r = pool_new(k->s.threads, 0, &k->pool)) != 0 ||
	    (r = sandbox_enter(SANDBOX_KEEPER)) != 0)
		return fail(k, CLI_EXIT_FAILED, r, "keeper: cannot enter its"
		    " sandbox", "");
	return 0;
}

/* What is to be said of a job that went well. */
static void
warn(struct keeper *k)
{
	if (k->text[0] != '\0' || k->s.warning[0] == '\0')
		return;
	snprintf(k->text, sizeof(k->text), "%s", k->s.warning);
	snprintf(k->remedy, sizeof(k->remedy), "%s", k->s.warning_remedy);
}

static void
job_run(struct keeper *k)
{
	int r;

	if ((r = job_get(k)) != 0)
		return;
	/* The host is called while the repository is opened. */
	if ((r = link_start(WORKER_PULLER_ARG, &k->job->link,
	    &k->link)) != 0) {
		(void)fail(k, CLI_EXIT_FAILED, r, "cannot start a puller",
		    "");
		return;
	}
	if (repository_open(k) != 0 || sandbox(k) != 0 ||
	    connected(k) != 0 || writer_start(k) != 0)
		return;
	if (pull(k) != 0)
		return;
	k->pulled = true;
	if (k->job->dry || commit(k) == 0)
		warn(k);
}

/* A target that has no end tells nothing. */
static void
room_tell(struct keeper *k, struct event_end *e)
{
	struct store_room room;

	if (store_room(k->store, &room) != 0 || room.total == UINT64_MAX)
		return;
	e->room_total = room.total;
	e->room_free = room.free;
}

static void
reads_tell(const struct keeper *k, struct event_end *e)
{
	struct store_reads reads;

	if (k->cached == NULL)
		return;
	store_cache_reads(k->cached, &reads);
	e->target_read = reads.target_bytes;
	e->cache_read = reads.cache_bytes;
}

static void
end_tell(struct keeper *k)
{
	struct event_end e;

	memset(&e, 0, sizeof(e));
	e.exit = (int)k->exit;
	e.text = k->text;
	e.remedy = k->remedy;
	e.agent = k->agent != NULL ? k->agent : (char[]){ "" };
	e.reached = k->agent != NULL ? EVENT_REACHED_AGENT : k->reached;
	e.started = k->started;
	e.ended = clock_wall();
	e.last = k->s.progress;
	e.delta = k->s.delta;
	if (k->job != NULL)
		e.delta.mode = k->job->delta;
	/* On the way, totals are differences only. */
	if (k->pulled) {
		e.files = k->s.files;
		e.directories = k->s.directories;
		e.others = k->s.others;
		e.bytes = k->s.bytes;
		e.changed_files = k->s.changed_files;
		e.changed_bytes = k->s.changed_bytes;
	}
	if (k->committed) {
		hex_format(k->sn->hash, sizeof(k->sn->hash), e.snapshot);
		e.sequence = k->sn->seq;
		e.new_bytes = k->sn->new_bytes;
		room_tell(k, &e);
	}
	reads_tell(k, &e);
	(void)!event_write_end(WORKER_EVENT_FD, &e);
}

int
keeper_main(void)
{
	struct keeper *k;
	struct sigaction sa;
	uint64_t raw;
	int code;

	log_open("backupd", LOG_INFO);
	log_sink(log_to_event, NULL);
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	/* Started through /proc, it would be known as "exe". */
	(void)prctl(PR_SET_NAME, "backupd-keeper");
	signal(SIGPIPE, SIG_IGN);
	if ((k = calloc(1, sizeof(*k))) == NULL)
		return CLI_EXIT_FAILED;
	k->started = clock_wall();
	if (sandbox_harden() != 0 || crypto_init() != 0)
		(void)fail(k, CLI_EXIT_FAILED, ERR_IO, "keeper: cannot"
		    " harden itself", "");
	else
		job_run(k);
	k->agent = k->s.agent;
	k->s.agent = NULL;
	session_clear(&k->s);
	if (k->w != NULL)
		writer_totals(k->w, &raw, &k->s.progress.stored);
	writer_end(k->w);
	end_tell(k);
	pool_free(k->pool);
	link_close(k->link);
	repo_close(k->repo);
	store_close(k->store);
	free(k->pace_file);
	snapshot_free(k->sn);
	crypto_wipe(&k->keys, sizeof(k->keys));
	job_free(k->job);
	free(k->agent);
	code = (int)k->exit;
	free(k);
	return code;
}
