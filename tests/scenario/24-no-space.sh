#!/bin/sh
# A target that is full fails the job in clear words and harms nothing; with
# room it works again.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

need rsync mount umount
[ "$(id -u)" -eq 0 ] || {
	say "skipped: only root may mount"
	exit 77
}
tmpdir
mkdir "$tmp/disk" "$tmp/state"
disk_stop() { umount "$tmp/disk" 2>/dev/null; }
disk_start() { mount -t tmpfs -o size="$1",mode=700 kho-test "$tmp/disk"; }
disk_start 24m 2>/dev/null || {
	say "skipped: cannot mount here"
	exit 77
}
at_exit disk_stop

src=$tmp/src
kho_tree "$src"
mkdir "$tmp/disk/repo"
ln -s disk/repo "$tmp/repo"
sshd_start "$tmp/sshd" "$agent serve --root $tmp"
kho_policy "$src"
expect 0 "$backupctl" -c "$tmp/policy.cfg" target init t
key=$tmp/keys/t.key
kho_backup
cp -a "$src" "$tmp/src.1"
snapshots() { find "$tmp/repo/snapshots" -type f | wc -l; }

# Nothing of what could not be finished stays in the way.
full() {
	kho_backup 11
	has "$tmp/err" "no space left"
	has "$tmp/err" "make room on the target"
	[ "$(snapshots)" -eq 1 ] || fail "a snapshot of what did not fit"
	[ -z "$(ls "$tmp/repo/tmp")" ] || fail "left in tmp: $(ls "$tmp/repo/tmp")"
	kho_restore 0 verify --full
	rm -rf "$tmp/old"
	kho_restore 0 run latest --to "$tmp/old"
	kho_compare "$tmp/src.1" "$tmp/old$src"
}

say "it fills up while the job copies"
head -c 60000000 /dev/urandom >"$src/big"
full

say "it is full from the beginning, to the last byte"
fill() { dd if=/dev/zero of="$tmp/disk/fill" bs=4096 2>/dev/null; }
fill
kho_backup 11
has "$tmp/err" "no space left"
has "$tmp/err" "make room on the target"

say "it is full by so much that each step is the one that fails"
rm -f "$src/big"
head -c 200000 /dev/urandom >"$src/small"
for room in 4 8 12 16 24 32 64 128 192 208 216 220 224 228 232; do
	fill
	truncate -s "-${room}K" "$tmp/disk/fill"
	code=0
	"$backupd" -c "$tmp/policy.cfg" --once >"$tmp/out" 2>"$tmp/err" ||
		code=$?
	[ $code -eq 11 ] || [ $code -eq 0 ] || {
		cat "$tmp/err" >&2
		fail "$room KiB: exit $code"
	}
	[ $code -eq 0 ] || has "$tmp/err" "make room on the target"
	kho_restore 0 verify
done

say "it may not be written to"
mount -o remount,ro "$tmp/disk"
kho_backup 11
has "$tmp/err" "is read-only"
has "$tmp/err" "mounted, for writing"
mount -o remount,rw "$tmp/disk"

say "with room it works again"
rm "$tmp/disk/fill"
kho_backup
kho_same "$src" latest
kho_restore 0 verify --full
