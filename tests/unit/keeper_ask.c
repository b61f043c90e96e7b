/* keeper_ask.c: the asking half of the small keeper. */
#include "config.h"

#include "tests/unit/keeper.h"

#include <sys/wait.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "codec/compress.h"
#include "wire/request.h"
#include "wire/start.h"

int
keeper_send_end(struct keeper *k, struct buf *b, size_t mark, int r)
{
	if (r == 0 && (r = wire_end(b, mark)) == 0)
		r = keeper_send(k, buf_ptr(b), buf_len(b));
	buf_free(b);
	return r;
}

int
keeper_send_begin(enum wire_type type, struct buf **bp, size_t *markp)
{
	int r;

	if ((r = buf_new(4u << 20, bp)) != 0)
		return r;
	return wire_begin(*bp, type, markp);
}

int
keeper_spawn(struct keeper *k, const char *const *bases)
{
	const char *dir = getenv("top_builddir"), *argv[32];
	char path[4096];
	int to[2], from[2], n = 0;
	void (*paged)(struct keeper *, void *) = k->paged;
	void *arg = k->arg;

	memset(k, 0, sizeof(*k));
	k->paged = paged;
	k->arg = arg;
	snprintf(path, sizeof(path), "%s/agents/backup-agent", dir ? dir : ".");
	argv[n++] = path;
	argv[n++] = "serve";
	for (; *bases != NULL; bases++) {
		argv[n++] = "--root";
		argv[n++] = *bases;
	}
	argv[n] = NULL;
	if (pipe2(to, O_CLOEXEC) == -1 || pipe2(from, O_CLOEXEC) == -1)
		return ERR_IO;
	if ((k->pid = fork()) == -1)
		return ERR_IO;
	if (k->pid == 0) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		execv(path, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	k->out = to[1];
	k->in = from[0];
	if (wire_reader_new(WIRE_AGENT, &k->reader) != 0 ||
	    decompressor_new(&k->decompressor) != 0)
		return ERR_NOMEM;
	return 0;
}

int
keeper_send(struct keeper *k, const void *data, size_t len)
{
	return fdio_write_all(k->out, data, len);
}

/* A NULL-ended array as the message wants it. */
static size_t
bytes_of(const char *const *texts, struct wire_bytes *out)
{
	size_t n = 0;

	for (; texts != NULL && texts[n] != NULL; n++) {
		out[n].data = (const uint8_t *)texts[n];
		out[n].len = strlen(texts[n]);
	}
	return n;
}

int
keeper_start(struct keeper *k, const struct kstart *s)
{
	const struct wire_hello hello = { s->features };
	struct wire_bytes roots[8], excludes[64];
	struct wire_start m = {
		.flags = s->flags, .level = 3, .chunk_min = 65536,
		.chunk_avg = 262144, .chunk_max = 1048576,
		.frame_max = s->frame_max == 0 ? 1048576 : s->frame_max,
		.roots = roots, .excludes = excludes
	};
	struct buf *b;
	size_t mark;
	int r;

	k->features = s->features;
	m.nroots = bytes_of(s->roots, roots);
	m.nexcludes = bytes_of(s->excludes, excludes);
	if ((r = buf_new(64, &b)) != 0 || (r = wire_preamble(b)) != 0 ||
	    (r = keeper_send(k, buf_ptr(b), buf_len(b))) != 0)
		return r;
	buf_free(b);
	if ((r = keeper_send_begin(WIRE_HELLO, &b, &mark)) != 0 ||
	    (r = keeper_send_end(k, b, mark,
	    wire_hello_encode(&hello, b))) != 0 ||
	    (r = keeper_send_begin(WIRE_START, &b, &mark)) != 0)
		return r;
	return keeper_send_end(k, b, mark, wire_start_encode(&m, b));
}

int
keeper_digest(struct keeper *k, uint32_t root)
{
	const struct wire_digest m = { root };
	struct buf *b;
	size_t mark;
	int r;

	if ((r = keeper_send_begin(WIRE_DIGEST, &b, &mark)) != 0)
		return r;
	return keeper_send_end(k, b, mark, wire_digest_encode(&m, b));
}

/* Note a directory whose end must come. */
struct kdir *
keeper_dir(struct keeper *k, uint64_t dir, uint32_t root, char *path)
{
	struct kdir *d;

	k->dirs = keeper_grown(k->dirs, k->ndirs, sizeof(*d));
	d = &k->dirs[k->ndirs++];
	memset(d, 0, sizeof(*d));
	d->dir = dir;
	d->root = root;
	d->path = path;
	return d;
}

int
keeper_list(struct keeper *k, uint64_t dir, uint32_t root, bool recurse,
    const char *path)
{
	const struct wire_list m = {
		.dir = dir, .root = root, .flags = recurse ? WIRE_RECURSE : 0,
		.path = (const uint8_t *)path, .path_len = strlen(path)
	};
	struct buf *b;
	size_t mark;
	int r;

	keeper_dir(k, dir, root, strdup(path))->recurse = recurse;
	if ((r = keeper_send_begin(WIRE_LIST, &b, &mark)) != 0)
		return r;
	return keeper_send_end(k, b, mark, wire_list_encode(&m, b));
}

int
keeper_close(struct keeper *k)
{
	int status = 0;

	fdio_close(&k->out);
	fdio_close(&k->in);
	if (k->pid > 0)
		waitpid(k->pid, &status, 0);
	k->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
keeper_bye(struct keeper *k, int *statusp)
{
	struct buf *b;
	size_t mark;
	int r;

	if ((r = keeper_send_begin(WIRE_BYE, &b, &mark)) != 0 ||
	    (r = keeper_send_end(k, b, mark, 0)) != 0)
		return r;
	while (r == 0 && !k->done)
		r = keeper_step(k);
	*statusp = keeper_close(k);
	return r != 0 ? r : k->error;
}
