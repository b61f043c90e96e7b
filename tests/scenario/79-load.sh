#!/bin/sh
# How much of its host the agent takes: what the policy asks for shows in
# every thread of the agent while it works.
# shellcheck disable=SC2016,SC2034 # what daemon_until evaluates
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/daemon.sh"

need ps ionice
tmpdir
src=$tmp/src
mkdir "$src" "$tmp/hooks"
echo here >"$src/file"
kho_setup "$src"
sshd_authorize "$agent serve --root $tmp --hooks $tmp/hooks"

# A hook holds the agent still, so that it can be looked at.
cat >"$tmp/hooks/hold" <<END
#!/bin/sh
nice >"$tmp/hook.nice"
: >"$tmp/held"
n=0
while [ ! -e "$tmp/go" ] && [ \$n -lt 600 ]; do
	sleep 0.1
	n=\$((n + 1))
done
END
chmod 755 "$tmp/hooks/hold"

# threads FIELD: of the agent that serves us, one line for each.
threads() {
	ps -L -o "$1"= -p "$server"
}

# look LIMITS: begin a job with these limits and find its agent.
look() {
	rm -f "$tmp/go" "$tmp/held"
	kho_set='before = ( { use = "hold"; } );'
	kho_host="limits = { $1 };"
	kho_policy "$src"
	"$backupd" -c "$tmp/policy.cfg" --once >"$tmp/once" 2>&1 &
	once=$!
	daemon_until "the hook" '[ -e "$tmp/held" ]'
	server=$(ps -eo pid=,args= | awk -v a="$agent serve --root $tmp " '
	    index($0, a) && $2 == "'"$agent"'" { print $1 }' | while read -r pid; do
		[ "$(cat "/proc/$pid/comm")" = backup-agent ] && echo "$pid"
	done | head -n 1)
	[ -n "$server" ] || fail "no agent is found"
}

# go: let the job end well.
go() {
	: >"$tmp/go"
	wait "$once" || {
		cat "$tmp/once" >&2
		fail "the job ended with $?"
	}
}

# all FIELD VALUE: every thread has it.
all() {
	[ "$(threads tid | wc -l)" -gt 2 ] || fail "where are its threads?"
	threads "$1" | while read -r is; do
		[ "$is" = "$2" ] || fail "$1 of a thread is $is, not $2"
	done || exit 1
}

# io VALUE: every thread has it.
io() {
	for tid in $(threads tid); do
		is=$(ionice -p "$tid")
		[ "$is" = "$1" ] || fail "a thread has $is, not $1"
	done
}

mine=$(nice)
say "what the policy has by default"
look ""
all ni 10
io "best-effort: prio 7"
go

say "nicer, and idle on the disk"
look 'nice = 17; ionice = "idle"; cpu_threads = 1;'
all ni 17
io "idle"
[ "$(cat "$tmp/hook.nice")" -eq "$mine" ] || fail "the hook is not as nice"
go

say "the last of the best effort"
look 'nice = 12; ionice = "low";'
all ni 12
io "best-effort: prio 7"
go

say "never less nice than the agent makes itself"
look 'nice = 3;'
all ni 10
go
