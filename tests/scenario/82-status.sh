#!/bin/sh
# What an officer, Nagios and Prometheus are told: late, failed, incomplete,
# away, new; one line for one cause; targets that fill; with and without a
# daemon.
# shellcheck disable=SC2016 # what daemon_until evaluates
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/daemon.sh"

need python3 ps
tmpdir
src=$tmp/src
mkdir "$src"
echo one >"$src/one"
kho_setup "$src"
catalog=$tmp/state/catalog.db

past() {
	python3 "$top_srcdir/tests/lib/past.py" "$catalog" ||
		fail "the catalog takes no past"
}

# hosts NAME[:RPO]...: a policy of these, which nobody can reach.
hosts() {
	{
		echo "policy_version = 1;"
		echo 'office = { timezone = "Asia/Ho_Chi_Minh"; };'
		echo "sets = { s = { paths = [ \"$src\" ]; }; };"
		echo "defaults = { schedule = { retry = { times = 0; }; }; };"
		echo "hosts = ("
		hosts_comma=
		for hosts_name; do
			hosts_rpo=${hosts_name#*:}
			hosts_name=${hosts_name%%:*}
			[ "$hosts_rpo" != "$hosts_name" ] || hosts_rpo=
			echo "$hosts_comma{ name = \"$hosts_name\";"
			echo "address = \"127.0.0.1\"; port = 1; user = \"u\";"
			echo "identity = \"$SSHD_IDENTITY\"; sets = [ \"s\" ];"
			[ -z "$hosts_rpo" ] ||
				echo "schedule = { rpo = \"$hosts_rpo\"; };"
			echo "host_key = [ \"$SSHD_HOST_KEY\" ]; }"
			hosts_comma=,
		done
		echo ");"
		echo "targets = ( { name = \"t\"; type = \"dir\";"
		echo "role = \"primary\"; path = \"$tmp/repo\"; } );"
	} >"$tmp/policy.cfg"
	chmod 600 "$tmp/policy.cfg"
}

# todo N TEXT: the line of that number says it.
todo() {
	sed -n "s/^ *$1\\. //p" "$tmp/out" >"$tmp/todo"
	has "$tmp/todo" "$2"
}

say "all is well, and that is said first"
kho_backup
daemon_start
expect 0 ctl status
head -n 1 "$tmp/out" >"$tmp/first"
has "$tmp/first" "ALL PROTECTED"
has "$tmp/out" "1 protected   0 failed   0 late   0 incomplete"
grep -q "What to do" "$tmp/out" && fail "nothing is to be done"
has "$tmp/out" "not enough history"
expect 0 ctl check
has "$tmp/out" "OK: 1 protected"
expect 0 ctl check --nagios
grep -Eq "^KHO OK - 1 protected, 0 new \| 'protected'=1 .* 'used t'=[0-9.]+%" \
    "$tmp/out" || fail "$(cat "$tmp/out")"
[ "$(wc -l <"$tmp/out")" -eq 1 ] || fail "more than one line"
expect 4 ctl check nobody
expect 3 ctl check --nagios nobody
has "$tmp/out" "KHO UNKNOWN"
daemon_stop

say "each state has its word, and each cause its line"
key=$(echo "$SSHD_HOST_KEY" | tr ' ' _)
hosts good:36h late:24h late2:24h away:36h ill wrong half never \
    p1 p2 p3 p4 p5 p6 p7 p8 p9 p10
past <<-END
	job good s 40000 1 0
	job late s 200000 1 0
	job late2 s 200000 1 0
	job late2 s 5 3 7 no route to late2
	job away s 50000 1 0
	job away s 5 3 7 no route to away
	job ill s 50000 1 0
	job ill s 5000 3 1 the agent said nonsense
	job wrong s 5000 3 8 another host key
	job half s 5000 2 3 2 files had a problem
	$(for i in 1 2 3 4 5 6 7 8 9 10; do
		echo "job p$i s 5 3 7 no route to p$i"
	done)
	key good $SSHD_IDENTITY $key 5000000
END
ctl status >"$tmp/dead" 2>/dev/null
[ $? -eq 7 ] || fail "without a daemon: $?"
has "$tmp/dead" "backupd does not run"
daemon_start
expect 0 ctl status
head -n 1 "$tmp/out" >"$tmp/first"
has "$tmp/first" "NEEDS ATTENTION"
has "$tmp/first" "(+07)"
has "$tmp/out" "12 failed   2 late   1 incomplete   1 away   1 new"
has "$tmp/out" "1 protected"
grep -Eq "^late/s  +[A-Z][a-z]{2} [0-9:]{5}  +55h  +late" "$tmp/out" ||
	fail "$(cat "$tmp/out")"
grep -q "^good/s" "$tmp/out" && fail "what is well is no exception"
todo 1 "wrong/s: another host key"
todo 2 "ill/s: the agent said nonsense."
todo 3 "10 hosts (p1, p2, p3 and 7 more) could not be reached."
todo 4 "late/s is late: the last good backup is of "
todo 5 "late2/s is late, and its last try failed: no route to late2."
todo 6 "half/s: 2 files had a problem.  backupctl job log "
todo 7 "away/s could not be reached, but is not late yet"
todo 8 "The key of good was last used "
grep -q "^ 9\." "$tmp/out" && fail "too much to do: $(cat "$tmp/out")"

say "what the catalog alone tells is the same"
sed -n '/^HOST/,/^target/p' "$tmp/out" | sed 's/  *[^ ]*$//' >"$tmp/alive"
sed -n '/^HOST/,/^target/p' "$tmp/dead" | sed 's/  *[^ ]*$//' >"$tmp/dead2"
awk '{ print $1, $5 }' "$tmp/alive" >"$tmp/a"
awk '{ print $1, $5 }' "$tmp/dead2" >"$tmp/b"
[ -s "$tmp/a" ] || fail "$(cat "$tmp/dead")"
cmp "$tmp/a" "$tmp/b" || fail "$(cat "$tmp/dead")"

say "what is paused is neither late nor in the way"
expect 0 ctl host pause late --reason "it is moved"
expect 0 ctl status
has "$tmp/out" "12 failed   1 late   1 incomplete   1 away   1 new   1 paused"
grep -Eq "^late/s .*paused: it is moved" "$tmp/out" || fail "$(cat "$tmp/out")"
grep -q "late/s is late" "$tmp/out" && fail "it is paused"
expect 0 ctl check late
expect 0 ctl host resume late

say "scripts get codes, the worst first"
expect 8 ctl check
expect 1 ctl check late
expect 3 ctl check half
expect 0 ctl check away
expect 0 ctl check never
expect 2 ctl check --nagios
has "$tmp/out" "KHO CRITICAL - 12 failed (ill/s, wrong/s, p1/s, ...); 2 late"
has "$tmp/out" "'failed'=12"
expect 2 ctl check --nagios late
expect 1 ctl check --nagios half
has "$tmp/out" "KHO WARNING - 1 incomplete (half/s)"
expect 0 ctl check --nagios good
expect 2 ctl check --nagios --json

say "Prometheus can read it"
expect 0 ctl metrics --output "$tmp/kho.prom"
[ ! -s "$tmp/out" ] || fail "it went to stdout, too"
[ "$(stat -c %a "$tmp/kho.prom")" = 644 ] || fail "nobody may read it"
find "$tmp" -maxdepth 1 -name 'kho.prom?*' | grep -q . && fail "left over"
expect 0 python3 "$top_srcdir/tests/lib/exposition.py" "$tmp/kho.prom"
has "$tmp/out" 'kho_daemon_up{} 1'
has "$tmp/out" 'kho_sources{state=failed} 12'
has "$tmp/out" 'kho_late{host=late,set=s} 1'
has "$tmp/out" 'kho_late{host=good,set=s} 0'
has "$tmp/out" 'kho_last_exit_code{host=wrong,set=s} 8'
has "$tmp/out" 'kho_rpo_limit_seconds{host=late,set=s} 86400'
grep -q 'kho_last_success_timestamp_seconds{host=wrong' "$tmp/out" &&
	fail "a success that never was"
expect 4 ctl metrics --output "$tmp/none/kho.prom"
daemon_stop
expect 0 ctl metrics
mv "$tmp/out" "$tmp/kho.prom"
expect 0 python3 "$top_srcdir/tests/lib/exposition.py" "$tmp/kho.prom"
has "$tmp/out" 'kho_daemon_up{} 0'
has "$tmp/out" 'kho_sources{state=failed} 12'
expect 2 ctl check --nagios
has "$tmp/out" "KHO CRITICAL - backupd does not run"
expect 7 ctl check good

say "a target that fills is told before it is full"
hosts good:36h
i=20
while [ $i -ge 0 ]; do
	echo "usage t $((i * 86400)) 1000000000000 $((100000000000 +
	    i * 10000000000))"
	i=$((i - 1))
done | past
daemon_start
expect 0 ctl status
has "$tmp/out" "NEEDS ATTENTION"
has "$tmp/out" "93.1 GiB free (10 %), full about "
todo 1 "Target t will be full about "
expect 0 ctl --json status
has "$tmp/out" '"outlook":"fills"'
has "$tmp/out" '"bytes_per_day":10000000000'
expect 0 ctl check
expect 1 ctl check --nagios
has "$tmp/out" "target t full about"
has "$tmp/out" "'used t'=90.0%"
expect 0 ctl target usage t
has "$tmp/out" "full about "
daemon_stop
echo "usage t 0 1000000000000 20000000000" | past
daemon_start
expect 0 ctl status
todo 1 "Target t is nearly full: 18.6 GiB free"
expect 11 ctl check
expect 2 ctl check --nagios
has "$tmp/out" "target t nearly full"

say "a bad reload, and the daemon's end"
cp "$tmp/policy.cfg" "$tmp/good.cfg"
echo 'nonsense = 1;' >>"$tmp/policy.cfg"
expect 5 ctl reload
expect 0 ctl status
grep -q "The new policy is not used, that of .* goes on: .*nonsense" \
    "$tmp/out" || fail "$(cat "$tmp/out")"
cp "$tmp/good.cfg" "$tmp/policy.cfg"
expect 0 ctl reload

say "it stays on a terminal, and only there"
expect 2 ctl status --watch
if command -v script >/dev/null; then
	: >"$tmp/typed"
	TERM=xterm script -qfec \
	    "$backupctl -c $tmp/policy.cfg status --watch" "$tmp/typed" \
	    >/dev/null 2>&1 </dev/null &
	watch=$!
	daemon_until "a second look" \
	    '[ "$(grep -c "NEEDS ATTENTION" "$tmp/typed")" -ge 2 ]'
	kill "$watch"
	wait "$watch"
fi
exit 0
