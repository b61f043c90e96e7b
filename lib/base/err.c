/* err.c: the texts of the codes, and how errno maps to them. */
#include "base/err.h"

#include <errno.h>
#include <stddef.h>

static const char *const err_texts[ERR_COUNT + 1] = {
	[0] = "no error",
	[-ERR_TIMEOUT] = "timed out",
	[-ERR_CLOSED] = "closed by the other side",
	[-ERR_BUSY] = "busy",
	[-ERR_CHANGED] = "changed while being read",
	[-ERR_DENIED] = "not permitted",
	[-ERR_NOENT] = "not found",
	[-ERR_NOSPACE] = "no space left",
	[-ERR_IO] = "input or output error",
	[-ERR_NOMEM] = "out of memory",
	[-ERR_TOOBIG] = "too big",
	[-ERR_CONFIG] = "configuration mistake",
	[-ERR_VERSION] = "version too new",
	[-ERR_CANCELLED] = "cancelled",
	[-ERR_FORMAT] = "malformed data",
	[-ERR_CORRUPT] = "corrupt data",
	[-ERR_EXIST] = "exists already"
};

const char *
err_text(int code)
{
	if (code > 0 || code < -ERR_COUNT)
		return "unknown error";
	return err_texts[-code];
}

static const struct {
	int	 errnum;
	int	 code;
} err_map[] = {
	{ ETIMEDOUT, ERR_TIMEOUT },
	{ EPIPE, ERR_CLOSED },
	{ ECONNRESET, ERR_CLOSED },
	{ ECONNABORTED, ERR_CLOSED },
	{ ECONNREFUSED, ERR_CLOSED },
	{ ENETUNREACH, ERR_CLOSED },
	{ EHOSTUNREACH, ERR_CLOSED },
	{ ENOTCONN, ERR_CLOSED },
	{ EAGAIN, ERR_BUSY },
	{ EBUSY, ERR_BUSY },
	{ ETXTBSY, ERR_BUSY },
	{ EINTR, ERR_BUSY },
	{ ESTALE, ERR_CHANGED },
	{ EACCES, ERR_DENIED },
	{ EPERM, ERR_DENIED },
	{ EROFS, ERR_DENIED },
	{ ENOENT, ERR_NOENT },
	{ ENOTDIR, ERR_NOENT },
	{ ENXIO, ERR_NOENT },
	{ ENODEV, ERR_NOENT },
	{ ENOSPC, ERR_NOSPACE },
	{ EDQUOT, ERR_NOSPACE },
	{ ENOMEM, ERR_NOMEM },
	{ EFBIG, ERR_TOOBIG },
	{ E2BIG, ERR_TOOBIG },
	{ EOVERFLOW, ERR_TOOBIG },
	{ ENAMETOOLONG, ERR_TOOBIG },
	{ ECANCELED, ERR_CANCELLED },
	{ EBADMSG, ERR_CORRUPT },
	{ EEXIST, ERR_EXIST },
	{ ENOTEMPTY, ERR_EXIST }
};

int
err_from_errno(int errnum)
{
	size_t i;

	for (i = 0; i < sizeof(err_map) / sizeof(err_map[0]); i++)
		if (err_map[i].errnum == errnum)
			return err_map[i].code;
	return ERR_IO;
}
