/* list.h: paged lists of entries or of content, cut where content says. */
#ifndef REPO_LIST_H
#define REPO_LIST_H

#include "repo/entry.h"
#include "repo/reader.h"

/*
 * doc/format.md section 6.  A list of a million items changes by a page and
 * its parents when one item does.  The cuts depend on the items alone: equal
 * lists have equal roots.
 *
 * What is read is checked: levels descend by one, names ascend, counts and
 * sums of a node are those its parent tells.  ERR_FORMAT where they are not.
 */
#define LIST_NODE_MAX (1u << 20)	/* bytes of a node */

enum list_what {
	LIST_ENTRIES = 1,
	LIST_CONTENT = 2
};

/* Where finished nodes go: gives the id under which the bytes are stored. */
typedef int (*list_sink)(const void *node, size_t len, uint8_t idp[32],
	    void *arg);

struct list_writer;

/* Begin a list.  Caller owns *wp.  After a failure it can only be freed. */
int	 list_writer_new(enum list_what what, list_sink sink, void *arg,
	    struct list_writer **wp) ERR_MUST_USE;
void	 list_writer_free(struct list_writer *w);

/* The memory that w needs for what is not in the sink yet, about. */
size_t	 list_writer_size(const struct list_writer *w);

/* Append an entry; names must be good and ascend (ERR_FORMAT). */
int	 list_add_entry(struct list_writer *w, const struct entry *e)
	    ERR_MUST_USE;

/* Append an item of content. */
int	 list_add_content(struct list_writer *w, const struct content_item *i)
	    ERR_MUST_USE;

/* Close all nodes and give the root; w is empty again. */
int	 list_writer_end(struct list_writer *w, struct list_root *rootp)
	    ERR_MUST_USE;

struct list_cursor;

/* Walk the list at root, which need not be present.  Caller owns *cp. */
int	 list_cursor_new(struct reader *rd, enum list_what what,
	    const struct list_root *root, struct list_cursor **cp)
	    ERR_MUST_USE;
void	 list_cursor_free(struct list_cursor *c);

/* 1 and the next entry (borrowed until the next call), 0 at the end. */
int	 list_next_entry(struct list_cursor *c, struct entry *ep)
	    ERR_MUST_USE;

/* 1 and the next item, 0 at the end. */
int	 list_next_content(struct list_cursor *c, struct content_item *ip)
	    ERR_MUST_USE;

/*
 * Go to the first entry whose name is not below name, forwards or backwards,
 * reading only the nodes on its way.
 */
int	 list_seek(struct list_cursor *c, const uint8_t *name, size_t len)
	    ERR_MUST_USE;

/*
 * Call fn with the id of every node of the list at root (not of what its
 * items name), parents first.  fn returns 0 to go on below, 1 to skip what
 * is below, or an error, which ends the walk.
 */
int	 list_walk_nodes(struct reader *rd, enum list_what what,
	    const struct list_root *root,
	    int (*fn)(const uint8_t id[32], void *arg), void *arg)
	    ERR_MUST_USE;

#endif /* REPO_LIST_H */
