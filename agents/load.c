/* load.c: how much of its host the agent takes. */
#include "config.h"

#include "agents/load.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

/* Of linux/ioprio.h, which is not everywhere. */
#define IO_WHO_PROCESS 1
#define IO_CLASS_SHIFT 13
#define IO_CLASS_BEST_EFFORT 2
#define IO_CLASS_IDLE 3
#define IO_LAST 7			/* of the best effort */

/* One thread's priority on the disk. */
static void
io_lower(int tid, enum wire_io io)
{
	int value = IO_CLASS_IDLE << IO_CLASS_SHIFT;
	long now;

	if (io == WIRE_IO_AS_IT_IS)
		return;
	if (io == WIRE_IO_LOW) {
		now = syscall(SYS_ioprio_get, IO_WHO_PROCESS, tid);
		if (now != -1 && now >> IO_CLASS_SHIFT == IO_CLASS_IDLE)
			return;
		value = IO_CLASS_BEST_EFFORT << IO_CLASS_SHIFT | IO_LAST;
	}
	if (syscall(SYS_ioprio_set, IO_WHO_PROCESS, tid, value) == -1)
		log_errno(errno, "process: lower its priority on the disk");
}

static void
nice_lower(int tid, uint32_t nice)
{
	int now;

	errno = 0;
	now = getpriority(PRIO_PROCESS, (id_t)tid);
	if ((now == -1 && errno != 0) || now >= (int)nice)
		return;
	if (setpriority(PRIO_PROCESS, (id_t)tid, (int)nice) == -1)
		log_errno(errno, "process: set niceness");
}

void
load_lower(const struct wire_load *m)
{
	const struct dirent *e;
	DIR *d;
	int tid;

	/* On Linux both belong to a thread, not to a process. */
	if ((d = opendir("/proc/self/task")) == NULL) {
		log_errno(errno, "process: list its threads");
		return;
	}
	while ((e = readdir(d)) != NULL) {
		if ((tid = atoi(e->d_name)) <= 0)
			continue;
		nice_lower(tid, m->nice);
		io_lower(tid, m->io);
	}
	closedir(d);
}
