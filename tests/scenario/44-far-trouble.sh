#!/bin/sh
# 44-far-trouble.sh: jobs to SFTP and to S3 whose processes are killed and whose
# connections are cut at random moments.  What was reported as stored restores,
# every snapshot of it; a connection that was cut is made anew.
#
# KHO_ROUNDS=N makes N of them for each kind of target; KHO_SEED repeats a run.
# shellcheck disable=SC2034,SC2154 # kho.sh, sshd.sh, rgw.sh
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/rgw.sh"
need setsid pgrep ssh-keygen
tmpdir
rounds=${KHO_ROUNDS:-4}
seed=${KHO_SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
say "KHO_ROUNDS=$rounds KHO_SEED=$seed"

# chance N: a number below N in $chance.
chance() {
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	chance=$((seed / 65536 % $1))
}

# The target's sshd is another one than the source's: its connections can be
# cut without the other's.
sshd_setup "$tmp/sshd" "$agent serve --root $tmp"
ssh-keygen -q -t ed25519 -N '' -f "$tmp/sshd/store" || fail ssh-keygen
printf 'command="internal-sftp",restrict %s\n' \
    "$(cat "$tmp/sshd/store.pub")" >>"$tmp/sshd/authorized_keys"
sshd_extra="Subsystem sftp internal-sftp"
at_exit sshd_stop
sshd_run
source_port=$SSHD_PORT source_pid=$sshd_pid
stop_source() {
	kill "$source_pid" 2>/dev/null
	wait "$source_pid" 2>/dev/null
}
at_exit stop_source
sshd_run
src=$tmp/src

policy() {
	cat >"$tmp/policy.cfg" <<-END
	policy_version = 1;
	sets = { s = { paths = [ "$src" ]; }; };
	hosts = ( { name = "h"; address = "127.0.0.1"; port = $source_port;
	  user = "$SSHD_USER"; identity = "$SSHD_IDENTITY"; sets = [ "s" ];
	  host_key = [ "$SSHD_HOST_KEY" ]; } );
	targets = ( { name = "$1"; role = "primary"; cache = "0 B"; $2 } );
	END
	chmod 600 "$tmp/policy.cfg"
}

# The processes of the job's group that speak to the target.
store_processes() {
	pgrep -g "$job" -f '^kho-store$'
}

# trouble: something happens to the job, some time.
trouble() {
	chance 80
	sleep "$(printf '0.%02d' "$((chance + 10))")"
	chance 3
	case $chance,$kind in
	0,sftp) what="connections cut" ;;
	0,*) what="nothing" ;;
	1,*) what="store killed" ;;
	*) what="all killed" ;;
	esac
	case $what in
	connections*) pkill -KILL -P "$sshd_pid" ;;
	store*) store_processes | head -n 1 | xargs -r kill -KILL ;;
	all*) kill -KILL -"$job" ;;
	esac 2>/dev/null
}

# list: the ids of all snapshots, sorted.
list() {
	expect 0 "$restore" -c "$tmp/policy.cfg" --target "$kind" --json list
	grep -o '"snapshot": *"[0-9a-f]*"' "$tmp/out" | grep -o '[0-9a-f]\{64\}' |
		sort
}

# one_round: change the source, run the job into trouble, see what it says.
one_round() {
	chance 9
	head -c $((chance * 1000000 + 500000)) /dev/urandom \
	    >"$src/new-$kind-$round"
	echo "$kind $round" >>"$src/file"
	setsid "$backupd" -c "$tmp/policy.cfg" --once --json >"$tmp/said" \
	    2>"$tmp/told" &
	job=$!
	trouble
	code=0
	wait "$job" 2>/dev/null || code=$?
	id=$(grep -o '"snapshot": *"[0-9a-f]\{64\}"' "$tmp/said" |
		grep -o '[0-9a-f]\{64\}')
	say "$kind $round: $what, exit $code${id:+, snapshot}"
	case $what,$code in
	conn*,0 | nothing,0) ;;
	conn*,11)	# it had not yet been let in at all
		has "$tmp/told" "check that the host is up"
		;;
	conn* | nothing*)
		cat "$tmp/told" >&2
		fail "a job whose connections are cut must go on"
		;;
	*,0 | all*) ;;
	store*,11) ;;
	*)
		cat "$tmp/told" "$tmp/said" >&2
		fail "the target failed: exit $code, not 11"
		;;
	esac
	[ -z "$id" ] || [ "$code" -ne 0 ] || {
		mkdir -p "$tmp/was"
		cp -al "$src" "$tmp/was/$id" 2>/dev/null ||
			cp -a "$src" "$tmp/was/$id"
		# The next change must not reach it through a link.
		rm -f "$tmp/was/$id/file" && cp -p "$src/file" "$tmp/was/$id/"
	}
}

# all_restore: every snapshot that was reported is there, and is what it was.
all_restore() {
	list >"$tmp/there"
	for was in "$tmp"/was/*; do
		[ -d "$was" ] || continue
		id=${was##*/}
		grep -q "$id" "$tmp/there" || fail "$kind: $id was lost"
		rm -rf "$tmp/restored"
		expect 0 "$restore" -c "$tmp/policy.cfg" --target "$kind" \
		    run "$id" --to "$tmp/restored"
		diff -r "$tmp/was/$id" "$tmp/restored$src" >"$tmp/diff" 2>&1 ||
			fail "$kind: $id is not what it was: $(cat "$tmp/diff")"
	done
	expect 0 "$restore" -c "$tmp/policy.cfg" --target "$kind" verify --full
}

run_kind() {
	kind=$1
	rm -rf "$src" "$tmp/was"
	mkdir "$src"
	head -c 3000000 /dev/urandom >"$src/large"
	echo first >"$src/file"
	policy "$@"
	expect 0 "$backupctl" -c "$tmp/policy.cfg" target init "$kind"
	round=1
	while [ "$round" -le "$rounds" ]; do
		one_round
		round=$((round + 1))
	done
	# After all that, a job goes as if nothing had been.
	expect 0 "$backupd" -c "$tmp/policy.cfg" --once
	all_restore
}

mkdir "$tmp/repo"
run_kind sftp "type = \"sftp\"; address = \"127.0.0.1\"; port = $SSHD_PORT;
  user = \"$SSHD_USER\"; identity = \"$tmp/sshd/store\";
  host_key = [ \"$SSHD_HOST_KEY\" ]; path = \"$tmp/repo\";"
if command -v radosgw >/dev/null; then
	rgw_start "$tmp/rgw"
	rgw_bucket trouble
	run_kind s3 "type = \"s3\"; address = \"127.0.0.1\"; tls = false;
	  port = ${RGW_ENDPOINT#*:}; bucket = \"trouble\";
	  credentials = \"$RGW_CREDENTIALS\"; region = \"$RGW_REGION\";"
else
	say "no radosgw: not tried on S3"
fi
pgrep -f "^kho-store$" -P 1 >/dev/null && fail "a process remains"
say "done"
