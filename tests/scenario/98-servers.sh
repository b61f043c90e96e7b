#!/bin/sh
# Four servers with one repository in an object store, and nobody who keeps them
# apart: all write at the same time, and one source is everybody's.  They are
# killed at random and begin again.  What one of them has reported as stored is
# there, whole and equal to what it was made of.
# KHO_SERVERS_ROUNDS: how often each begins; with more than 2 all is larger.
# KHO_SERVERS_DIR: in a directory, even where there is an object store.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/rgw.sh"

need setsid pgrep /usr/bin/python3
rounds=${KHO_SERVERS_ROUNDS:-2}
servers="1 2 3 4"
sources="1 2"
restores=8
longest=3	# seconds before a kill
[ "$rounds" -le 2 ] || {
	sources="1 2 3 4 5 6 7 8"
	restores=0
	longest=8
}
py() { /usr/bin/python3 "$top_srcdir/tests/lib/servers.py" "$@"; }

tmpdir
sshd_start "$tmp/sshd" "$agent serve --root $tmp"
if [ -z "${KHO_SERVERS_DIR:-}" ] && command -v radosgw >/dev/null &&
    command -v ceph-mon >/dev/null; then
	rgw_start "$tmp/rgw"
	rgw_bucket many
	target="type = \"s3\"; address = \"127.0.0.1\"; port = ${RGW_ENDPOINT#*:};
	    tls = false; bucket = \"many\"; prefix = \"kho\";
	    region = \"$RGW_REGION\"; credentials = \"$RGW_CREDENTIALS\";"
else
	say "no Ceph: in a directory instead of an object store"
	mkdir "$tmp/repo"
	target="type = \"dir\"; path = \"$tmp/repo\"; min_free = \"0 %\";"
fi

# host NAME: its lines in the policy.
host() {
	cat <<-END
	{ name = "$1"; address = "127.0.0.1"; port = $SSHD_PORT;
	  user = "$SSHD_USER"; identity = "$SSHD_IDENTITY"; sets = [ "$1" ];
	  host_key = [ "$SSHD_HOST_KEY" ]; }
	END
}

# policy SERVER: its directory, with a policy.
policy() {
	mkdir -p "$tmp/$1/keys"
	sets=
	hosts=
	for p in both $(own "$1"); do
		sets="$sets $p = { paths = [ \"$tmp/src/$p\" ]; };"
		hosts="$hosts${hosts:+,} $(host "$p")"
	done
	cat >"$tmp/$1/policy.cfg" <<-END
	policy_version = 1;
	sets = { $sets };
	hosts = ( $hosts );
	targets = ( { name = "t"; role = "primary"; $target } );
	END
	chmod 600 "$tmp/$1/policy.cfg"
}

# own SERVER: the names of its sources.
own() {
	for own_i in $sources; do
		echo "s$1h$own_i"
	done
}

ctl() {
	ctl_server=$1
	shift
	"$backupctl" -c "$tmp/$ctl_server/policy.cfg" "$@"
}

# stamp SERVER ROUND: new content in each of its sources.
stamp() {
	for stamp_source in $(own "$1"); do
		head -c 30000 /dev/urandom >"$tmp/src/$stamp_source/new$2"
		cp "$tmp/common" "$tmp/src/$stamp_source/common"
		echo "$stamp_source $2" >"$tmp/src/$stamp_source/stamp"
	done
}

# workers SERVER: whoever still works for it.
workers() {
	pgrep -f 'backupd' | while read -r pid; do
		{ tr '\0' '\n' <"/proc/$pid/environ"; } 2>/dev/null |
		    grep -qx "KHO_TEST_SERVER=$tmp/$1" && echo "$pid"
	done
}

# begin SERVER: its daemon, in a process group of its own; sets $daemon.
begin() {
	: >"$tmp/$1/log"
	KHO_TEST_SERVER=$tmp/$1 setsid "$backupd" -f \
	    -c "$tmp/$1/policy.cfg" >"$tmp/$1/log" 2>&1 &
	daemon=$!
	begin_try=0
	until grep -q ": ready" "$tmp/$1/log"; do
		[ $begin_try -lt 300 ] || fail "server $1 does not begin"
		begin_try=$((begin_try + 1))
		sleep 0.1
	done
}

# end SERVER: kill it with all who work for it.
end() {
	kill -KILL -"$daemon" 2>/dev/null
	wait "$daemon" 2>/dev/null
	end_try=0
	while [ -n "$(workers "$1")" ]; do
		[ $end_try -lt 300 ] || fail "server $1 does not end"
		end_try=$((end_try + 1))
		sleep 0.1
	done
}

# report SERVER ROUND: keep what it says that it has stored.
report() {
	ctl "$1" --json job list --limit 0 >"$tmp/$1/jobs" ||
		fail "server $1 does not tell its jobs"
	py report "$tmp/$1/jobs" "$tmp/$1/told" "$2"
}

# server SERVER: all its rounds; but for the last it is killed in each.
server() {
	round=1
	while [ "$round" -lt "$rounds" ]; do
		stamp "$1" $round
		begin "$1"
		ctl "$1" run --all --detach >/dev/null ||
			fail "server $1 takes no jobs"
		sleep "$(awk -v seed="$$$1$round" -v longest="$longest" \
		    'BEGIN { srand(seed); print rand() * longest }')"
		end "$1"
		report "$1" $round
		round=$((round + 1))
	done
	stamp "$1" "$rounds"
	begin "$1"
	ctl "$1" run --all >"$tmp/$1/out" 2>&1 || {
		cat "$tmp/$1/out" "$tmp/$1/log" >&2
		end "$1"
		fail "server $1: its last jobs"
	}
	report "$1" "$rounds"
	end "$1"
}

# None of ours goes on when the script ends, however it does.
servers_stop() {
	for stop_server in $servers; do
		for stop_pid in $(workers "$stop_server"); do
			kill -KILL "$stop_pid" 2>/dev/null
		done
	done
}
at_exit servers_stop

head -c 200000 /dev/urandom >"$tmp/common"
mkdir "$tmp/src" "$tmp/src/both"
cp "$tmp/common" "$tmp/src/both/common"
echo "both always" >"$tmp/src/both/stamp"
for s in $servers; do
	for source in $(own "$s"); do
		mkdir "$tmp/src/$source"
	done
	policy "$s"
done
expect 0 ctl 1 target init t
for s in 2 3 4; do
	expect 0 ctl 1 key add t --host "$tmp/$s/keys/t.key" \
	    --key "$tmp/1/keys/t.key"
done

say "$rounds rounds"
pids=
for s in $servers; do
	(trap - EXIT; server "$s") &
	pids="$pids $!"
done
for pid in $pids; do
	wait "$pid" || fail "a server failed"
done

say "what was reported is there"
# A plain copy of the objects opens as well, and is read faster.
mkdir "$tmp/copy"
if [ -d "$tmp/repo" ]; then
	reader() { "$restore" "$@" --repo "$tmp/repo" --key "$tmp/1/keys/t.key"; }
elif command -v rclone >/dev/null; then
	expect 0 env -u AWS_CA_BUNDLE rclone --config /dev/null copy --transfers 16 \
	    --s3-provider Ceph --s3-endpoint "http://$RGW_ENDPOINT" \
	    --s3-access-key-id "$RGW_ID" --s3-secret-access-key "$RGW_SECRET" \
	    :s3:many/kho "$tmp/copy"
	reader() { "$restore" "$@" --repo "$tmp/copy" --key "$tmp/1/keys/t.key"; }
else
	reader() { "$restore" -c "$tmp/1/policy.cfg" "$@" --target t; }
fi
expect 0 reader list --json
cp "$tmp/out" "$tmp/list"
py check "$tmp/list" "$tmp"/[1-4]/told || fail "see above"
expect 0 reader verify --full

say "and equal to what it was made of"
py sample "$restores" "$tmp"/[1-4]/told >"$tmp/sample"
while read -r id name turn; do
	rm -rf "$tmp/back"
	expect 0 reader run "$id" --to "$tmp/back"
	[ "$name" != both ] || turn=always
	[ "$(cat "$tmp/back$tmp/src/$name/stamp")" = "$name $turn" ] ||
		fail "snapshot $id is not $name of round $turn"
	cmp "$tmp/common" "$tmp/back$tmp/src/$name/common" ||
		fail "snapshot $id: common"
	[ "$name" = both ] || cmp "$tmp/src/$name/new$turn" \
	    "$tmp/back$tmp/src/$name/new$turn" || fail "snapshot $id: new"
done <"$tmp/sample"
