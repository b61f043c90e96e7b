/* notify.h: what the service manager is told. */
#ifndef BACKUPD_NOTIFY_H
#define BACKUPD_NOTIFY_H

/*
 * Send a line such as "READY=1" to the socket that $NOTIFY_SOCKET names, as
 * sd_notify(3) does; nothing happens without one.
 */
void	 notify_send(const char *text);

#endif /* BACKUPD_NOTIFY_H */
