/* s3_xml.h: what an S3 server says in XML. */
#ifndef STORE_S3_XML_H
#define STORE_S3_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The bytes come from the network: depth, length and number of everything are
 * bounded, and a document type, which could define entities, is refused.
 * Nothing is logged.  ERR_FORMAT for what is not such a document.
 */
#define S3_TEXT_MAX 8192	/* of one element */

struct s3_item {
	char	*key;		/* owned, decoded */
	uint64_t size;
};

/* A part of a list. */
struct s3_page {
	struct s3_item *items;
	size_t	 n, alloc;
	bool	 encoded;
	bool	 truncated;
	char	 token[S3_TEXT_MAX];	/* to go on with */
};

/* An error, "" where it says nothing. */
struct s3_complaint {
	char	 code[64];
	char	 message[512];
	char	 region[64];	/* where the bucket is */
};

/* The caller clears *page, on failure too. */
int	 s3_page_parse(const void *data, size_t len, struct s3_page *page)
	    ERR_MUST_USE;
void	 s3_page_clear(struct s3_page *page);

/* c is "" throughout on failure. */
int	 s3_complaint_parse(const void *data, size_t len,
	    struct s3_complaint *c) ERR_MUST_USE;

/*
 * Find the text of the first element at path, as in "Error/Code".  ERR_NOENT
 * if there is none.
 */
int	 s3_xml_find(const void *data, size_t len, const char *path,
	    char text[S3_TEXT_MAX]) ERR_MUST_USE;

#endif /* STORE_S3_XML_H */
