/* cppcheck.h: macros of sys/queue.h for cppcheck, which does not read it. */
#define STAILQ_HEAD(name, type) struct name { struct type *stqh_first; }
#define TAILQ_HEAD(name, type) \
	struct name { struct type *tqh_first, **tqh_last; }
#define TAILQ_FOREACH(var, head, field) \
	for ((var) = (head)->tqh_first; (var); (var) = (var)->field.tqe_next)
