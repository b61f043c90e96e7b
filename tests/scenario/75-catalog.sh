#!/bin/sh
# Jobs are remembered: how they ended, what had a problem, which were killed;
# and all that the repository knows comes back from it alone.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

# ctl CODE ARGUMENT...: backupctl on this policy, which must end with CODE.
ctl() {
	ctl_code=$1
	shift
	expect "$ctl_code" "$backupctl" -c "$tmp/policy.cfg" "$@"
}

# The snapshots as the catalog knows them, and as the repository does.
known() {
	ctl 0 --json snap list h
	sed 's/"time":"[^"]*",//' "$tmp/out"
}
stored() {
	kho_restore 0 --json list
	tr '{' '\n' <"$tmp/out" | grep -o '"snapshot":"[0-9a-f]*"' | sort
}

tmpdir
src=$tmp/src
mkdir -p "$src/a"
echo one >"$src/a/one"
kho_setup "$src"
catalog=$tmp/state/catalog.db

say "without a job there is no catalog, and that is said"
ctl 4 job list
has "$tmp/err" "there is no catalog"

say "jobs that were made are listed"
kho_backup
echo two >"$src/a/two"
kho_backup
ctl 0 job list
grep -Eq '^ *2 +h/s .* complete +2 ' "$tmp/out" || fail "$(cat "$tmp/out")"
ctl 0 job list h/s --limit 1
grep -q '^ *1  ' "$tmp/out" && fail "more than one: $(cat "$tmp/out")"
ctl 0 job list other
has "$tmp/out" "No jobs of other"
ctl 0 --json job show 2
has "$tmp/out" '"outcome":"complete","code":0'
has "$tmp/out" '"files":2,'
has "$tmp/out" '"schema":"backupd/1","cmd":"job show"'
ctl 4 job show 77
ctl 2 job show x
ctl 0 job show 1
has "$tmp/out" "outcome      complete"
ctl 0 target usage
grep -Eq '^t  +20' "$tmp/out" || fail "$(cat "$tmp/out")"
ctl 0 host list
grep -Eq "^h  +$SSHD_IDENTITY  +SHA256:.* 20.* 20" "$tmp/out" ||
	fail "$(cat "$tmp/out")"

say "what the catalog knows is what the repository has"
[ "$(known | tr '{' '\n' | grep -o '"snapshot":"[0-9a-f]*"' | sort)" = \
    "$(stored)" ] || fail "$(cat "$tmp/out")"

say "a job that fails is told with its cause"
kho_key=$(ssh-keygen -q -t ed25519 -N '' -f "$tmp/other" && cat "$tmp/other.pub")
kho_policy "$src"
kho_backup 8
kho_key=
kho_policy "$src"
ctl 0 --json job list
has "$tmp/out" '"outcome":"failed","code":8'
ctl 0 job log 3
has "$tmp/out" "what to do"

say "what had a problem stands in the log, byte for byte"
name=$(printf 'bad\377name')
echo x 2>/dev/null >"$src/a/$name" || {
	name=badname
	echo x >"$src/a/$name"
}
chmod 000 "$src/a/$name"
other=
if [ "$(id -u)" -eq 0 ]; then
	need setpriv
	chmod 755 "$tmp" "$src" "$src/a"
	other="setpriv --reuid 65534 --regid 65534 --clear-groups"
	$other test -x "$agent" || other=
	sshd_authorize "$other $agent serve --root $tmp"
fi
if [ "$(id -u)" -ne 0 ] || [ -n "$other" ]; then
	kho_backup 3
	ctl 0 job log 4 --problems
	[ "$(wc -l <"$tmp/out")" -eq 1 ] || fail "$(cat "$tmp/out")"
	has "$tmp/out" "name: "
	ctl 0 --json job log 4
	has "$tmp/out" '"problems":[{"path":"'
	[ "$name" = badname ] ||
		has "$tmp/out" "\"$(printf %s "$src/a/$name" | base64 -w 0)\""
else
	say "left out here: others cannot reach $agent"
	kho_backup
fi
chmod 600 "$src/a/$name"
before=$(known)

say "a killed job is interrupted at the next look"
# An agent that never answers, until it is killed.
sshd_authorize "exec sleep 300"
"$backupd" -c "$tmp/policy.cfg" --once >"$tmp/killed" 2>&1 &
pid=$!
try=0
while ! "$backupctl" -c "$tmp/policy.cfg" job list 2>/dev/null |
    grep -q ' running '; do
	try=$((try + 1))
	[ $try -lt 100 ] || fail "no job runs: $(cat "$tmp/killed")"
	sleep 0.1
done
kill -9 $pid
wait $pid 2>/dev/null
ctl 0 job list --limit 1
has "$tmp/out" interrupted
ctl 0 job show 5
has "$tmp/out" "run it again"
ctl 0 catalog check
sshd_authorize "$agent serve --root $tmp"

say "a damaged catalog fails no backup, and is told"
dd if=/dev/urandom of="$catalog" bs=1000 seek=5 count=20 conv=notrunc \
    2>/dev/null
kho_backup 0
has "$tmp/err" "backupctl catalog rebuild"
ctl 9 catalog check
has "$tmp/err" "backupctl catalog rebuild"

say "it is made anew from the repository"
ctl 0 catalog rebuild
has "$tmp/out" "knows 4 snapshots"
ls "$catalog".damaged-* >/dev/null || fail "the damaged one is gone"
after=$(known)
# The one more is that of the backup that could not be written down.
ctl 0 --json snap list h
[ "$(printf '%s\n' "$before" | tr '{' '\n' | grep -c '"snapshot"')" -eq 3 ] ||
	fail "$before"
printf '%s\n' "$before" | tr '{' '\n' | grep -o '"snapshot":"[^}]*' |
    while read -r line; do
	printf '%s\n' "$after" | grep -qF "$line" ||
		fail "not as before: $line in $after"
done || exit 1
ctl 0 job list
grep -Eq '^ *4 +h/s .* complete +' "$tmp/out" || fail "$(cat "$tmp/out")"
ctl 0 --json catalog rebuild t
has "$tmp/out" '"snapshots":4,"jobs":0'

say "new jobs go on from there"
kho_backup
ctl 0 job show 5
has "$tmp/out" complete

say "a catalog that cannot be made fails no backup"
mv "$catalog" "$tmp/catalog.kept"
mkdir "$catalog"
kho_backup 0
has "$tmp/err" "not written into the catalog"
rmdir "$catalog"
mv "$tmp/catalog.kept" "$catalog"

say "while a daemon runs, nobody else writes"
need python3
python3 -c '
import fcntl, sys, time
f = open(sys.argv[1], "r+")
fcntl.lockf(f, fcntl.LOCK_EX, 1, 0)
open(sys.argv[2], "w").close()
time.sleep(300)' "$tmp/state/catalog.lock" "$tmp/locked" &
pid=$!
while [ ! -e "$tmp/locked" ]; do
	kill -0 $pid || fail "no lock"
	sleep 0.1
done
kho_backup 0
ctl 6 catalog rebuild
kill $pid
wait $pid 2>/dev/null
ctl 4 job show 6

say "snapshots of a time"
ctl 0 --json snap list h --since 2020-01-01 --until 2200-01-01
ctl 4 snap list h --until 2020-01-01
has "$tmp/err" "of that time"
ctl 4 snap list h --since "2200-01-01 12:00"
ctl 2 snap list h --since soon
