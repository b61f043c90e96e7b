#!/bin/sh
# An SFTP server that lies: the job ends with a reason or tells what it could
# not have, and what was saved before stays as it was.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

need python3
tmpdir
liar=$top_srcdir/tests/lib/sftpliar.py
yes=$tmp/yes

# What no server says, and what can happen to anybody: tests/lib/sftpliar.py.
refused="slash nul empty length unasked count handle more cut endless again
    nothing link"
saved="honest dots twice drops device fifo full typeless long odd denied
    swapped grows shrinks jumps becomes zero
    huge deep"

# policy: a set for each lie.
policy() {
	printf 'policy_version = 1;\nsets = {\n'
	for set in $refused $saved; do
		printf '  %s = { paths = [ "/%s/data" ]; };\n' "$set" "$set"
	done
	printf '};\nhosts = ( { name = "h"; address = "127.0.0.1";\n'
	printf '  port = %s; user = "%s"; identity = "%s"; agent = "none";\n' \
	    "$SSHD_PORT" "$SSHD_USER" "$SSHD_IDENTITY"
	printf '  host_key = [ "%s" ];\n  sets = [ "honest"' "$SSHD_HOST_KEY"
	for set in $refused $saved; do
		[ "$set" = honest ] || printf ', "%s"' "$set"
	done
	printf ' ]; } );\ntargets = ( { name = "t"; type = "dir";\n'
	printf '  path = "%s/repo"; min_free = "0 %%"; } );\n' "$tmp"
}

# run NAME SET...: jobs of these sets; what they say in $tmp/NAME.
run() {
	run_name=$1
	shift
	run_sources=
	for run_set; do
		run_sources="$run_sources h/$run_set"
	done
	# shellcheck disable=SC2086 # words
	timeout 100 "$backupd" -c "$tmp/policy.cfg" \
	    --state "$tmp/state-$run_name" --once --json $run_sources \
	    >"$tmp/$run_name" 2>"$tmp/$run_name.err"
}

# of FILE SET: what the job said.
of() {
	grep '"t": *"job".*"set": *"'"$2"'"' "$1" || fail "no job $2 in $1"
}

# ended SET CODE: it ended so, with a snapshot.
ended() {
	of "$yes" "$1" | grep '"code": *'"$2"',' | grep -q '"snapshot": *"' ||
		fail "$1 did not end with $2: $(of "$yes" "$1")"
}

# told TEXT: among the problems.
told() {
	grep -qF -e "$1" "$yes" "$yes.err" || fail "nobody told: $1"
}

sshd_setup "$tmp/sshd" "python3 $liar"
# What is run is the forced command.
sshd_extra="Subsystem sftp internal-sftp"
at_exit sshd_stop
sshd_run
policy >"$tmp/policy.cfg"
chmod 600 "$tmp/policy.cfg"
mkdir "$tmp/repo"
expect 0 "$backupctl" -c "$tmp/policy.cfg" target init t
key=$tmp/keys/t.key

# Most of the time they wait for one another: four at a time.
share() {
	share_i=0
	for share_set in $refused $saved; do
		share_i=$(((share_i + 1) % 4))
		[ $share_i -ne "$1" ] || echo "$share_set"
	done
}
running=
for part in 0 1 2 3; do
	# shellcheck disable=SC2046 # words
	run part$part $(share $part) &
	running="$running $!"
done
# shellcheck disable=SC2086 # words
wait $running
cat "$tmp"/part? >"$yes"
cat "$tmp"/part?.err >"$yes.err"

say "what no server says"
for set in $refused; do
	of "$yes" "$set" | grep -q '"snapshot": *null' ||
		fail "$set: a snapshot: $(of "$yes" "$set")"
	case $set in
	cut) text="ended the connection" ;;
	nothing) text="holds nothing" ;;
	endless|again) text="cannot be listed" ;;
	*) text="what no SFTP server says" ;;
	esac
	of "$yes" "$set" | grep -qF "$text" ||
		fail "$set: $(of "$yes" "$set")"
done

say "what can be lived with"
for set in honest dots twice drops device fifo full typeless swapped; do
	ended "$set" 0
done
for set in becomes denied long odd grows shrinks jumps zero huge deep; do
	ended "$set" 3
done
told "255 bytes"

say "versions and greetings"
for mode in version greets; do
	sshd_authorize "python3 $liar $mode"
	run no honest
	of "$tmp/no" honest | grep -q '"snapshot": *null' || fail "$mode: saved"
	of "$tmp/no" honest | grep -qF SFTP || fail "$mode: $(of "$tmp/no" honest)"
done

say "the honest one's files are there"
first=$(of "$yes" honest | sed 's/.*"snapshot": *"\([0-9a-f]*\)".*/\1/')
kho_restore 0 run "$first" --to "$tmp/first"
cmp -s "$tmp/first/honest/data/one" "$tmp/first/honest/data/sub/one" ||
	fail "one is not there twice"
[ "$(wc -c <"$tmp/first/honest/data/big")" -eq 1024000 ] ||
	fail "big is not whole"
