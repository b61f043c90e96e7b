# Unit tests of wire.
if CMOCKA
wire_tests = tests/unit/test_wire tests/unit/test_wire_delta \
	tests/unit/test_wire_delta_limits tests/unit/test_wire_limits \
	tests/unit/test_wire_hook tests/unit/test_wire_messages \
	tests/unit/test_wire_vectors \
	tests/unit/test_wire_vectors_deltas tests/unit/test_wire_vectors_hooks
check_PROGRAMS += $(wire_tests)
TESTS += $(wire_tests)
wire_samples = %D%/wire_samples.c %D%/wire_samples.h
wire_test_libs = lib/wire/libwire.a lib/base/libbase.a $(CMOCKA_LIBS)

tests_unit_test_wire_SOURCES = %D%/test_wire.c
tests_unit_test_wire_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_wire_LDADD = $(wire_test_libs)

tests_unit_test_wire_limits_SOURCES = %D%/test_wire_limits.c
tests_unit_test_wire_limits_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_wire_limits_LDADD = $(wire_test_libs)

tests_unit_test_wire_delta_SOURCES = %D%/test_wire_delta.c \
	$(wire_samples)
tests_unit_test_wire_delta_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_wire_delta_LDADD = $(wire_test_libs)

tests_unit_test_wire_delta_limits_SOURCES = %D%/test_wire_delta_limits.c
tests_unit_test_wire_delta_limits_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_wire_delta_limits_LDADD = $(wire_test_libs)

tests_unit_test_wire_hook_SOURCES = %D%/test_wire_hook.c $(wire_samples)
tests_unit_test_wire_hook_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_wire_hook_LDADD = $(wire_test_libs)

tests_unit_test_wire_messages_SOURCES = %D%/test_wire_messages.c \
	$(wire_samples)
tests_unit_test_wire_messages_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_wire_messages_LDADD = $(wire_test_libs)

wire_vectors = %D%/wire_vectors.c %D%/wire_vectors.h
tests_unit_test_wire_vectors_SOURCES = %D%/test_wire_vectors.c \
	$(wire_vectors)
tests_unit_test_wire_vectors_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_wire_vectors_LDADD = $(wire_test_libs)

tests_unit_test_wire_vectors_deltas_SOURCES = \
	%D%/test_wire_vectors_deltas.c $(wire_vectors)
tests_unit_test_wire_vectors_deltas_CPPFLAGS = $(AM_CPPFLAGS) \
	$(CMOCKA_CFLAGS)
tests_unit_test_wire_vectors_deltas_LDADD = $(wire_test_libs)

tests_unit_test_wire_vectors_hooks_SOURCES = \
	%D%/test_wire_vectors_hooks.c $(wire_vectors)
tests_unit_test_wire_vectors_hooks_CPPFLAGS = $(AM_CPPFLAGS) \
	$(CMOCKA_CFLAGS)
tests_unit_test_wire_vectors_hooks_LDADD = $(wire_test_libs)
endif
