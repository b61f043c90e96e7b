# lib/cli: base, jansson.
noinst_LIBRARIES += lib/cli/libcli.a
lib_cli_libcli_a_SOURCES = \
	%D%/eta.c %D%/eta.h \
	%D%/exit.c %D%/exit.h \
	%D%/help.c \
	%D%/internal.h \
	%D%/json.c %D%/json.h \
	%D%/json_read.c %D%/json_read.h \
	%D%/options.c %D%/options.h \
	%D%/progress.c %D%/progress.h \
	%D%/prompt.c %D%/prompt.h \
	%D%/table.c \
	%D%/text.c %D%/text.h
lib_cli_libcli_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
