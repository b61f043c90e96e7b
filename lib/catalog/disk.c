/* disk.c: disks that come and go. */
#include "catalog/disk.h"

#include <stdio.h>

#include "catalog/internal.h"

int
catalog_disk_attach(struct catalog *c, const char *target,
    const struct catalog_disk *d)
{
	struct query q;
	int r;

	if ((r = catalog_begin(c)) != 0)
		return r;
	query_start(&q, c, STMT_DISK_PUT);
	query_text(&q, target);
	query_text(&q, d->label);
	query_text(&q, d->volume);
	query_int(&q, d->attached);
	return catalog_finish(c, query_run(&q));
}

int
catalog_disk_eject(struct catalog *c, const char *target, int64_t when)
{
	struct query q;
	int r;

	if ((r = catalog_begin(c)) != 0)
		return r;
	query_start(&q, c, STMT_DISK_EJECTED);
	query_text(&q, target);
	query_int(&q, when);
	return catalog_finish(c, query_run(&q));
}

int
catalog_disk_get(struct catalog *c, const char *target,
    struct catalog_disk *dp)
{
	struct query q;
	int r;

	query_cursor(&q, c, STMT_DISK);
	query_text(&q, target);
	if ((r = query_next(&q)) == 1) {
		snprintf(dp->label, sizeof(dp->label), "%s",
		    column_text(&q, 0));
		snprintf(dp->volume, sizeof(dp->volume), "%s",
		    column_text(&q, 1));
		dp->attached = column_int(&q, 2);
		dp->ejected = column_int(&q, 3);
		r = 0;
	} else if (r == 0)
		r = ERR_NOENT;
	query_cursor_end(&q);
	return r;
}
