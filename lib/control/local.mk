# lib/control: base.
noinst_LIBRARIES += lib/control/libcontrol.a
lib_control_libcontrol_a_SOURCES = \
	%D%/client.c %D%/client.h \
	%D%/control.c %D%/control.h \
	%D%/socket.c
lib_control_libcontrol_a_CPPFLAGS = $(AM_CPPFLAGS) \
	-DPOLICY_DIR='"$(sysconfdir)/backupd"' \
	-DRUN_DIR='"$(runstatedir)/backupd"'
