/* seeds_sftp.c: answers of an SFTP server. */
#include <string.h>

#include "base/buf.h"
#include "sftp/internal.h"
#include "tests/fuzz/seeds.h"

static void
put_string(struct buf *b, const char *text)
{
	DO(buf_put_u32(b, (uint32_t)strlen(text)));
	DO(buf_put(b, text, strlen(text)));
}

/* Begin a packet of that type for the nth request. */
static struct buf *
answer(uint8_t type, uint32_t n)
{
	struct buf *b = seed_buf();

	DO(buf_put_u8(b, type));
	DO(buf_put_u32(b, n * 1025));
	return b;
}

/* Append a packet, which is taken. */
static void
put_packet(struct buf *b, struct buf *packet)
{
	DO(buf_put_u32(b, (uint32_t)buf_len(packet)));
	DO(buf_put(b, buf_ptr(packet), buf_len(packet)));
	buf_free(packet);
}

static void
put_attrs(struct buf *b)
{
	uint32_t i;

	DO(buf_put_u32(b, SFTP_HAS_SIZE | SFTP_HAS_OWNER | SFTP_HAS_MODE |
	    SFTP_HAS_TIMES | ATTR_EXTENDED));
	DO(buf_put_u64(b, 123456789));
	for (i = 0; i < 2; i++)
		DO(buf_put_u32(b, 1000));
	DO(buf_put_u32(b, 0100644));
	for (i = 0; i < 2; i++)
		DO(buf_put_u32(b, 1700000000));
	DO(buf_put_u32(b, 1));
	put_string(b, "acl@example.org");
	put_string(b, "none");
}

static void
put_version(struct buf *b)
{
	struct buf *p = seed_buf();

	DO(buf_put_u8(p, FXP_VERSION));
	DO(buf_put_u32(p, SFTP_VERSION));
	put_string(p, "fsync@openssh.com");
	put_string(p, "1");
	put_string(p, "statvfs@openssh.com");
	put_string(p, "2");
	put_packet(b, p);
}

static void
put_status(struct buf *b, uint32_t n, uint32_t status, const char *text)
{
	struct buf *p = answer(FXP_STATUS, n);

	DO(buf_put_u32(p, status));
	if (text != NULL) {
		put_string(p, text);
		put_string(p, "en");
	}
	put_packet(b, p);
}

static void
put_names(struct buf *b, uint32_t n)
{
	static const char *const names[] = { ".", "..", "packs", "config" };
	struct buf *p = answer(FXP_NAME, n);
	size_t i;

	DO(buf_put_u32(p, 4));
	for (i = 0; i < 4; i++) {
		put_string(p, names[i]);
		put_string(p, "-rw-r--r-- 1 kho kho 0 Jan 1 00:00");
		put_attrs(p);
	}
	put_packet(b, p);
}

static void
put_numbers(struct buf *b, uint32_t n, size_t count)
{
	struct buf *p = answer(FXP_EXTENDED_REPLY, n);

	while (count-- > 0)
		DO(buf_put_u64(p, 65536));
	put_packet(b, p);
}

/* All requests of the harness, answered. */
static void
seed_all(void)
{
	struct buf *b = seed_buf(), *p;

	DO(buf_put_u8(b, 30 << 2));
	put_version(b);
	p = answer(FXP_HANDLE, 0);
	put_string(p, "0123");
	put_packet(b, p);
	put_names(b, 2);
	p = answer(FXP_NAME, 3);
	DO(buf_put_u32(p, 1));
	put_string(p, "/srv/backup");
	put_string(p, "/srv/backup");
	DO(buf_put_u32(p, 0));
	put_packet(b, p);
	p = answer(FXP_DATA, 1);
	put_string(p, "the bytes that were asked for");
	put_packet(b, p);
	p = answer(FXP_ATTRS, 4);
	put_attrs(p);
	put_packet(b, p);
	put_numbers(b, 5, 11);
	put_numbers(b, 6, 4);
	put_status(b, 7, FX_OK, "Success");
	put_status(b, 8, FX_EOF, "End of file");
	seed_put("sftp", "all", b);
}

/* Every one refused, the last without words. */
static void
seed_refused(void)
{
	struct buf *b = seed_buf();
	uint32_t i;

	DO(buf_put_u8(b, 1));
	for (i = 0; i < 9; i++)
		put_status(b, i, 2 + i * 2, i < 8 ? "Failure" : NULL);
	seed_put("sftp", "refused", b);
}

/* A range in short pieces, and one that ends early. */
static void
seed_range(const char *name, uint32_t pieces)
{
	struct buf *b = seed_buf(), *p;
	uint32_t i;

	DO(buf_put_u8(b, 3 | 63 << 2));
	for (i = 0; i < pieces; i++) {
		/* Two are open: the free place is the last that was. */
		p = seed_buf();
		DO(buf_put_u8(p, FXP_DATA));
		DO(buf_put_u32(p, i << 10 | (i == 1)));
		put_string(p, "0123456789012345678901234567890123456789"
		    "012345678901234567890123456789012345678901234567890123"
		    "456789");
		put_packet(b, p);
	}
	put_status(b, 0, FX_EOF, "End of file");
	seed_put("sftp", name, b);
}

void
seeds_sftp(void)
{
	seed_all();
	seed_refused();
	seed_range("range", 3);
	seed_range("end", 0);
}
