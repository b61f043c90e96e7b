#!/bin/sh
# A target that is not mounted, is another one, read-only or full is told in
# words that say which, and nothing is written there; not even when it goes
# away under a job.
set -u
# Mounts of its own, which go with the script, however it ends.
if [ "$(id -u)" -eq 0 ] && [ -z "${KHO_TARGETS_ALONE:-}" ] &&
    unshare --mount true 2>/dev/null; then
	KHO_TARGETS_ALONE=1
	export KHO_TARGETS_ALONE
	exec unshare --mount --propagation private "$0" "$@"
fi
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

tmpdir
src=$tmp/src
mkdir "$src"
echo one >"$src/file"
kho_setup "$src"
kho_backup
ctl() {
	ctl_code=$1
	shift
	expect "$ctl_code" "$backupctl" -c "$tmp/policy.cfg" "$@"
}
all() { find "$1" -printf '%p %y %s %T@\n' | sort; }
# hollow DIR: nothing of all that may write to a target does so here.
hollow() {
	kho_backup 11
	has "$tmp/err" "target t is not mounted"
	has "$tmp/err" "nothing was written"
	ctl 11 catalog rebuild
	ctl 11 key list t
	kho_restore 11 verify
	kho_restore 11 run latest --to "$tmp/nothing"
	state "not mounted"
	ctl 11 target test t
	[ ! -e "$1" ] || [ -z "$(ls -A "$1")" ] || fail "wrote to $1"
}

# state WORDS: so target list calls it.
state() {
	ctl 0 target list
	grep -qE "^t +primary +$1  " "$tmp/out" || {
		cat "$tmp/out" >&2
		fail "not called: $1"
	}
}
say "a good one is told to be, and tried"
state ready
ctl 0 target test
for step in "write and sync" "read back" "refuse to replace" delete; do
	has "$tmp/out" "ok    $step"
done
[ -z "$(find "$tmp/repo" -name 'probe-*')" ] || fail "left its probe"
kho_restore 0 verify --full

say "the directory is gone, or is empty, or holds something else"
mv "$tmp/repo" "$tmp/away"
hollow "$tmp/repo"
kho_backup 11
has "$tmp/err" "is not there"
ctl 10 target init t
[ ! -e "$tmp/repo" ] || fail "made the directory anew"
mkdir "$tmp/repo"
hollow "$tmp/repo"
kho_backup 11
has "$tmp/err" "is empty"
echo mine >"$tmp/repo/letter"
all "$tmp/repo" >"$tmp/before"
kho_backup 11
has "$tmp/err" "holds no repository"
all "$tmp/repo" | cmp - "$tmp/before" || fail "touched what was there"
rm -r "$tmp/repo"

say "another repository: both are named"
sed 's,name = "t",name = "u",' "$tmp/policy.cfg" >"$tmp/u.cfg"
chmod 600 "$tmp/u.cfg"
expect 0 "$backupctl" -c "$tmp/u.cfg" target init u
all "$tmp/repo" >"$tmp/before"
kho_backup 8
for name in t u; do
	has "$tmp/err" "$(sed -n 's/^repository //p' "$tmp/keys/$name.key")"
done
ctl 8 catalog rebuild
ctl 8 target test
state "another repository"
all "$tmp/repo" | cmp - "$tmp/before" || fail "wrote to another repository"
rm -r "$tmp/repo"
mv "$tmp/away" "$tmp/repo"

say "less is free than min_free says"
kho_target='min_free = "90 %";'
kho_policy "$src"
if [ "$(df --output=pcent "$tmp" | tr -dc 0-9)" -gt 11 ]; then
	all "$tmp/repo" >"$tmp/before"
	kho_backup 11
	has "$tmp/err" "target t is full"
	has "$tmp/err" "lower its min_free"
	ctl 11 target test
	state full
	all "$tmp/repo" | cmp - "$tmp/before" || fail "wrote to a full one"
	kho_backup 0 --dry-run
fi
kho_target=
kho_policy "$src"
kho_backup

if [ -n "${KHO_TARGETS_ALONE:-}" ]; then
	say "mounted for reading only"
	mount --bind "$tmp/repo" "$tmp/repo"
	mount -o remount,bind,ro "$tmp/repo"
	kho_backup 11
	has "$tmp/err" "read-only"
	state read-only
	ctl 11 target test
	kho_restore 0 verify
	umount "$tmp/repo"

	say "it goes away under a job"
	mv "$tmp/repo" "$tmp/disk"
	mkdir "$tmp/repo"
	mount --bind "$tmp/disk" "$tmp/repo"
	head -c 600000 /dev/urandom >"$src/large"
	kho_host='bandwidth = ( { window = "always"; limit = "300 KiB/s"; } );'
	kho_policy "$src"
	"$backupd" -c "$tmp/policy.cfg" --once >"$tmp/job" 2>&1 &
	pid=$!
	i=0
	until find "$tmp/repo/writers" -type f | grep -q -- '0003-'; do
		[ $((i += 1)) -lt 300 ] || fail "the job does not begin"
		sleep 0.1
	done
	umount -l "$tmp/repo"
	[ -z "$(ls -A "$tmp/repo")" ] || fail "still mounted"
	wait $pid || fail "the job failed: $(cat "$tmp/job")"
	[ -z "$(ls -A "$tmp/repo")" ] || fail "wrote to the mount point"
	kho_host=
	kho_policy "$src"
	hollow "$tmp/repo"
	rmdir "$tmp/repo"
	mv "$tmp/disk" "$tmp/repo"
else
	say "no mounts: not root, or not allowed here"
fi

say "back in its place it is as it was"
kho_backup
kho_same "$src" latest
kho_restore 0 verify --full

say "what is on it is read back, more or less of it"
ctl 0 verify
has "$tmp/out" "SOUND"
ctl 0 verify --sample 1%
grep -qE "[^0-9]1 of [0-9]+ packs" "$tmp/out" || fail "a sample of none"
ctl 0 verify --full
ctl 0 target list
! grep -q DAMAGED "$tmp/out" || fail "damaged, it says"
ctl 2 verify --sample 0%
ctl 2 verify --sample 5% --full
ctl 4 verify --target nobody
# All packs but the largest are in order.
pack=$(find "$tmp/repo/packs" -type f -printf '%s %p\n' | sort -n |
	sed -n '$s/[0-9]* //p')
cp -p "$pack" "$tmp/pack"
chmod u+w "$pack"
printf '\001\002\003\004' |
	dd of="$pack" bs=1 seek=2000 conv=notrunc 2>/dev/null
ctl 9 verify --sample 100%
has "$tmp/err" "${pack#"$tmp/repo/"}"
has "$tmp/err" "h/s"
has "$tmp/out" "DAMAGED"
ctl 9 verify --full
grep -q "snapshot [0-9a-f]\{12\} of h/s" "$tmp/err" ||
	fail "no snapshot is named"
ctl 0 target list
has "$tmp/out" DAMAGED
mv "$tmp/pack" "$pack"
ctl 0 verify --full
