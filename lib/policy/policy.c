/* policy.c: load a policy file: trust it, read it, check it, build it. */
#include "policy/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "base/path.h"
#include "policy/effective.h"
#include "policy/internal.h"

/* The whole of it, freed by policy_free through its first member. */
struct loaded {
	struct policy policy;
	struct arena *arena;
};

/* Refuse what is no file, what others can write, and what is too big. */
static int
check_file(const struct stat *st, struct policy_report *r)
{
	if (!S_ISREG(st->st_mode)) {
		report_add(r, POLICY_P001_FILE, NULL, "name a policy file",
		    "this is not a regular file");
		return ERR_CONFIG;
	}
	if (st->st_uid != 0 && st->st_uid != geteuid()) {
		report_add(r, POLICY_P002_TRUST, NULL, "chown root FILE",
		    "the file belongs to another user (uid %u)",
		    (unsigned int)st->st_uid);
		return ERR_CONFIG;
	}
	if ((st->st_mode & 022) != 0) {
		report_add(r, POLICY_P002_TRUST, NULL, "chmod go-w FILE",
		    "group or others can write the file (mode %04o)",
		    (unsigned int)st->st_mode & 07777);
		return ERR_CONFIG;
	}
	if ((uint64_t)st->st_size > POLICY_FILE_MAX) {
		report_add(r, POLICY_P003_SIZE, NULL, "name a policy file",
		    "the file is larger than 4 MiB and was not read");
		return ERR_CONFIG;
	}
	return 0;
}

/* Append the file to b, with a NUL after it. */
static int
read_file(const char *path, struct policy_report *r, struct buf *b)
{
	uint8_t *p;
	struct stat st;
	size_t len = 0, room;
	int fd = -1, err;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1 ||
	    fstat(fd, &st) == -1) {
		report_add(r, POLICY_P001_FILE, NULL,
		    "name the policy file with -c FILE", "cannot read it: %s",
		    strerror(errno));
		err = err_from_errno(errno);
		goto out;
	}
	if ((err = check_file(&st, r)) != 0)
		goto out;
	room = (size_t)st.st_size + 1;
	if ((err = buf_reserve(b, room, &p)) != 0)
		goto out;
	if ((err = fdio_pread(fd, p, room, 0, &len)) != 0) {
		report_add(r, POLICY_P001_FILE, NULL, "check the disk",
		    "cannot read it: %s", err_text(err));
		goto out;
	}
	if (len == room) {
		report_add(r, POLICY_P001_FILE, NULL, "try again",
		    "the file grew while it was read");
		err = ERR_CHANGED;
		goto out;
	}
	p[len] = '\0';
	buf_trim(b, room - len - 1);
 out:
	fdio_close(&fd);
	return err;
}

/* The length of the UTF-8 character at p, or 0 if there is none. */
static size_t
utf8_length(const uint8_t *p, size_t left)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c;
	size_t n, i;

	if (p[0] < 0x80)
		return p[0] != '\0';
	n = p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : p[0] >= 0xe0 && p[0] < 0xf0 ?
	    3 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : 0;
	if (n == 0 || n > left)
		return 0;
	c = p[0] & (0xffu >> (n + 1));
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	return c >= least[n] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) ?
	    n : 0;
}

static int
check_text(const uint8_t *p, size_t len, struct policy_report *r)
{
	struct place at = { .line = 1, .col = 1, .width = 1 };
	size_t i, n;

	for (i = 0; i < len; i += n) {
		if ((n = utf8_length(p + i, len - i)) == 0) {
			report_add(r, POLICY_P004_BINARY, &at,
			    "save it as plain text, UTF-8",
			    "this is not UTF-8 text");
			return ERR_CONFIG;
		}
		if (p[i] == '\n') {
			at.line++;
			at.col = 1;
		} else if (n != 3 || i != 0 || memcmp(p, "\xEF\xBB\xBF", 3))
			at.col++;
	}
	return 0;
}

/*
 * Report as much as can be trusted: after a lost bracket, keys are not where
 * they seem to be; after any syntax error, something may only seem missing.
 */
static int
check_meaning(const char *text, size_t len, struct policy_report *r)
{
	struct arena *a = NULL;
	struct node *root;
	int err;

	if ((err = arena_new(&a)) != 0)
		return err;
	if ((err = policy_parse(text, len, a, r, &root)) != 0)
		goto out;
	if (!report_has(r, POLICY_P007_UNCLOSED, POLICY_P007_UNCLOSED) &&
	    !report_has(r, POLICY_P013_DEPTH, POLICY_P013_DEPTH))
		policy_check(root, r);
	if (!report_has(r, POLICY_P005_SYNTAX, POLICY_P013_DEPTH))
		policy_rules(root, r);
	if (policy_report_count(r, POLICY_ERROR) > 0)
		err = ERR_CONFIG;
 out:
	arena_free(a);
	return err;
}

/* The absolute directory of the file, from the arena. */
static int
absolute_dir(const char *path, struct arena *a, const char **dirp)
{
	char *dir = NULL, *real = NULL;
	const char *kept = NULL;
	int r;

	if ((r = path_dirname(path, &dir)) != 0)
		goto out;
	if ((real = realpath(dir, NULL)) == NULL) {
		r = err_from_errno(errno);
		goto out;
	}
	/* "/" would double the slash of what is joined to it. */
	kept = arena_strndup(a, real, strcmp(real, "/") == 0 ? 0 :
	    strlen(real));
	if (kept == NULL)
		r = ERR_NOMEM;
	else
		*dirp = kept;
 out:
	free(real);
	free(dir);
	return r;
}

static int
build(const char *path, const char *text, struct policy_report *r,
    const struct policy **pp)
{
	struct loaded *l = NULL;
	struct policy *built;
	const char *dir = "";
	int err;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	if ((err = arena_new(&l->arena)) != 0 ||
	    (err = absolute_dir(path, l->arena, &dir)) != 0 ||
	    (err = policy_build(text, dir, l->arena, r, &built)) != 0)
		goto out;
	l->policy = *built;
	l->policy.file = arena_strndup(l->arena, path, strlen(path));
	if (l->policy.file == NULL) {
		err = ERR_NOMEM;
		goto out;
	}
	*pp = &l->policy;
	l = NULL;		/* now the caller's */
 out:
	if (l != NULL)
		policy_free(&l->policy);
	return err;
}

/*
 * Read the file into b and check it.  *textp, terminated and without a byte
 * order mark, is borrowed from b.
 */
static int
read_policy(const char *path, struct policy_report *report, struct buf *b,
    const char **textp)
{
	const char *text;
	size_t len;
	int r;

	if ((r = report_file(report, path, NULL, 0)) != 0 ||
	    (r = read_file(path, report, b)) != 0)
		return r;
	text = (const char *)buf_ptr(b);
	len = buf_len(b) - 1;
	if ((r = report_file(report, path, text, len)) != 0 ||
	    (r = check_text(buf_ptr(b), len, report)) != 0 ||
	    (r = check_meaning(text, len, report)) != 0)
		return r;
	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		text += 3;
	*textp = text;
	return 0;
}

int
policy_load(const char *path, struct policy_report *report,
    const struct policy **pp)
{
	struct buf *b = NULL;
	const char *text;
	int r, finished;

	if ((r = buf_new(POLICY_FILE_MAX + 1, &b)) == 0 &&
	    (r = read_policy(path, report, b, &text)) == 0)
		r = build(path, text, report, pp);
	if ((finished = report_finish(report)) != 0 && r == 0) {
		policy_free(*pp);
		r = finished;
	}
	buf_free(b);
	return r;
}

int
policy_effective_load(const char *path, const char *host,
    struct policy_report *report, struct policy_effective **ep)
{
	struct buf *b = NULL;
	const char *text;
	int r, finished;

	if ((r = buf_new(POLICY_FILE_MAX + 1, &b)) == 0 &&
	    (r = read_policy(path, report, b, &text)) == 0)
		r = effective_build(text, host, report, ep);
	if ((finished = report_finish(report)) != 0 && r == 0) {
		policy_effective_free(*ep);
		r = finished;
	}
	buf_free(b);
	return r;
}

void
policy_free(const struct policy *p)
{
	struct loaded *l;

	if (p == NULL)
		return;
	l = (struct loaded *)(uintptr_t)p;	/* it is the first member */
	arena_free(l->arena);
	free(l);
}

const struct policy_host *
policy_host_find(const struct policy *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->nhosts; i++)
		if (strcmp(p->hosts[i].name, name) == 0)
			return &p->hosts[i];
	return NULL;
}

const struct policy_source *
policy_source_find(const struct policy_host *h, const char *set)
{
	size_t i;

	for (i = 0; i < h->nsources; i++)
		if (strcmp(h->sources[i].set->name, set) == 0)
			return &h->sources[i];
	return NULL;
}

const struct policy_group *
policy_group_find(const struct policy *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->ngroups; i++)
		if (strcmp(p->groups[i].name, name) == 0)
			return &p->groups[i];
	return NULL;
}

const struct policy_target *
policy_target_find(const struct policy *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->ntargets; i++)
		if (strcmp(p->targets[i].name, name) == 0)
			return &p->targets[i];
	return NULL;
}

const struct policy_target *
policy_target_primary(const struct policy *p)
{
	size_t i;

	for (i = 0; i < p->ntargets; i++)
		if (p->targets[i].primary && p->targets[i].url != NULL)
			return &p->targets[i];
	return NULL;
}
