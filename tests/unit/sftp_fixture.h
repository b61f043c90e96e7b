/* sftp_fixture.h: SFTP over a pipe: to a real server, or to a script. */
#ifndef TESTS_UNIT_SFTP_FIXTURE_H
#define TESTS_UNIT_SFTP_FIXTURE_H

#include <sys/types.h>

#include "sftp/internal.h"

struct pipe_stream {
	int	 fd;			/* ours */
	pid_t	 pid;			/* the server's, or -1 */
	int	 far;			/* the script's end, or -1 */
	size_t	 piece;			/* bytes of one read at most; 0: any */
	bool	 asleep;		/* the connection does not answer */
};

extern const struct sftp_stream pipe_stream_ops;

/* OpenSSH's sftp-server, or NULL where there is none. */
const char *fixture_server(void);

/* Start that server in directory dir; or none, with far to speak through. */
void	 fixture_start(struct pipe_stream *p, const char *dir);
void	 fixture_script(struct pipe_stream *p);

/* Close, and await the server. */
void	 fixture_stop(struct pipe_stream *p);

#endif /* TESTS_UNIT_SFTP_FIXTURE_H */
