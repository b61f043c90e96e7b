# Unit tests of agents, and a small keeper that drives the whole program.
if CMOCKA
agents_tests = tests/unit/test_agent_deltas \
	tests/unit/test_agent_parts tests/unit/test_agent_refuse \
	tests/unit/test_agent_serve tests/unit/test_exclude \
	tests/unit/test_hooks
check_PROGRAMS += $(agents_tests)
TESTS += $(agents_tests)
agents_test_libs = $(agent_libs) $(agent_ext) $(CMOCKA_LIBS)

tests_unit_test_hooks_SOURCES = %D%/test_hooks.c
tests_unit_test_hooks_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_hooks_LDADD = $(agents_test_libs)

tests_unit_test_exclude_SOURCES = %D%/test_exclude.c
tests_unit_test_exclude_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_exclude_LDADD = $(agents_test_libs)

tests_unit_test_agent_parts_SOURCES = %D%/test_agent_parts.c
tests_unit_test_agent_parts_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_agent_parts_LDADD = $(agents_test_libs)

agent_fixture = %D%/agent_fixture.c %D%/agent_fixture.h \
	%D%/keeper.c %D%/keeper.h %D%/keeper_ask.c %D%/keeper_content.c

tests_unit_test_agent_deltas_SOURCES = %D%/test_agent_deltas.c \
	$(agent_fixture)
tests_unit_test_agent_deltas_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_agent_deltas_LDADD = $(agents_test_libs)

tests_unit_test_agent_refuse_SOURCES = %D%/test_agent_refuse.c \
	$(agent_fixture)
tests_unit_test_agent_refuse_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_agent_refuse_LDADD = $(agents_test_libs)

tests_unit_test_agent_serve_SOURCES = %D%/test_agent_serve.c \
	$(agent_fixture)
tests_unit_test_agent_serve_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_agent_serve_LDADD = $(agents_test_libs)
endif
