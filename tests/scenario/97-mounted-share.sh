#!/bin/sh
# A repository on a mounted share that misbehaves, whatever way and at whatever
# moment of a job: what was reported as stored is there and whole, the words
# say that it was the target, and when the trouble is over the next job is well.
# KHO_SHARE_STEPS: at how many moments of a job each thing happens.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

need setfattr getfattr fusermount3
steps=${KHO_SHARE_STEPS:-2}
badfs=$top_builddir/tests/lib/badfs
[ -x "$badfs" ] || {
	say "skipped: built without FUSE"
	exit 77
}
tmpdir
share=$tmp/share
src=$tmp/src
mkdir "$tmp/base" "$share" "$src" "$tmp/stored"
ln -s share/repo "$tmp/repo"

# share_start [SECONDS]: mount it; skips the script where that is not allowed.
share_start() {
	: >"$tmp/share.log"	# what the one before said is not ready
	"$badfs" "$tmp/base" "$share" "$@" >"$tmp/share.log" 2>&1 &
	share_pid=$!
	share_try=0
	until grep -q ready "$tmp/share.log"; do
		kill -0 "$share_pid" 2>/dev/null && [ $share_try -lt 100 ] || {
			say "skipped: FUSE cannot be mounted here"
			exit 77
		}
		share_try=$((share_try + 1))
		sleep 0.1
	done
}
share_stop() {
	[ -n "${share_pid:-}" ] || return 0
	kill "$share_pid" 2>/dev/null
	wait "$share_pid" 2>/dev/null
	share_pid=
	# Where it was killed its mount remains.
	fusermount3 -u -z -q "$share" 2>/dev/null
}
at_exit share_stop

# rules RULE...: what goes wrong from here on; see tests/lib/badfs.c.
rules() {
	setfattr -n user.badfs -v "$*" "$share" || fail "no such rules: $*"
}

# job: change the source and run the job, whose code is $code; what it reports
# as stored is kept to compare with.
turn=0
job() {
	turn=$((turn + 1))
	echo "turn $turn" >"$src/file"
	code=0
	"$backupd" -c "$tmp/policy.cfg" --once --json >"$tmp/out" \
	    2>"$tmp/err" || code=$?
	snapshot=$(kho_json snapshot)
	case $snapshot in
	*[0-9a-f]*) cp "$src/file" "$tmp/stored/$snapshot" ;;
	esac
}

# trouble WHAT: the job has ended well, or told that it was the target.
trouble() {
	case $code in
	0) return ;;
	1 | 11) grep -q '"error": *".*target' "$tmp/out" && return ;;
	esac
	lib_show "$tmp/out" >&2
	lib_show "$tmp/err" >&2
	fail "exit $code: $1"
}

# well: without trouble the job is well.
well() {
	rules ""
	job
	[ "$code" -eq 0 ] || {
		lib_show "$tmp/err" >&2
		fail "exit $code when all was well again"
	}
	asked=$(getfattr --absolute-names --only-values -n user.badfs \
	    "$share")
	asked=${asked% *}
}

# sound: by the server's own eyes all that was reported is there, and whole.
sound() {
	expect 0 "$restore" --repo "$tmp/base/repo" --key "$key" verify --full
	for sound_file in "$tmp/stored"/*; do
		sound_id=${sound_file##*/}
		rm -rf "$tmp/back"
		expect 0 "$restore" --repo "$tmp/base/repo" --key "$key" \
		    run "$sound_id" --to "$tmp/back"
		cmp "$sound_file" "$tmp/back$src/file" ||
			fail "snapshot $sound_id is not what was saved"
		rm "$sound_file"
	done
}

share_start
mkdir "$share/repo"
echo here >"$src/other"
sshd_start "$tmp/sshd" "$agent serve --root $tmp"
kho_policy "$src"

say "no links, no exclusive rename, no directory sync, short reads and writes"
poor="link:1+:ENOTSUP noreplace:1+:EINVAL fsyncdir:1+:EINVAL read:1+:short
    write:1+:short"
rules "$poor"
expect 0 "$backupctl" -c "$tmp/policy.cfg" target init t
key=$tmp/keys/t.key
has "$tmp/out" "let only one backupd write to it"
job
[ "$code" -eq 0 ] || fail "exit $code"
sound
rules ""
expect 0 "$backupctl" -c "$tmp/policy.cfg" target test t

say "any operation of a job fails, once or from then on: $steps moments each"
well
for what in EIO late-EIO ENOSPC ESTALE ENOTCONN+ ESTALE+; do
	step=1
	while [ "$step" -le "$steps" ]; do
		# Not the same moments in each run of the script.
		n=$((asked * step / (steps + 1) + $$ % 17))
		lasting=${what#"${what%+}"}
		rules "any:$n$lasting:${what%+}"
		job
		trouble "$what at operation $n of $asked"
		step=$((step + 1))
	done
done
well
sound

say "what is told late: by the sync, or by the close"
for what in fsync:1:ENOSPC fsync:3:EIO flush:1:ENOSPC flush:2:EIO \
    flush:4:EDQUOT; do
	rules "$what"
	job
	[ "$code" -ne 0 ] || fail "$what: nobody noticed"
	trouble "$what"
	case $what in
	*EIO) has "$tmp/out" "input or output error" ;;
	*) has "$tmp/out" "no space left" ;;
	esac
done
well
sound

say "it goes away under a job"
rules "write:2:die"
job
[ "$code" -eq 11 ] || fail "exit $code, not 11"
has "$tmp/out" "closed by the other side"
share_stop
job
[ "$code" -eq 11 ] || fail "exit $code, not 11"
[ -z "$(ls -A "$share")" ] || fail "written below the mount point"
share_start
well
sound

say "two clients, of whom one sees late what the other did"
share_stop
share_start 30
mkdir "$tmp/other" "$tmp/other/keys"
expect 0 "$backupctl" -c "$tmp/policy.cfg" key add t \
    --host "$tmp/other/keys/t.key" --key "$key"
sed "s|$tmp/repo|$tmp/base/repo|" "$tmp/policy.cfg" >"$tmp/other/policy.cfg"
# other: the other client's job, on the server itself.
other() {
	expect 0 "$backupd" -c "$tmp/other/policy.cfg" --once --json
	snapshot=$(kho_json snapshot)
	cp "$src/file" "$tmp/stored/$snapshot"
}
for round in 1 2; do
	job
	[ "$code" -eq 0 ] || fail "exit $code"
	other
	job
	[ "$code" -eq 0 ] || fail "exit $code"
done
[ "$(find "$tmp/stored" -type f | wc -l)" -eq 6 ] ||
	fail "two snapshots of one name in round $round"
sound
