/* s3_error.c: what the answers of an S3 server mean. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/s3.h"

#define SKEW_MAX (15 * 60)	/* seconds that servers put up with */

/* What a server says, by its code; else its status tells. */
static const struct {
	const char *code;
	int	 error;
	bool	 again;
	const char *words;
} codes[] = {
	{ "NoSuchKey", ERR_NOENT, false, NULL },
	{ "NoSuchVersion", ERR_NOENT, false, NULL },
	{ "NoSuchBucket", ERR_NOENT, false, "there is no such bucket" },
	{ "NoSuchUpload", ERR_CLOSED, false, NULL },
	{ "PreconditionFailed", ERR_EXIST, false, NULL },
	{ "ConditionalRequestConflict", ERR_BUSY, true, NULL },
	{ "OperationAborted", ERR_BUSY, true, NULL },
	{ "SlowDown", ERR_BUSY, true, "asks for fewer requests" },
	{ "RequestTimeout", ERR_TIMEOUT, true, NULL },
	{ "BadDigest", ERR_CORRUPT, true, "other bytes arrived" },
	{ "XAmzContentSHA256Mismatch", ERR_CORRUPT, true,
	    "other bytes arrived" },
	{ "SignatureDoesNotMatch", ERR_DENIED, false,
	    "the secret of the credentials is not the right one" },
	{ "InvalidAccessKeyId", ERR_DENIED, false,
	    "the key id of the credentials is not known there" },
	{ "RequestTimeTooSkewed", ERR_DENIED, false, NULL },
	{ "RequestExpired", ERR_DENIED, false, NULL },
	{ "AuthorizationHeaderMalformed", ERR_CONFIG, false,
	    "the region is not the right one" },
	{ "PermanentRedirect", ERR_CONFIG, false,
	    "the bucket is at another endpoint" },
	{ "AccessDenied", ERR_DENIED, false,
	    "the credentials do not allow it, or the object is locked" },
	{ "ObjectLocked", ERR_DENIED, false, "the object is locked" },
	{ "MethodNotAllowed", ERR_DENIED, false, NULL },
	{ "InvalidObjectState", ERR_DENIED, false,
	    "the object is in an archive, from where it must be restored" },
	{ "QuotaExceeded", ERR_NOSPACE, false, NULL },
	{ "XMinioStorageFull", ERR_NOSPACE, false, NULL },
	{ "EntityTooLarge", ERR_TOOBIG, false, NULL },
	{ "NotImplemented", ERR_VERSION, false, NULL },
	{ "InvalidRange", ERR_CORRUPT, false, NULL }
};

static size_t
find_code(const char *code)
{
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(code, codes[i].code) == 0)
			break;
	return i;
}

#define KNOWN(i) ((i) < sizeof(codes) / sizeof(codes[0]))

int
s3_error_code(const struct s3_call *c, bool *againp)
{
	const size_t i = find_code(c->complaint.code);

	if (KNOWN(i)) {
		*againp = codes[i].again;
		return codes[i].error;
	}
	*againp = c->status == 429 || c->status == 409 ||
	    (c->status >= 500 && c->status != 501 && c->status != 507);
	switch (c->status) {
	case 401:
	case 403:
	case 405:
		return ERR_DENIED;
	case 404:
		return ERR_NOENT;
	case 408:
	case 504:
		return ERR_TIMEOUT;
	case 409:
	case 429:
	case 503:
		return ERR_BUSY;
	case 412:
		return ERR_EXIST;
	case 413:
		return ERR_TOOBIG;
	case 416:
		return ERR_CORRUPT;
	case 501:
		return ERR_VERSION;
	case 507:
		return ERR_NOSPACE;
	default:
		return c->status >= 500 ? ERR_IO : ERR_CONFIG;
	}
}

int64_t
s3_skew(struct s3 *s)
{
	const char *text = http_header(s->http, "date");
	struct tm tm = { 0 };

	if (text == NULL ||
	    strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm) == NULL)
		return 0;
	return (int64_t)timegm(&tm) - clock_system();
}

void
s3_error_log(struct s3 *s, const struct s3_call *c, int code)
{
	const char *what = c->name != NULL ? c->name : "bucket";
	const size_t i = find_code(c->complaint.code);
	const int64_t skew = c->status != 0 ? s3_skew(s) : 0;
	const char *words = KNOWN(i) ? codes[i].words : NULL;

	if (c->status == 0)
		log_err(code, "store %s: %s %s: %s", s->name, c->verb, what,
		    http_error(s->http));
	else if (c->status == 403 && llabs(skew) > SKEW_MAX)
		log_err(code, "store %s: %s %s: this machine's clock is %lld"
		    " seconds %s the server's", s->name, c->verb, what,
		    (long long)llabs(skew), skew < 0 ? "ahead of" : "behind");
	else if (c->complaint.region[0] != '\0')
		log_err(code, "store %s: %s %s: the region is %s", s->name,
		    c->verb, what, c->complaint.region);
	else if (words != NULL)
		log_err(code, "store %s: %s %s: %s", s->name, c->verb, what,
		    words);
	else if (c->complaint.code[0] != '\0')
		log_err(code, "store %s: %s %s: %s: %s", s->name, c->verb,
		    what, c->complaint.code, c->complaint.message);
	else
		log_err(code, "store %s: %s %s: status %u", s->name, c->verb,
		    what, c->status);
}
