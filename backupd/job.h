/* job.h: all that a worker must know of its job, and what it tells of it. */
#ifndef BACKUPD_JOB_H
#define BACKUPD_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * backupd hands the job record to the keeper on a descriptor, and the keeper
 * hands the puller's part on; neither reads the policy file.  A job owns its
 * texts.  One thread.
 */
struct buf;
struct throttle_limit;

#define JOB_LIMITS_MAX 256

struct job_link {			/* the puller's part */
	char	*address;
	uint16_t port;
	char	*user;
	char	*identity;		/* private key file */
	char	*host_key;		/* pinned: "ssh-ed25519 AAAA..." */
	char	*agent;			/* command line on the source */
	bool	 openssh;		/* the ssh client as transport */
	bool	 sftp;			/* there is no agent: read by SFTP */
	size_t	 nlimits;		/* of the link, both ways together */
	struct throttle_limit *limits;
	uint64_t began;			/* when that was: monotonic ns */
	uint64_t stall;			/* seconds without progress that end
					   it; 0: any */
	int64_t	 clock;			/* where wall time stands (base/
					   clock.h); 0: it is real */
};

/* When an older version of a file spares the wire; as in the policy. */
enum job_delta {
	JOB_DELTA_AUTO = 0,		/* where it is faster */
	JOB_DELTA_ALWAYS = 1,
	JOB_DELTA_NEVER = 2
};

/* How much a source may hold; 0: any. */
struct job_bounds {
	uint64_t max_file, max_host;	/* bytes */
	uint32_t max_growth;		/* hundredths of a percent */
	uint32_t min_files;
	bool	 fails;			/* beyond them, or only warns */
};

/* A hook of the host, by name. */
struct job_hook {
	char	*name;
	uint32_t timeout;		/* seconds */
	bool	 warns;			/* before: its failure is no failure */
	bool	 always;		/* after: run if the job failed too */
};

/* How much of the host the agent may take. */
struct job_load {
	bool	 any;			/* there is something to ask for */
	uint8_t	 nice;
	uint8_t	 io;			/* enum wire_io */
	uint8_t	 threads;		/* that compress; 0: it decides */
};

/*
 * How the target is reached, where it is remote, NULL where not needed; and
 * how it is used.
 */
struct job_access {
	char	*identity, *host_key;
	char	*credentials, *ca_file, *region;
	uint64_t lock_s;
	uint32_t connections;		/* at most */
	uint64_t cache;			/* bytes of it kept here; 0: none */
	size_t	 nlimits;		/* of all jobs that write to it */
	struct throttle_limit *limits;
	uint64_t began;			/* they count from: monotonic ns */
};

struct job {
	char	*id;
	char	*host, *set;
	struct job_link link;
	size_t	 npaths;
	char	**paths;
	size_t	 nexcludes;
	char	**excludes;
	bool	 one_file_system, exclude_caches;
	uint8_t	 level;			/* zstd, 0: none */
	enum job_delta delta;
	struct job_bounds bounds;
	bool	 dry;			/* only find out what it would do */
	uint64_t reread;		/* seconds in which all that SFTP reads
					   is read again; 0: never */
	size_t	 nbefore, nafter;
	struct job_hook *before, *after;
	struct job_load load;
	char	*target_name;		/* as in the policy */
	char	*target;		/* store URL */
	struct job_access access;
	uint32_t min_free;		/* of it, hundredths of a percent */
	char	*key_file;
	char	*state_dir;
};

#define JOB_LAST_MS 300000	/* for its last hooks, once it is cancelled */
#define JOB_ENCODED_MAX (32u << 20)

/* Append j; consume a job, which the caller owns. */
int	 job_encode(const struct job *j, struct buf *b) ERR_MUST_USE;
int	 job_decode(struct buf *b, struct job **jp) ERR_MUST_USE;

/* Append l; consume a link into *lp, to be cleared by job_link_clear. */
int	 job_link_encode(const struct job_link *l, struct buf *b) ERR_MUST_USE;
int	 job_link_decode(struct buf *b, struct job_link *lp) ERR_MUST_USE;
void	 job_link_clear(struct job_link *l);

/* Free j, which may be NULL. */
void	 job_free(struct job *j);

/* Write b to fd behind its length as u32; read such a record. */
int	 job_record_write(int fd, const struct buf *b) ERR_MUST_USE;
int	 job_record_read(int fd, size_t max, struct buf *b) ERR_MUST_USE;

#endif /* BACKUPD_JOB_H */
