#!/bin/sh
# A source that is there and gets nowhere holds no job: whether it says PING
# for ever, a byte now and then, or nothing.
# shellcheck disable=SC2030,SC2031,SC2086 # each job has a $tmp of its own
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

tmpdir
src=$tmp/src
mkdir "$src"
echo f >"$src/f"
kho_setup "$src"

# Each that comes tells another lie; all at the same time, for each takes as
# long as it may.
lies="ping-bye ping-forever trickle stall max-time"
cat >"$tmp/liar" <<END
#!/bin/sh
for name in $lies; do
	mkdir "$tmp/took-\$name" 2>/dev/null || continue
	[ "\$name" != max-time ] || name=ping-forever
	exec "$top_builddir/tests/lib/hostile" "\$name"
done
END
chmod 755 "$tmp/liar"
sshd_authorize "$tmp/liar"

# once NAME HOST_LINES: run its job until it is over.
once() {
	kho_host="schedule = { $2 };"
	mkdir "$tmp/$1"
	(
		tmp=$tmp/$1
		kho_policy "$src"
		sed -i "s|$tmp/repo|${tmp%/*}/repo|; s/\"h\"/\"$1\"/
		    s|role = \"primary\";|& key_file = \"$key\";|" \
		    "$tmp/policy.cfg"
		timeout 120 "$backupd" -c "$tmp/policy.cfg" --once \
		    >"$tmp/out" 2>"$tmp/err"
		echo $? >"$tmp/code"
	) &
	jobs_of="${jobs_of:-} $!"
	# The next lie is for the next one.
	try=0
	until [ -d "$tmp/took-$1" ]; do
		[ $try -lt 300 ] || { cat "$tmp/$1/err"; fail "$1: no call"; }
		try=$((try + 1))
		sleep 0.1
	done
}

for name in ping-bye ping-forever trickle stall; do
	once $name 'max_stall = "10 s";'
done
once max-time 'max_stall = "1 h"; max_time = "10 s";'
for pid in $jobs_of; do
	wait "$pid"
done

for name in $lies; do
	[ "$(cat "$tmp/$name/code")" -eq 1 ] || {
		cat "$tmp/$name/out" "$tmp/$name/err" >&2
		fail "$name: exit $(cat "$tmp/$name/code")"
	}
	word="no progress"
	[ $name != max-time ] || word="longer than max_time"
	has "$tmp/$name/err" "$word"
done
[ -z "$(find "$tmp/repo/snapshots" -type f 2>/dev/null)" ] || fail "a snapshot"

say "who is slow but gets on is not cut off"
kho_host='schedule = { max_stall = "10 s"; }; bandwidth = ( { window =
    "00:00-24:00"; limit = "20 KiB/s"; } );'
kho_policy "$src"
head -c 250000 /dev/urandom >"$src/g"
sshd_authorize "$agent serve --root $tmp"
kho_backup
