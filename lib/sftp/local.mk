# lib/sftp: over lib/ssh.
noinst_LIBRARIES += lib/sftp/libsftp.a
lib_sftp_libsftp_a_SOURCES = \
	%D%/answer.c %D%/answer.h \
	%D%/bulk.c %D%/bulk.h \
	%D%/internal.h \
	%D%/reply.c \
	%D%/request.c %D%/request.h \
	%D%/sftp.c %D%/sftp.h \
	%D%/start.c
lib_sftp_libsftp_a_CPPFLAGS = $(AM_CPPFLAGS)
