/* reader.h: the process that reads a source over SFTP. */
#ifndef BACKUPD_READER_H
#define BACKUPD_READER_H

/*
 * Started by the puller where a host has no agent; LINK_DATA_FD and
 * LINK_REPORT_FD are as the puller's own (backupd/link.h).  Returns the exit
 * status.
 */
int	 reader_main(void);

#endif /* BACKUPD_READER_H */
