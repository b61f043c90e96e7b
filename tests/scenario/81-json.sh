#!/bin/sh
# Every command answers --json as doc/json says: one envelope, or lines of
# which the last is "end"; whether it succeeds or fails.  A command that is
# not here fails this.
#
# A new command needs two things: doc/json/PROGRAM-COMMAND.schema.json, and a
# line below:
#	ask PROGRAM CODE 'COMMAND' ARGUMENT...
# with which it gives its data.  That it fails as it should is tried for all.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/daemon.sh"

need python3 ps
tmpdir
src=$tmp/src
mkdir "$src" "$tmp/answers"
echo one >"$src/one"
contract=$top_srcdir/tests/lib/contract.py
n=0

# ask PROGRAM CODE COMMAND ARGUMENT...: the answer is kept for the contract.
ask() {
	ask_program=$1
	ask_code=$2
	ask_command=$3
	shift 3
	n=$((n + 1))
	case $ask_program in
	backupctl) set -- -c "$tmp/policy.cfg" "$@" ;;
	esac
	# shellcheck disable=SC2086 # the command's words
	expect "$ask_code" "$top_builddir/$ask_program/$ask_program" --json \
	    $ask_command "$@"
	cp "$tmp/out" "$tmp/answers/$n"
	printf '%s\t%s\t%s\t%s\n' "$ask_program" "$ask_command" "$ask_code" \
	    "$tmp/answers/$n" >>"$tmp/cases"
}

# read_back CODE COMMAND ARGUMENT...: as ask, of restore.
read_back() {
	read_code=$1
	read_command=$2
	shift 2
	ask restore "$read_code" "$read_command" "$@" --repo "$tmp/repo" \
	    --key "$key"
}

say "a mistake on the command line, of every command"
python3 "$contract" --commands "$backupctl" >"$tmp/commands"
while read -r command; do
	ask backupctl 2 "$command" --no-such-option
done <"$tmp/commands"
python3 "$contract" --commands "$restore" >"$tmp/commands"
while read -r command; do
	ask restore 2 "$command" --no-such-option
done <"$tmp/commands"

say "without a repository, a catalog, a daemon"
sshd_start "$tmp/sshd" "$agent serve --root $tmp"
kho_policy "$src"
ask backupctl 7 status
ask backupctl 7 run h
ask backupctl 7 check
ask backupctl 7 reload
ask backupctl 4 'job list'
ask backupctl 11 'key list' t
mkdir "$tmp/repo"
ask backupctl 0 'target init' t
ask backupctl 10 'target init' t
key=$tmp/keys/t.key

say "with a daemon"
daemon_start
ask backupctl 0 status
ask backupctl 4 status nobody
ask backupctl 0 run h
ask backupctl 4 run nobody
ask backupctl 0 run h --dry-run
ask backupctl 0 run h --detach
daemon_until "its end" 'ctl --json status | grep -q \"running\":0'
ask backupctl 0 status
ask backupctl 0 check
ask backupctl 0 metrics
ask backupctl 0 doctor
ask backupctl 0 'host pause' h --until 2037-01-01 --reason "moving"
ask backupctl 0 status
ask backupctl 0 'host resume' h
ask backupctl 4 'host pause' nobody
ask backupctl 4 'job cancel' 999
head -c 60000000 /dev/urandom >"$src/large"
expect 0 ctl run h --detach
ask backupctl 4 'job log' 999 --follow
ask backupctl 0 'job cancel' h/s
rm "$src/large"
expect 0 ctl run h
ask backupctl 0 reload
ask backupctl 10 clock
mv "$tmp/policy.cfg" "$tmp/good.cfg"
{ cat "$tmp/good.cfg"; echo "nonsense = 1;"; } >"$tmp/policy.cfg"
chmod 600 "$tmp/policy.cfg"
ask backupctl 5 reload
ask backupctl 5 'policy test'
ask backupctl 5 when
mv "$tmp/good.cfg" "$tmp/policy.cfg"
ask backupctl 0 stop
daemon_gone 0

say "a rehearsal"
daemon_start --simulate 2026-03-01 --state "$tmp/rehearsal"
ask backupctl 0 clock --socket "$tmp/rehearsal/control"
daemon_stop

say "what was"
ask backupctl 0 'job list'
ask backupctl 0 'job show' 1
ask backupctl 4 'job show' 999
ask backupctl 0 'job log' 1
ask backupctl 7 'job log' 1 -f
ask backupctl 0 'snap list' h
ask backupctl 4 'snap list' nobody
ask backupctl 0 'snap diff' h h
ask backupctl 4 'snap diff' h nobody
ask backupctl 0 'snap pin' h --until 2099-01-01 --reason "a trial"
ask backupctl 0 'snap pins'
ask backupctl 0 'snap unpin' h
ask backupctl 4 'snap pin' nobody
ask backupctl 2 'snap pin' h --until 2001-01-01
ask backupctl 0 'host list'
ask backupctl 0 'target usage'
ask backupctl 0 verify --sample 5%
ask backupctl 0 'target list'
ask backupctl 0 'target test'
ask backupctl 4 'target test' nobody
sed "s|targets = ( {|& name = \"c\"; type = \"dir\"; role = \"copy\"; path = \"$tmp/c\"; min_free = \"0 %\"; }, {|" \
    "$tmp/policy.cfg" >"$tmp/copies.cfg"
sed -i "s|targets = ( {|& name = \"d\"; type = \"removable\"; role = \"copy\"; path = \"$tmp/d\"; min_free = \"0 %\"; }, {|" \
    "$tmp/copies.cfg"
mkdir "$tmp/d"
chmod 600 "$tmp/copies.cfg"
ask backupctl 4 'target sync'
mv "$tmp/policy.cfg" "$tmp/good.cfg"
mv "$tmp/copies.cfg" "$tmp/policy.cfg"
ask backupctl 4 'target sync' nobody
ask backupctl 0 'target sync' c
ask backupctl 0 'target sync' --dry-run
ask backupctl 10 'target attach' d
ask backupctl 10 'target eject' c
ask backupctl 0 'target sync' d
ask backupctl 0 'target attach' d
ask backupctl 0 'target eject' d
ask backupctl 0 posture
ask backupctl 4 posture nobody
ask backupctl 0 'target heal' t
ask backupctl 0 'target heal' c --apply --from t
ask backupctl 4 'target heal' nobody
ask backupctl 0 'job list' --copies
ask backupctl 0 'job show' c1
ask backupctl 4 'job show' c999
mv "$tmp/good.cfg" "$tmp/policy.cfg"
ask backupctl 0 'catalog check'
ask backupctl 0 'catalog rebuild'

say "keys and policies"
echo 'correct horse battery' >"$tmp/pw"
chmod 600 "$tmp/pw"
ask backupctl 0 'key list' t
ask backupctl 0 'key add' t --passphrase-file "$tmp/pw" --label ours
ask backupctl 0 'key list' t --key "$tmp/pw"
id=$(sed 's/.*"id":"\([0-9a-f]*\)","kind":"passphrase".*/\1/' "$tmp/out")
ask backupctl 13 'key list' t --key "$tmp/policy.cfg"
ask backupctl 0 'key remove' t "$id"
ask backupctl 4 'key remove' t "$id"
ask backupctl 0 'policy test'
ask backupctl 0 'policy explain' P014
ask backupctl 0 'policy explain' rpo
ask backupctl 4 'policy explain' nothing
ask backupctl 0 'policy keys'
ask backupctl 0 'policy show'
ask backupctl 0 'policy show' h --explain
ask backupctl 4 'policy show' nobody
ask backupctl 0 'policy sample'
VISUAL=true EDITOR=true ask backupctl 0 'policy edit'
ask backupctl 0 completion bash
ask backupctl 2 completion dish
ask backupctl 0 when
ask backupctl 0 when "Mon..Fri 18:30"

say "hosts"
ask backupctl 0 'host test' h
ask backupctl 4 'host test' nobody
ask backupctl 0 'host add' new 127.0.0.1 --port "$SSHD_PORT" \
    --user "$SSHD_USER" --set s --host-key "$SSHD_HOST_KEY" --no-test \
    --dry-run
ask backupctl 0 'host rekey' h --host-key "$SSHD_HOST_KEY" --no-test --dry-run
ask backupctl 0 'host retire' h --dry-run

say "what comes back"
read_back 0 list
read_back 4 list nobody
read_back 0 ls latest
read_back 4 ls 0123
read_back 0 run latest --to "$tmp/back"
read_back 4 run 0123 --to "$tmp/back2"
ask restore 0 check "$tmp/back"
echo other >"$tmp/back$src/one"
ask restore 9 check "$tmp/back"
read_back 0 verify
ask restore 11 list --repo "$tmp/none" --key "$key"

say "all of it against doc/json"
python3 "$contract" "$top_srcdir/doc/json" "$tmp/cases" "$backupctl" \
    "$restore" || fail "see above; doc/json/README.md tells how it is meant"
