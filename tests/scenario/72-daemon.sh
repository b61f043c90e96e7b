#!/bin/sh
# The daemon: jobs asked for by backupctl, watched, cancelled, one after the
# other where the policy says so; a bad policy is not taken; the end in order
# and out of order.
# shellcheck disable=SC2016,SC2034 # what daemon_until evaluates
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/daemon.sh"

need rsync ps
tmpdir
src=$tmp/src
kho_tree "$src"
kho_setup "$src"

say "nobody runs"
expect 7 ctl status
has "$tmp/err" "no backupd runs"
expect 7 ctl run h
expect 7 ctl stop
expect 7 ctl --json status
has "$tmp/out" '"code":7'

say "it starts, once"
daemon_start
expect 6 "$backupd" -f -c "$tmp/policy.cfg"
has "$tmp/err" "runs already"
expect 0 ctl status
has "$tmp/out" "1 new"
expect 0 ctl --json status
has "$tmp/out" '"overall":"new"'
expect 10 ctl clock
has "$tmp/err" "clock is real"

say "a job, asked for and watched"
expect 0 ctl run h
has "$tmp/out" "h/s: snapshot"
kho_same "$src" latest
expect 0 ctl status --all
has "$tmp/out" "1 protected"
echo more >>"$src/a/file"
expect 0 ctl --json run h/s
has "$tmp/out" '"t":"started"'
has "$tmp/out" '"files":3'
tail -n 1 "$tmp/out" >"$tmp/last"
has "$tmp/last" '"t":"end","code":0'
kho_same "$src" latest

say "what there is not"
expect 4 ctl run nobody
has "$tmp/err" "nobody: no such host"
expect 4 ctl run h/nothing
expect 4 ctl run h --set nothing
expect 4 ctl run ""
expect 4 ctl run @nothing
expect 4 ctl job cancel 1
expect 2 ctl job cancel x
expect 2 ctl run
expect 4 ctl status nobody

say "detached, and cancelled"
head -c 80000000 /dev/urandom >"$src/big"
expect 0 ctl run h --detach
job=$(sed -n 's|^h/s: job \([0-9]*\) runs$|\1|p' "$tmp/out")
[ -n "$job" ] || fail "no job is named: $(cat "$tmp/out")"
expect 0 ctl status
has "$tmp/out" "job $job runs"
ctl run h >"$tmp/watch" 2>&1 &
watch=$!
sleep 0.3
expect 0 ctl job cancel "$job"
code=0
wait "$watch" || code=$?
[ "$code" -eq 130 ] || fail "the watcher ended with $code, not 130"
has "$tmp/watch" "cancelled"
expect 0 ctl status
has "$tmp/out" "1 failed"
has "$tmp/out" "What to do"
expect 0 ctl run h
kho_same "$src" latest

say "a bad policy is not taken"
cp "$tmp/policy.cfg" "$tmp/good.cfg"
echo 'nonsense = 1;' >>"$tmp/policy.cfg"
expect 5 ctl reload
has "$tmp/err" "policy.cfg:"
has "$tmp/err" "stays active"
expect 0 ctl status
has "$tmp/out" "NEEDS ATTENTION"
has "$tmp/out" "nonsense"
expect 0 ctl run h
cp "$tmp/good.cfg" "$tmp/policy.cfg"
kill -HUP "$daemon"
daemon_until "the good one" 'ctl status | grep -q "ALL PROTECTED"'
sed -i 's/name = "h"/name = "h2"/' "$tmp/policy.cfg"
expect 0 ctl reload
expect 4 ctl run h
cp "$tmp/good.cfg" "$tmp/policy.cfg"
expect 0 ctl reload

say "a worker that is killed fails its job alone"
head -c 80000000 /dev/urandom >"$src/big"
ctl run h >"$tmp/watch" 2>&1 &
watch=$!
daemon_until "a worker" 'daemon_worker >/dev/null'
kill -KILL "$(daemon_worker)"
code=0
wait "$watch" || code=$?
[ "$code" -eq 1 ] || fail "a killed worker: $code, not 1"
has "$tmp/watch" "ended by signal 9"
kill -0 "$daemon" || fail "the daemon has gone with its worker"
expect 0 ctl run h
kho_same "$src" latest

say "it stops in order: a job has time to end"
head -c 40000000 /dev/urandom >"$src/big"
expect 0 ctl run h --detach
expect 0 ctl stop
daemon_gone 0
has "$tmp/daemon.log" "complete"
expect 7 ctl status
kho_same "$src" latest

say "it stops without patience: the job is given up"
head -c 200000000 /dev/urandom >"$src/big"
daemon_start --grace 0
ctl run h >"$tmp/watch" 2>&1 &
watch=$!
daemon_until "a worker" 'daemon_worker >/dev/null'
kill -TERM "$daemon"
daemon_gone 0
code=0
wait "$watch" || code=$?
[ "$code" -eq 143 ] || fail "the watcher ended with $code, not 143"
kho_restore 0 verify

say "killed, it leaves nothing that runs and nothing in the way"
daemon_start
ctl run h >"$tmp/watch" 2>&1 &
watch=$!
daemon_until "a worker" 'daemon_worker >/dev/null'
worker=$(daemon_worker)
kill -KILL "$daemon"
daemon_gone 137
code=0
wait "$watch" || code=$?
[ "$code" -eq 7 ] || fail "the watcher ended with $code, not 7"
daemon_until "the worker's end" '! kill -0 $worker 2>/dev/null'
expect 7 ctl status
daemon_start
expect 0 ctl status
has "$tmp/out" "1 failed"
has "$tmp/out" "it was interrupted"
expect 0 ctl job list
has "$tmp/out" "interrupted"
expect 0 ctl run h
kho_same "$src" latest
daemon_stop

say "two jobs where one may run; and those of a calendar"
kho_host='group = "g"; '
kho_policy "$src/a"
sed -i 's/^  host_key/&/; s/"s" \]; *$/"s", "s2" ];/' "$tmp/policy.cfg"
cat >>"$tmp/policy.cfg" <<-END
	groups = { g = { schedule = { max_parallel = 1; }; }; };
END
sed -i "s|^sets = {|& s2 = { paths = [ \"$src/many\" ]; };|" "$tmp/policy.cfg"
head -c 60000000 /dev/urandom >"$src/a/large"
daemon_start
expect 0 ctl run h --detach
has "$tmp/out" "h/s: job"
has "$tmp/out" "h/s2: waits"
expect 0 ctl --json status
has "$tmp/out" '"running":1,"waiting":1'
expect 0 ctl job cancel h/s2
expect 4 ctl job cancel h/s2
expect 0 ctl run @g --json
daemon_until "all to end" 'ctl --json status | grep -q \"running\":0'
grep -E 'begins|complete' "$tmp/daemon.log" | sed 's/.*job [0-9]* //' \
    >"$tmp/order"
awk '/begins/ { n++; if (n > 1) exit 1 } /complete/ { n-- }' "$tmp/order" ||
	fail "two jobs at once: $(cat "$tmp/order")"
daemon_stop
