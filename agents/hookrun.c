/* hookrun.c: the hook runner: runs what the host allows, one at a time. */
#define _GNU_SOURCE
#include "config.h"

#include "agents/hooks.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/allow.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"

#define PACKET_MAX 8192
#define TICK_MS 50
#define GRACE_MS 2000		/* from being asked to end to being killed */
#define SOCKET 3		/* its number in the runner */
#define ENV_MAX 16
#define ENV_TEXT 512
#define PATHS "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct run {
	const char *dir;
	struct wire_hook hook;
	pid_t	 pid;			/* and its process group */
	int	 out;			/* what it writes */
	int64_t	 began, until;		/* monotonic milliseconds */
	int64_t	 kill_at;		/* 0: it was not asked to end */
	bool	 killed;
	bool	 gone;			/* so is the agent */
	enum wire_hook_result why;	/* it was asked to end */
	uint8_t	 last[2 * WIRE_HOOK_OUTPUT_MAX];
	size_t	 len;
};

/* Keep what was written last. */
static void
output_keep(struct run *r, const uint8_t *p, size_t n)
{
	if (n > WIRE_HOOK_OUTPUT_MAX) {
		p += n - WIRE_HOOK_OUTPUT_MAX;
		n = WIRE_HOOK_OUTPUT_MAX;
	}
	memcpy(r->last + r->len, p, n);
	r->len += n;
	if (r->len > WIRE_HOOK_OUTPUT_MAX) {
		memmove(r->last, r->last + r->len - WIRE_HOOK_OUTPUT_MAX,
		    WIRE_HOOK_OUTPUT_MAX);
		r->len = WIRE_HOOK_OUTPUT_MAX;
	}
}

/* Take what there is to take, a little at a time. */
static void
output_take(struct run *r)
{
	uint8_t p[PACKET_MAX];
	unsigned int times;
	ssize_t n;

	for (times = 0; times < 64 && r->out != -1; times++) {
		n = read(r->out, p, sizeof(p));
		if (n > 0)
			output_keep(r, p, (size_t)n);
		else if (n == 0)
			fdio_close(&r->out);
		else
			return;
	}
}

/* Signal all of its group, or it alone where it has made none yet. */
static void
signal_all(const struct run *r, int sig)
{
	if (kill(-r->pid, sig) == -1)
		(void)kill(r->pid, sig);
}

/* Ask it to end. */
static void
ask(struct run *r, enum wire_hook_result why)
{
	if (r->kill_at != 0)
		return;
	r->why = why;
	r->kill_at = clock_mono_ms() + GRACE_MS;
	signal_all(r, SIGTERM);
}

/* What the agent says meanwhile. */
static void
agent_heed(struct run *r)
{
	uint8_t p[PACKET_MAX];
	ssize_t n;

	n = read(SOCKET, p, sizeof(p));
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0)
		r->gone = true;
	ask(r, WIRE_HOOK_HALTED);
}

/* The environment of a hook; nothing of it comes from elsewhere. */
static void
env_make(const struct wire_hook *m, char text[ENV_MAX][ENV_TEXT],
    char *env[ENV_MAX + 1])
{
	const struct passwd *pw = getpwuid(getuid());
	const bool before = m->phase == WIRE_BEFORE;
	struct utsname u;
	size_t n = 0;

	memset(&u, 0, sizeof(u));
	(void)uname(&u);
	snprintf(text[n++], ENV_TEXT, "PATH=" PATHS);
	snprintf(text[n++], ENV_TEXT, "SHELL=/bin/sh");
	snprintf(text[n++], ENV_TEXT, "LANG=C.UTF-8");
	if (pw != NULL) {
		snprintf(text[n++], ENV_TEXT, "HOME=%s", pw->pw_dir);
		snprintf(text[n++], ENV_TEXT, "USER=%s", pw->pw_name);
		snprintf(text[n++], ENV_TEXT, "LOGNAME=%s", pw->pw_name);
	}
	snprintf(text[n++], ENV_TEXT, "KHO_HOST=%s", u.nodename);
	snprintf(text[n++], ENV_TEXT, "KHO_SET=%s", m->set);
	snprintf(text[n++], ENV_TEXT, "KHO_HOOK=%s", m->name);
	snprintf(text[n++], ENV_TEXT, "KHO_PHASE=%s", before ? "before" :
	    "after");
	if (!before)
		snprintf(text[n++], ENV_TEXT, "KHO_RESULT=%s", m->phase ==
		    WIRE_AFTER ? "ok" : "failed");
	env[n] = NULL;
	while (n-- > 0)
		env[n] = text[n];
}

/* In the child: become the hook. */
static void __attribute__((noreturn))
become(const struct run *r, int out)
{
	static char text[ENV_MAX][ENV_TEXT];
	char *env[ENV_MAX + 1], path[PATH_MAX];
	char *argv[] = { path, NULL };
	sigset_t none;

	/* No orphan where the runner is killed. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	snprintf(path, sizeof(path), "%s/%s", r->dir, r->hook.name);
	env_make(&r->hook, text, env);
	if (dup2(out, STDOUT_FILENO) != -1 &&
	    dup2(out, STDERR_FILENO) != -1)
		execve(path, argv, env);
	dprintf(out, "%s: cannot be executed: %s\n", r->hook.name,
	    strerror(errno));
	_exit(126);
}

static int
begin(struct run *r)
{
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) == -1)
		return ERR_IO;
	if ((r->pid = fork()) == 0)
		become(r, pair[1]);
	close(pair[1]);
	if (r->pid == -1) {
		close(pair[0]);
		return ERR_IO;
	}
	r->out = pair[0];
	r->began = clock_mono_ms();
	r->until = r->began + (int64_t)r->hook.timeout * 1000;
	return fdio_nonblock(r->out, 1);
}

/* Tell whether it has ended; it is not reaped yet. */
static bool
ended(const struct run *r)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	return waitid(P_PID, (id_t)r->pid, &info,
	    WEXITED | WNOHANG | WNOWAIT) == -1 || info.si_pid == r->pid;
}

/*
 * Wait for its end, or until nothing helps: a program that has become
 * another user cannot be ended from here.
 */
static bool
await(struct run *r)
{
	int64_t now;

	while (!ended(r)) {
		struct pollfd p[] = {
			{ r->gone ? -1 : SOCKET, POLLIN, 0 },
			{ r->out, POLLIN, 0 }
		};

		(void)poll(p, 2, TICK_MS);
		output_take(r);
		if (p[0].revents != 0)
			agent_heed(r);
		now = clock_mono_ms();
		if (now >= r->until)
			ask(r, WIRE_HOOK_TIMEOUT);
		if (r->kill_at == 0 || now < r->kill_at)
			continue;
		if (r->killed)
			return false;
		signal_all(r, SIGKILL);
		r->killed = true;
		r->kill_at = now + GRACE_MS;
	}
	return true;
}

/* Run the hook; *m borrows from r. */
static void
run(struct run *r, struct wire_hooked *m)
{
	int status = 0;

	if (begin(r) != 0) {
		m->output = (const uint8_t *)"it cannot be started";
		m->output_len = strlen((const char *)m->output);
		return;
	}
	m->result = r->why;
	if (await(r)) {
		output_take(r);
		/* What it left behind in its group ends with it. */
		(void)kill(-r->pid, SIGKILL);
		if (waitpid(r->pid, &status, 0) == r->pid && r->kill_at == 0) {
			m->result = WIFSIGNALED(status) ? WIRE_HOOK_SIGNAL :
			    WIRE_HOOK_EXITED;
			m->status = (uint32_t)(WIFSIGNALED(status) ?
			    WTERMSIG(status) : WEXITSTATUS(status));
		}
	}
	if (r->kill_at != 0)
		m->result = r->why;
	fdio_close(&r->out);
	m->ms = (uint64_t)(clock_mono_ms() - r->began);
	m->output = r->last;
	m->output_len = r->len;
}

/* Act on one packet of the agent: a HOOK, or a HALT that came too late. */
static int
packet(const char *dir, const uint8_t *p, size_t len)
{
	struct run r = { .dir = dir, .pid = -1, .out = -1 };
	struct wire_hooked m = { .result = WIRE_HOOK_REFUSED };
	char why[ALLOW_WHY_MAX];
	struct buf *in = NULL, *out = NULL;
	int rv;

	if (p[0] == WIRE_HALT)
		return 0;
	if ((rv = buf_borrow(p + 1, len - 1, &in)) != 0 ||
	    (rv = buf_new(PACKET_MAX, &out)) != 0 ||
	    (rv = wire_hook_decode(in, &r.hook)) != 0)
		goto out;
	if (allow_directory(dir, why) != 0 ||
	    allow_hook(dir, r.hook.name, why) != 0) {
		m.output = (const uint8_t *)why;
		m.output_len = strlen(why);
	} else
		run(&r, &m);
	if ((rv = wire_hooked_encode(&m, out)) != 0)
		goto out;
	if (r.gone || write(SOCKET, buf_ptr(out), buf_len(out)) == -1)
		rv = ERR_CLOSED;
 out:
	buf_free(in);
	buf_free(out);
	return rv;
}

/*
 * Nothing of the agent's rights goes to a hook: it is no reader of other
 * people's files.  Root stays root: its hooks need what root has.
 */
static void
rights_drop(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct none[2];

	memset(none, 0, sizeof(none));
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (geteuid() != 0 && syscall(SYS_capset, &head, none) == -1)
		_exit(1);
}

/* Leave no descriptor but the socket's. */
static void
close_others(int fd)
{
	const int null = open("/dev/null", O_RDWR);
	int i;

	if (null == -1 || dup2(null, 0) == -1 || dup2(null, 1) == -1 ||
	    dup2(null, 2) == -1)
		_exit(1);
	if (fd != SOCKET && dup2(fd, SOCKET) == -1)
		_exit(1);
	(void)fcntl(SOCKET, F_SETFD, FD_CLOEXEC);
	if (syscall(SYS_close_range, SOCKET + 1, ~0u, 0) == -1)
		for (i = SOCKET + 1; i < (int)sysconf(_SC_OPEN_MAX); i++)
			(void)close(i);
}

void
hookrun_main(int fd, const char *dir)
{
	uint8_t p[PACKET_MAX];
	ssize_t n;

	(void)prctl(PR_SET_NAME, "backup-hooks");
	setsid();
	signal(SIGPIPE, SIG_IGN);
	close_others(fd);
	rights_drop();
	if (chdir("/") == -1)
		_exit(1);
	for (;;) {
		n = read(SOCKET, p, sizeof(p));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0 || packet(dir, p, (size_t)n) != 0)
			_exit(0);
	}
}
