/* report.h: how a restore ended, for people and for programs. */
#ifndef RESTORE_REPORT_H
#define RESTORE_REPORT_H

#include "restore/run.h"

/* Print the end of a restore that ran to its end; returns its exit code. */
enum cli_exit report_run(const struct run *r);

/* Write "15:31" of the present time. */
#define REPORT_TIME_MAX 16
void	 report_time(char out[REPORT_TIME_MAX]);

#endif /* RESTORE_REPORT_H */
