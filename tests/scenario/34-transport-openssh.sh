#!/bin/sh
# The same job through OpenSSH's ssh, and through a connection that is cut.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

need rsync ssh pgrep
tmpdir
src=$tmp/src
kho_tree "$src"
kho_setup "$src"

say "first with ssh, then with libssh2: the same job"
kho_host='transport = "openssh";'
kho_policy "$src"
kho_backup
kho_same "$src" latest
echo more >>"$src/a/file"
kho_backup
kho_host=
kho_policy "$src"
sleep 0.2
kho_backup 0 --json
kho_backup 0 --json
[ "$(kho_json read_bytes)" -eq 0 ] || fail "the other way reads it again"
kho_same "$src" latest

say "another host key"
ssh-keygen -q -t ed25519 -N '' -f "$tmp/other" || fail "ssh-keygen"
kho_key=$(cat "$tmp/other.pub")
kho_host='transport = "openssh";'
kho_policy "$src"
kho_backup 8
kho_key=

# sessions PID: the processes below it, the deepest first.
sessions() {
	for sessions_child in $(pgrep -P "$1"); do
		sessions "$sessions_child"
		echo "$sessions_child"
	done
}

# cut TRANSPORT: kill what serves the connection while it carries data.
cut() {
	say "a connection that is cut: $1"
	kho_host="transport = \"$1\";"
	kho_policy "$src"
	head -c 100000000 /dev/urandom >"$src/new"
	stored=$(du -sk "$tmp/repo/packs" | cut_first)
	"$backupd" -c "$tmp/policy.cfg" --once >"$tmp/out" 2>"$tmp/err" &
	job=$!
	tries=0
	while now=$(du -sk "$tmp/repo/packs" | cut_first) &&
	    [ $((now - stored)) -lt 10000 ] && [ $tries -lt 3000 ]; do
		sleep 0.01
		tries=$((tries + 1))
	done
	# shellcheck disable=SC2046 # a list of numbers
	kill -9 $(sessions "$sshd_pid") 2>/dev/null
	start=$(date +%s)
	code=0
	wait "$job" || code=$?
	took=$(($(date +%s) - start))
	[ $code -eq 7 ] || {
		cat "$tmp/err" >&2
		fail "exit $code when it was cut"
	}
	[ $took -le 5 ] || fail "it took $took s to see that"
	[ -s "$tmp/err" ] || fail "not a word"
	kho_restore 0 verify
	kho_backup 0 --json
	[ "$(kho_json wire_in)" -lt 97000000 ] ||
		fail "all fetched again: $(kho_json wire_in)"
}

cut_first() { awk '{ print $1 }'; }

cut openssh
cut libssh2
kho_same "$src" latest
kho_restore 0 verify --full
