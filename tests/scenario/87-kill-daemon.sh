#!/bin/sh
# The daemon is killed at a dozen moments of its jobs: what the catalog says
# is always so, and what it does not know the repository gives back.
# shellcheck disable=SC2016 # what daemon_until evaluates
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/daemon.sh"

need pgrep ps rsync
tmpdir
src=$tmp/src
kho_tree "$src"
kho_setup "$src"
# A second host, which is the same machine.
tr '\n' ' ' <"$tmp/policy.cfg" |
    sed 's/hosts = ( \({[^}]*}\) )/hosts = ( \1, \1 )/; s/"h"/"g"/' \
    >"$tmp/two"
mv "$tmp/two" "$tmp/policy.cfg"
chmod 600 "$tmp/policy.cfg"
expect 0 ctl policy test

# ids: of snapshots, out of an answer in JSON; sorted.
ids() { grep -o '"snapshot":"[0-9a-f]\{64\}"' "$tmp/out" | sort -u; }

# Whoever works for a daemon that is gone.
workers() {
	pgrep -f 'backupd --(keeper|puller)' | while read -r pid; do
		tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null |
		    grep -q "^KHO_TEST_HOME=$tmp\$" && echo "$pid"
	done
}
KHO_TEST_HOME=$tmp
export KHO_TEST_HOME

round=0
killed=0
while [ $round -lt 12 ]; do
	round=$((round + 1))
	head -c 400000 /dev/urandom >"$src/a/new$round"
	daemon_start
	expect 0 ctl run --all --detach
	sleep "0.$((round * 7 % 10))$((round * 3 % 10))"
	expect 0 ctl --json status
	grep -q '"running":0,"waiting":0' "$tmp/out" || killed=$((killed + 1))
	kill -KILL "$daemon"
	daemon_gone 137
	daemon_until "the end of its workers" '[ -z "$(workers)" ]'
	# What is written down is so: each snapshot of a job is there.
	expect 0 ctl --json job list --limit 0
	ids >"$tmp/told"
	kho_restore 0 --json list
	ids >"$tmp/there"
	lost=$(comm -23 "$tmp/told" "$tmp/there")
	[ -z "$lost" ] || fail "round $round: not in the repository: $lost"
done
say "$killed of 12 in the middle of jobs"
[ $killed -ge 3 ] || fail "jobs were over too soon to be killed"

say "nothing runs that does not, and the next job is as any"
daemon_start
expect 0 ctl --json job list --limit 0
grep -q '"outcome":"running"' "$tmp/out" && fail "a ghost runs"
expect 0 ctl run --all
kho_same "$src" h
kho_same "$src" g
daemon_stop
expect 0 ctl catalog check

say "what was committed and not written down comes back"
expect 0 ctl catalog rebuild
for host in h g; do
	expect 0 ctl --json snap list $host
	ids
done | sort -u >"$tmp/told"
kho_restore 0 --json list
ids >"$tmp/there"
cmp "$tmp/told" "$tmp/there" || fail "the catalog does not know all, or more"
[ "$(wc -l <"$tmp/there")" -ge 4 ] || fail "too few snapshots"
kho_restore 0 verify --full

say "SIGTERM lets a job end; a worker's crash is that of one job"
echo 'sleep 2; exec "$@"' >"$tmp/slow"
sshd_authorize "sh $tmp/slow $agent serve --root $tmp"
daemon_start --grace 60
expect 0 ctl run h --detach
daemon_until "a worker" 'daemon_worker >/dev/null'
kill -TERM "$daemon"
daemon_gone 0
expect 0 ctl --json job list --limit 1
has "$tmp/out" '"outcome":"complete"'
daemon_start
ctl run h g >"$tmp/both" 2>&1 &
both=$!
daemon_until "two workers" \
    '[ "$(ps -o pid= --ppid "$daemon" | wc -l)" -ge 2 ]'
kill -ABRT "$(daemon_worker)"
code=0
wait "$both" || code=$?
[ "$code" -eq 1 ] || fail "exit $code, not 1"
has "$tmp/both" "ended by signal 6"
has "$tmp/both" "snapshot"
expect 0 ctl run h g
