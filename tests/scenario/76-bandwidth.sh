#!/bin/sh
# No more crosses the link in a second than the policy allows: by either
# transport, in both directions, and from the moment on at which a window
# begins or ends.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/daemon.sh"

need ssh python3
tmpdir
src=$tmp/src
mkdir "$src"
head -c 3000000 /dev/urandom >"$src/data"

kho_setup "$src"

# limited HOST-LINES: a policy with them, and a new repository.
limited() {
	rm -rf "$tmp/repo" "$tmp/keys" "$tmp/state"
	mkdir "$tmp/repo"
	kho_host=$1
	kho_policy "$src"
	expect 0 "$backupctl" -c "$tmp/policy.cfg" target init t
}

# timed WHAT LIMIT COMMAND...: a job, as run by COMMAND, may not pass more
# bytes in a second than LIMIT, and not less than nine tenths of it, unless
# the machine is busy three times.
timed() {
	timed_what=$1
	timed_limit=$2
	shift 2
	timed_begin=$(date +%s%N)
	expect 0 "$@"
	timed_ms=$((($(date +%s%N) - timed_begin) / 1000000))
	timed_bytes=$(($(kho_json wire_in) + $(kho_json wire_out)))
	say "$timed_what: $timed_bytes bytes in $timed_ms ms:" \
	    "$((timed_bytes * 1000 / timed_ms)) of $timed_limit bytes a second"
	[ $timed_bytes -ge 3000000 ] || fail "that is not all"
	[ $((timed_bytes * 1000 / timed_ms)) -le $((timed_limit * 11 / 10)) ] ||
		fail "$timed_what: too fast"
	# Connecting and writing takes a second and a half at most, or so.
	[ $((timed_bytes * 1000)) -ge \
	    $(((timed_ms - 1500) * timed_limit * 9 / 10)) ]
}

# holds WHAT LIMIT HOST-LINES: try so up to three times.
holds() {
	holds_try=0
	while [ $holds_try -lt 3 ]; do
		limited "$3"
		! timed "$1" "$2" "$backupd" -c "$tmp/policy.cfg" --once \
		    --json || return 0
		holds_try=$((holds_try + 1))
	done
	fail "$1: too slow, three times"
}

always() { echo "bandwidth = ( { window = \"always\"; limit = \"$1\"; } );"; }
holds "libssh2" 1048576 "$(always "1 MiB/s")"
holds "openssh" 1048576 "$(always "1 MiB/s") transport = \"openssh\";"

say "two jobs of a host share what it has"
limited "$(always "2 MiB/s") schedule = { max_parallel = 5; };"
sed -i "s|^sets = {|& s2 = { paths = [ \"$tmp/none\" ]; };|
	s/sets = \[ \"s\" \]/sets = [ \"s\", \"s2\" ]/" "$tmp/policy.cfg"
timed "one of two" 1048576 "$backupd" -c "$tmp/policy.cfg" --once --json h/s

say "up to the end of its window"
limited 'bandwidth = ( { window = "08:00-18:00"; limit = "64 KiB/s"; } );'
daemon_start --state "$tmp/state" --simulate "2027-03-02 17:59:57"
begin=$(date +%s%N)
expect 0 ctl --json run h
took=$((($(date +%s%N) - begin) / 1000000))
say "3 MB in $took ms, of which 3 s at 64 KiB/s"
[ $took -ge 2700 ] || fail "the limit did not hold"
[ $took -le 30000 ] || fail "the limit outlived its window"
daemon_stop

say "a job that creeps is cancelled at once"
for transport in libssh2 openssh; do
	limited "$(always "4 KiB/s") transport = \"$transport\";"
	daemon_start --state "$tmp/state"
	ctl run h >"$tmp/watch" 2>&1 &
	watch=$!
	daemon_until "bytes" 'ctl status --all | grep -q "job 1 runs"'
	sleep 1
	expect 0 ctl job cancel 1
	begin=$(date +%s%N)
	code=0
	wait "$watch" || code=$?
	took=$((($(date +%s%N) - begin) / 1000000))
	say "$transport: ended with $code in $took ms"
	[ $code -eq 130 ] || fail "not cancelled: $(cat "$tmp/watch")"
	# Killed it would be after 20 seconds.
	[ $took -le 10000 ] || fail "it takes too long"
	has "$tmp/daemon.log" "job 1 h/s: begins, at 4.0 KiB/s at most"
	daemon_stop
done

say "what goes to the source is held back too"
limited "$(always "512 KiB/s")"
cat "$src/data" "$src/data" "$src/data" >"$tmp/more"
mv "$tmp/more" "$src/data"
sed -i 's/512 KiB/512 MiB/' "$tmp/policy.cfg"
kho_backup
sed -i 's/512 MiB/16 KiB/' "$tmp/policy.cfg"
# Bytes here and there: signatures go out, little comes back.
python3 - "$src/data" <<'END'
import sys
with open(sys.argv[1], "r+b") as f:
    for place in range(0, 9000000, 50000):
        f.seek(place)
        f.write(b"changed")
END
begin=$(date +%s%N)
kho_backup 0 --json
took=$((($(date +%s%N) - begin) / 1000000))
bytes=$(($(kho_json wire_in) + $(kho_json wire_out)))
say "$(kho_json wire_in) in, $(kho_json wire_out) out in $took ms"
[ $((bytes * 1000 / took)) -le $((16384 * 11 / 10)) ] || fail "too fast"
