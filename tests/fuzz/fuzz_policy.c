/* fuzz_policy.c: policy files, from their bytes to a report or a policy. */
#include <stdio.h>

#include "policy/policy.h"
#include "policy/report.h"
#include "tests/fuzz/file.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static FILE *null;
	struct policy_report *report;
	const struct policy *p;

	fuzz_init();
	if (null == NULL)
		fuzz_check((null = fopen("/dev/null", "w")) != NULL, "null");
	fuzz_check(policy_report_new(&report) == 0, "memory");
	if (policy_load(fuzz_file(data, len), report, &p) == 0) {
		fuzz_check(policy_report_count(report, POLICY_ERROR) == 0,
		    "a policy with errors is not loaded");
		(void)policy_target_primary(p);
		policy_free(p);
	} else
		fuzz_check(policy_report_count(report, POLICY_ERROR) > 0,
		    "a policy that is refused says why");
	policy_report_print(report, null, true);
	policy_report_free(report);
	return 0;
}
