# daemon.sh: a backupd that runs, for scenario scripts; to be read after
# kho.sh.
# shellcheck shell=sh disable=SC2016 # what is evaluated later

# ctl ARGUMENT...: backupctl with the policy of the test.
ctl() {
	"${backupctl:?}" -c "${tmp:?}/policy.cfg" "$@"
}

# daemon_until WHAT COMMAND: wait until the command holds.
daemon_until() {
	daemon_try=0
	until eval "$2"; do
		[ $daemon_try -lt 300 ] || fail "in vain waited for $1"
		daemon_try=$((daemon_try + 1))
		sleep 0.1
	done
}

# daemon_start [OPTION...]: start it with $tmp/policy.cfg; sets $daemon, its
# process id; its log is $tmp/daemon.log.
daemon_start() {
	: >"$tmp/daemon.log"	# what the one before said is not ready
	"${backupd:?}" -f -c "$tmp/policy.cfg" "$@" >"$tmp/daemon.log" 2>&1 &
	daemon=$!
	at_exit daemon_stop
	daemon_until "the daemon" 'grep -qs ": ready" "$tmp/daemon.log" ||
		{ ! kill -0 $daemon 2>/dev/null; }'
	kill -0 "$daemon" 2>/dev/null || {
		cat "$tmp/daemon.log" >&2
		fail "the daemon does not start"
	}
}

# daemon_worker: the process id of one that works for it.
daemon_worker() {
	ps -o pid= --ppid "$daemon" | awk 'NR == 1 { print $1; n = 1 }
	    END { exit !n }'
}

# daemon_gone CODE: wait for its end, which must be with CODE.
daemon_gone() {
	daemon_got=0
	wait "$daemon" || daemon_got=$?
	[ "$daemon_got" -eq "$1" ] || {
		cat "$tmp/daemon.log" >&2
		fail "the daemon ended with $daemon_got, not $1"
	}
	daemon=
}

# daemon_stop: end it, if it runs.
daemon_stop() {
	[ -n "${daemon:-}" ] || return 0
	kill "$daemon" 2>/dev/null
	wait "$daemon" 2>/dev/null
	daemon=
}
