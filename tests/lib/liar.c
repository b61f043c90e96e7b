/* liar.c: how the lying agent of the tests speaks. */
#include "tests/lib/liar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"

const char *lie;
struct wire_reader *in;
struct buf *out;

void
ok(int r, const char *what)
{
	if (r == 0)
		return;
	fprintf(stderr, "hostile: %s: %s\n", what, err_text(r));
	exit(99);
}

int
lies(const char *name)
{
	return strcmp(lie, name) == 0;
}

void
flush(void)
{
	/* The other side hangs up as soon as it has seen through us. */
	if (fdio_write_all(STDOUT_FILENO, buf_ptr(out), buf_len(out)) != 0)
		exit(98);
	buf_reset(out);
}

void
next(struct wire_msg *m)
{
	int r;

	while ((r = wire_reader_next(in, m)) != 1) {
		ok(r, "keeper's message");
		if (wire_reader_read(in, STDIN_FILENO) != 0)
			exit(97);
	}
}

void
expect(enum wire_type type, struct wire_msg *m)
{
	do
		next(m);
	while (m->type != type);
}

size_t
begin(enum wire_type type)
{
	size_t mark;

	ok(wire_begin(out, type, &mark), "begin");
	return mark;
}

void
raw(const void *data, size_t len)
{
	ok(buf_put(out, data, len), "raw");
}

/* A message that no encoder would write. */
void
raw_message(uint8_t type, const void *body, size_t len)
{
	ok(buf_put_u32(out, (uint32_t)len + 1), "length");
	ok(buf_put_u8(out, type), "type");
	raw(body, len);
}

void
attr_make(struct attr *a, uint8_t type)
{
	memset(a, 0, sizeof(*a));
	a->type = type;
	a->have = ATTR_MODE | ATTR_OWNER | ATTR_MTIME | ATTR_MTIME_NS |
	    ATTR_CTIME | ATTR_INODE;
	if (type == ATTR_FILE) {
		a->have |= ATTR_SIZE;
		a->size = 100;
	}
	a->mode = type == ATTR_DIR ? 0755 : 0644;
	a->mtime = a->ctime = 1000000000;
	a->dev = 1;
	a->ino = 42;
}
