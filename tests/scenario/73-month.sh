#!/bin/sh
# A month of an office with twenty hosts, on simulated time and with real
# jobs: hosts that sleep, lie, are full, have another key; crashes, a power
# cut, a bad policy, a target that is not there, the change of clocks.  At the
# end status, catalog, repository and this script agree (tests/lib/month.py).
# shellcheck disable=SC2016,SC2034 # what daemon_until evaluates
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/daemon.sh"
. "$top_srcdir/tests/lib/month.sh"

need python3 ps
tmpdir
month_hosts
month_sources
month_disk
month_sshd_all
month_policy
expect 0 ctl target init t
key=$tmp/keys/t.key

say "a rehearsal does not begin, nor go anywhere, by accident"
simulate() {
	"$backupd" -f -c "$tmp/policy.cfg" --simulate "$@"
}
expect 10 simulate "2027-03-01"
expect 2 simulate "1 March" --state "$tmp/state"
month_begin "2027-03-01 00:00"
has "$tmp/daemon.log" "REHEARSAL"
expect 0 ctl clock
has "$tmp/out" "2027-03-01T00:00:00+01:00"
expect 2 ctl clock --until "tomorrow"
expect 2 ctl clock --until "2027-02-28 23:59"
expect 2 ctl clock --until "2027-03-02" --set "2027-03-02"

say "the first days"
days 1 4

say "5: a bad policy is not taken, the old one goes on"
days 5 5
echo 'nonsense = 1;' >>"$tmp/policy.cfg"
expect 5 ctl reload
has "$tmp/err" "stays active"
month_policy
expect 0 ctl status
has "$tmp/out" "nonsense"
days 6 7
expect 0 ctl reload
expect 0 ctl status
has "$tmp/out" "ALL PROTECTED"

say "8 to 12: a host that sleeps by day"
nap 8
say "9: a host begins to lie"
nap 9 bad
echo error-escapes >"$tmp/lie"
told fault bad 1
say "10: a host has another key"
nap 10
sshd_down own
month_host_key own
sshd_up own
told fault own 8
nap 11
echo hello-long >"$tmp/lie"
nap 12
say "12: its new key is pinned"
expect 0 ctl status own
has "$tmp/out" "key"
month_policy
expect 0 ctl reload
told well own
expect 0 ctl run own
told asked own

days 13 17
say "17: kill -9 of everything, in the middle of two jobs"
middle
kill_all
month_back "2027-03-17 14:01"
days 18 19

say "20: the target is not mounted"
arrive "2027-03-20 00:00"
target_away
told fault '*' 11
arrive "2027-03-20 12:00"
[ -z "$(ls -A "$tmp/target")" ] ||
	fail "written where no target is: $(ls -AR "$tmp/target")"
target_back
told well '*'
days 20 24

say "24: the power goes, in the middle of two jobs"
middle
power_cut
month_back "2027-03-24 14:01"

say "28: the clocks change"
days 25 29

say "30: the clock is set ahead, 31: and back"
arrive "2027-03-30 01:00"
jump "2027-03-30 06:00"
days 30 30
arrive "2027-03-31 03:00"
jump "2027-03-31 02:00"
days 31 31
arrive "2027-04-01 00:00"
agree

say "half a year later: what was missed is run once; 02:30 comes twice"
month_end
month_begin "2027-10-30 12:00"
arrive "2027-11-01 00:00"
agree

say "the last of each host can be restored"
while read -r host today; do
	expect 0 "$restore" --repo "$tmp/target" --key "$key" run "$host" --to "$tmp/restored/$host"
	[ "$(cat "$tmp/restored/$host$tmp/src/$host/today")" = "$today" ] ||
		fail "$host: not what it was on $today"
done <"$tmp/todays"
kho_compare "$tmp/src/slow1" "$tmp/restored/slow1$tmp/src/slow1"
month_end
