#!/bin/sh
# Ended in the middle of deltas, whoever ends: what was there is there, nothing
# half is seen, the next run succeeds, and takes up what was stored.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/delta.sh"

need rsync python3 setsid ps pgrep
tmpdir
src=$tmp/src
mkdir "$src"
change noise "$src/data" 48000000 1
kho_set='delta = "always";'
kho_setup "$src"
kho_backup 0 --json
old=$(kho_json snapshot)
cp -a "$src" "$tmp/src.1"
# Every chunk changes a little: all of it comes as deltas.
change sprinkle "$src/data" 50000 2

snapshots() { find "$tmp/repo/snapshots" -type f | wc -l; }
before=$(snapshots)

# The source says so many bytes and then nothing, until $tmp/hold goes.
cat >"$tmp/relay" <<END
#!/bin/sh
"$agent" serve --root "$tmp" | {
	dd bs=64k iflag=count_bytes count="\$(cat "$tmp/limit")" 2>/dev/null
	: >"$tmp/stalled"
	while [ -e "$tmp/hold" ]; do
		sleep 0.05
	done
}
END
chmod 755 "$tmp/relay"
sshd_authorize "$tmp/relay"

# victim WHAT: a worker of the job, or a process on the source.
victim() {
	case $1 in
	keeper | puller)
		ps -o pid=,args= -s "$run" | awk -v "what=--$1" \
		    '{ for (i = 2; i <= NF; i++) if ($i == what) print $1 }' ;;
	agent)
		pgrep -f "^$agent serve --root $tmp" ;;
	connection)
		pgrep -P "$sshd_pid" ;;
	all)
		echo "-$run" ;;
	esac
}

# stop WHAT BYTES [SECONDS]: kill it after so many bytes of the source, when
# these have had the time to be worked on, and look.
stop() {
	echo "$2" >"$tmp/limit"
	rm -f "$tmp/stalled"
	: >"$tmp/hold"
	setsid "$backupd" -c "$tmp/policy.cfg" --once >"$tmp/killed" 2>&1 &
	run=$!
	stop_try=0
	while [ ! -e "$tmp/stalled" ]; do
		[ $stop_try -lt 600 ] || fail "the source did not say $2 bytes"
		stop_try=$((stop_try + 1))
		sleep 0.05
	done
	sleep "${3:-0.3}"
	stop_victim=$(victim "$1")
	[ -n "$stop_victim" ] || fail "there is no $1"
	# shellcheck disable=SC2086 # the sshd may have two
	kill -9 $stop_victim
	rm "$tmp/hold"
	wait "$run" 2>/dev/null
	code=$?
	say "$1 killed after $2 bytes: exit $code"
	[ $code -ne 0 ] || fail "it ended well"
	[ "$(snapshots)" -eq "$before" ] || fail "a snapshot was made"
	kho_restore 0 verify
}

for bytes in 100000 1000000; do
	for what in keeper puller agent connection all; do
		stop $what $bytes
	done
done
kho_restore 0 verify --full
kho_restore 0 run "$old" --to "$tmp/old"
kho_compare "$tmp/src.1" "$tmp/old$src"

say "the next run takes up what was stored"
stop connection 1300000 4
sshd_authorize "$agent serve --root $tmp"
kho_backup 0 --json
[ "$(snapshots)" -eq $((before + 1)) ] || fail "no snapshot was made"
read=$(kho_json read_bytes)
new=$(kho_json new_bytes)
say "read $read, new $new, stored $(kho_json stored)," \
    "$(kho_json chunks_by_delta) deltas"
[ "$(kho_json chunks_by_delta)" -gt 0 ] || fail "nothing came as a delta"
[ "$new" -le $((read * 19 / 20)) ] || fail "what was stored came again"
kho_same "$src" "$(kho_json snapshot)"
kho_restore 0 run "$old" --to "$tmp/old.2"
kho_compare "$tmp/src.1" "$tmp/old.2$src"
kho_restore 0 verify --full
