/* impl.h: what the files of reader share, private to it. */
#ifndef READER_IMPL_H
#define READER_IMPL_H

#include <sys/queue.h>
#include <stdbool.h>
#include <stdint.h>

#include "agents/hub.h"
#include "agents/source.h"
#include "base/attr.h"
#include "reader/listing.h"
#include "reader/far.h"
#include "sftp/sftp.h"

/*
 * All of it is under the hub's lock.  A node is something that is fetched: it
 * is started and gone on with by the main thread, in steps; after each answer
 * it stands in the queue of those that can go on.  One that nobody needs any
 * more is dead, and freed when the last answer has come.
 */
#define PAGE 1024u		/* names in a page of a walk: recurse.c */
#define READ_MAX (256u << 10)	/* bytes in a read */
#define SMALL_MAX (256u << 10)	/* read without asking for the size first */
#define FILES_BYTES (20u << 20)	/* of content that waits for the walker */
#define FILES_OPEN 160u		/* at once: servers bear a few hundred */
#define WINDOW (8u << 20)	/* bytes of one file ahead of the walker */

struct node {
	struct far *r;	/* borrows */
	TAILQ_ENTRY(node) ready;	/* in r->ready, if queued */
	bool	 is_dir;
	bool	 queued;
	bool	 dead;
	unsigned int inflight;	/* requests without an answer */
	int	 status;	/* 0 or why it cannot be had */
};

enum dir_state {
	DIR_IDLE,
	DIR_OPENING,
	DIR_NAMES,
	DIR_STATS,		/* of entries without a type */
	DIR_LINKS,
	DIR_TAGS,		/* of caches */
	DIR_DONE
};

/* A directory. */
struct dnode {
	struct node node;	/* first */
	struct plan *plan;	/* borrows */
	struct dnode *parent;	/* NULL: the plan's top */
	TAILQ_ENTRY(dnode) link;	/* in the parent's subs */
	TAILQ_HEAD(, dnode) subs;	/* as the names are sorted */
	TAILQ_HEAD(fnodes, fnode) files;	/* likewise */
	size_t	 index;		/* its entry in the parent's listing */
	char	*path;		/* owns */
	enum dir_state state;
	bool	 opened;	/* the walker has it, or waits for it */
	bool	 closed;	/* by the walker, which will come back */
	bool	 ahead;		/* it counts in r->dirs_ahead */
	bool	 open;		/* handle is */
	bool	 known;		/* attr is */
	struct sftp_handle handle;
	struct attr attr;
	int64_t	 asked;		/* wall clock, when it was begun */
	struct listing *l;	/* owns */
	size_t	 cursor;	/* in the steps after the names */
	size_t	 next_sub, next_file;	/* to be fetched ahead */
	size_t	 charge;	/* bytes of r->ahead_bytes */
	bool	 all_subs;	/* nothing below is left to be begun */
};

/* A walk that was announced. */
struct plan {
	TAILQ_ENTRY(plan) link;
	enum source_walk how;
	const struct job *job;	/* borrows; NULL: no excludes */
	size_t	 root_len;	/* of the root's path in those of nodes */
	struct dnode *top;	/* owns */
};

enum file_state {
	FILE_IDLE,
	FILE_OPENING,
	FILE_SIZE,		/* asking for it */
	FILE_READING,
	FILE_STAT,		/* asking what it has become */
	FILE_DONE
};

/* A piece of a file. */
struct block {
	STAILQ_ENTRY(block) link;
	struct fnode *f;	/* borrows */
	uint64_t off;
	uint32_t want, got, taken;	/* taken: by the walker */
	bool	 done, dead;
	uint8_t	 data[];
};

/* A file. */
struct fnode {
	struct node node;	/* first */
	TAILQ_ENTRY(fnode) link;	/* in list */
	struct fnodes *list;	/* the directory's, or r->wanted; NULL: none */
	char	*path;		/* owns */
	enum file_state state;
	bool	 opened;	/* the walker has it */
	bool	 ahead;		/* it counts in r->files_ahead */
	bool	 open;		/* handle is */
	bool	 hinted;	/* before is from the directory's listing */
	unsigned int tries;	/* to open it, that failed */
	bool	 told;		/* before was told to the walker */
	bool	 fresh;		/* after was not told to the walker yet */
	struct sftp_handle handle;
	struct attr before, after;
	uint32_t uid;		/* of the listing */
	bool	 owned;		/* uid is known */
	int64_t	 asked;		/* wall clock, when after was asked for */
	STAILQ_HEAD(, block) blocks;
	uint64_t size;		/* as the walker was told last */
	uint64_t pos;		/* of the walker: where blocks begin */
	uint64_t next, limit;	/* to be asked for, in all */
	size_t	 bytes;		/* of blocks */
};

/* What the walker has open. */
struct opened {
	enum { OPENED_NONE, OPENED_DIR, OPENED_FILE } kind;
	char	*path;		/* owns; of a directory, "" for the root */
	struct dnode *d;	/* NULL: not asked for yet */
	struct fnode *f;
};

/* Attributes of a name in a directory that was not listed. */
struct known {
	char	*path;		/* owns */
	int64_t	 when;		/* monotonic ms */
	int	 status;
	struct attr attr;
};

#define KNOWN_MAX 16

struct far {
	struct source source;	/* first */
	struct hub *hub;	/* borrows; or last */
	struct hub last;	/* when there is no other */
	struct ssh_session *ssh;	/* borrows */
	struct sftp *x;		/* owns */
	uint64_t silence;
	char	 system[160];
	int	 failed;	/* the session */
	char	 why[256];
	TAILQ_HEAD(, node) ready;
	size_t	 nready;
	TAILQ_HEAD(, plan) plans;	/* in order of the walks */
	struct fnodes wanted;		/* in order of reading */
	struct opened *opened;	/* owns */
	int	 nopened;
	struct known known[KNOWN_MAX];
	size_t	 nknown;
	struct known *asking;	/* the walker waits for this one */
	bool	 asked;
	unsigned int dirs_running, dirs_ahead;
	unsigned int files_open, files_ahead;
	unsigned int made;	/* requests, since anybody looked */
	unsigned int files_max;	/* open at once: what the server bears */
	size_t	 ahead_bytes, files_bytes;
	size_t	 listed_bytes;	/* of listings that the walker has */
	struct throttle throttle;
	bool	 held;		/* by it */
	size_t	 owed;		/* bytes that came and were not paid for */
	uint64_t in, out;	/* traffic */
	struct source_again again;	/* what is to be read again */
};

/* The root of all paths, which is always open. */
#define FAR_ROOT 0

extern const struct source_ops far_ops;	/* far.c */

/* The source is the beginning of it. */
static inline struct far *
far_of(struct source *s)
{
	return (struct far *)s;
}

/* Put a node among those that can go on. */
void	 node_ready(struct far *r, struct node *n);

/* A request was made with the result rv: 1 if it will be answered; 0 if it
 * has to be made again later; else its failure. */
int	 node_asked(struct far *r, struct node *n, int rv);

/*
 * An answer came: take the lock, and tell whether it still matters; give the
 * lock back, and go on with the node.
 */
bool	 answer_begin(struct far *r, struct node *n);
void	 answer_end(struct far *r, struct node *n);

/* What a server's word for a failure means here. */
int	 answer_status(int code);

/* An answer that tells nothing. */
void	 answer_none(void *arg, const struct sftp_reply *reply);

/* Take note of bytes that came, for the limits. */
void	 far_paid(struct far *r, size_t in, size_t out);

/* Join a directory's path and a name. */
int	 far_join(const char *dir, const char *name, char **pathp)
	    ERR_MUST_USE;

/* dir.c: path is taken, also on failure. */
int	 dir_new(struct far *r, struct plan *plan, struct dnode *parent,
	    char *path, struct dnode **dp) ERR_MUST_USE;

/* One step; 0 or what ends the job. */
int	 dir_step(struct far *r, struct dnode *d) ERR_MUST_USE;

/* Nobody needs d any more, nor what is below it. */
void	 dir_drop(struct far *r, struct dnode *d);

/* Free d, which is dead, when no answer is to come. */
void	 dir_free(struct dnode *d);

/* file.c: likewise.  path is taken by file_new, also on failure. */
int	 file_new(struct far *r, char *path, struct fnode **fp)
	    ERR_MUST_USE;
int	 file_step(struct far *r, struct fnode *f) ERR_MUST_USE;
void	 file_blocks_drop(struct far *r, struct fnode *f);
void	 file_drop(struct far *r, struct fnode *f);
void	 file_free(struct fnode *f);
void	 file_hint(struct fnode *f, const struct listing *l, size_t i);

/* ahead.c: begin what will be needed, as far as there is room. */
int	 ahead_run(struct far *r) ERR_MUST_USE;
/* The node of the i-th entry of d, a directory that has none yet. */
int	 ahead_sub(struct far *r, struct dnode *d, size_t i,
	    struct dnode **subp) ERR_MUST_USE;

/* The walker has it: it counts no more as something fetched ahead. */
void	 ahead_file_opened(struct far *r, struct fnode *f);
void	 ahead_dir_opened(struct far *r, struct dnode *d);

/*
 * far.c, for far_file.c: a free place, for a path which is taken, also on
 * failure; and the one of that number, with the hub locked.
 */
int	 opened_new(struct far *r, char *path, int *fdp) ERR_MUST_USE;
struct opened *opened_get(struct far *r, int fd);

/* far_file.c: as agents/source.h has them. */
int	 far_open_file(struct source *s, int dir, const char *name, int *fdp)
	    ERR_MUST_USE;
int	 far_read(struct source *s, int fd, uint64_t off, uint8_t *data,
	    size_t *lenp) ERR_MUST_USE;
void	 far_extent(struct source *s, int fd, uint64_t off, uint64_t *datap,
	    uint64_t *endp);
int	 far_expect_file(struct source *s, int dir, const char *name)
	    ERR_MUST_USE;

/* The attributes of an open file: before it is read, and after. */
int	 file_attr(struct far *r, struct fnode *f, struct attr *ap)
	    ERR_MUST_USE;

/* due.c: mark what is to be read again. */
void	 due_mark(const struct far *r, struct dnode *d);

#endif /* READER_IMPL_H */
