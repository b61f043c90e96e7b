/* reader.c: the agent's side of the protocol for a host that has none. */
#include "backupd/reader.h"

#include <sys/prctl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backupd/job.h"
#include "backupd/link.h"
#include "backupd/peer.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "hash/sha256.h"
#include "reader/far.h"
#include "ssh/ssh.h"

#define MEMORY_MAX ((size_t)768 << 20)	/* address space, libraries too */
#define FRAME_MEMORY (3 << 20)

/* Read the orders and connect; *rep says how it went. */
static int
connect_host(struct job_link *l, struct link_report *rep,
    struct ssh_session **sp)
{
	struct buf *b = NULL;
	int r;

	if ((r = buf_new(JOB_ENCODED_MAX, &b)) != 0 ||
	    (r = job_record_read(LINK_DATA_FD, JOB_ENCODED_MAX, b)) != 0 ||
	    (r = job_link_decode(b, l)) != 0 || (r = buf_end(b)) != 0)
		link_report_fail(rep, r, "reader: no orders", "");
	else
		r = peer_connect(l, rep, sp);
	buf_free(b);
	return r;
}

/*
 * The protocol is spoken on descriptors 0 and 1.  The hash is used once: its
 * library reads a file then, which the sandbox will not allow.
 */
static int
take_data(void)
{
	uint8_t digest[SHA256_LEN];
	int r;

	if ((r = sha256_of("", 0, digest)) != 0)
		return r;
	if (dup2(LINK_DATA_FD, STDIN_FILENO) == -1 ||
	    dup2(LINK_DATA_FD, STDOUT_FILENO) == -1)
		return ERR_IO;
	close(LINK_DATA_FD);
	return sandbox_limit_memory(MEMORY_MAX);
}

/* Serve the keeper; nothing of the server's has been read before. */
static int
serve(const struct job_link *l, struct ssh_session *s,
    struct link_report *rep)
{
	const struct far_params rp = {
		.ssh = s, .limits = l->limits, .nlimits = l->nlimits,
		.began = l->began, .silence = l->stall
	};
	struct far *far;
	int r;

	/* One arena, and frames from it: as backup-agent has it. */
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_THRESHOLD, FRAME_MEMORY);
	mallopt(M_TRIM_THRESHOLD, 4 * FRAME_MEMORY);
	if ((r = take_data()) != 0 || (r = far_new(&rp, &far)) != 0) {
		link_report_fail(rep, r, err_text(r), "");
		return r;
	}
	r = far_serve(far);
	far_traffic(far, &rep->received, &rep->sent);
	if (r != 0)
		link_report_fail(rep, r, far_why(far)[0] != '\0' ?
		    far_why(far) : err_text(r), "run the job again:"
		    " what arrived is kept");
	far_free(far);
	return r;
}

int
reader_main(void)
{
	struct job_link l = { .address = NULL };
	struct link_report rep;
	struct ssh_session *s = NULL;
	int r;

	memset(&rep, 0, sizeof(rep));
	log_open("backupd: reader", LOG_INFO);
	/* Started through /proc, it would be known as "exe". */
	(void)prctl(PR_SET_NAME, "backupd-reader");
	signal(SIGPIPE, SIG_IGN);
	if ((r = sandbox_harden()) != 0)
		link_report_fail(&rep, r, "reader: cannot harden itself", "");
	else
		r = connect_host(&l, &rep, &s);
	if (link_report_write(&rep) != 0)
		r = ERR_CLOSED;
	if (r == 0) {
		r = serve(&l, s, &rep);
		if (link_report_write(&rep) != 0)
			r = ERR_CLOSED;
		/* The puller need not wait until the connection is down. */
		close(STDIN_FILENO);
		close(STDOUT_FILENO);
	}
	ssh_close(s);
	job_link_clear(&l);
	return r == 0 ? 0 : 1;
}
