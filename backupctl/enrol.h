/* enrol.h: a host made known to the server: keys, codes, its policy entry. */
#ifndef BACKUPCTL_ENROL_H
#define BACKUPCTL_ENROL_H

#include "cli/options.h"
#include "hash/hostcode.h"
#include "ssh/key.h"

/*
 * What host add, test, rekey and retire are made of.  Each step tells what
 * goes wrong on its own.
 */
struct amend_text;
struct buf;
struct cli_json;
struct policy;
struct policy_host;

#define ENROL_LINE_MAX 512
#define ENROL_ALIAS "kho-host"

/* A public key of a host, as its line and its code. */
struct enrol_key {
	char	 line[ENROL_LINE_MAX];	/* "TYPE BASE64" */
	char	 fingerprint[SSH_KEY_FINGERPRINT_MAX];
	char	 code[HOSTCODE_MAX];
};

/*
 * Make a key pair in the file at path, unless it is there, and read its
 * public line, which names the host in its comment.
 */
enum cli_exit enrol_pair(const struct cli *cli, const char *path,
	    const char *host, char linep[ENROL_LINE_MAX]);

/*
 * The key that the host shows on the network, once it is known to be the
 * host's own: by --host-key, by --host-code, or by the code that the officer
 * types, read off the host.
 */
enum cli_exit enrol_host_key(const struct cli *cli, const char *address,
	    unsigned int port, struct enrol_key *kp);

/*
 * Write a known_hosts file of that one key, for HostKeyAlias ENROL_ALIAS.  The
 * caller removes it and owns *pathp.
 */
enum cli_exit enrol_known(const struct cli *cli, const struct enrol_key *k,
	    char **pathp);

/*
 * The line of authorized_keys on the host: public may read what the host's
 * sets name, or each --root that was given, and nothing else.
 */
int	 enrol_line(const struct cli *cli, const struct policy_host *h,
	    const char *public, struct buf *out) ERR_MUST_USE;

/*
 * Put agent and line onto the host, by the login that --install-user and
 * --install-key have there.
 */
enum cli_exit enrol_install(const struct cli *cli,
	    const struct policy_host *h, const struct enrol_key *k,
	    const char *line);

/*
 * Find out, step by step, whether host h of the policy file at config can be
 * backed up; all but the first is a dry run that backupd makes.  The steps
 * are shown, or added to the array that is open in j if that is not NULL.
 */
enum cli_exit enrol_try(const struct cli *cli, const char *config,
	    const struct policy_host *h, struct cli_json *j);

/* Show what of the old text the new one has otherwise, line by line. */
void	 enrol_diff(const struct cli *cli, const struct buf *old,
	    const struct buf *new);

/* What is changed of a policy, and how it is known to work. */
struct enrol_change {
	/* Make the new text. */
	int	(*amend)(const struct amend_text *text, void *arg,
		    struct buf *out);
	/* Try it, in the file at config, of which p was made; NULL: nothing
	 * is to be tried. */
	enum cli_exit (*try)(const struct cli *cli, const char *config,
		    const struct policy *p, void *arg);
	void	*arg;			/* borrowed */
};

/*
 * Change the policy's text.  The new one is checked, tried under another
 * name, and only then put in the old one's place, of which a copy
 * FILE.before is kept; a daemon that runs is told.
 */
enum cli_exit enrol_change(const struct cli *cli,
	    const struct enrol_change *how);

#endif /* BACKUPCTL_ENROL_H */
