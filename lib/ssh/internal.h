/* internal.h: what the two transports have in common, private to lib/ssh. */
#ifndef SSH_INTERNAL_H
#define SSH_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ssh/key.h"
#include "ssh/ssh.h"

/* What is started on the host. */
struct ssh_command {
	const char *text;
	bool	 subsystem;		/* the name of one, not a command */
};

/* What a transport does behind the functions of the same names. */
struct ssh_ops {
	int	 (*start)(struct ssh_session *s,
		    const struct ssh_command *c,
		    struct ssh_failure *failp);
	int	 (*read)(struct ssh_session *s, void *data, size_t len,
		    size_t *lenp);
	int	 (*write)(struct ssh_session *s, const void *data, size_t len,
		    size_t *lenp);
	int	 (*send_eof)(struct ssh_session *s);
	int	 (*poll_fd)(const struct ssh_session *s);
	short	 (*wants)(const struct ssh_session *s);
	bool	 (*blocked)(const struct ssh_session *s);
	int	 (*exit_status)(struct ssh_session *s, int *statusp);
	int	 (*keepalive)(struct ssh_session *s);
	void	 (*close)(struct ssh_session *s);	/* frees s */
};

/*
 * The beginning of each transport's own structure.  The texts are owned by
 * ssh.c and outlive the transport's close.
 */
struct ssh_session {
	const struct ssh_ops *ops;
	char	*address, *user, *identity_file;
	uint16_t port;
	enum ssh_resolver resolver;
	uint32_t connect_timeout_s;
	uint64_t rate;
	struct ssh_key host_key;
	bool	 started;		/* the command runs */
	uint8_t	 err[SSH_STDERR_MAX];	/* stderr, not yet asked for */
	size_t	 errlen;
};

/* Make a transport's session, its common part zeroed.  Caller owns *sp. */
int	 ssh_lib2_new(struct ssh_session **sp) ERR_MUST_USE;
int	 ssh_client_new(struct ssh_session **sp) ERR_MUST_USE;

/* Connect and authenticate s, whose common part is filled in. */
int	 ssh_lib2_connect(struct ssh_session *s, struct ssh_failure *failp)
	    ERR_MUST_USE;

/* Check what the ssh client will be given. */
int	 ssh_client_check(const struct ssh_params *p,
	    struct ssh_failure *failp) ERR_MUST_USE;

/* Keep len bytes of stderr, as far as they fit. */
void	 ssh_stderr_keep(struct ssh_session *s, const void *data, size_t len);

/* Fill *failp's reason (fmt) and remedy, and give code back. */
int	 ssh_fail(struct ssh_failure *failp, int code, const char *remedy,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* As ssh_fail, for a host that showed another key than s's. */
int	 ssh_fail_identity(const struct ssh_session *s,
	    const char *offered, struct ssh_failure *failp);

/* As ssh_fail, for a host that does not accept s's user or identity. */
int	 ssh_fail_denied(const struct ssh_session *s,
	    struct ssh_failure *failp);

/* As ssh_fail, for a host that has no key of the pinned type. */
int	 ssh_fail_keytype(const struct ssh_session *s, const char *offered,
	    struct ssh_failure *failp);

/* As ssh_fail, for a host that cannot be reached. */
int	 ssh_fail_reach(const struct ssh_session *s, int code,
	    const char *what, struct ssh_failure *failp);

#endif /* SSH_INTERNAL_H */
