/* access.h: where the repository is, and how it is reached. */
#ifndef RESTORE_ACCESS_H
#define RESTORE_ACCESS_H

#include "cli/options.h"
#include "store/store.h"

/*
 * An officer with a policy names a target of it; one who has nothing but a key
 * gives the URL, and what it takes to reach that.
 */
struct access {
	const char *url;		/* borrowed, as all in access */
	const char *key_file;		/* of the policy; NULL: not known */
	struct store_access access;
	const struct policy *policy;	/* private, as what follows */
	char	*host_key;
};

/* The options that name a repository and the way to it, for tables. */
#define ACCESS_OPTIONS \
	{ "repo", 'r', "URL", "the repository: a directory, or sftp:// or " \
	    "s3:// URL" }, \
	{ "target", 0, "NAME", "the repository: a target of the policy" }, \
	{ "identity", 0, "FILE", "sftp: the private key to log in with" }, \
	{ "host-key", 0, "FILE", "sftp: file of the server's public key" }, \
	{ "credentials", 0, "FILE", "s3: file of a key's id and its " \
	    "secret" }, \
	{ "ca-file", 0, "FILE", "s3: whom to trust for its certificate" }, \
	{ "region", 0, "NAME", "s3: what the server calls its region" }

/*
 * Find out where and how, of the options, of KHO_REPO, or of the policy.  To
 * be cleared by access_clear, also after a failure, which is told and whose
 * exit code is returned.
 */
enum cli_exit access_find(const struct cli *cli, struct access *a);

/* Open the store; told on failure. */
enum cli_exit access_open(const struct cli *cli, const struct access *a,
	    struct store **sp);

/* Free what a owns; harmless when nothing is. */
void	 access_clear(struct access *a);

#endif /* RESTORE_ACCESS_H */
