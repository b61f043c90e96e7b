/* pace.h: how fast the link is, and how fast signatures are made. */
#ifndef BACKUPD_PACE_H
#define BACKUPD_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Only long messages are measured, from the bytes that showed that they had
 * begun to their last one: the source writes a message in one go, so what
 * passes meanwhile is the link's.  Newer measures count more.  Times are
 * given, so that it can be tried out.  One thread.
 */
struct buf;

#define PACE_MESSAGE_MIN (32u << 10)

/* Bytes and the time they took, both fading. */
struct pace_mean {
	uint64_t bytes, ns;
	uint64_t told;			/* what was said last; 0: nothing */
};

/* Begin with zeros, and pace_taken for what comes before messages. */
struct pace {
	struct pace_mean link, sign;
	uint64_t fed, taken;		/* bytes of the stream so far */
	uint64_t began, began_at;	/* of the message under way: fed, ns */
	bool	 under_way;
	bool	 spoiled;		/* bytes have piled up meanwhile */
};

/* So many bytes have come. */
void	 pace_fed(struct pace *p, size_t len);

/* A message of that length has been taken from them. */
void	 pace_taken(struct pace *p, size_t len, uint64_t now_ns);

/* No more messages are whole: does one begin? */
void	 pace_rest(struct pace *p, uint64_t now_ns);

/* Nothing more has come so far: from here on it is the link's time again. */
void	 pace_dry(struct pace *p, uint64_t now_ns);

/* Something else took time, and nothing is measured until the link is dry. */
void	 pace_spoil(struct pace *p);

/* Signing so many bytes took so long. */
void	 pace_signed(struct pace *p, size_t len, uint64_t ns);

/* Append PACE if there is something new to say. */
int	 pace_tell(struct pace *p, struct buf *out) ERR_MUST_USE;

#endif /* BACKUPD_PACE_H */
