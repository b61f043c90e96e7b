/* test_amend.c: changes to a policy's text, and nothing else of it. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "policy/amend.h"

enum what { ADD, SET, REMOVE };

/* Text, what is done to it ('name' or an entry, key, value), what comes. */
static const struct {
	enum what what;
	const char *text, *name, *key, *value, *out;
	int	 r;
} cases[] = {
	{ ADD, "", "{ a; }", NULL, NULL, "hosts = (\n  { a; }\n);\n", 0 },
	{ ADD, "x = 1;", "{ a; }", NULL, NULL,
	    "x = 1;\nhosts = (\n  { a; }\n);\n", 0 },
	{ ADD, "hosts = ();", "{ a; }", NULL, NULL,
	    "hosts = (\n  { a; });", 0 },
	{ ADD, "hosts : ( { name = \"b\"; } // last )\n); y = 2;", "{ a; }",
	    NULL, NULL,
	    "hosts : ( { name = \"b\"; },\n  { a; } // last )\n); y = 2;", 0 },
	{ ADD, "g = { hosts = 1; };\nhosts = ( { x = ( \")\" ); } );",
	    "{ a; }", NULL, NULL, "g = { hosts = 1; };\n"
	    "hosts = ( { x = ( \")\" ); },\n  { a; } );", 0 },
	{ ADD, "/* hosts = ( */ hosts = ( # )\n);", "{ a; }", NULL, NULL,
	    "/* hosts = ( */ hosts = (\n  { a; } # )\n);", 0 },
	{ ADD, "hosts = ( {", "{ a; }", NULL, NULL, NULL, ERR_FORMAT },
	{ ADD, "hosts = \"", "{ a; }", NULL, NULL, NULL, ERR_FORMAT },
	{ ADD, "hosts = 3;", "{ a; }", NULL, NULL, NULL, ERR_FORMAT },

	{ SET, "hosts = ( { name = \"a\"; k = [ \"old\" ]; } );", "a", "k",
	    "[ \"new\" ]",
	    "hosts = ( { name = \"a\"; k = [ \"new\" ]; } );", 0 },
	{ SET, "hosts = ( { k = 1; name = \"b\"; },\n{ kk = 1; name = \"a\" }"
	    " );", "a", "k", "2", "hosts = ( { k = 1; name = \"b\"; },\n"
	    "{ kk = 1; name = \"a\"; k = 2; } );", 0 },
	{ SET, "hosts = ( { name = \"a\"; sub = { k = 1; }; } );", "a", "k",
	    "2", "hosts = ( { name = \"a\"; sub = { k = 1; }; k = 2; } );",
	    0 },
	{ SET, "hosts = ( { name = \"a\"; k = \"x\" /* y */ \"z\"; } );",
	    "a", "k", "2", "hosts = ( { name = \"a\"; k = 2; } );", 0 },
	{ SET, "hosts = ( { name = \"aa\"; } );", "a", "k", "2", NULL,
	    ERR_NOENT },
	{ SET, "sets = ( { name = \"a\"; } );", "a", "k", "2", NULL,
	    ERR_NOENT },

	{ REMOVE, "hosts = ( { name = \"a\"; }, { name = \"b\"; } );", "a",
	    NULL, NULL, "hosts = (  { name = \"b\"; } );", 0 },
	{ REMOVE, "hosts = ( { name = \"a\"; }, { name = \"b\"; } );", "b",
	    NULL, NULL, "hosts = ( { name = \"a\"; } );", 0 },
	{ REMOVE, "hosts = (\n  { name = \"a\"; },\n  // of b\n"
	    "  { name = \"b\"; }\n);\n", "a", NULL, NULL,
	    "hosts = (\n  // of b\n  { name = \"b\"; }\n);\n", 0 },
	{ REMOVE, "hosts = ( { name = \"a\"; } );", "a", NULL, NULL,
	    "hosts = (  );", 0 },
	{ REMOVE, "hosts = ( { name = \"a\"; } );", "b", NULL, NULL, NULL,
	    ERR_NOENT }
};

static void
only_that_changes(void **state)
{
	struct amend_text t;
	struct buf *b;
	size_t i;
	int r = 0;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		t.data = cases[i].text;
		t.len = strlen(t.data);
		assert_int_equal(buf_new(4096, &b), 0);
		switch (cases[i].what) {
		case ADD:
			r = amend_add_host(&t, cases[i].name, b);
			break;
		case SET:
			r = amend_set_host(&t, cases[i].name, cases[i].key,
			    cases[i].value, b);
			break;
		case REMOVE:
			r = amend_remove_host(&t, cases[i].name, b);
			break;
		}
		assert_int_equal(r, cases[i].r);
		if (r == 0) {
			assert_int_equal(buf_put_u8(b, 0), 0);
			assert_string_equal((const char *)buf_ptr(b),
			    cases[i].out);
		}
		buf_free(b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_that_changes)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
