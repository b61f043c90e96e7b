/* meter.c: what a command and its servers cost: time, CPU, memory. */
#include "config.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * meter -o FILE [-t SECONDS] [-s SERVER]... COMMAND [ARGUMENT]...
 *
 * Each SERVER is a line for sh, started before and ended after; it is ready
 * when it has written "listening" to stderr.  Wall time is the command's
 * alone.  CPU time is that of all processes that come from it or from a
 * server: orphans fall to us, so that every one is waited for and counted.
 * Memory: the high-water mark of the process that had the highest, and the
 * most anonymous memory of any one.  The kernel keeps no mark of the latter:
 * it is looked at every POLL_MS, and all processes are searched for new ones
 * every SEARCH_MS, as that takes longer.  After SECONDS all are killed.
 */
#define POLL_MS 8
#define SEARCH_MS 40
#define KNOWN_MAX 256
#define PROCESSES_MAX 8192
#define SERVERS_MAX 4
#define PATIENCE_MS 20000

struct process {
	pid_t	 pid, parent;
	bool	 ours;
};

/* One of ours, whose statm is at hand. */
struct known {
	pid_t	 pid;
	int	 fd;
	char	 name[32];
};

struct peak {
	unsigned long kib;
	char	 name[32];
};

static struct process processes[PROCESSES_MAX];
static struct known known[KNOWN_MAX];
static size_t nknown;
static struct peak resident, anonymous;
static pid_t servers[SERVERS_MAX];
static int server_err[SERVERS_MAX];
static size_t nservers;

static void
die(const char *what)
{
	fprintf(stderr, "meter: %s: %s\n", what, strerror(errno));
	exit(125);
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Read the beginning of a small file; "" if it is gone. */
static void
slurp(pid_t pid, const char *file, char *text, size_t size)
{
	char path[64];
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, file);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) != -1) {
		n = read(fd, text, size - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
}

/* All processes and their parents. */
static size_t
list(void)
{
	const struct dirent *d;
	char text[512], *p;
	size_t n = 0;
	DIR *dir;

	if ((dir = opendir("/proc")) == NULL)
		die("/proc");
	while ((d = readdir(dir)) != NULL && n < PROCESSES_MAX) {
		if (d->d_name[0] < '1' || d->d_name[0] > '9')
			continue;
		processes[n].pid = (pid_t)strtol(d->d_name, NULL, 10);
		slurp(processes[n].pid, "stat", text, sizeof(text));
		/* A name may hold anything; the last parenthesis ends it. */
		if ((p = strrchr(text, ')')) == NULL || strlen(p) < 4)
			continue;
		processes[n].parent = (pid_t)strtol(p + 4, NULL, 10);
		processes[n].ours = false;
		n++;
	}
	closedir(dir);
	return n;
}

/* Mark those that come from us. */
static void
mark(size_t n)
{
	pid_t self = getpid();
	bool more = true;
	size_t i, j;

	while (more) {
		more = false;
		for (i = 0; i < n; i++) {
			if (processes[i].ours)
				continue;
			for (j = 0; j < n && !(processes[j].ours &&
			    processes[j].pid == processes[i].parent); j++)
				;
			if (j < n || processes[i].parent == self)
				processes[i].ours = more = true;
		}
	}
}

static void
raise_peak(struct peak *p, unsigned long kib, const char *name)
{
	if (kib > p->kib) {
		p->kib = kib;
		snprintf(p->name, sizeof(p->name), "%s", name);
	}
}

/* The number behind a field of /proc/PID/status, 0 if it is not there. */
static unsigned long
field(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at == NULL ? 0 : strtoul(at + strlen(name), NULL, 10);
}

/* Keep statm of a process open; its name may change by execve. */
static void
know(pid_t pid, const char *name)
{
	char path[64];
	size_t i;

	for (i = 0; i < nknown && known[i].pid != pid; i++)
		;
	if (i == nknown) {
		snprintf(path, sizeof(path), "/proc/%ld/statm", (long)pid);
		if (nknown == KNOWN_MAX || (known[i].fd = open(path,
		    O_RDONLY | O_CLOEXEC)) == -1)
			return;
		known[i].pid = pid;
		nknown++;
	}
	snprintf(known[i].name, sizeof(known[i].name), "%s", name);
}

/* Anonymous memory of those that are known. */
static void
poll_known(void)
{
	unsigned long all, pages, shared, page;
	char text[128];
	size_t i = 0;
	ssize_t n;

	page = (unsigned long)sysconf(_SC_PAGESIZE) / 1024;
	while (i < nknown) {
		n = pread(known[i].fd, text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = '\0';
		if (sscanf(text, "%lu %lu %lu", &all, &pages, &shared) != 3) {
			close(known[i].fd);
			known[i] = known[--nknown];
			continue;
		}
		raise_peak(&anonymous, (pages - shared) * page,
		    known[i].name);
		i++;
	}
}

static void
search(void)
{
	char status[4096], name[32];
	size_t i, n = list();

	mark(n);
	for (i = 0; i < n; i++) {
		if (!processes[i].ours)
			continue;
		slurp(processes[i].pid, "status", status, sizeof(status));
		/* Until it executes the command, it is a copy of us. */
		if (sscanf(status, "Name: %31s", name) != 1 ||
		    strcmp(name, "meter") == 0)
			continue;
		raise_peak(&resident, field(status, "VmHWM:"), name);
		know(processes[i].pid, name);
	}
}

/* Kill all that come from us. */
static void
kill_all(void)
{
	size_t i, n = list();

	mark(n);
	for (i = 0; i < n; i++)
		if (processes[i].ours)
			kill(processes[i].pid, SIGKILL);
}

/* Start a child with the signals of a fresh one. */
static pid_t
start(char *const argv[], int errfd)
{
	sigset_t none;
	pid_t pid;

	if ((pid = fork()) == -1)
		die("fork");
	if (pid != 0)
		return pid;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (errfd != -1)
		dup2(errfd, STDERR_FILENO);
	execvp(argv[0], argv);
	fprintf(stderr, "meter: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static void
server_start(const char *line)
{
	char text[8192], command[4096], *argv[] = { "sh", "-c", command, NULL };
	size_t have = 0;
	ssize_t n;
	int p[2];

	if (nservers == SERVERS_MAX || pipe2(p, O_CLOEXEC) == -1)
		die("a server");
	snprintf(command, sizeof(command), "exec %s", line);
	servers[nservers] = start(argv, p[1]);
	close(p[1]);
	for (text[0] = '\0'; strstr(text, "listening") == NULL;
	    text[have] = '\0') {
		n = read(p[0], text + have, sizeof(text) - 1 - have);
		if (n <= 0) {
			fprintf(stderr, "meter: a server ended: %s\n", text);
			exit(125);
		}
		have += (size_t)n;
	}
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	server_err[nservers++] = p[0];
}

/* A full pipe would hold a server up. */
static void
drain(void)
{
	char text[4096];
	size_t i;

	for (i = 0; i < nservers; i++)
		while (read(server_err[i], text, sizeof(text)) > 0)
			;
}

/* Wait for SIGCHLD or the next look, whichever comes first. */
static void
nap(void)
{
	const struct timespec ts = { 0, POLL_MS * 1000000L };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	(void)sigtimedwait(&set, NULL, &ts);
}

/* Until the command ends, or the limit, if not 0, is over; its status. */
static int
watch(pid_t command, double limit)
{
	double next = 0, end = now() + limit;
	int status;
	pid_t pid;

	for (;;) {
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			if (pid == command)
				return status;
		if (pid == -1)
			die("waitpid");
		if (limit > 0 && now() > end) {
			fprintf(stderr, "meter: killed after %.0f s\n", limit);
			kill_all();
			limit = 0;
		}
		if (now() >= next) {
			search();
			drain();
			next = now() + SEARCH_MS / 1000.0;
		}
		poll_known();
		nap();
	}
}

/* End the servers, and wait for all that is left. */
static void
finish(void)
{
	double end = now() + PATIENCE_MS / 1000.0;
	size_t i;
	pid_t pid;

	for (i = 0; i < nservers; i++)
		kill(servers[i], SIGTERM);
	while ((pid = waitpid(-1, NULL, WNOHANG)) != -1) {
		if (pid > 0)
			continue;
		if (now() > end) {
			fprintf(stderr, "meter: a process does not end\n");
			exit(125);
		}
		drain();
		nap();
	}
}

static double
cpu(void)
{
	struct rusage ru;

	if (getrusage(RUSAGE_CHILDREN, &ru) == -1)
		die("getrusage");
	return (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	    (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
}

int
main(int argc, char **argv)
{
	const char *out = NULL;
	sigset_t set;
	double begin, wall, limit = 0;
	int ch, status;
	FILE *f;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
		die("prctl");
	while ((ch = getopt(argc, argv, "+o:s:t:")) != -1) {
		if (ch == 's')
			server_start(optarg);
		else if (ch == 'o')
			out = optarg;
		else if (ch == 't')
			limit = strtod(optarg, NULL);
		else
			return 125;
	}
	if (out == NULL || optind == argc) {
		fprintf(stderr, "usage: meter -o FILE [-t SECONDS] "
		    "[-s SERVER]... COMMAND [ARGUMENT]...\n");
		return 125;
	}
	begin = now();
	status = watch(start(argv + optind, -1), limit);
	wall = now() - begin;
	finish();
	if ((f = fopen(out, "w")) == NULL)
		die(out);
	fprintf(f, "%.3f %.3f %lu %s %lu %s\n", wall, cpu(), resident.kib,
	    resident.kib > 0 ? resident.name : "-", anonymous.kib,
	    anonymous.kib > 0 ? anonymous.name : "-");
	if (fclose(f) != 0)
		die(out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}
