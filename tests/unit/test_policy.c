/* test_policy.c: whole policy files, right and wrong. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "policy/policy.h"
#include "policy/report.h"

#define TEXT_MAX 65536
#define SMALL "policy_version = 1;\n" \
	"targets = ( { name = \"t\"; type = \"dir\"; path = \"r\"; } );\n"

static char dir[64];		/* made for each test */

static int
setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/kho-policy-XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/p.cfg", dir);
	(void)unlink(path);
	return rmdir(dir);
}

static const char *
write_policy(const void *text, size_t len)
{
	static char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/p.cfg", dir);
	(void)unlink(path);
	assert_non_null(f = fopen(path, "w"));
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0644), 0);
	return path;
}

static void
source_path(char *out, size_t outlen, const char *tail)
{
	const char *top = getenv("top_srcdir");

	snprintf(out, outlen, "%s/%s", top != NULL ? top : ".", tail);
}

/* A copy that only we can write, whatever the umask of the checkout. */
static size_t
copy_policy(const char *path, char text[TEXT_MAX])
{
	FILE *f;
	size_t len;

	if ((f = fopen(path, "r")) == NULL)
		fail_msg("cannot open %s", path);
	len = fread(text, 1, TEXT_MAX - 1, f);
	text[len] = '\0';
	fclose(f);
	write_policy(text, len);
	return len;
}

static int
load(const char *path, struct policy_report **rp, const struct policy **pp)
{
	*pp = NULL;
	assert_int_equal(policy_report_new(rp), 0);
	return policy_load(path, *rp, pp);
}

/* Call fn with each *.cfg of a directory of the sources; how many. */
static size_t
each_file(const char *where, void (*fn)(const char *path))
{
	char base[512], path[1024];
	struct dirent *d;
	size_t n = 0;
	DIR *dp;

	source_path(base, sizeof(base), where);
	assert_non_null(dp = opendir(base));
	while ((d = readdir(dp)) != NULL) {
		if (strlen(d->d_name) < 5 || strcmp(d->d_name +
		    strlen(d->d_name) - 4, ".cfg") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", base, d->d_name);
		fn(path);
		n++;
	}
	closedir(dp);
	return n;
}

/* The one error must be where the first line of the file says. */
static void
check_bad(const char *path)
{
	char text[TEXT_MAX];
	const struct policy_diag *d;
	const struct policy *p;
	struct policy_report *r;
	unsigned int code, line, col, other = 0;

	copy_policy(path, text);
	if (sscanf(text, "# expect: P%u %u:%u other %u", &code, &line, &col,
	    &other) < 3)
		fail_msg("%s: no expectation", path);
	assert_int_equal(load(write_policy(text, strlen(text)), &r, &p),
	    ERR_CONFIG);
	assert_null(p);
	d = policy_report_get(r, 0);
	if (policy_report_count(r, POLICY_ERROR) != 1 || d->code != code ||
	    d->line != line || d->col != col || d->other != other)
		fail_msg("%s: %zu errors, first P%03u %u:%u other %u: %s",
		    path, policy_report_count(r, POLICY_ERROR),
		    (unsigned int)d->code, d->line, d->col, d->other,
		    d->message);
	policy_report_free(r);
}

/* As check_bad; the second line of the file is part of the help. */
static void
check_wrong(const char *path)
{
	char text[TEXT_MAX], remedy[256];
	const struct policy *p;
	struct policy_report *r;

	check_bad(path);
	copy_policy(path, text);
	if (sscanf(text, "%*[^\n]\n# remedy: %255[^\n]", remedy) != 1)
		fail_msg("%s: no remedy", path);
	assert_int_equal(load(write_policy(text, strlen(text)), &r, &p),
	    ERR_CONFIG);
	if (strstr(policy_report_get(r, 0)->help, remedy) == NULL)
		fail_msg("%s: the help is: %s", path,
		    policy_report_get(r, 0)->help);
	policy_report_free(r);
}

static void
wrong_policies_have_one_error_in_its_place(void **state)
{
	(void)state;
	assert_true(each_file("tests/policies/bad", check_bad) >= 25);
}

static void
wrong_values_name_their_remedy(void **state)
{
	(void)state;
	assert_true(each_file("tests/policies/wrong", check_wrong) >= 60);
}

static void
check_good(const char *path)
{
	char text[TEXT_MAX];
	const struct policy *p;
	struct policy_report *r;
	size_t len;

	len = copy_policy(path, text);
	if (load(write_policy(text, len), &r, &p) != 0) {
		policy_report_print(r, stderr, false);
		fail_msg("%s does not load", path);
	}
	policy_free(p);
	policy_report_free(r);
}

/* Every source of every host has a next run. */
static void
check_runs(const struct policy *p)
{
	struct schedule_run run;
	size_t i, j;

	assert_true(p->nhosts > 0);
	for (i = 0; i < p->nhosts; i++)
		for (j = 0; j < p->hosts[i].nsources; j++)
			if (!schedule_next(&p->hosts[i].sources[j].schedule,
			    1800000000, &run))
				fail_msg("%s never runs", p->hosts[i].name);
}

/* How many warnings there are but for keys that are not acted on yet. */
static size_t
warnings(const struct policy_report *r)
{
	size_t i, all = policy_report_count(r, POLICY_WARNING), n = 0;

	for (i = 0; i < all; i++)
		n += policy_report_get(r, i)->code != POLICY_P050_LATER;
	return n;
}

static void
check_sample(const char *path)
{
	char text[TEXT_MAX];
	const struct policy *p;
	struct policy_report *r;

	check_good(path);
	copy_policy(path, text);
	assert_int_equal(load(write_policy(text, strlen(text)), &r, &p), 0);
	if (warnings(r) != 0)
		fail_msg("%s has warnings", path);
	check_runs(p);
	policy_free(p);
	policy_report_free(r);
}

static void
right_policies_load(void **state)
{
	(void)state;
	assert_true(each_file("tests/policies/good", check_good) >= 3);
}

static void
samples_load_and_run(void **state)
{
	(void)state;
	assert_int_equal(each_file("policies", check_sample), 3);
}

static void
inheritance_goes_from_defaults_to_host(void **state)
{
	char path[512], text[TEXT_MAX], want[128];
	const struct policy_host *h;
	const struct policy_source *s;
	const struct policy *p;
	struct policy_report *r;

	(void)state;
	source_path(path, sizeof(path), "tests/policies/good/inherit.cfg");
	copy_policy(path, text);
	assert_int_equal(load(write_policy(text, strlen(text)), &r, &p), 0);
	assert_string_equal(p->office.name, "UBND xã A");

	assert_non_null(h = policy_host_find(p, "pc"));
	assert_null(h->group);
	assert_int_equal(h->port, 2222);
	assert_string_equal(h->user, "backup");
	snprintf(want, sizeof(want), "%s/keys/id_ed25519", dir);
	assert_string_equal(h->identity, want);
	assert_int_equal(h->transport, POLICY_TRANSPORT_LIBSSH2);
	assert_true(h->enabled);
	assert_int_equal(h->nsources, 1);
	s = &h->sources[0];
	assert_string_equal(s->set->name, "docs");
	assert_int_equal(s->exclude.n, 2);
	assert_string_equal(s->exclude.v[0], "*.tmp");
	assert_string_equal(s->exclude.v[1], "/home/*/.cache");
	assert_true(s->exclude_caches);
	assert_true(s->one_file_system);
	assert_int_equal(s->compression.level, 5);
	assert_int_equal(s->delta, POLICY_DELTA_NEVER);

	assert_non_null(h = policy_host_find(p, "srv"));
	assert_int_equal(h->port, 22);
	assert_int_equal(h->transport, POLICY_TRANSPORT_OPENSSH);
	assert_false(h->enabled);
	assert_string_equal(h->identity, "/etc/kho/id");
	assert_int_equal(h->nsources, 3);	/* docs only once */
	assert_non_null(s = policy_source_find(h, "db"));
	assert_false(s->one_file_system);	/* the set has the last word */
	assert_int_equal(s->exclude.n, 2);
	assert_string_equal(s->exclude.v[1], "*.bak");
	assert_int_equal(s->compression.level, 9);
	assert_string_equal(s->compression.method, "zstd");
	assert_int_equal(s->delta, POLICY_DELTA_AUTO);	/* the set's */

	assert_non_null(h = policy_host_find(p, "alone"));
	assert_int_equal(h->nsources, 1);	/* sets replaced the list */
	s = &h->sources[0];
	assert_string_equal(s->set->name, "etc");
	assert_int_equal(s->exclude.n, 1);
	assert_string_equal(s->exclude.v[0], "\\#*");
	assert_string_equal(s->compression.method, "none");
	assert_int_equal(s->delta, POLICY_DELTA_ALWAYS);

	snprintf(want, sizeof(want), "%s/repo", dir);
	assert_string_equal(policy_target_primary(p)->path, want);
	snprintf(want, sizeof(want), "%s/keys/nas.key", dir);
	assert_string_equal(policy_target_primary(p)->key_file, want);
	assert_false(policy_target_find(p, "usb")->primary);
	assert_null(policy_host_find(p, "nobody"));
	assert_null(policy_target_find(p, "nobody"));
	policy_free(p);
	policy_report_free(r);
}

static void
expect_code(const char *path, int err, enum policy_code code)
{
	const struct policy *p;
	struct policy_report *r;

	assert_int_equal(load(path, &r, &p), err);
	assert_non_null(policy_report_get(r, 0));
	assert_int_equal(policy_report_get(r, 0)->code, code);
	policy_report_free(r);
}

static void
files_that_others_can_write_are_refused(void **state)
{
	const char *path = write_policy(SMALL, strlen(SMALL));

	(void)state;
	assert_int_equal(chmod(path, 0664), 0);
	expect_code(path, ERR_CONFIG, POLICY_P002_TRUST);
	assert_int_equal(chmod(path, 0646), 0);
	expect_code(path, ERR_CONFIG, POLICY_P002_TRUST);
	assert_int_equal(chmod(path, 0644), 0);
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(path, 65534, 65534), 0);
	expect_code(path, ERR_CONFIG, POLICY_P002_TRUST);
}

static void
files_that_are_none_are_refused(void **state)
{
	(void)state;
	expect_code("/nonexistent/p.cfg", ERR_NOENT, POLICY_P001_FILE);
	expect_code(dir, ERR_CONFIG, POLICY_P001_FILE);
}

static void
binary_files_are_refused(void **state)
{
	(void)state;
	expect_code(write_policy("a = 1;\n\0b", 9), ERR_CONFIG,
	    POLICY_P004_BINARY);
	expect_code(write_policy("a = \"\xff\";", 9), ERR_CONFIG,
	    POLICY_P004_BINARY);
	expect_code(write_policy("a = \"\xc0\x80\";", 10), ERR_CONFIG,
	    POLICY_P004_BINARY);
}

static void
huge_files_are_refused_unread(void **state)
{
	const char *path = write_policy(SMALL, strlen(SMALL));

	(void)state;
	assert_int_equal(truncate(path, (off_t)1 << 30), 0);
	expect_code(path, ERR_CONFIG, POLICY_P003_SIZE);
}

static void
a_hundred_thousand_groups_are_refused(void **state)
{
	size_t n = 100000, i;
	char *text = malloc(n * 4 + 1);

	(void)state;
	assert_non_null(text);
	for (i = 0; i < n; i++)
		memcpy(text + i * 4, "a={ ", 4);
	expect_code(write_policy(text, n * 4), ERR_CONFIG,
	    POLICY_P013_DEPTH);
	free(text);
}

static void
all_errors_come_at_once(void **state)
{
	static const char text[] = SMALL
	    "defaults = { prot = 22;\n  sets = \"docs\";\n"
	    "  schedule = { rpo = \"5\"; };\n  limits = { min_files = yes; };\n"
	    "};\n";
	static const enum policy_code want[] = {
		POLICY_P014_UNKNOWN, POLICY_P015_TYPE, POLICY_P018_QUANTITY,
		POLICY_P010_BOOLEAN
	};
	const struct policy *p;
	struct policy_report *r;
	unsigned int i;

	(void)state;
	assert_int_equal(load(write_policy(text, strlen(text)), &r, &p),
	    ERR_CONFIG);
	assert_int_equal(policy_report_count(r, POLICY_ERROR), 4);
	for (i = 0; i < 4; i++) {
		assert_int_equal(policy_report_get(r, i)->code, want[i]);
		assert_int_equal(policy_report_get(r, i)->line, 3 + i);
	}
	policy_report_free(r);
}

static void
keys_of_later_versions_warn_once(void **state)
{
	static const char text[] = SMALL
	    "defaults = { retention = { daily = 7; weekly = 4; }; };\n"
	    "groups = { a = { retention = { daily = 9; }; }; };\n";
	const struct policy *p;
	struct policy_report *r;
	const struct policy_diag *d;
	size_t i, later = 0;

	(void)state;
	assert_int_equal(load(write_policy(text, strlen(text)), &r, &p), 0);
	for (i = 0; (d = policy_report_get(r, i)) != NULL; i++)
		later += d->code == POLICY_P050_LATER;
	assert_int_equal(later, 1);
	policy_free(p);
	policy_report_free(r);
}

static void
no_key_of_the_whole_policy_is_unknown(void **state)
{
	char path[512], text[TEXT_MAX];
	const struct policy_diag *d;
	const struct policy *p;
	struct policy_report *r;
	size_t i;

	(void)state;
	source_path(path, sizeof(path), "tests/policies/good/whole.cfg");
	copy_policy(path, text);
	assert_int_equal(load(write_policy(text, strlen(text)), &r, &p), 0);
	for (i = 0; (d = policy_report_get(r, i)) != NULL; i++)
		assert_true(d->code >= POLICY_P050_LATER &&
		    d->code <= POLICY_P051_UNUSED);
	policy_free(p);
	policy_report_free(r);
}

static void
runs_rarer_than_the_rpo_give_a_warning(void **state)
{
	static const char rare[] = SMALL "defaults = { schedule = { "
	    "calendar = [ \"Mon..Fri 11:45\" ]; rpo = \"36 h\"; }; };\n";
	static const char often[] = SMALL "defaults = { schedule = { "
	    "calendar = [ \"Mon..Fri 11:45\", \"Sat,Sun 09:00\" ]; "
	    "rpo = \"36 h\"; }; };\n";
	const struct policy *p;
	struct policy_report *r;

	(void)state;
	assert_int_equal(load(write_policy(rare, strlen(rare)), &r, &p), 0);
	assert_int_equal(warnings(r), 1);
	policy_free(p);
	policy_report_free(r);
	assert_int_equal(load(write_policy(often, strlen(often)), &r, &p), 0);
	assert_int_equal(warnings(r), 0);
	policy_free(p);
	policy_report_free(r);
}

static void
each_error_says_its_effect(void **state)
{
	static const char text[] = SMALL "prot = 1;\n";
	const struct policy *p;
	struct policy_report *r;
	char *out = NULL;
	size_t len;
	FILE *f;

	(void)state;
	assert_int_equal(load(write_policy(text, strlen(text)), &r, &p),
	    ERR_CONFIG);
	policy_report_effect(r, "none; policy of 13 Aug 18:02 stays active");
	assert_non_null(f = open_memstream(&out, &len));
	policy_report_print(r, f, false);
	assert_int_equal(fclose(f), 0);
	assert_non_null(strstr(out, "\n  = effect: none; policy of 13 Aug "
	    "18:02 stays active\n  = more: "));
	free(out);
	policy_report_free(r);
}

static void
the_caret_stands_below_the_mistake(void **state)
{
	static const char text[] = SMALL
	    "office = { name = \"xã\"; zone = 1; };";
	const struct policy *p;
	struct policy_report *r;
	char *out = NULL;
	size_t len;
	FILE *f;

	(void)state;
	assert_int_equal(load(write_policy(text, strlen(text)), &r, &p),
	    ERR_CONFIG);
	assert_non_null(f = open_memstream(&out, &len));
	policy_report_print(r, f, false);
	assert_int_equal(fclose(f), 0);
	assert_non_null(strstr(out, "error[P014]: unknown key `zone` in "
	    "office\n"));
	assert_non_null(strstr(out, "p.cfg:3:25\n  |\n3 | office = { "));
	assert_non_null(strstr(out,
	    "\n  |                         ^^^^ "));
	assert_null(strchr(out, '\033'));
	free(out);
	policy_report_free(r);
}

/* No cut and no changed byte may crash it, or load and lack something. */
static void
mutilate(const char *file, size_t step)
{
	static const char bytes[] = "\"{}[]();=,.\\/*#@\n\t0a-\xc3";
	char path[512], text[TEXT_MAX], kept;
	const struct policy *p;
	struct policy_report *r;
	size_t len, i;

	source_path(path, sizeof(path), file);
	len = copy_policy(path, text);
	for (i = 0; i < len; i += step) {
		(void)!load(write_policy(text, i), &r, &p);
		policy_free(p);
		policy_report_free(r);
		kept = text[i];
		text[i] = bytes[i / step % (sizeof(bytes) - 1)];
		if (load(write_policy(text, len), &r, &p) == 0)
			assert_non_null(policy_target_primary(p));
		policy_free(p);
		policy_report_free(r);
		text[i] = kept;
	}
}

static void
mutilated_policies_never_crash(void **state)
{
	(void)state;
	mutilate("tests/policies/good/inherit.cfg", 3);
	mutilate("tests/policies/good/whole.cfg", 5);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(wrong_policies_have_one_error_in_its_place),
		TEST(wrong_values_name_their_remedy),
		TEST(right_policies_load),
		TEST(samples_load_and_run),
		TEST(inheritance_goes_from_defaults_to_host),
		TEST(files_that_others_can_write_are_refused),
		TEST(files_that_are_none_are_refused),
		TEST(binary_files_are_refused),
		TEST(huge_files_are_refused_unread),
		TEST(a_hundred_thousand_groups_are_refused),
		TEST(all_errors_come_at_once),
		TEST(keys_of_later_versions_warn_once),
		TEST(no_key_of_the_whole_policy_is_unknown),
		TEST(runs_rarer_than_the_rpo_give_a_warning),
		TEST(each_error_says_its_effect),
		TEST(the_caret_stands_below_the_mistake),
		TEST(mutilated_policies_never_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
