/* test_deltas.c: chunks stored as deltas come back, or are missed. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "repo/chain.h"
#include "repo/reader.h"
#include "tests/unit/job_fixture.h"
#include "tests/unit/repo_fixture.h"

#define CASE(name, fn) { name, fn, repo_setup, repo_teardown, NULL }

static struct job
job_of(const struct repo_fixture *f, const char *host)
{
	struct job j = { .r = f->r, .seed = f->kf.signer, .host = host,
	    .delta = true };

	return j;
}

/* One file of six chunks. */
static struct job_model
model(unsigned int version)
{
	struct job_model m = { { { version } } };

	return m;
}

static void
run(const struct job *j, unsigned int version)
{
	struct job_model m = model(version);

	assert_int_equal(job_run(j, &m), 0);
}

/* The chain of chunk 0 of a version, as the index has it now. */
static int
chain_of(struct repo *r, unsigned int version, struct chain *cp)
{
	struct index *x;
	uint8_t id[32];
	int res;

	job_chunk_id(r, version, 0, id);
	assert_int_equal(index_open(r, &x), 0);
	res = chain_find(x, id, cp);
	index_close(x);
	return res;
}

/* What a reader says of chunk 0 of a version. */
static int
read_back(struct repo *r, unsigned int version)
{
	uint8_t id[32], want[256];
	const uint8_t *data;
	struct index *x;
	struct reader *rd;
	size_t len, wanted;
	int res;

	job_chunk_id(r, version, 0, id);
	job_chunk(version, 0, want, &wanted);
	assert_int_equal(index_open(r, &x), 0);
	assert_int_equal(reader_new(r, x, &rd), 0);
	if ((res = reader_chunk(rd, id, &data, &len)) == 0) {
		assert_int_equal(len, wanted);
		assert_memory_equal(data, want, len);
		/* Once more, from what is kept open. */
		assert_int_equal(reader_chunk(rd, id, &data, &len), 0);
		assert_memory_equal(data, want, len);
	}
	reader_free(rd);
	index_close(x);
	return res;
}

static void
test_a_chain_of_32_deltas_reads_back(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f, "h");
	struct job_model m;
	struct verify_totals t;
	struct chain c;
	unsigned int n;

	for (n = 0; n <= 34; n++)
		run(&j, 100 + n);
	for (n = 0; n <= 34; n++) {
		m = model(100 + n);
		job_check(&j, n + 1, &m);
		assert_int_equal(chain_of(f->r, 100 + n, &c), 0);
		/* Below the 32nd, one is whole again. */
		assert_int_equal(c.n, n % 33 + 1);
		assert_int_equal(c.links[0].at.depth, n % 33);
		assert_int_equal(read_back(f->r, 100 + n), 0);
	}
	assert_int_equal(job_verify(f->r, true, &t), 0);
	assert_int_equal(job_verify(f->r, false, &t), 0);
}

static void
test_a_writer_refuses_what_cannot_be_read(void **state)
{
	static const struct job_delta bad[] = {
		{ .version = 104, .base = 100, .depth = 33 },	/* too deep */
		{ .version = 104, .base = 101, .depth = 1 },	/* not below */
		{ .version = 104, .base = 103, .depth = 1 },	/* no base */
		{ .version = 100, .base = 100, .depth = 1 }	/* itself */
	};
	struct repo_fixture *f = *state;
	struct job j = job_of(f, "h");
	struct writer *w;
	size_t i;

	run(&j, 100);
	run(&j, 101);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(job_begin(&j, &w), 0);
		assert_int_equal(job_put(&j, w, &bad[i]), ERR_FORMAT);
		writer_end(w);
	}
	assert_int_equal(job_verify(f->r, true, NULL), 0);
}

static void
test_a_base_is_what_the_source_has_and_is_stored(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f, "h"), other = job_of(f, "other");
	struct job_delta d = { .version = 101 };
	struct writer *w;
	struct chain c;
	uint8_t id[32];

	run(&j, 100);
	job_chunk_id(f->r, 100, 0, id);
	assert_int_equal(job_begin(&other, &w), 0);
	assert_true(writer_has(w, id));
	assert_int_equal(writer_base(w, id, &c), ERR_NOENT);
	writer_end(w);
	assert_int_equal(job_begin(&j, &w), 0);
	assert_int_equal(writer_base(w, id, &c), 0);
	assert_int_equal(c.n, 1);
	assert_memory_equal(c.links[0].id, id, sizeof(id));
	/* Taken by this writer, but in no index yet. */
	assert_int_equal(job_put(&j, w, &d), 0);
	job_chunk_id(f->r, 101, 0, id);
	assert_true(writer_knows(w, id));
	assert_int_equal(writer_base(w, id, &c), ERR_NOENT);
	writer_end(w);
}

/* Let a writer that was begun put a chunk and leave. */
static void
put_end(const struct job *j, struct writer *w, unsigned int version,
    unsigned int base)
{
	struct job_delta d = { .version = version, .base = base };

	assert_int_equal(job_put(j, w, &d), 0);
	writer_end(w);
}

/* Delete the pack of the first link of a version's chain. */
static void
delete_pack(struct repo_fixture *f, unsigned int version)
{
	struct chain c;
	char name[128];

	assert_int_equal(chain_of(f->r, version, &c), 0);
	pack_name(c.links[0].at.pack, name, sizeof(name));
	assert_int_equal(store_delete(f->s, name), 0);
}

static void
test_two_writers_store_a_chunk_differently(void **state)
{
	struct repo_fixture *f = *state;
	struct job a = job_of(f, "a"), b = job_of(f, "b"), c = job_of(f, "c");
	struct writer *wa, *wb, *wc;
	struct chain chain;
	unsigned int n;

	run(&a, 100);
	run(&b, 100);
	run(&b, 101);		/* 101 on 100 */
	run(&c, 200);
	assert_int_equal(job_begin(&a, &wa), 0);
	assert_int_equal(job_begin(&b, &wb), 0);
	assert_int_equal(job_begin(&c, &wc), 0);
	put_end(&a, wa, 102, 100);
	put_end(&b, wb, 102, 101);
	assert_int_equal(chain_of(f->r, 102, &chain), 0);
	assert_int_equal(chain.n, 2);
	put_end(&c, wc, 102, 0);
	assert_int_equal(chain_of(f->r, 102, &chain), 0);
	assert_int_equal(chain.n, 1);
	for (n = 100; n <= 102; n++)
		assert_int_equal(read_back(f->r, n), 0);
	assert_int_equal(job_verify(f->r, true, NULL), 0);
}

static void
test_no_cycle_forms(void **state)
{
	struct repo_fixture *f = *state;
	struct job a = job_of(f, "a"), b = job_of(f, "b");
	struct writer *wa, *wb;
	struct verify_totals t;

	run(&a, 100);
	run(&b, 102);		/* whole: 101 is not there */
	assert_int_equal(job_begin(&a, &wa), 0);
	assert_int_equal(job_begin(&b, &wb), 0);
	put_end(&a, wa, 102, 100);
	put_end(&b, wb, 100, 102);
	assert_int_equal(read_back(f->r, 100), 0);
	assert_int_equal(read_back(f->r, 102), 0);
	assert_int_equal(job_verify(f->r, true, &t), 0);
	/* Each whole one is gone: what is left goes round in a circle. */
	delete_pack(f, 100);
	delete_pack(f, 102);
	assert_int_equal(read_back(f->r, 100), ERR_CORRUPT);
	assert_int_equal(read_back(f->r, 102), ERR_CORRUPT);
	assert_int_equal(job_verify(f->r, true, &t), ERR_CORRUPT);
}

/* What a verification said, one line each. */
struct said {
	char	 text[65536];
	size_t	 len;
};

static void
take(enum verify_level level, const char *object, const char *what,
    void *arg)
{
	struct said *s = arg;

	(void)level;
	s->len += (size_t)snprintf(s->text + s->len,
	    sizeof(s->text) - s->len, "%s: %s\n", object, what);
	assert_true(s->len < sizeof(s->text));
}

static int
verify_heard(struct repo *r, bool full, struct said *s)
{
	struct verify_params p = { .full = full, .threads = 2,
	    .report = take, .arg = s };
	struct verify_totals t;

	memset(s, 0, sizeof(*s));
	return verify_run(r, &p, &t);
}

static size_t
lines_with(const struct said *s, const char *what)
{
	const char *at;
	size_t n = 0;

	for (at = s->text; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

static void
test_a_missing_base_is_found(void **state)
{
	static struct said s;
	struct repo_fixture *f = *state;
	struct job j = job_of(f, "h");
	struct writer *w;
	uint8_t id[32];
	unsigned int n;
	int full;

	for (n = 100; n <= 103; n++)
		run(&j, n);
	delete_pack(f, 101);
	for (full = 0; full <= 1; full++) {
		assert_int_equal(verify_heard(f->r, full == 1, &s),
		    ERR_CORRUPT);
		/* In the packs of 102 and 103, which stand; with that of 101
		 * its snapshot's trees are gone too. */
		assert_int_equal(lines_with(&s, "6 deltas are lost"), 2);
		assert_int_equal(lines_with(&s, "6 chunks are not stored"), 2);
		assert_int_equal(lines_with(&s, "pack is missing"), 1);
	}
	assert_int_equal(read_back(f->r, 100), 0);
	for (n = 101; n <= 103; n++)
		assert_int_equal(read_back(f->r, n), ERR_CORRUPT);
	assert_int_equal(job_begin(&j, &w), 0);
	for (n = 100; n <= 103; n++) {
		job_chunk_id(f->r, n, 0, id);
		assert_int_equal(writer_has(w, id), n == 100);
	}
	assert_false(writer_knows(w, id));
	writer_end(w);
}

/* The index goes on naming what is gone. */
static void
test_what_is_stored_again_is_found(void **state)
{
	static struct said s;
	struct repo_fixture *f = *state;
	struct job j = job_of(f, "h"), other = job_of(f, "other");
	struct writer *w;
	uint8_t id[32];
	int again;

	run(&j, 100);
	run(&j, 101);
	run(&j, 102);
	/* Whole, of which deltas are made; and a delta. */
	for (again = 100; again <= 101; again++) {
		delete_pack(f, (unsigned int)again);
		assert_int_equal(read_back(f->r, 102), ERR_CORRUPT);
		job_chunk_id(f->r, (unsigned int)again, 0, id);
		assert_int_equal(job_begin(&j, &w), 0);
		assert_false(writer_has(w, id));
		put_end(&j, w, (unsigned int)again, 0);
		assert_int_equal(read_back(f->r, 102), 0);
		assert_int_equal(job_begin(&j, &w), 0);
		assert_true(writer_has(w, id));
		writer_end(w);
	}
	/* Deeper than what is gone. */
	run(&other, 104);
	delete_pack(f, 104);
	assert_int_equal(job_begin(&j, &w), 0);
	put_end(&j, w, 104, 102);
	assert_int_equal(read_back(f->r, 104), 0);
	assert_int_equal(verify_heard(f->r, true, &s), ERR_CORRUPT);
	assert_int_equal(lines_with(&s, "pack is missing"), 3);
}

static void
test_a_commit_needs_the_packs_of_bases(void **state)
{
	struct repo_fixture *f = *state;
	struct job j = job_of(f, "h");
	struct job_model m = model(102);
	struct snapshot *sn;
	struct writer *w;

	run(&j, 100);
	run(&j, 101);
	assert_int_equal(job_begin(&j, &w), 0);
	assert_int_equal(job_write(&j, w, &m, &sn), 0);
	delete_pack(f, 100);
	assert_int_equal(writer_commit(w, sn), ERR_CORRUPT);
	snapshot_free(sn);
	writer_end(w);
}

static void
test_a_damaged_base_takes_its_deltas_along(void **state)
{
	static struct said s;
	struct repo_fixture *f = *state;
	struct job j = job_of(f, "h");
	struct chain c;
	uint8_t *copy;
	char name[128], hex[65];
	size_t len;
	unsigned int n;

	for (n = 100; n <= 103; n++)
		run(&j, n);
	/* In turn the whole chunk and a delta. */
	for (n = 100; n <= 102; n += 2) {
		assert_int_equal(chain_of(f->r, n, &c), 0);
		pack_name(c.links[0].at.pack, name, sizeof(name));
		copy = object_copy(f->s, name, &len);
		copy[c.links[0].at.frame_offset + FRAME_OVERHEAD] ^= 1;
		object_replace(f->s, name, copy, len);
		assert_int_equal(verify_heard(f->r, true, &s), ERR_CORRUPT);
		assert_int_equal(lines_with(&s, "frame at"), 1);
		assert_int_equal(lines_with(&s, "1 deltas are lost"),
		    n == 100 ? 3 : 2);
		hex_format(c.links[0].id, 32, hex);
		assert_int_equal(lines_with(&s, hex), n == 100 ? 0 : 1);
		assert_int_equal(read_back(f->r, n), ERR_CORRUPT);
		assert_int_equal(read_back(f->r, 103), ERR_CORRUPT);
		copy[c.links[0].at.frame_offset + FRAME_OVERHEAD] ^= 1;
		object_replace(f->s, name, copy, len);
		free(copy);
	}
	assert_int_equal(verify_heard(f->r, true, &s), 0);
	assert_int_equal(s.len, 0);
}

/* A delta whose footer names another base than it was made from. */
static void
test_a_wrong_base_never_passes(void **state)
{
	static struct said s;
	struct repo_fixture *f = *state;
	struct job j = job_of(f, "h");
	struct job_delta d = { .version = 102, .base = 101, .lie = 200 };
	struct job_model m = { { { 101, 200 } } };
	struct writer *w;

	assert_int_equal(job_run(&j, &m), 0);
	assert_int_equal(job_begin(&j, &w), 0);
	assert_int_equal(job_put(&j, w, &d), 0);
	writer_end(w);
	assert_int_equal(read_back(f->r, 102), ERR_CORRUPT);
	assert_int_equal(verify_heard(f->r, false, &s), 0);
	assert_int_equal(verify_heard(f->r, true, &s), ERR_CORRUPT);
	assert_int_equal(lines_with(&s, "frame at"), 1);
	assert_int_equal(lines_with(&s, "1 deltas are lost"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("a chain of 32 deltas reads back",
		    test_a_chain_of_32_deltas_reads_back),
		CASE("a writer refuses what cannot be read",
		    test_a_writer_refuses_what_cannot_be_read),
		CASE("a base is what the source has and is stored",
		    test_a_base_is_what_the_source_has_and_is_stored),
		CASE("two writers store a chunk differently",
		    test_two_writers_store_a_chunk_differently),
		CASE("no cycle forms", test_no_cycle_forms),
		CASE("a missing base is found", test_a_missing_base_is_found),
		CASE("what is stored again is found",
		    test_what_is_stored_again_is_found),
		CASE("a commit needs the packs of bases",
		    test_a_commit_needs_the_packs_of_bases),
		CASE("a damaged base takes its deltas along",
		    test_a_damaged_base_takes_its_deltas_along),
		CASE("a wrong base never passes",
		    test_a_wrong_base_never_passes)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
