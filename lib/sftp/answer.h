/* answer.h: waiting for the answer to a single request. */
#ifndef SFTP_ANSWER_H
#define SFTP_ANSWER_H

#include "sftp/request.h"

/*
 *	struct sftp_answer a;
 *	r = sftp_answer_wait(x, sftp_lstat(x, path, sftp_answer(&a)), &a);
 *
 * A copy of what a reply held; data and names are not kept.
 */
struct sftp_answer {
	bool	 done;
	int	 code;
	char	 message[SFTP_MESSAGE_MAX];
	struct sftp_handle handle;
	struct sftp_attrs attrs;
	struct sftp_space space;
	char	 path[SFTP_PATH_MAX];
};

/* Make *a ready for one request.  It must live until that was answered. */
struct sftp_done sftp_answer(struct sftp_answer *a);

/* Wait, unless the request failed with r; the code of either. */
int	 sftp_answer_wait(struct sftp *x, int r, struct sftp_answer *a)
	    ERR_MUST_USE;

#endif /* SFTP_ANSWER_H */
