/* pack_format.h: the end of a pack, for those who write and read it. */
#ifndef REPO_PACK_FORMAT_H
#define REPO_PACK_FORMAT_H

#define PACK_MAGIC "KHOF"
#define PACK_MAGIC_LEN 4
#define PACK_TAIL_LEN (4 + PACK_MAGIC_LEN)	/* footer's length, magic */
#define PACK_DEPTH_MAX 32

#endif /* REPO_PACK_FORMAT_H */
