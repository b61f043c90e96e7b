# Unit tests of control.
if CMOCKA
check_PROGRAMS += %D%/test_control
TESTS += %D%/test_control
%C%_test_control_LDADD = lib/control/libcontrol.a lib/base/libbase.a \
	$(SECCOMP_LIBS) $(CMOCKA_LIBS)
endif
