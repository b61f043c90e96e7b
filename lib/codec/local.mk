# lib/codec: the only user of zstd.h, librsync.h and xxhash.h.
noinst_LIBRARIES += lib/codec/libcodec.a
lib_codec_libcodec_a_SOURCES = \
	%D%/chunker.c %D%/chunker.h \
	%D%/compress.c %D%/compress.h \
	%D%/delta.c %D%/delta.h \
	%D%/places.c %D%/places.h
lib_codec_libcodec_a_CPPFLAGS = $(AM_CPPFLAGS) $(ZSTD_CFLAGS) $(XXHASH_CFLAGS)
