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

# troubles: each is told for what it is.
troubles() {
	SFTP_OPTIONS=
	sftp_start openssh "$tmp/trouble"
	echo content >"$tmp/object"
	expect 0 "$storecat" put a/b "$tmp/object"
	expect 16 "$storecat" putx a/b "$tmp/object"
	expect 6 "$storecat" get a/c

	# What killed writers left: the old goes, the young is not told of.
	old=$SFTP_FILES/tmp/_$(printf '%032d' 1)
	young=$SFTP_FILES/tmp/_$(printf '%032d' 2)
	echo torn >"$old"
	echo torn >"$young"
	touch -d '8 days ago' "$old"
	expect 0 "$storecat" put a/d "$tmp/object"
	[ ! -e "$old" ] || fail "an old temporary is still there"
	[ -e "$young" ] || fail "a young temporary is gone"
	expect 0 "$storecat" list
	printf 'a/b 8\na/d 8\n' | cmp - "$tmp/out" || fail "the list"

	# A link is no object, wherever it leads.
	ln -s ../a/b "$SFTP_FILES/a/link"
	expect 15 "$storecat" get a/link
	grep -q "not a file" "$tmp/err" || fail "a link is read"
	rm "$SFTP_FILES/a/link"

	# Another key than the pinned one; no key that it knows.
	right=$KHO_STORE_HOST_KEY
	KHO_STORE_HOST_KEY=$(cat "$sftp_dir/user.pub")
	expect 11 "$storecat" list
	ssh-keygen -q -t ecdsa -N '' -f "$tmp/host" || fail "ssh-keygen"
	ssh-keygen -q -t ed25519 -N '' -f "$tmp/other" || fail "ssh-keygen"
	KHO_STORE_HOST_KEY=$(cat "$tmp/host.pub")
	expect 15 "$storecat" list
	grep -q "host key mismatch" "$tmp/err" || fail "another host's key"
	KHO_STORE_HOST_KEY=$right
	KHO_STORE_IDENTITY=$tmp/other
	expect 5 "$storecat" list
	KHO_STORE_IDENTITY=$SFTP_IDENTITY

	mv "$SFTP_FILES" "$SFTP_FILES.away"
	expect 6 "$storecat" list
	mv "$SFTP_FILES.away" "$SFTP_FILES"
	sftp_stop
	expect 2 "$storecat" list

	# A server that only gives.
	SFTP_OPTIONS=-R
	sftp_start openssh "$tmp/trouble"
	expect 0 "$storecat" get a/b
	cmp "$tmp/out" "$tmp/object" || fail "an object of a read-only server"
	expect 5 "$storecat" put a/e "$tmp/object"
	grep -q "Permission denied" "$tmp/err" || fail "a refusal's words"
	sftp_stop
	SFTP_OPTIONS=
}

# full: no space is told apart from other failures; and nothing is half there.
full() {
	[ "$(id -u)" -eq 0 ] || return 0
	mkdir -p "$tmp/full/files/root"
	mount -t tmpfs -o size=1m none "$tmp/full/files/root" \
	    2>/dev/null || return 0
	at_exit unmount
	sftp_start openssh "$tmp/full"
	head -c 3000000 /dev/urandom >"$tmp/big"
	expect 0 "$storecat" put a/b "$tmp/object"
	expect 7 "$storecat" put a/c "$tmp/big"
	expect 0 "$storecat" list
	echo "a/b 8" | cmp - "$tmp/out" || fail "something is half there"
	[ -z "$(ls "$SFTP_FILES/tmp")" ] || fail "a temporary is left"
	sftp_stop
	say "a full target is told as one"
}

unmount() {
	umount "$tmp/full/files/root"
}

conform_beside proftpd atomic synced direct
conform_beside asyncssh atomic synced direct
conform_beside rclone checked "read back" direct
conform openssh atomic synced
cut_at_random openssh 10
troubles
full
conform_await
