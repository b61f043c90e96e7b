#!/bin/sh
# 91-sftp-store.sh: the SFTP store on servers of several makers, and with a
# connection that is cut again and again.
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/sftp-servers.sh"

need ssh-keygen ssh-keyscan python3
suite=$top_builddir/tests/conformance/store
storecat=$top_builddir/tests/lib/storecat
[ -x "$suite" ] || {
	say "skipped: no cmocka"
	exit 77
}
tmpdir
at_exit sftp_stop

# directories: one for each test of the suite.
directories() {
	directory=0
	while [ "$directory" -lt 40 ]; do
		directory=$((directory + 1))
		mkdir "$SFTP_FILES/t$directory"
	done
}

# conform KIND EXCLUSIVE DURABLE [direct]: pass the suite, and promise that.
conform() {
	sftp_start "$1" "$tmp/$1" || {
		say "$1: not installed"
		return 0
	}
	directories
	"$suite" ${4:+"$4"} >"$tmp/$1/suite" 2>&1 || {
		cat "$tmp/$1/suite" "$tmp/$1/log" >&2
		fail "$1: the suite"
	}
	grep -q "exclusive: $2; durable: $3" "$tmp/$1/suite" || {
		grep exclusive: "$tmp/$1/suite" >&2
		fail "$1 promises something else"
	}
	say "$1: $(grep -c ' OK ' "$tmp/$1/suite") tests, exclusive $2," \
	    "durable $3"
	sftp_stop
}

# conform_beside ...: the same, in the background; conform_await waits.
conform_beside() {
	(
		trap sftp_stop EXIT
		conform "$@"
	) &
	beside="${beside:-} $!"
}

conform_await() {
	for pid in $beside; do
		wait "$pid" || fail "one of the servers"
	done
}

# cut_at_random KIND CUTS: objects are put and read over a proxy that cuts
# connections; then all are there, whole, and nothing else is.
cut_at_random() {
	sftp_start "$1" "$tmp/cut" || return 0
	seed=$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')
	say "$1: seed $seed"
	mkfifo "$tmp/end"
	python3 "$top_srcdir/tests/lib/cutter.py" "$SFTP_PORT" "$seed" "$2" \
	    150000 <"$tmp/end" >"$tmp/cutter" &
	cutter=$!
	exec 9>"$tmp/end"
	while [ ! -s "$tmp/cutter" ]; do
		sleep 0.1
	done
	direct=$KHO_STORE_URL
	KHO_STORE_URL=sftp://$SFTP_USER@127.0.0.1:$(cat \
	    "$tmp/cutter")$SFTP_ROOT
	"$storecat" churn "$seed" 25 600000 >"$tmp/put" 2>"$tmp/err" || {
		cat "$tmp/err" >&2
		fail "churn over cut connections, seed $seed"
	}
	exec 9>&-
	wait "$cutter"
	KHO_STORE_URL=$direct
	"$storecat" list 2>/dev/null | sort >"$tmp/list"
	sort "$tmp/put" | cmp - "$tmp/list" ||
		fail "what was put is not what is there, seed $seed"
	[ "$(grep -c 'connection lost' "$tmp/err")" -ge $(($2 / 2)) ] ||
		fail "the connection was not lost"
	grep -q 'goes on at byte' "$tmp/err" || say "nothing was resumed"
	say "$1: $(tail -n 1 "$tmp/cutter") connections cut," \
	    "$(wc -l <"$tmp/put") objects there"
	sftp_stop
}

conform_beside proftpd atomic synced direct
conform_beside asyncssh atomic synced direct
conform_beside rclone checked "read back" direct
conform openssh atomic synced
cut_at_random openssh 10
conform_await
