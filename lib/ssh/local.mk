# lib/ssh: libssh2.
noinst_LIBRARIES += lib/ssh/libssh.a
lib_ssh_libssh_a_SOURCES = \
	%D%/b64.c %D%/b64.h \
	%D%/client_child.c %D%/client_child.h \
	%D%/client_text.c %D%/client_text.h \
	%D%/connect.c %D%/connect.h \
	%D%/field.c %D%/field.h \
	%D%/identity.c %D%/identity.h \
	%D%/internal.h \
	%D%/kexinit.c %D%/kexinit.h \
	%D%/key.c %D%/key.h \
	%D%/lib2_setup.c %D%/lib2_setup.h \
	%D%/lib2_sock.c %D%/lib2_sock.h \
	%D%/ssh.c %D%/ssh.h \
	%D%/ssh_client.c \
	%D%/ssh_lib2.c
lib_ssh_libssh_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBSSH2_CFLAGS)
