# reader: files of machines without an agent, by SFTP; a source of agents.
noinst_LIBRARIES += reader/libreader.a
reader_libreader_a_SOURCES = \
	%D%/ahead.c \
	%D%/dir.c \
	%D%/due.c \
	%D%/far_file.c \
	%D%/file.c \
	%D%/impl.h \
	%D%/listing.c %D%/listing.h \
	%D%/pump.c \
	%D%/far.c %D%/far.h
