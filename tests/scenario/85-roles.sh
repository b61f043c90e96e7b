#!/bin/sh
# Who may ask the daemon for what: by user and by group, as the kernel knows
# them, from the policy that is active.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/daemon.sh"

need ps setpriv
[ "$(id -u)" -eq 0 ] || {
	say "skipped: not root"
	exit 77
}
tmpdir
src=$tmp/src
mkdir "$src"
echo hello >"$src/file"
kho_setup "$src"
cp "$tmp/policy.cfg" "$tmp/plain.cfg"
# Others may reach the socket and the program, and nothing else.
chmod 711 "$tmp"
mkdir "$tmp/run" "$tmp/bin"
chmod 755 "$tmp/run" "$tmp/bin"
cp "$backupctl" "$tmp/bin/backupctl"
chmod 755 "$tmp/bin/backupctl"

# access TEXT: the policy with these roles, read anew.
access() {
	{ cat "$tmp/plain.cfg"; echo "access = { $1 };"; } >"$tmp/policy.cfg"
}

# as UID GID GROUPS CODE WORD...: what backupctl gives that user.
as() {
	as_groups="--clear-groups"
	[ "$3" = - ] || as_groups="--groups $3"
	as_id="--reuid $1 --regid $2 $as_groups"
	as_code=$4
	shift 4
	# shellcheck disable=SC2086 # several words
	expect "$as_code" setpriv $as_id --inh-caps=-all \
	    "$tmp/bin/backupctl" -c "$tmp/policy.cfg" "$@" \
	    --socket "$tmp/run/control"
}

access 'viewers = [ "4011", "@4021" ]; operators = [ "@4022" ];
    admins = [ "4013" ];'
daemon_start --socket "$tmp/run/control"

say "by user"
as 4011 4000 - 0 status
as 4011 4000 - 10 run h
has "$tmp/err" "this takes the role of operator"
as 4011 4000 - 10 reload
as 4013 4000 - 0 run h
as 4013 4000 - 0 reload

say "by group: the process's own, or one of the others"
as 4012 4021 - 0 status
as 4012 4000 4020,4021 0 status
as 4012 4000 4020,4021 10 run h
as 4012 4000 4020,4021,4022 0 run h
as 4012 4000 4022 10 stop

say "nobody else"
as 4012 4000 - 10 status
as 65534 65534 - 10 status

say "by another policy, once it is read"
access 'viewers = [ "root" ]; operators = [ "@root", "4012" ];'
as 4012 4000 - 10 status
expect 0 ctl reload --socket "$tmp/run/control"
as 4012 4000 - 0 run h
as 4011 4000 - 10 status
as 4013 4000 - 10 status

say "who does not exist gains nothing, and is told of"
access 'admins = [ "no-such-user" ]; viewers = [ "@no-such-group", "@", "" ];'
expect 0 ctl policy test
has "$tmp/err" 'there is no user "no-such-user" here'
has "$tmp/err" 'there is no group "no-such-group" here'
expect 0 ctl reload --socket "$tmp/run/control"
as 4012 4000 - 10 status
access 'admins = "root";'
expect 5 ctl policy test
expect 5 ctl reload --socket "$tmp/run/control"
