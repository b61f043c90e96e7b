#!/bin/sh
# Ctrl-C and kill(1) end a backup in words, with their exit code, whatever it
# is doing; no worker stays behind, nothing that was there is lost.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

need rsync setsid ps
tmpdir
src=$tmp/src
kho_tree "$src"
kho_setup "$src"
kho_backup
cp -a "$src" "$tmp/src.1"

# What is left of the session that setsid(1) made for $run.
left() {
	ps -o stat=,pid=,args= -s "$run" |
	    awk '$1 !~ /Z/ { print; n++ } END { exit n == 0 }'
}

gone() {
	gone_try=0
	while [ $gone_try -lt 50 ]; do
		left >/dev/null || return 0
		sleep 0.1
		gone_try=$((gone_try + 1))
	done
	return 1
}

start() {
	setsid "$backupd" -c "$tmp/policy.cfg" --once >"$tmp/out" \
	    2>"$tmp/err" &
	run=$!
}

# stop SIGNAL CODE DELAY WHERE: send it after DELAY, to backupd alone or to
# all of its processes as a terminal does.
stop() {
	start
	sleep "$3"
	if [ "$4" = all ]; then
		kill -"$1" -"$run" 2>/dev/null
	else
		kill -"$1" "$run" 2>/dev/null
	fi
	begun=$(date +%s)
	wait "$run"
	code=$?
	took=$(($(date +%s) - begun))
	gone || fail "$1 after $3 to $4: left behind: $(left)"
	[ $took -le 15 ] || fail "$1 after $3 to $4: it took $took s"
	[ "$2" = any ] && return
	# A short job may be over before.
	[ $code -eq "$2" ] || [ $code -eq 0 ] || {
		lib_show "$tmp/err" >&2
		fail "$1 after $3 to $4: exit $code, not $2"
	}
	[ $code -eq 0 ] || ended=$((ended + 1))
}

say "while it copies, and while it ends"
head -c 60000000 /dev/urandom >"$src/big"
ended=0
for delay in 0.05 0.1 0.2 0.3 0.5; do
	head -c 3000000 /dev/urandom >>"$src/big"
	stop INT 130 $delay all
	stop INT 130 $delay one
	stop TERM 143 $delay one
done
[ $ended -gt 5 ] || fail "only $ended of 15 were interrupted"
has "$tmp/err" "cancelled"

say "killed, it takes its workers along"
for delay in 0.1 0.3; do
	head -c 3000000 /dev/urandom >>"$src/big"
	stop KILL any $delay one
done

say "what was there is there, and the next run ends it"
kho_restore 0 verify
first=$(ls "$tmp"/repo/snapshots/*/0000000001)
kho_restore 0 run "$(sha256sum "$first" | cut -c 1-64)" --to "$tmp/old"
kho_compare "$tmp/src.1" "$tmp/old$src"
kho_backup
kho_same "$src" latest

say "while it waits for a host that does not answer"
: >"$tmp/ports"
"$top_builddir/tests/lib/mute" >"$tmp/ports" &
mute=$!
mute_stop() { kill "$mute" 2>/dev/null; }
at_exit mute_stop
while ! read -r silent rest <"$tmp/ports"; do
	sleep 0.05
done
sed -i "s/port = [0-9]*/port = $silent/" "$tmp/policy.cfg"
ended=0
stop INT 130 0.5 one
stop TERM 143 0.5 one
stop INT 130 0.5 all
[ $ended -eq 3 ] || fail "only $ended of 3 were interrupted"
