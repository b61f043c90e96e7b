/* directory.h: directories being listed, until their trees are stored. */
#ifndef BACKUPD_DIRECTORY_H
#define BACKUPD_DIRECTORY_H

#include "backupd/session.h"
#include "repo/list.h"
#include "wire/page.h"

/*
 * A directory's entries come in pages.  An entry is ready when its content
 * has come (files) or its subtree is stored (directories); a page whose
 * entries are all ready goes to the list writer, pages in order.  What is
 * held in memory is thus the pages under way, never whole directories.
 */
struct aligner;
struct trial;
struct wire_msg;

/* The content of a file as it comes. */
struct body {
	size_t	 n;
	struct content_item items[ENTRY_INLINE_MAX];
	struct list_writer *list;	/* once there are more */
	uint64_t bytes;
	struct aligner *aligner;	/* owned; NULL: no older version */
	struct trial *trial;		/* with an aligner: a reference */
};

enum slot_state {
	SLOT_READY,
	SLOT_CONTENT,			/* waits for its content */
	SLOT_SUBTREE,			/* waits for a directory below */
	SLOT_DROPPED			/* vanished meanwhile: no entry */
};

struct directory;
struct page;

struct slot {
	struct entry e;			/* borrows from its page */
	struct body *body;		/* SLOT_CONTENT, once it has begun */
	struct entry *old;		/* owned; see directories_old */
	struct page *page;
	enum slot_state state;
};

struct page {
	struct directory *dir;
	uint32_t no;
	bool	 last;
	uint8_t	*bytes;			/* owns what entries borrow */
	struct slot *slots;
	size_t	 held;			/* memory of bytes and slots */
	uint32_t nslots, waiting;
	struct page *next;
};

struct directory {
	uint64_t id;
	struct directory *hash_next;
	struct slot *slot;		/* of its entry; NULL: a root */
	uint32_t root;
	unsigned int depth;		/* below the root */
	bool	 recurse;
	bool	 asked;			/* its listing may come */
	bool	 alone;			/* a root that is no directory */
	bool	 ended;			/* DIREND has come */
	bool	 has_digest;
	uint8_t	 digest[16];
	uint32_t next_page;		/* number of the page expected */
	bool	 seen_last;
	uint64_t entries;
	struct page *pages, **pages_tail;
	struct list_writer *list;	/* once an entry is stored */
	size_t	 held;			/* memory of d and its list */
	/* the same directory in the previous snapshot */
	struct list_root old_root;
	struct list_cursor *old;	/* NULL: there is none */
	struct entry old_entry;		/* the next one, borrowed */
	bool	 old_has;
	struct directory *queued;	/* next in the LIST queue */
};

/* Caller owns *dp. */
int	 directories_new(struct directories **dp) ERR_MUST_USE;
void	 directories_free(struct directories *d);

/*
 * List root: all of it anew, or, with an entry of the previous snapshot,
 * only where that differs.
 */
int	 directories_root(struct session *s, uint32_t root,
	    const struct entry *old) ERR_MUST_USE;

/* Take PAGE and DIREND. */
int	 directories_page(struct session *s, struct wire_msg *m)
	    ERR_MUST_USE;
int	 directories_dirend(struct session *s, struct wire_msg *m)
	    ERR_MUST_USE;

/* The slot of a file whose content is expected.  ERR_FORMAT if none is. */
int	 directories_slot(struct session *s, uint64_t dir, uint32_t page,
	    uint32_t entry, struct slot **slotp) ERR_MUST_USE;

/*
 * older.c: the version that the content of slot is to be compared with, as
 * its first item comes: that of the same name in the previous snapshot, or,
 * if the file has another inode, what had this inode and is gone from where
 * it was.  NULL if there is none.  The slot owns it, until it is ready.
 */
int	 directories_old(struct session *s, struct slot *slot,
	    const struct content_item *first, const struct entry **oldp)
	    ERR_MUST_USE;

/* older.c: keep the entry of the same name for slot, which waits for its
 * content. */
int	 older_keep(struct slot *slot, const struct entry *old) ERR_MUST_USE;

/* slot has become ready (or dropped): store what can be stored. */
int	 directories_ready(struct session *s, struct slot *slot)
	    ERR_MUST_USE;

/* Tell whether nothing is being listed or waited for. */
bool	 directories_idle(const struct directories *d);

/* Tell whether all that was begun is listed; content may be waited for. */
bool	 directories_listed(const struct directories *d);

/* request.c: ask for the listing of d; for the content of the files of p that
 * wait for it, if any; for the page after the last one. */
int	 request_list(struct session *s, const struct directory *d)
	    ERR_MUST_USE;
int	 request_want(struct session *s, const struct page *p) ERR_MUST_USE;
int	 request_next(struct session *s, const struct directory *d)
	    ERR_MUST_USE;

/* request.c: append the path of d below its root, behind a slash where
 * something stands in b; nothing for the root itself. */
int	 request_path(const struct directory *d, struct buf *b) ERR_MUST_USE;

/* merge.c: turn a listed entry into the stored one of its slot. */
int	 merge_fill(struct session *s, const struct wire_entry *we,
	    struct slot *slot) ERR_MUST_USE;

/* Count an entry that goes into the snapshot. */
void	 merge_count(struct session *s, const struct entry *e);

/*
 * Settle a slot against the previous snapshot: it becomes ready
 * (unchanged, or without content), waits for content, or, with *descendp,
 * for its directory to be listed against *oldp.
 */
struct merge_descend {
	bool	 descend;
	bool	 has_old;
	struct list_root old;
};
int	 merge_slot(struct session *s, struct directory *d, struct slot *slot,
	    struct merge_descend *descendp) ERR_MUST_USE;

/* Account for the entries of the previous snapshot below name (NULL: all
 * that are left), which are gone. */
int	 merge_gone(struct session *s, struct directory *d,
	    const struct entry *upto) ERR_MUST_USE;

/* An entry of the previous snapshot is gone with all that is below it: out
 * of the references and the totals. */
int	 merge_drop(struct session *s, const struct entry *e) ERR_MUST_USE;

/* Take the subtree out of a copy of a directory's entry. */
void	 merge_no_subtree(struct entry *e);

/* A file root against its entry in the previous snapshot. */
int	 merge_alone(struct session *s, struct slot *slot,
	    const struct entry *old) ERR_MUST_USE;

/* A list sink that stores a node and counts the reference to it. */
int	 merge_sink(const void *node, size_t len, uint8_t idp[32],
	    void *writer) ERR_MUST_USE;

#endif /* BACKUPD_DIRECTORY_H */
