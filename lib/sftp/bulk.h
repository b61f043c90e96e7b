/* bulk.h: ranges of a remote file, with many reads or writes in flight. */
#ifndef SFTP_BULK_H
#define SFTP_BULK_H

#include "sftp/sftp.h"

/*
 * Both wait until all that they have asked for is answered, so that nothing
 * points into their memory when they return.  Requests that somebody else
 * has open are answered meanwhile.
 */
struct sftp_range {
	const struct sftp_handle *handle;
	uint64_t off;
	size_t	 len;
	size_t	 piece;		/* of one request at most; 0: any */
	/*
	 * NULL, or asked before each request: how many of len bytes, at
	 * least one, may cross now.  It may sleep.
	 */
	size_t	 (*allow)(void *arg, size_t len);
	void	*arg;
};

/*
 * Read a range into data.  *lenp is set in any case: so many bytes, from its
 * beginning, have come; less than its len if the file ends.
 */
int	 sftp_read_range(struct sftp *x, const struct sftp_range *range,
	    uint8_t *data, size_t *lenp) ERR_MUST_USE;

/*
 * Write data over a range.  *lenp is set in any case: so many bytes, from its
 * beginning, the server has said to have written.
 */
int	 sftp_write_range(struct sftp *x, const struct sftp_range *range,
	    const uint8_t *data, size_t *lenp) ERR_MUST_USE;

#endif /* SFTP_BULK_H */
