# sftp-servers.sh: SFTP servers of several makers on a loopback port, each with
# one user who may do as he likes below one directory; to be read after lib.sh
# and sshd.sh.
# shellcheck shell=sh disable=SC2154 # sshd.sh, lib.sh
#
# sftp_start KIND DIR starts one and sets SFTP_USER, SFTP_PORT, SFTP_IDENTITY,
# SFTP_HOST_KEY, SFTP_FILES (the directory) and SFTP_ROOT (as its users see
# it), and the variables of tests/conformance/store; it returns 1 where that server's program is not installed.  KIND is openssh,
# proftpd, asyncssh or rclone.  sftp_stop ends it.  $SFTP_OPTIONS are given to
# OpenSSH's sftp-server.

sftp_keys() {
	mkdir -p "$1/files/root"
	sftp_dir=$(cd "$1" && pwd)
	[ -e "$sftp_dir/host" ] || {
		ssh-keygen -q -t ecdsa -N '' -C test -f "$sftp_dir/host"
		ssh-keygen -q -t ed25519 -N '' -C user -f "$sftp_dir/user"
	} || fail "ssh-keygen"
	SFTP_IDENTITY=$sftp_dir/user
	SFTP_HOST_KEY=$(cat "$sftp_dir/host.pub")
	SFTP_USER=kho
	SFTP_FILES=$sftp_dir/files/root	# here
	SFTP_ROOT=$SFTP_FILES
}

sftp_openssh() {
	[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
	cp "$sftp_dir/user.pub" "$sftp_dir/authorized_keys"
	printf '%s\n' "Port $SFTP_PORT" "ListenAddress 127.0.0.1" \
	    "UsePAM no" "StrictModes no" "PidFile none" "MaxStartups 200" \
	    "PermitRootLogin prohibit-password" \
	    "AuthorizedKeysFile \"$sftp_dir/authorized_keys\"" \
	    "HostKey \"$sftp_dir/host\"" \
	    "Subsystem sftp internal-sftp ${SFTP_OPTIONS:-}" >"$sftp_dir/config"
	exec "$sshd_program" -D -e -f "$sftp_dir/config"
}

sftp_proftpd() {
	ssh-keygen -e -f "$sftp_dir/user.pub" >"$sftp_dir/user.rfc4716"
	printf '%s:x:%s:%s::%s:/bin/sh\n' "$SFTP_USER" "$(id -u)" \
	    "$(id -g)" "$SFTP_FILES" >"$sftp_dir/passwd"
	chmod 600 "$sftp_dir/passwd"
	printf '%s\n' "ModulePath /usr/lib/proftpd" \
	    "LoadModule mod_sftp.c" "ServerName test" \
	    "ServerType standalone" "DefaultAddress 127.0.0.1" \
	    "Port $SFTP_PORT" "User $(id -un)" "Group $(id -gn)" \
	    "PidFile $sftp_dir/pid" "ScoreboardFile $sftp_dir/scoreboard" \
	    "SystemLog $sftp_dir/system.log" "WtmpLog off" "UseIPv6 off" \
	    "DelayEngine off" "RequireValidShell off" "RootLogin on" \
	    "UseFtpUsers off" \
	    "AuthUserFile $sftp_dir/passwd" "AuthOrder mod_auth_file.c" \
	    "AllowOverwrite on" "UseReverseDNS off" \
	    "SFTPEngine on" "SFTPHostKey $sftp_dir/host" \
	    "SFTPLog $sftp_dir/sftp.log" "SFTPAuthMethods publickey" \
	    "SFTPAuthorizedUserKeys file:$sftp_dir/user.rfc4716" \
	    >"$sftp_dir/config"
	exec proftpd -n -q -c "$sftp_dir/config"
}

sftp_asyncssh() {
	exec /usr/bin/python3 -W ignore \
	    "$top_srcdir/tests/lib/sftp-asyncssh.py" "$SFTP_PORT" \
	    "$sftp_dir/host" "$sftp_dir/user.pub"
}

sftp_rclone() {
	exec rclone serve sftp "$sftp_dir/files" \
	    --config "$sftp_dir/none" --addr "127.0.0.1:$SFTP_PORT" \
	    --key "$sftp_dir/host" --user "$SFTP_USER" \
	    --authorized-keys "$sftp_dir/user.pub" --vfs-cache-mode writes \
	    --cache-dir "$sftp_dir/cache" --dir-cache-time 0
}

# sftp_there KIND: its program is installed.
sftp_there() {
	case $1 in
	openssh) sshd_find ;;
	proftpd)
		PATH=$PATH:/usr/sbin
		command -v proftpd >/dev/null &&
			[ -e /usr/lib/proftpd/mod_sftp.so ] ;;
	asyncssh)
		/usr/bin/python3 -W ignore -c 'import asyncssh' 2>/dev/null ;;
	rclone) command -v rclone >/dev/null ;;
	esac
}

# sftp_wait: wait until it takes connections, or has ended (1).
sftp_wait() {
	sftp_try=0
	while [ "$sftp_try" -lt 100 ]; do
		ssh-keyscan -T 2 -t ecdsa -p "$SFTP_PORT" 127.0.0.1 \
		    2>/dev/null | grep -q . && return 0
		kill -0 "$sftp_pid" 2>/dev/null || return 1
		sleep 0.1
		sftp_try=$((sftp_try + 1))
	done
	return 1
}

sftp_start() {
	sftp_there "$1" || return 1
	sftp_keys "$2"
	sftp_seed=$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')
	for sftp_round in 1 2 3 4 5; do
		SFTP_PORT=$((20000 + (sftp_seed + sftp_round * 997) % 12000))
		(sftp_"$1") </dev/null >"$sftp_dir/log" 2>&1 &
		sftp_pid=$!
		sftp_wait && break
		sftp_stop
	done
	[ -n "$sftp_pid" ] || {
		cat "$sftp_dir/log" >&2
		fail "$1 does not start"
	}
	[ "$1" != rclone ] || SFTP_ROOT=/root
	[ "$1" != openssh ] || SFTP_USER=$(id -un)
	KHO_STORE_URL=sftp://$SFTP_USER@127.0.0.1:$SFTP_PORT$SFTP_ROOT
	KHO_STORE_IDENTITY=$SFTP_IDENTITY
	KHO_STORE_HOST_KEY=$SFTP_HOST_KEY
	export KHO_STORE_URL KHO_STORE_IDENTITY KHO_STORE_HOST_KEY
}

# sftp_stop: end the server, if any.
sftp_stop() {
	[ -n "${sftp_pid:-}" ] || return 0
	kill "$sftp_pid" 2>/dev/null
	wait "$sftp_pid" 2>/dev/null
	sftp_pid=
}
