/* limits.h: the limits of the pull protocol, by name. */
#ifndef WIRE_LIMITS_H
#define WIRE_LIMITS_H

/* doc/protocol.md, sections 1 to 3.  Sizes in bytes. */
#define WIRE_VERSION 1
#define WIRE_PREAMBLE_LEN 8
#define WIRE_HEAD_LEN 5			/* length and type */
#define WIRE_LENGTH_MAX 2228224u	/* type and body: 2 MiB + 128 KiB */
#define WIRE_BODY_MAX (WIRE_LENGTH_MAX - 1)

#define WIRE_PING_MS 15000		/* silent for so long: send PING */
#define WIRE_DEAD_MS 60000		/* heard nothing for so long: end */

#define WIRE_PATH_MAX (1u << 20)
#define WIRE_TARGET_MAX (64u << 10)
#define WIRE_XATTRS_MAX (256u << 10)
#define WIRE_TEXT_MAX 4096u
#define WIRE_ROOTS_MAX 1024u
#define WIRE_EXCLUDES_MAX 4096u
#define WIRE_EXCLUDE_MAX 4096u		/* bytes of one */
#define WIRE_ENTRIES_MAX 4096u		/* in a page */
#define WIRE_PAGE_BYTES (512u << 10)	/* of entries; then the page closes */
#define WIRE_PIECES_MAX 4096u		/* in a CHUNKS */
#define WIRE_BITMAP_MAX ((WIRE_PIECES_MAX + 7) / 8)
#define WIRE_FRAME_RAW_MAX (2u << 20)
#define WIRE_BATCHES_MAX 32u		/* under way */
#define WIRE_LISTS_MAX 64u		/* open */
#define WIRE_DIGEST_LEN 16

/* Sections 6 and 7. */
#define WIRE_NAME_MAX 64u		/* of a hook, of a set */
#define WIRE_HOOK_TIME_MAX 604800u	/* seconds */
#define WIRE_HOOK_OUTPUT_MAX 4096u
#define WIRE_HOOK_STATUS_MAX 255u
#define WIRE_NICE_MAX 19u
#define WIRE_BASIS_MAX (2u << 20)
#define WIRE_BLOCK_MIN 256u
#define WIRE_BLOCK_MAX (8u << 10)
#define WIRE_SIGNATURE_MAX (12 + 12 * (WIRE_BASIS_MAX / WIRE_BLOCK_MIN))
#define WIRE_PACKED_RAW_MAX (2u << 20)

#define WIRE_DIR_AGENT (UINT64_C(1) << 63)	/* the agent's own numbers */

#endif /* WIRE_LIMITS_H */
