/* promises.c: what a target promises, in words. */
#include "backupctl/promises.h"

#include <stdio.h>

#include "cli/json.h"
#include "store/store.h"

#define DAY 86400

static const char *
exclusive_word(enum store_exclusive e)
{
	return e == STORE_EXCLUSIVE_ATOMIC ? "atomic" : "checked";
}

static const char *
durable_word(enum store_durable d)
{
	switch (d) {
	case STORE_DURABLE_SYNCED:
		return "synced";
	case STORE_DURABLE_READ_BACK:
		return "read back";
	case STORE_DURABLE_WORD:
		break;
	}
	return "by its word";
}

void
promises_json(struct cli_json *j, const struct store_promises *p)
{
	cli_json_object(j, "promises");
	cli_json_str(j, "exclusive", exclusive_word(p->exclusive));
	cli_json_str(j, "durable", durable_word(p->durable));
	cli_json_bool(j, "listed", p->listed);
	cli_json_bool(j, "deletes", p->deletes);
	cli_json_int(j, "lock", (int64_t)p->lock_s);
	cli_json_end(j);
}

void
promises_print(const struct store_promises *p)
{
	if (p->exclusive == STORE_EXCLUSIVE_ATOMIC)
		printf("ok    of two who write one name, one is refused\n");
	else
		printf("note  of two who write one name at the same moment,"
		    " none may be refused:\n      let only one backupd write"
		    " to it\n");
	switch (p->durable) {
	case STORE_DURABLE_SYNCED:
		printf("ok    what is written is synced\n");
		break;
	case STORE_DURABLE_READ_BACK:
		printf("ok    it cannot be told to sync: what is written is"
		    " read back\n");
		break;
	case STORE_DURABLE_WORD:
		printf("note  that what is written is safe is the server's word"
		    " alone\n");
		break;
	}
	if (!p->listed)
		printf("note  a list may come without what was just written\n");
	if (p->lock_s > 0)
		printf("ok    what is written cannot be deleted for %llu"
		    " days\n", (unsigned long long)(p->lock_s / DAY));
}
