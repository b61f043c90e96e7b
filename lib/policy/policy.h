/* policy.h: the policy file, read once into typed constants. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "policy/posture.h"
#include "policy/schedule.h"

/*
 * A policy that loaded is valid and complete: names are unique, references
 * resolve, inheritance (defaults, then group, then host, then set) is done,
 * relative paths are joined to the policy file's directory.  It never
 * changes afterwards, so any thread may read it.  Everything reachable from
 * a struct policy is owned by it.
 *
 * Loading refuses a file that others than root and the caller can write, and
 * tells every mistake at once in a report (policy/report.h).
 */
struct policy_report;

struct policy_list {
	const char *const *v;
	size_t	 n;
};

struct policy_compression {
	const char *method;	/* "zstd" or "none" */
	int	 level;		/* 1 to 19 */
};

struct policy_set {
	const char *name;
	struct policy_list paths;	/* clean and absolute */
	struct policy_list exclude;	/* gitignore style; the set's own */
	bool	 exclude_caches;
	unsigned int line;
};

/* When an older version of a file spares the wire. */
enum policy_delta {
	POLICY_DELTA_AUTO,	/* where it is faster */
	POLICY_DELTA_ALWAYS,
	POLICY_DELTA_NEVER
};

/* A program that the host allows by name; the host knows what it is. */
struct policy_hook {
	const char *use;
	int64_t	 timeout;	/* seconds */
	bool	 warns;		/* before: its failure is only a warning */
	bool	 always;	/* after: run even if saving failed */
};

struct policy_hooks {
	const struct policy_hook *v;
	size_t	 n;
};

/* The first window that is open gives the limit; none: unlimited. */
struct policy_bandwidth {
	struct window window;
	int64_t	 limit;		/* bytes a second */
};

struct policy_bandwidths {
	const struct policy_bandwidth *v;
	size_t	 n;
};

/* 0: no limit, but for min_files. */
struct policy_limits {
	int64_t	 max_file;	/* bytes */
	int64_t	 max_host;
	int	 max_growth;	/* hundredths of a percent */
	int	 min_files;
	bool	 fails;		/* beyond a limit: a failure, not a warning */
};

enum policy_io {
	POLICY_IO_NORMAL,
	POLICY_IO_LOW,		/* the best effort's last */
	POLICY_IO_IDLE
};

/* What the agent may take of the host. */
struct policy_load {
	int	 nice;
	enum policy_io io;
	int	 threads;
};

/* One set of one host, with every inherited value settled: a job. */
struct policy_source {
	const struct policy_set *set;
	struct policy_list exclude;	/* inherited first, then the set's */
	bool	 exclude_caches;
	bool	 one_file_system;
	struct policy_compression compression;
	enum policy_delta delta;
	struct schedule schedule;
	int64_t	 max_time;	/* seconds that a job may take; 0: any */
	int64_t	 max_stall;	/* seconds without progress that end it */
	struct policy_limits limits;
	struct policy_hooks before, after;
};

enum policy_transport {
	POLICY_TRANSPORT_LIBSSH2,
	POLICY_TRANSPORT_OPENSSH
};

#define POLICY_NO_AGENT "none"	/* as the agent of a host */

struct policy_host {
	const char *name;
	const char *group;		/* NULL: none */
	const char *address;
	uint16_t port;
	const char *user;
	const char *identity;		/* private key file */
	struct policy_list host_keys;	/* pinned: "ssh-ed25519 AAAA..." */
	enum policy_transport transport;
	const char *agent;		/* command line on the source */
	bool	 sftp;			/* agent "none": read over SFTP */
	int64_t	 reread;	/* seconds in which all is read again, if so;
				   0: never */
	bool	 enabled;
	int	 max_parallel;	/* jobs of this host; 0: the group's */
	struct policy_bandwidths bandwidth;
	struct policy_load load;
	const struct policy_source *sources;	/* at least one */
	size_t	 nsources;
	unsigned int line;
};

struct policy_group {
	const char *name;
	const char *label;	/* "" where not given */
	int	 max_parallel;	/* jobs of its hosts; 0: the server's */
	unsigned int line;
};

enum policy_target_type {
	POLICY_TARGET_DIR,	/* also a mounted share: "nfs" */
	POLICY_TARGET_REMOVABLE,	/* a directory on a disk that comes
					   and goes */
	POLICY_TARGET_SFTP,
	POLICY_TARGET_S3
};

struct policy_target {
	const char *name;
	enum policy_target_type type;
	const char *kind;	/* its type as written: "nfs" */
	bool	 primary;
	const char *url;	/* as store_open takes it, and for people */
	const char *path;	/* the directory; NULL where it is remote */
	const char *key_file;	/* host key of the repository */
	/* To reach a remote one; NULL where not given. */
	const char *identity;	/* sftp: private key file */
	const char *host_key;	/* sftp: pinned */
	const char *credentials;	/* s3: file */
	const char *ca_file;	/* s3 */
	const char *region;	/* s3 */
	int64_t	 lock;		/* s3: seconds; 0: no object lock */
	int	 min_free;	/* hundredths of a percent */
	int	 max_parallel;	/* jobs that write to it; 0: the server's */
	int	 max_connections;	/* of one job, where it is remote */
	struct policy_bandwidths bandwidth;	/* of all jobs together */
	int64_t	 cache;		/* bytes of it kept here too; 0: none */
	bool	 offline;	/* it is not always there */
	bool	 offsite;	/* it stands in another place */
	struct calendar_list every;	/* of a copy; none: after each job */
	int64_t	 max_age;	/* how long a copy may lack anything */
	unsigned int line;
};

struct policy {
	const char *file;	/* as given to policy_load */
	const char *dir;	/* absolute directory of file */
	struct {
		const char *name;	/* "" where not given */
		const char *timezone;
		const char *language;
		struct workday_list holidays;
	} office;
	/* Users, "@group"s and numbers, as written (policy/account.h). */
	struct {
		struct policy_list viewers, operators, admins;
	} access;
	int	 max_parallel;	/* jobs of the whole server */
	const struct policy_set *sets;
	size_t	 nsets;
	const struct policy_group *groups;
	size_t	 ngroups;
	const struct policy_host *hosts;
	size_t	 nhosts;
	const struct policy_target *targets;
	size_t	 ntargets;
	struct posture_need require;	/* copies of each source */
};

/*
 * Read the policy file at path.  The caller owns *pp.  Diagnostics, warnings
 * included, are added to report, which the caller owns.  ERR_CONFIG if there
 * was any error in it or it must not be trusted, ERR_NOENT or ERR_DENIED if
 * it could not be read; the report says why in every case.
 */
int	 policy_load(const char *path, struct policy_report *report,
	    const struct policy **pp) ERR_MUST_USE;

/*
 * Where state is kept: the directory given (--state), or if that is NULL the
 * installed service's for its policy file, or "state" beside any other.  The
 * file is not read.  The caller owns *dirp.
 */
int	 policy_state_dir(const char *file, const char *given, char **dirp)
	    ERR_MUST_USE;

/* Free p, which may be NULL. */
void	 policy_free(const struct policy *p);

/* The host, source, group or target of that name, or NULL. */
const struct policy_host *policy_host_find(const struct policy *p,
	    const char *name);
const struct policy_source *policy_source_find(const struct policy_host *h,
	    const char *set);
const struct policy_group *policy_group_find(const struct policy *p,
	    const char *name);
const struct policy_target *policy_target_find(const struct policy *p,
	    const char *name);

/* The target backups are written to: role "primary", a directory; or NULL. */
const struct policy_target *policy_target_primary(const struct policy *p);

#endif /* POLICY_POLICY_H */
