/* seeds_hook.c: what is said of hooks and load. */
#include "base/buf.h"
#include "tests/fuzz/seeds.h"
#include "wire/hook.h"
#include "wire/start.h"

/* Append a message whose body an encoder makes. */
#define SAY(b, TYPE, encode, m) do {			\
	size_t mark_;					\
							\
	DO(wire_begin(b, TYPE, &mark_));		\
	DO(encode(m, b));				\
	DO(wire_end(b, mark_));				\
} while (0)

static void
keeper(void)
{
	const struct wire_hello hello = {
		WIRE_FEATURE_HOOKS | WIRE_FEATURE_LOAD
	};
	const struct wire_start start = { .level = 3, .chunk_min = 65536,
	    .chunk_avg = 262144, .chunk_max = 1048576,
	    .frame_max = 1048576 };
	const struct wire_load load = { 15, WIRE_IO_IDLE };
	const struct wire_hook hook = { WIRE_BEFORE, 1800, "db-dump", "s" };
	struct buf *b = seed_buf();

	DO(buf_put_u8(b, 0));
	DO(wire_preamble(b));
	SAY(b, WIRE_HELLO, wire_hello_encode, &hello);
	SAY(b, WIRE_START, wire_start_encode, &start);
	SAY(b, WIRE_LOAD, wire_load_encode, &load);
	SAY(b, WIRE_HOOK, wire_hook_encode, &hook);
	DO(wire_put_empty(b, WIRE_HALT));
	seed_put("wire_keeper", "hooks", b);
}

static void
agent(void)
{
	static const struct wire_agent_hello hello = {
		.features = WIRE_FEATURE_HOOKS | WIRE_FEATURE_LOAD
	};
	static const uint8_t words[] = "disk full\n";
	const struct wire_hooked hooked = { WIRE_HOOK_EXITED, 7, 1500, words,
	    sizeof(words) - 1 };
	struct buf *b = seed_buf();

	DO(buf_put_u8(b, 0));
	DO(wire_preamble(b));
	SAY(b, WIRE_AGENT_HELLO, wire_agent_hello_encode, &hello);
	SAY(b, WIRE_HOOKED, wire_hooked_encode, &hooked);
	seed_put("wire_agent", "hooks", b);
}

void
seeds_hook(void)
{
	keeper();
	agent();
}
