#!/bin/sh
# lib/ssh against a real sshd, both transports: bytes, statuses, refusals.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "${top_srcdir:?}/tests/lib/sshd.sh"

need ssh cmp dd ps
sshcat=$top_builddir/tests/lib/sshcat

# settings: those of a connection that works.
settings() {
	identity=$SSHD_IDENTITY pin=$tmp/pin port=$SSHD_PORT
	host=127.0.0.1 timeout=20 mode=open input=/dev/null
}

# try TRANSPORT COMMAND: with the settings of the moment.
try() {
	"$sshcat" "$1" "$host" "$port" "$SSHD_USER" "$identity" "$pin" \
	    "$timeout" "$mode" "$2" <"$input"
}

fingerprint() {
	ssh-keygen -l -f "$1" | cut -d ' ' -f 2
}

# within SECONDS WHAT: fail if more have passed since start_s was set.
within() {
	within_s=$(($(date +%s) - start_s))
	[ "$within_s" -le "$1" ] || fail "$2: $within_s s, more than $1"
}

prepare() {
	printf '%s\n' "$SSHD_HOST_KEY" >"$tmp/pin"
	printf '%s\n' "$SSHD_HOST_KEY_ECDSA" >"$tmp/pin_ecdsa"
	ssh-keygen -q -t ed25519 -N '' -f "$tmp/other" || fail "ssh-keygen"
	ssh-keygen -q -t rsa -b 2048 -N '' -f "$tmp/rsa" || fail "ssh-keygen"
	cp "$tmp/rsa" "$tmp/sshd/host_rsa"
	dd if=/dev/urandom of="$tmp/seed" bs=65536 count=16 2>/dev/null
	i=0
	while [ "$i" -lt 64 ]; do
		cat "$tmp/seed"
		i=$((i + 1))
	done >"$tmp/big"
}

stop_mute() {
	kill "$mute_pid"
}

start_mute() {
	"$top_builddir/tests/lib/mute" >"$tmp/ports" &
	mute_pid=$!
	at_exit stop_mute
	i=0
	until [ -s "$tmp/ports" ]; do
		[ "$i" -lt 50 ] || fail "mute does not start"
		sleep 0.1
		i=$((i + 1))
	done
	read -r silent closed babbling <"$tmp/ports"
}

streams() {
	say "$1: 64 MiB both ways at once"
	settings
	input=$tmp/big
	expect 0 try "$1" cat
	cmp "$tmp/big" "$tmp/out" || fail "$1: echo differs"
	has "$tmp/err" "status: 0"

	say "$1: exit status and stderr"
	settings
	expect 0 try "$1" 'echo spoken; echo complaint >&2; exit 42'
	has "$tmp/err" "status: 42"
	has "$tmp/err" "complaint"
	has "$tmp/out" "spoken"

	say "$1: much stderr beside much output"
	start_s=$(date +%s)
	expect 0 try "$1" 'head -c 3000000 /dev/zero >&2 &
	    head -c 5000000 /dev/zero; wait'
	[ "$(wc -c <"$tmp/out")" -eq 5000000 ] || fail "$1: output short"
	within 10 "$1: much stderr"

	say "$1: ECDSA pinned where the host has Ed25519 too"
	pin=$tmp/pin_ecdsa
	expect 0 try "$1" true

	say "$1: a host by its name"
	settings
	host=localhost
	expect 0 try "$1" true
}

refusals() {
	say "$1: another host key"
	settings
	pin=$tmp/other.pub
	expect 8 try "$1" "touch $tmp/never"
	has "$tmp/err" "expected: $(fingerprint "$tmp/other.pub")"
	has "$tmp/err" "offered: $(fingerprint "$tmp/pin")"
	[ ! -e "$tmp/never" ] || fail "$1: the command was run"

	say "$1: a host key of a kind that is refused"
	pin=$tmp/rsa.pub
	expect 5 try "$1" true
	has "$tmp/err" "ssh-rsa is not supported"

	say "$1: another user key"
	settings
	identity=$tmp/other
	expect 10 try "$1" true
	has "$tmp/err" "refuses user $SSHD_USER"

	say "$1: a user key that others can read"
	cp "$SSHD_IDENTITY" "$tmp/open"
	chmod 644 "$tmp/open"
	identity=$tmp/open
	expect 5 try "$1" true
	has "$tmp/err" "others may read it"
}

unreachable() {
	say "$1: a closed port"
	settings
	port=$closed
	expect 7 try "$1" true
	has "$tmp/err" "port $closed"

	say "$1: a port that never answers"
	settings
	port=$silent timeout=2
	start_s=$(date +%s)
	expect 7 try "$1" true
	within 6 "$1: silent port"

	say "$1: a port that sends nonsense without end"
	port=$babbling
	start_s=$(date +%s)
	expect 7 try "$1" true
	within 6 "$1: babbling port"

	say "$1: a name that does not exist"
	settings
	host=no-such-host.invalid timeout=2
	start_s=$(date +%s)
	expect 7 try "$1" true
	within 6 "$1: unknown name"
}

lost() {
	say "$1: the server killed in the stream"
	settings
	start_s=$(date +%s)
	# shellcheck disable=SC2016 # the host's shell expands it
	expect 7 try "$1" 'echo begun; sleep 1; p=$PPID
	    until [ "$(ps -o comm= -p $p)" = sshd ]; do
		p=$(ps -o ppid= -p $p | tr -d " ")
	    done
	    kill -9 $p; sleep 12'
	has "$tmp/out" begun
	within 6 "$1: killed server"
}

# The server changes its keys often; the client is in its sandbox by then.
# libssh2 1.10 forgets to free the host key each time.
rekeying() {
	printf 'leak:libssh2.so\n' >"$tmp/suppressions"
	say "$1: sandboxed, 64 MiB both ways, new session keys every 8 MiB"
	settings
	mode=sandbox input=$tmp/big
	LSAN_OPTIONS=suppressions=$tmp/suppressions:print_suppressions=0
	export LSAN_OPTIONS
	expect 0 try "$1" cat
	cmp "$tmp/big" "$tmp/out" || fail "$1: echo differs"
	say "$1: and one way, as fast as it goes"
	input=/dev/null
	expect 0 try "$1" "cat '$tmp/big'"
	unset LSAN_OPTIONS
	cmp "$tmp/big" "$tmp/out" || fail "$1: output differs"
}

tmpdir
# shellcheck disable=SC2016 # the host's shell expands it
sshd_start "$tmp/sshd" 'sh -c "$SSH_ORIGINAL_COMMAND"'
prepare
start_mute
for transport in libssh2 openssh; do
	streams $transport
	refusals $transport
	unreachable $transport
	lost $transport
done

say "libssh2: an RSA user key"
settings
identity=$tmp/rsa
expect 5 try libssh2 true
has "$tmp/err" "Ed25519"

sshd_stop
sshd_extra="RekeyLimit 8M"
sshd_run
for transport in libssh2 openssh; do
	rekeying $transport
done

sshd_stop
sshd_hostkeys=host_rsa sshd_extra=
sshd_run
for transport in libssh2 openssh; do
	say "$transport: a host that has only an RSA key"
	settings
	expect 5 try $transport true
	has "$tmp/err" "no ssh-ed25519 key"
	has "$tmp/err" "rsa-sha2-512"
done
