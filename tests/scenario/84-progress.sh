#!/bin/sh
# How far a job is: totals, the time that is left, followed from elsewhere;
# nothing in place where nobody sees it, nothing at all when quiet.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/daemon.sh"

need python3 ps
tmpdir
src=$tmp/src
mkdir "$src"
head -c 1000000 /dev/urandom >"$src/one"
# shellcheck disable=SC2034 # kho_policy reads it
kho_host='bandwidth = ( { window = "always"; limit = "3 MiB/s"; } );'
kho_setup "$src"
daemon_start
expect 0 ctl run h

say "what is foretold comes true"
head -c 24000000 /dev/urandom >"$src/large"
ctl --json run h >"$tmp/lines" &
run=$!
# shellcheck disable=SC2016 # what daemon_until evaluates
daemon_until "a job" 'grep -q "running" "$tmp/lines"'
job=$(sed -n 's/.*"t":"started","job":\([0-9]*\),.*/\1/p' "$tmp/lines")
ctl job log -f "$job" >"$tmp/followed" 2>"$tmp/err" &
follow=$!
ctl --json job log -f "$job" |
    python3 "$top_srcdir/tests/lib/arrival.py" >"$tmp/foretold"
read -r records foretold least most total <"$tmp/foretold"
say "$records records, $foretold foretold, $least % to $most %"
wait "$run" || fail "the job failed: $(cat "$tmp/lines")"
wait "$follow" || fail "who followed it ended with another code"
[ "$records" -ge 5 ] && [ "$foretold" -ge 3 ] || fail "too few"
[ "$total" -eq 24000000 ] || fail "a total of $total"
# It is the limit that decides; the machine's load only adds to it.
[ "$least" -ge 15 ] && [ "$most" -le 600 ] ||
	fail "foretold $least % to $most % of what it took"
has "$tmp/followed" "began: h/s"
has "$tmp/followed" "h/s: snapshot"
if grep -q "$(printf '\r')" "$tmp/followed" "$tmp/err"; then
	fail "painted in place, in a file"
fi

say "of one that has ended there is the log"
expect 0 ctl job log -f "$job"
has "$tmp/out" "complete"
expect 4 ctl --json job log -f "$job"
has "$tmp/out" '"t":"end","code":4,"error":"job '
expect 4 ctl job log -f 999

say "quiet is quiet"
head -c 2000000 /dev/urandom >"$src/large"
expect 0 ctl -q run h
[ ! -s "$tmp/out" ] && [ ! -s "$tmp/err" ] || fail "$(cat "$tmp/out")"

if command -v script >/dev/null; then
	say "on a terminal, in place, and without colour where none is wanted"
	head -c 9000000 /dev/urandom >"$src/large"
	NO_COLOR=1 TERM=xterm script -qec \
	    "$backupctl -c $tmp/policy.cfg run h" "$tmp/typed" >/dev/null \
	    2>&1 </dev/null
	tr '\r' '\n' <"$tmp/typed" >"$tmp/seen"
	grep -Eq '^\[[12]/2 (list and )?copy\] .*files  ' "$tmp/seen" ||
		fail "no progress: $(cat "$tmp/seen")"
	grep -q "$(printf '\033')" "$tmp/typed" && fail "colour"
fi
exit 0
