# Unit tests of policy.
EXTRA_DIST += \
	tests/policies/bad/array-equals.cfg \
	tests/policies/bad/backslash-escape.cfg \
	tests/policies/bad/backslash-path.cfg \
	tests/policies/bad/boolean-yes.cfg \
	tests/policies/bad/choice-compression.cfg \
	tests/policies/bad/cron-line.cfg \
	tests/policies/bad/dotted-name.cfg \
	tests/policies/bad/duplicate-host.cfg \
	tests/policies/bad/duplicate-set.cfg \
	tests/policies/bad/duplicate-target.cfg \
	tests/policies/bad/fingerprint.cfg \
	tests/policies/bad/host-key-cut.cfg \
	tests/policies/bad/host-name.cfg \
	tests/policies/bad/host-without-sets.cfg \
	tests/policies/bad/include.cfg \
	tests/policies/bad/keep-nothing.cfg \
	tests/policies/bad/key-twice.cfg \
	tests/policies/bad/missing-address.cfg \
	tests/policies/bad/missing-version.cfg \
	tests/policies/bad/nested-too-deep.cfg \
	tests/policies/bad/no-target.cfg \
	tests/policies/bad/number-long.cfg \
	tests/policies/bad/number-octal.cfg \
	tests/policies/bad/number-too-big.cfg \
	tests/policies/bad/path-relative.cfg \
	tests/policies/bad/path-slash.cfg \
	tests/policies/bad/quantity-kb.cfg \
	tests/policies/bad/quantity-no-unit.cfg \
	tests/policies/bad/range-port.cfg \
	tests/policies/bad/reference-group.cfg \
	tests/policies/bad/reference-set.cfg \
	tests/policies/bad/syntax-bracket-too-many.cfg \
	tests/policies/bad/syntax-group-in-array.cfg \
	tests/policies/bad/syntax-missing-comma.cfg \
	tests/policies/bad/syntax-missing-equals.cfg \
	tests/policies/bad/syntax-missing-value.cfg \
	tests/policies/bad/syntax-number-unit.cfg \
	tests/policies/bad/syntax-unquoted.cfg \
	tests/policies/bad/trailing-comma.cfg \
	tests/policies/bad/two-primaries.cfg \
	tests/policies/bad/type-group-for-list.cfg \
	tests/policies/bad/type-quoted-number.cfg \
	tests/policies/bad/type-string-for-list.cfg \
	tests/policies/bad/unclosed-brace.cfg \
	tests/policies/bad/unclosed-comment.cfg \
	tests/policies/bad/unclosed-list.cfg \
	tests/policies/bad/unclosed-quote.cfg \
	tests/policies/bad/unknown-key-place.cfg \
	tests/policies/bad/unknown-key.cfg \
	tests/policies/bad/version-newer.cfg \
	tests/policies/good/bom.cfg \
	tests/policies/good/inherit.cfg \
	tests/policies/good/minimal.cfg \
	tests/policies/good/whole.cfg \
	tests/policies/wrong/no-agent-hooks.cfg \
	tests/policies/wrong/no-agent-nice.cfg \
	tests/policies/wrong/address-option.cfg \
	tests/policies/wrong/audit-a-day.cfg \
	tests/policies/wrong/bandwidth-bits.cfg \
	tests/policies/wrong/bandwidth-no-window.cfg \
	tests/policies/wrong/bandwidth-zero.cfg \
	tests/policies/wrong/blank-no-break.cfg \
	tests/policies/wrong/calendar-added-twice-typed.cfg \
	tests/policies/wrong/calendar-dash-days.cfg \
	tests/policies/wrong/calendar-every.cfg \
	tests/policies/wrong/calendar-hour-25.cfg \
	tests/policies/wrong/calendar-month-13.cfg \
	tests/policies/wrong/calendar-not-a-list.cfg \
	tests/policies/wrong/console-to-the-world.cfg \
	tests/policies/wrong/copies-more-than-targets.cfg \
	tests/policies/wrong/copies-no-offsite.cfg \
	tests/policies/wrong/drill-in-root.cfg \
	tests/policies/wrong/drill-no-such-host.cfg \
	tests/policies/wrong/duplicate-notify.cfg \
	tests/policies/wrong/exclude-added-root.cfg \
	tests/policies/wrong/exclude-everything.cfg \
	tests/policies/wrong/holiday-no-such-day.cfg \
	tests/policies/wrong/holiday-slashes.cfg \
	tests/policies/wrong/hook-fail-word.cfg \
	tests/policies/wrong/hook-in-array.cfg \
	tests/policies/wrong/hook-is-a-command.cfg \
	tests/policies/wrong/hook-without-name.cfg \
	tests/policies/wrong/jitter-beyond-window.cfg \
	tests/policies/wrong/keep-nothing-by-group.cfg \
	tests/policies/wrong/keep-one.cfg \
	tests/policies/wrong/key-twice-deep.cfg \
	tests/policies/wrong/limit-file-above-host.cfg \
	tests/policies/wrong/limit-growth-above-all.cfg \
	tests/policies/wrong/limit-growth-number.cfg \
	tests/policies/wrong/limit-zero-host.cfg \
	tests/policies/wrong/max-parallel-none.cfg \
	tests/policies/wrong/min-age-centuries.cfg \
	tests/policies/wrong/min-age-off.cfg \
	tests/policies/wrong/notify-bad-address.cfg \
	tests/policies/wrong/notify-digest-time.cfg \
	tests/policies/wrong/notify-event.cfg \
	tests/policies/wrong/notify-no-address.cfg \
	tests/policies/wrong/notify-url-in-policy.cfg \
	tests/policies/wrong/number-wraps.cfg \
	tests/policies/wrong/primary-with-calendar.cfg \
	tests/policies/wrong/quotes-curly.cfg \
	tests/policies/wrong/ransomware-always.cfg \
	tests/policies/wrong/retention-negative.cfg \
	tests/policies/wrong/retry-below-defaults.cfg \
	tests/policies/wrong/retry-factor-below-one.cfg \
	tests/policies/wrong/retry-first-above-max.cfg \
	tests/policies/wrong/rpo-nothing.cfg \
	tests/policies/wrong/semicolon-in-list.cfg \
	tests/policies/wrong/set-scope-key.cfg \
	tests/policies/wrong/target-address-of-dir.cfg \
	tests/policies/wrong/target-bandwidth-no-window.cfg \
	tests/policies/wrong/target-free-size.cfg \
	tests/policies/wrong/target-lock-of-sftp.cfg \
	tests/policies/wrong/target-root.cfg \
	tests/policies/wrong/target-s3-no-bucket.cfg \
	tests/policies/wrong/target-s3-prefix.cfg \
	tests/policies/wrong/target-same-path.cfg \
	tests/policies/wrong/target-sftp-no-address.cfg \
	tests/policies/wrong/target-sftp-no-key.cfg \
	tests/policies/wrong/target-sftp-relative.cfg \
	tests/policies/wrong/target-type-tape.cfg \
	tests/policies/wrong/timezone-offset.cfg \
	tests/policies/wrong/verify-nothing.cfg \
	tests/policies/wrong/window-end-word.cfg \
	tests/policies/wrong/window-hour-26.cfg \
	tests/policies/wrong/window-no-end.cfg \
	tests/policies/wrong/windows-newline-path.cfg
if CMOCKA
policy_tests = \
	%D%/test_amend %D%/test_bandwidth \
	%D%/test_calendar %D%/test_effective \
	%D%/test_policy %D%/test_posture %D%/test_quantity \
	%D%/test_schedule %D%/test_schema \
	%D%/test_suggest %D%/test_token %D%/test_window \
	%D%/test_workday %D%/test_zone
check_PROGRAMS += $(policy_tests)
TESTS += $(policy_tests)

policy_test_libs = lib/policy/libpolicy.a lib/base/libbase.a \
	$(LIBCONFIG_LIBS) $(SECCOMP_LIBS) $(CMOCKA_LIBS)
%C%_test_amend_LDADD = $(policy_test_libs)
%C%_test_bandwidth_LDADD = $(policy_test_libs)
%C%_test_calendar_LDADD = $(policy_test_libs)
%C%_test_effective_LDADD = $(policy_test_libs)
%C%_test_policy_LDADD = $(policy_test_libs)
%C%_test_posture_LDADD = $(policy_test_libs)
%C%_test_quantity_LDADD = $(policy_test_libs)
%C%_test_schedule_LDADD = $(policy_test_libs)
%C%_test_schema_LDADD = $(policy_test_libs)
%C%_test_suggest_LDADD = $(policy_test_libs)
%C%_test_token_LDADD = $(policy_test_libs)
%C%_test_window_LDADD = $(policy_test_libs)
%C%_test_workday_LDADD = $(policy_test_libs)
%C%_test_zone_LDADD = $(policy_test_libs)
endif
