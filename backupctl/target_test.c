/* target_test.c: backupctl target test: what can be done with a target? */
#include <stdio.h>
#include <string.h>

#include "backupctl/command.h"
#include "backupctl/promises.h"
#include "backupd/target.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hex.h"
#include "cli/json.h"
#include "cli/text.h"
#include "crypto/secret.h"
#include "policy/policy.h"
#include "store/store.h"

#define PROBE_LEN (1u << 20)
#define PROBE_RANDOM 16
#define STEPS_MAX 8

/* One step that was tried. */
struct step {
	const char *name;
	int	 code;		/* ERR_ */
	const char *text;	/* why it failed */
	uint64_t ns;
};

struct probe {
	struct store *s;
	char	 name[64];
	uint8_t	 data[PROBE_LEN];
	struct step steps[STEPS_MAX];
	size_t	 n;
};

static int
step_add(struct probe *p, const char *name, uint64_t began, int r,
    const char *text)
{
	p->steps[p->n++] = (struct step){ .name = name, .code = r,
	    .text = r != 0 && text == NULL ? err_text(r) : text,
	    .ns = clock_mono_ns() - began };
	return r;
}

static int
probe_write(struct probe *p)
{
	uint64_t began = clock_mono_ns();

	return step_add(p, "write and sync", began, store_put_exclusive(p->s,
	    p->name, p->data, sizeof(p->data)), NULL);
}

static int
probe_read(struct probe *p)
{
	uint64_t began = clock_mono_ns();
	const char *text = NULL;
	struct buf *b = NULL;
	int r;

	if ((r = buf_new(PROBE_LEN, &b)) == 0 &&
	    (r = store_get_all(p->s, p->name, PROBE_LEN, b)) == 0 &&
	    (buf_len(b) != PROBE_LEN ||
	    memcmp(buf_ptr(b), p->data, PROBE_LEN) != 0)) {
		r = ERR_CORRUPT;
		text = "what was read is not what was written";
	}
	buf_free(b);
	return step_add(p, "read back", began, r, text);
}

/* Two writers must never both succeed with one name. */
static int
probe_again(struct probe *p)
{
	uint64_t began = clock_mono_ns();
	int r = store_put_exclusive(p->s, p->name, p->data, 1);

	if (r == ERR_EXIST)
		return step_add(p, "refuse to replace", began, 0, NULL);
	return step_add(p, "refuse to replace", began,
	    r == 0 ? ERR_CORRUPT : r, r == 0 ?
	    "an object was replaced by another of its name" : NULL);
}

/* Others must find what is there. */
static int
probe_list(struct probe *p)
{
	uint64_t began = clock_mono_ns(), size;
	struct store_list *l = NULL;
	const char *name;
	int r;

	if ((r = store_list_new(p->s, p->name, &l)) != 0)
		return step_add(p, "find in a list", began, r, NULL);
	r = store_list_next(l, &name, &size);
	if (r == 1)
		r = strcmp(name, p->name) == 0 && size == PROBE_LEN ? 0 :
		    ERR_CORRUPT;
	else if (r == 0)
		r = ERR_NOENT;
	store_list_free(l);
	return step_add(p, "find in a list", began, r, r == ERR_NOENT ?
	    "what was just written is not in the list" : NULL);
}

static int
probe_delete(struct probe *p)
{
	uint64_t began = clock_mono_ns(), size;
	const char *text = NULL;
	int r;

	if ((r = store_delete(p->s, p->name)) == 0 &&
	    (r = store_size(p->s, p->name, &size)) == 0) {
		r = ERR_CORRUPT;
		text = "it is still there";
	} else if (r == ERR_NOENT)
		r = 0;
	return step_add(p, "delete", began, r, text);
}

/* Try all; what is left of the probe goes in any case. */
static int
probe_run(struct probe *p)
{
	uint8_t raw[PROBE_RANDOM];
	char hex[2 * PROBE_RANDOM + 1];
	int r;

	crypto_random(raw, sizeof(raw));
	hex_format(raw, sizeof(raw), hex);
	snprintf(p->name, sizeof(p->name), "gc/probe-%s", hex);
	crypto_random(p->data, sizeof(p->data));
	if ((r = probe_write(p)) != 0)
		return r;
	if ((r = probe_read(p)) == 0)
		r = probe_list(p);
	if (r == 0)
		r = probe_again(p);
	if (r == 0)
		return probe_delete(p);
	(void)probe_delete(p);
	return r;
}

static enum cli_exit
tell_json(const struct cli *cli, const struct opened *o,
    const struct probe *p, enum cli_exit code)
{
	char id[2 * REPO_ID_LEN + 1];
	struct store_promises promises;
	struct store_room room = { 0 };
	struct cli_json *j;
	size_t i;

	if (cli_json_new(&j) != 0)
		return cli_fail(cli, CLI_EXIT_FAILED, "out of memory");
	(void)!store_room(o->store, &room);
	hex_format(repo_params(o->repo)->id, REPO_ID_LEN, id);
	cli_json_str(j, "target", o->target->name);
	cli_json_str(j, "path", o->target->url);
	cli_json_str(j, "repository", id);
	cli_json_int(j, "total", (int64_t)room.total);
	cli_json_int(j, "free", (int64_t)room.free);
	if (store_promises(o->store, &promises) == 0)
		promises_json(j, &promises);
	cli_json_array(j, "steps");
	for (i = 0; i < p->n; i++) {
		cli_json_object(j, NULL);
		cli_json_str(j, "step", p->steps[i].name);
		cli_json_bool(j, "ok", p->steps[i].code == 0);
		cli_json_int(j, "microseconds",
		    (int64_t)(p->steps[i].ns / 1000));
		cli_json_str(j, "text", p->steps[i].text);
		cli_json_end(j);
	}
	cli_json_end(j);
	return command_answer(cli, j, code);
}

static void
tell_text(const struct opened *o, const struct probe *p)
{
	char id[2 * REPO_ID_LEN + 1], free[CLI_TEXT_MAX], total[CLI_TEXT_MAX];
	struct store_promises promises;
	struct store_room room;
	const struct step *s;
	size_t i;

	hex_format(repo_params(o->repo)->id, REPO_ID_LEN, id);
	printf("ok    there: %s\n"
	    "ok    the right repository, and the key opens it: %s\n",
	    o->target->url, id);
	if (store_room(o->store, &room) == 0 && room.total != UINT64_MAX) {
		cli_size_format(room.free, free);
		cli_size_format(room.total, total);
		printf("ok    free: %s of %s\n", free, total);
	}
	for (i = 0; i < p->n; i++) {
		s = &p->steps[i];
		printf("%-5s %s: %s%s%.1f ms for 1 MiB\n",
		    s->code == 0 ? "ok" : "FAIL", s->name,
		    s->code == 0 ? "" : s->text, s->code == 0 ? "" : "; ",
		    (double)s->ns / 1e6);
	}
	if (store_promises(o->store, &promises) == 0)
		promises_print(&promises);
	printf("What was synced is believed to be on the disk; whether it is,"
	    " only a power cut shows.\n");
}

/* May it be written to, and is there room? */
static enum cli_exit
room_test(const struct cli *cli, const struct opened *o)
{
	struct target_trouble trouble;
	struct store *s = NULL;
	struct target_ask ask;

	target_ask_about(o->target, &ask);
	ask.writes = true;

	if (target_open(&ask, repo_params(o->repo)->id, &s, &trouble) != 0)
		return cli_fail(cli, trouble.code, "%s; %s", trouble.text,
		    trouble.remedy);
	store_close(s);
	return CLI_EXIT_OK;
}

enum cli_exit
command_target_test(struct cli *cli)
{
	const char *name = cli->nargs > 0 ? cli->args[0] : NULL;
	static struct probe p;
	struct opened o = { .repo = NULL };
	enum cli_exit code;
	int r;

	if ((code = command_open(cli, name, &o)) != CLI_EXIT_OK ||
	    (code = room_test(cli, &o)) != CLI_EXIT_OK)
		goto out;
	p.s = o.store;
	if ((r = probe_run(&p)) != 0)
		code = r == ERR_NOSPACE || r == ERR_DENIED ?
		    CLI_EXIT_TARGET : cli_exit_from_err(r);
	if (cli->json)
		code = tell_json(cli, &o, &p, code);
	else
		tell_text(&o, &p);
 out:
	command_close(&o);
	return code;
}
