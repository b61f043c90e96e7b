/* seeds_entry.c: attributes, entries, content, lists, frames. */
#include <string.h>

#include "base/buf.h"
#include "codec/compress.h"
#include "repo/list.h"
#include "tests/fuzz/seeds.h"

void
seed_attr(struct attr *a, uint8_t type)
{
	memset(a, 0, sizeof(*a));
	a->type = type;
	a->have = ATTR_MODE | ATTR_OWNER | ATTR_MTIME | ATTR_MTIME_NS |
	    ATTR_CTIME | ATTR_INODE;
	a->mode = 0644;
	a->uid = 1000;
	a->gid = 100;
	a->mtime = 1700000000;
	a->mtime_ns = 123456789;
	a->ctime = -5;
	a->ctime_ns = 999999999;
	a->dev = 2049;
	a->ino = 1234567;
	if (type == ATTR_FILE || type == ATTR_SYMLINK) {
		a->have |= ATTR_SIZE | ATTR_LINKS;
		a->size = 300000;
		a->links = 2;
	}
	if (type == ATTR_CHAR || type == ATTR_BLOCK) {
		a->have |= ATTR_RDEV;
		a->rdev_major = 8;
		a->rdev_minor = 1;
	}
}

static void
attrs(void)
{
	struct buf *b = seed_buf();
	struct attr a;
	uint8_t type;

	for (type = ATTR_FILE; type <= ATTR_BLOCK; type++) {
		seed_attr(&a, type);
		DO(attr_encode(&a, b));
	}
	seed_put("attr", "types", b);
	b = seed_buf();
	memset(&a, 0, sizeof(a));
	a.type = ATTR_FILE;
	DO(attr_encode(&a, b));
	seed_put("attr", "unknown", b);
}

static void
entry_make(struct entry *e, const char *name, uint8_t type)
{
	static const char target[] = "../elsewhere";

	memset(e, 0, sizeof(*e));
	e->name = (const uint8_t *)name;
	e->name_len = strlen(name);
	seed_attr(&e->attr, type);
	if (type == ATTR_SYMLINK) {
		e->target = (const uint8_t *)target;
		e->target_len = sizeof(target) - 1;
	}
	if (type == ATTR_FILE) {
		e->ninline = 2;
		e->inl[0].len = 200000;
		seed_id(e->inl[0].id, 7);
		e->inl[1].hole = true;
		e->inl[1].len = 100000;
		e->has_xattrs = true;
		seed_id(e->xattrs, 9);
	}
	if (type == ATTR_DIR) {
		e->has_subtree = e->has_digest = true;
		e->subtree.present = true;
		seed_id(e->subtree.id, 3);
	}
}

static void
entries(void)
{
	static const char *const names[] = { "", "a", "b", "c", "d", "e",
	    "f", "g" };
	struct buf *b = seed_buf();
	struct entry e;
	uint8_t type;

	DO(buf_put_u8(b, 0));
	for (type = ATTR_FILE; type <= ATTR_BLOCK; type++) {
		entry_make(&e, names[type], type);
		DO(entry_encode(&e, b));
	}
	seed_put("entry", "types", b);
	b = seed_buf();
	DO(buf_put_u8(b, 1));
	entry_make(&e, "/", ATTR_DIR);
	DO(entry_encode(&e, b));
	entry_make(&e, "big", ATTR_FILE);
	e.ninline = 0;
	e.content.present = true;
	e.content.level = 2;
	DO(entry_encode(&e, b));
	seed_put("entry", "root", b);
}

static void
content(void)
{
	struct content_item i = { .len = 1 };
	struct buf *b = seed_buf();

	DO(content_encode(&i, b));
	i.len = 1u << 20;
	DO(content_encode(&i, b));
	i.hole = true;
	i.len = UINT64_C(1) << 40;
	DO(content_encode(&i, b));
	seed_put("content", "items", b);
}

/* Append the head of a node. */
static struct buf *
node(uint8_t level, enum list_what what, uint64_t n)
{
	struct buf *b = seed_buf();

	DO(buf_put_u8(b, level));
	DO(buf_put_u8(b, (uint8_t)what));
	DO(buf_put_varint(b, n));
	return b;
}

static void
child(struct buf *b, uint8_t number, uint64_t below, uint64_t bytes,
    const char *key)
{
	uint8_t id[32];

	seed_id(id, number);
	DO(buf_put(b, id, sizeof(id)));
	DO(buf_put_u64(b, below));
	DO(buf_put_u64(b, bytes));
	DO(buf_put_str(b, key));
}

/* A node of level 0 of two entries. */
static struct buf *
leaf(const char *first, const char *second)
{
	struct buf *b = node(0, LIST_ENTRIES, 2);
	struct entry e;

	entry_make(&e, first, ATTR_FILE);
	DO(entry_encode(&e, b));
	entry_make(&e, second, ATTR_DIR);
	DO(entry_encode(&e, b));
	return b;
}

static struct buf *
list_begin(enum list_what what, uint8_t level, const char *seek)
{
	struct buf *b = seed_buf(), *name = seed_buf();

	DO(buf_put_u8(b, (uint8_t)(what == LIST_ENTRIES)));
	DO(buf_put_u8(b, level));
	DO(buf_put(name, seek, strlen(seek)));
	seed_part(b, name);
	return b;
}

static void
lists(void)
{
	struct content_item i = { .len = 1000 };
	struct buf *b, *n;

	b = list_begin(LIST_ENTRIES, 0, "b");
	seed_part(b, leaf("a", "c"));
	seed_put("list", "leaf", b);

	b = list_begin(LIST_ENTRIES, 1, "d");
	n = node(1, LIST_ENTRIES, 2);
	child(n, 1, 2, 300000, "a");
	child(n, 2, 2, 300000, "d");
	seed_part(b, n);
	seed_part(b, leaf("a", "b"));
	seed_part(b, leaf("d", "e"));
	seed_put("list", "tree", b);

	b = list_begin(LIST_CONTENT, 1, "");
	n = node(1, LIST_CONTENT, 1);
	child(n, 1, 2, 2000, "");
	seed_part(b, n);
	n = node(0, LIST_CONTENT, 2);
	DO(content_encode(&i, n));
	DO(content_encode(&i, n));
	seed_part(b, n);
	seed_put("list", "content", b);
}

static void
frames(void)
{
	struct buf *b = seed_buf(), *packed = seed_buf();
	struct compressor *c;
	enum frame_kind kind;
	char text[3000];
	size_t i;

	for (i = 0; i < sizeof(text); i++)
		text[i] = "the quick brown fox "[i * i / 7 % 20];
	DO(compressor_new(3, &c));
	DO(compress_frame(c, text, sizeof(text), packed, &kind));
	DO(buf_put_u8(b, (uint8_t)kind));
	DO(buf_put_u32(b, sizeof(text)));
	DO(buf_put(b, buf_ptr(packed), buf_len(packed)));
	seed_put("decompress", "zstd", b);
	b = seed_buf();
	DO(buf_put_u8(b, FRAME_PLAIN));
	DO(buf_put_u32(b, 20));
	DO(buf_put(b, text, 20));
	seed_put("decompress", "plain", b);
	buf_free(packed);
	compressor_free(c);
}

void
seeds_entry(void)
{
	attrs();
	entries();
	content();
	lists();
	frames();
}
