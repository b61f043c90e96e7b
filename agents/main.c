/* main.c: backup-agent: what runs on the host that is backed up. */
#include "config.h"

#include <sys/resource.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/hooks.h"
#include "agents/info.h"
#include "agents/job.h"
#include "agents/local.h"
#include "agents/serve.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/path.h"
#include "wire/delta.h"
#include "wire/hook.h"

#define BASES_MAX 64
#define FRAME_MEMORY (4 << 20)	/* more than any frame takes */
#define NICE 10			/* people who work here come first */

enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2
};

static const char help[] =
    "usage: backup-agent serve --root DIR [--root DIR]... [--hooks DIR]\n"
    "       backup-agent info [--hostkey] [--json]\n"
    "       backup-agent hooks list [--hooks DIR] [--json]\n"
    "       backup-agent --help | --version\n"
    "\n"
    "Read files of this host for a backup server. The agent never writes\n"
    "anything; hooks are programs of this host's own.\n"
    "\n"
    "serve      speak the pull protocol on standard input and output; meant\n"
    "           for the forced command of a key in authorized_keys\n"
    "  --root DIR   allow reading below DIR, an absolute path\n"
    "  --hooks DIR  allow the programs in DIR to be run before and after a\n"
    "           job, by their names; none without it\n"
    "hooks list tell which of them are allowed and which are refused, and "
    "why\n"
    "  --hooks DIR  the directory, " HOOKS_DIR " if not given\n"
    "  --json       as one JSON object\n"
    "info       tell what this agent is and may read\n"
    "  --hostkey    show the keys of this host's sshd and their "
    "fingerprints\n"
    "  --json       as one JSON object\n";

static int
usage(const char *problem, const char *what)
{
	fprintf(stderr, "backup-agent: %s%s%s, see backup-agent --help\n",
	    problem, what[0] == '\0' ? "" : " ", what);
	return EXIT_USAGE;
}

/* Open a directory that may be read. */
static int
base_open(struct base *b, const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	if (!path_abs_ok((const uint8_t *)path, len))
		return usage("not a clean absolute path:", path);
	if ((b->path = strndup(path, len)) == NULL)
		return EXIT_FAILED;
	b->fd = open(b->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->fd == -1) {
		log_errno(errno, "root %s: open", b->path);
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static void
bases_close(struct base *bases, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free(bases[i].path);
		fdio_close(&bases[i].fd);
	}
}

static int
serve(struct base *bases, size_t n, struct hooks *hooks)
{
	struct source src;
	const struct serve_params p = {
		.bases = bases, .nbases = n, .hooks = hooks, .src = &src,
		.features = SERVE_AGENT_FEATURES, .sandbox = SANDBOX_AGENT
	};
	struct sigaction ignore;
	int r;

	memset(&ignore, 0, sizeof(ignore));
	ignore.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &ignore, NULL);
	if (setpriority(PRIO_PROCESS, 0, NICE) == -1)
		log_errno(errno, "process: set niceness");
	/* One arena for all threads: memory that is free is free for all. */
	mallopt(M_ARENA_MAX, 1);
	/* What one frame has let go the next one takes, without a fault. */
	mallopt(M_MMAP_THRESHOLD, FRAME_MEMORY);
	mallopt(M_TRIM_THRESHOLD, 4 * FRAME_MEMORY);
	if ((r = source_init(&src, &local_ops)) == 0)
		r = serve_run(&p);
	source_clear(&src);
	if (r != 0)
		log_err(r, "backup-agent: serve");
	return r == 0 ? EXIT_OK : EXIT_FAILED;
}

/* What serve was told. */
struct serve_options {
	const char *roots[BASES_MAX];
	size_t	 n;
	const char *hooks;		/* NULL: none */
	bool	 help;
};

static int
serve_options(int argc, char **argv, struct serve_options *o)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "hooks", required_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while (!o->help &&
	    (c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == '?')
			return EXIT_USAGE;
		if (c == 'r' && o->n == BASES_MAX)
			return usage("too many --root", "");
		if (c == 'k' && o->hooks != NULL)
			return usage("more than one --hooks", "");
		if (c == 'r')
			o->roots[o->n++] = optarg;
		if (c == 'k')
			o->hooks = optarg;
		o->help = c == 'h';
	}
	if (o->help)
		return EXIT_OK;
	if (optind < argc)
		return usage("unexpected argument:", argv[optind]);
	if (o->n == 0)
		return usage("serve needs --root", "");
	if (o->hooks != NULL && o->hooks[0] != '/')
		return usage("not an absolute path:", o->hooks);
	return EXIT_OK;
}

static int
serve_main(int argc, char **argv)
{
	struct serve_options o = { .n = 0 };
	struct base bases[BASES_MAX];
	struct hooks *hooks = NULL;
	size_t n = 0;
	int code;

	if ((code = serve_options(argc, argv, &o)) != EXIT_OK)
		return code;
	if (o.help) {
		fputs(help, stdout);
		return EXIT_OK;
	}
	/* Before all else: what hooks get of this process is nothing. */
	if (o.hooks != NULL && hooks_start(o.hooks, &hooks) != 0)
		return EXIT_FAILED;
	while (code == EXIT_OK && n < o.n) {
		bases[n].path = NULL;
		bases[n].fd = -1;
		code = base_open(&bases[n], o.roots[n]);
		n++;
	}
	if (code == EXIT_OK)
		code = serve(bases, n, hooks);
	hooks_free(hooks);
	bases_close(bases, n);
	return code;
}

static int
hooks_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "hooks", required_argument, NULL, 'k' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	const char *dir = HOOKS_DIR;
	bool json = false;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (c == '?')
			return EXIT_USAGE;
		if (c == 'k')
			dir = optarg;
		json = json || c == 'j';
	}
	if (optind != argc - 1 || strcmp(argv[optind], "list") != 0)
		return usage("hooks: say", "list");
	return hooklist_print(dir, json) == 0 ? EXIT_OK : EXIT_FAILED;
}

static int
info_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "hostkey", no_argument, NULL, 'k' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	bool hostkey = false, json = false;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (c == '?')
			return EXIT_USAGE;
		hostkey = hostkey || c == 'k';
		json = json || c == 'j';
	}
	if (optind < argc)
		return usage("unexpected argument:", argv[optind]);
	return info_print(hostkey, json) == 0 ? EXIT_OK : EXIT_FAILED;
}

int
main(int argc, char **argv)
{
	log_open("backup-agent", LOG_WARN);
	if (argc < 2)
		return usage("no command", "");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		fputs(help, stdout);
		return EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("backup-agent %s\n", PACKAGE_VERSION);
		return EXIT_OK;
	}
	if (strcmp(argv[1], "serve") == 0)
		return serve_main(argc - 1, argv + 1);
	if (strcmp(argv[1], "info") == 0)
		return info_main(argc - 1, argv + 1);
	if (strcmp(argv[1], "hooks") == 0)
		return hooks_main(argc - 1, argv + 1);
	return usage("unknown command:", argv[1]);
}
