#!/bin/sh
# A daemon with nothing to do does nothing, and stays small.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/daemon.sh"
. "$top_srcdir/tests/lib/many.sh"

tmpdir
mkdir "$tmp/keys" "$tmp/repo"
: >"$tmp/keys/id"
chmod 600 "$tmp/keys/id"
# No run may come while this test looks.
many_policy 2000 "$tmp/repo" |
	sed 's/calendar = \[[^]]*\]/calendar = [ "*-02-29 02:00" ]/' \
	    >"$tmp/policy.cfg"
chmod 600 "$tmp/policy.cfg"
daemon_start

# of NAME: what the kernel says of the daemon.
of() {
	awk -v name="$1:" '$1 == name { print $2 }' "/proc/$daemon/status"
}

expect 0 "$backupctl" -c "$tmp/policy.cfg" reload
expect 0 "$backupctl" -c "$tmp/policy.cfg" status --json
say "at most two wake-ups a minute"
sleep 1
before=$(of voluntary_ctxt_switches)
sleep 20
woken=$(($(of voluntary_ctxt_switches) - before))
[ $woken -le 2 ] || fail "$woken wake-ups in 20 s"

say "less than 15 MB resident"
if grep -aq "__asan_init\|__tsan_init" "$backupd"; then
	say "not asked of a sanitizer's"
else
	[ "$(of VmRSS)" -lt 15360 ] || fail "$(of VmRSS) KiB"
fi
