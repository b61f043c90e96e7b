# sshd.sh: a private sshd on a loopback port, for scenario scripts; to be
# read after lib.sh.  Works as root and as anybody else.
# shellcheck shell=sh

# sshd_find: set sshd_program, or skip the script.
sshd_find() {
	for sshd_program in /usr/sbin/sshd /usr/local/sbin/sshd \
	    "$(command -v sshd)"; do
		[ -x "$sshd_program" ] && return
	done
	say "skipped: no sshd"
	exit 77
}

# sshd_setup DIR COMMAND: make in DIR the keys and the configuration of an
# sshd that gives whoever has the user key nothing but COMMAND, run by the
# user's shell (which finds what was asked for in $SSH_ORIGINAL_COMMAND).
#
# Sets SSHD_IDENTITY, SSHD_USER, SSHD_HOST_KEY (the Ed25519 line) and
# SSHD_HOST_KEY_ECDSA.
sshd_setup() {
	need ssh-keygen
	sshd_find
	mkdir -p "$1"
	sshd_dir=$(cd "$1" && pwd)
	# Every part of root's sshd that has given up root lives here.
	[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
	for sshd_type in ed25519 ecdsa; do
		ssh-keygen -q -t "$sshd_type" -N '' -C test \
		    -f "$sshd_dir/host_$sshd_type" || fail "ssh-keygen"
	done
	ssh-keygen -q -t ed25519 -N '' -C user -f "$sshd_dir/user" ||
		fail "ssh-keygen"
	sshd_authorize "$2"
	SSHD_IDENTITY=$sshd_dir/user
	SSHD_USER=$(id -un)
	SSHD_HOST_KEY=$(cat "$sshd_dir/host_ed25519.pub")
	SSHD_HOST_KEY_ECDSA=$(cat "$sshd_dir/host_ecdsa.pub")
	export SSHD_IDENTITY SSHD_USER SSHD_HOST_KEY SSHD_HOST_KEY_ECDSA
	sshd_hostkeys="host_ed25519 host_ecdsa"
	sshd_extra=
}

# sshd_authorize COMMAND: replace the forced command.
sshd_authorize() {
	sshd_command=$(printf '%s' "$1" | sed 's/["]/\\"/g')
	printf 'command="%s",restrict %s\n' "$sshd_command" \
	    "$(cat "$sshd_dir/user.pub")" >"$sshd_dir/authorized_keys"
	chmod 600 "$sshd_dir/authorized_keys"
}

sshd_config() {
	printf '%s\n' "Port $1" "ListenAddress 127.0.0.1" "UsePAM no" \
	    "StrictModes no" "PidFile none" "LogLevel VERBOSE" \
	    "MaxStartups 200" "MaxSessions 200" "UseDNS no" \
	    "PasswordAuthentication no" "KbdInteractiveAuthentication no" \
	    "PermitRootLogin prohibit-password" "PrintMotd no" \
	    "AuthorizedKeysFile \"$sshd_dir/authorized_keys\""
	for sshd_key in $sshd_hostkeys; do
		printf 'HostKey "%s"\n' "$sshd_dir/$sshd_key"
	done
	printf '%s\n' "$sshd_extra"
}

# sshd_wait: wait until the sshd listens, or has ended (1).
sshd_wait() {
	sshd_try=0
	while [ "$sshd_try" -lt 40 ]; do
		grep -qs "Server listening on" "$sshd_dir/log" && return 0
		kill -0 "$sshd_pid" 2>/dev/null || return 1
		sleep 0.1
		sshd_try=$((sshd_try + 1))
	done
	return 1
}

# sshd_run: start the sshd that sshd_setup described; sets SSHD_PORT.
# Before it, $sshd_hostkeys and $sshd_extra (lines of sshd_config) may be
# changed.
sshd_run() {
	sshd_seed=$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')
	for sshd_round in 1 2 3 4 5 6 7 8 9 10; do
		SSHD_PORT=$((20000 + (sshd_seed + sshd_round * 997) % 12000))
		sshd_config "$SSHD_PORT" >"$sshd_dir/config"
		: >"$sshd_dir/log"
		"$sshd_program" -D -e -f "$sshd_dir/config" \
		    </dev/null >/dev/null 2>"$sshd_dir/log" &
		sshd_pid=$!
		if sshd_wait; then
			export SSHD_PORT
			return 0
		fi
		sshd_stop
		grep -q "already in use" "$sshd_dir/log" || break
	done
	cat "$sshd_dir/log" >&2
	fail "sshd does not start"
}

# sshd_start DIR COMMAND: sshd_setup and sshd_run; stopped at the end.
sshd_start() {
	sshd_setup "$1" "$2"
	at_exit sshd_stop
	sshd_run
}

# sshd_stop: stop the sshd that was started here, if any.  Connections that
# stand go on; their own end is the client's affair.
sshd_stop() {
	[ -n "${sshd_pid:-}" ] || return 0
	kill "$sshd_pid" 2>/dev/null
	wait "$sshd_pid" 2>/dev/null
	sshd_pid=
}
