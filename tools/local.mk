# tools: checks of the source itself, and make lint.
source_checks = %D%/check-layers.sh %D%/check-headers.sh %D%/check-sizes.sh
EXTRA_DIST += $(source_checks) %D%/check-docs.sh %D%/check-dist.sh %D%/cppcheck.h .clang-format \
	quickstart .ci/run
check_SCRIPTS += $(source_checks) %D%/check-docs.sh
TESTS += $(source_checks) %D%/check-docs.sh

# The directories that hold our code; of cppcheck's opinions, those that are
# about defects.  A tool that is not installed is passed over.
LINT_DIRS = lib agents reader backupd backupctl restore
CPPCHECK_FLAGS = --quiet --std=c11 --error-exitcode=1 --inline-suppr \
	--enable=warning,performance,portability -DHAVE_CONFIG_H \
	-I lib -I . -I $(abs_top_builddir) --include=tools/cppcheck.h

# "a && b || c" is meant as it is read, and functions may take no argument.
SHELLCHECK_FLAGS = -x -e SC2015,SC2119

lint:
	@for script in $(source_checks); do \
		top_srcdir=$(abs_top_srcdir) sh $(srcdir)/$$script || exit 1; \
	done
	@top_srcdir=$(abs_top_srcdir) DISTDIR=$(distdir) \
	    sh $(srcdir)/tools/check-dist.sh
	@if command -v shellcheck >/dev/null; then \
		cd $(srcdir) && shellcheck $(SHELLCHECK_FLAGS) quickstart \
		    .ci/run autogen.sh $$(find tools tests -name '*.sh'); \
	else echo 'lint: no shellcheck, passed over'; fi
	@if command -v cppcheck >/dev/null; then \
		cd $(srcdir) && cppcheck $(CPPCHECK_FLAGS) $(LINT_DIRS); \
	else echo 'lint: no cppcheck, passed over'; fi
	@# Tells, but does not fail: it cannot keep tables and aligned comments.
	@if command -v clang-format >/dev/null; then \
		cd $(srcdir) && echo "clang-format: $$(find $(LINT_DIRS) \
		    -name '*.[ch]' -exec clang-format --dry-run {} + 2>&1 | \
		    grep -c 'warning:') places it would set otherwise"; \
	else echo 'lint: no clang-format, passed over'; fi
.PHONY: lint
