#!/bin/sh
# A second copy: made, brought up to date, killed on the way, never made
# worse by the first one, healed from it, and restored from alone.
# shellcheck disable=SC2016 # what is evaluated later
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/daemon.sh"

need rsync
tmpdir
src=$tmp/src
kho_tree "$src"
head -c 3000000 /dev/urandom >"$src/big"
kho_target="min_free = \"0 %\"; },
	  { name = \"c\"; type = \"dir\"; role = \"copy\"; min_free = \"0 %\";
	    path = \"$tmp/copy\";"
kho_setup "$src"
# said CODE ARGUMENT...: backupctl must end with CODE.
said() {
	said_code=$1
	shift
	expect "$said_code" "$backupctl" -c "$tmp/policy.cfg" "$@"
}
# copy_restore CODE ARGUMENT...: restore with the copy and its key alone.
copy_restore() {
	copy_code=$1
	shift
	expect "$copy_code" "$restore" --repo "$tmp/copy" \
	    --key "$tmp/keys/c.key" "$@"
}
# objects DIR: names of all that a copy has.
objects() {
	(cd "$1" && find . -path ./tmp -prune -o -path ./writers -prune -o \
	    -type f -print | sort)
}
# packs DIR: the paths of its packs.
packs() { find "$1/packs" -type f | sort; }
# bytes_flip FILE: one bit in the middle of it.
bytes_flip() {
	flip_at=$(($(wc -c <"$1") / 2))
	chmod u+w "$1"
	python3 - "$1" "$flip_at" <<'END'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2]))
    b = f.read(1)
    f.seek(int(sys.argv[2]))
    f.write(bytes([b[0] ^ 1]))
END
}

say "nothing is copied before somebody has made the copy"
kho_backup
mkdir "$tmp/copy"
said 10 target sync
has "$tmp/err" "nothing was ever copied"
[ -z "$(ls "$tmp/copy")" ] || fail "something was written"
said 0 target sync c --dry-run
has "$tmp/out" "to copy"
[ -z "$(ls "$tmp/copy")" ] || fail "a dry run has written"

say "killed at any moment it opens, and goes on"
for ms in 002 004 006 009 013 020 030; do
	"$backupctl" -c "$tmp/policy.cfg" -q target sync c >"$tmp/o" \
	    2>"$tmp/e" &
	pid=$!
	sleep "0.$ms"
	kill -9 "$pid" 2>"$tmp/null"
	wait "$pid" 2>"$tmp/null"
	[ ! -f "$tmp/copy/config.3" ] ||
	    expect 0 "$restore" --repo "$tmp/copy" --key "$key" verify
done
said 0 target sync c
has "$tmp/out" COMPLETE
objects "$tmp/repo" >"$tmp/a"
objects "$tmp/copy" >"$tmp/b"
cmp "$tmp/a" "$tmp/b" || fail "the copy has not the same objects"
cmp "$tmp/keys/t.key" "$tmp/keys/c.key" || fail "another key file"

say "only what is new is sent"
echo more >>"$src/a/file"
kho_backup
said 0 target sync --json
has "$tmp/out" '"snapshots":1,'
said 0 target sync --json
has "$tmp/out" '"objects":0,'
said 0 job list --copies
has "$tmp/out" complete
said 0 job show c1
has "$tmp/out" failed
said 4 job show c999

say "a restore from the copy alone"
mv "$tmp/repo" "$tmp/away"
copy_restore 0 verify --full
copy_restore 0 run latest --to "$tmp/restored"
kho_compare "$src" "$tmp/restored$src"
rm -rf "$tmp/restored"

say "an empty directory is a disk that is not mounted"
mv "$tmp/away" "$tmp/repo"
mv "$tmp/copy" "$tmp/away"
mkdir "$tmp/copy"
said 11 target sync c
has "$tmp/err" "not mounted"
[ -z "$(ls "$tmp/copy")" ] || fail "something was written"
rmdir "$tmp/copy"
mv "$tmp/away" "$tmp/copy"

say "a deletion is not mirrored"
packs "$tmp/repo" | head -1 >"$tmp/pack"
read -r pack <"$tmp/pack"
mv "$pack" "$tmp/pack.kept"
said 0 target sync c
copy_restore 0 verify --full
mv "$tmp/pack.kept" "$pack"

say "what is damaged is not mirrored, and its snapshot waits"
packs "$tmp/repo" >"$tmp/a"
head -c 2000000 /dev/urandom >"$src/new"
kho_backup
packs "$tmp/repo" | comm -13 "$tmp/a" - >"$tmp/new"
[ "$(wc -l <"$tmp/new")" -ge 1 ] || fail "no new pack"
read -r pack <"$tmp/new"
cp -a "$pack" "$tmp/pack.kept"
bytes_flip "$pack"
said 3 target sync c
has "$tmp/err" "damaged"
has "$tmp/out" INCOMPLETE
[ ! -e "$tmp/copy/${pack#"$tmp/repo/"}" ] || fail "it was mirrored"
copy_restore 0 run latest --to "$tmp/restored"
[ ! -e "$tmp/restored$src/new" ] || fail "it is in the copy"
rm -rf "$tmp/restored"
said 9 target heal t
has "$tmp/err" "no other target has it whole"
cp "$tmp/pack.kept" "$pack"
said 0 target sync c
copy_restore 0 verify --full

say "healed both ways"
for way in "t repo" "c copy"; do
	name=${way%% *}
	dir=$tmp/${way#* }
	packs "$dir" | head -1 >"$tmp/pack"
	read -r pack <"$tmp/pack"
	cp -a "$pack" "$tmp/pack.kept"
	bytes_flip "$pack"
	index=$(find "$dir/index" -type f | head -1)
	rm -f "$index"
	said 9 target heal "$name"
	has "$tmp/err" "whole in target"
	cmp -s "$pack" "$tmp/pack.kept" && fail "it was changed by a plan"
	said 0 target heal "$name" --apply
	has "$tmp/out" "HEALED"
	cmp "$pack" "$tmp/pack.kept" || fail "it is not what it was"
	[ -f "$index" ] || fail "the index is still missing"
	[ -z "$(find "$dir/gc" -type f 2>"$tmp/null")" ] || fail "a leftover"
	said 0 target heal "$name"
done
kho_restore 0 verify --full
copy_restore 0 verify --full

say "the daemon copies after each job, and a copy that fails stops nothing"
daemon_start
echo again >>"$src/a/file"
expect 0 ctl run h
daemon_until "a copy" 'grep -q "copy to c: complete.* 1 snapshot" \
    "$tmp/daemon.log"'
copy_restore 0 verify
mv "$tmp/copy" "$tmp/away"
mkdir "$tmp/copy"
expect 0 ctl run h
daemon_until "a failure" 'grep -q "copy to c: exit code 11" \
    "$tmp/daemon.log"'
[ -z "$(ls "$tmp/copy")" ] || fail "something was written"
said 0 status
has "$tmp/out" "copy c: lacks 1 snapshot of 1 source,"
daemon_stop
python3 - "$tmp/state/catalog.db" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE snapshot SET started = started - 200000"
           " WHERE sequence = (SELECT max(sequence) FROM snapshot)")
db.commit()
END
said 7 status
has "$tmp/out" "old: LATE"
said 0 metrics
has "$tmp/out" 'kho_copy_late{target="c"} 1'
said 2 check --nagios
has "$tmp/out" "copy c lacks 1 snapshot"
rmdir "$tmp/copy"
mv "$tmp/away" "$tmp/copy"
said 0 job list --copies
has "$tmp/out" failed
daemon_start
daemon_until "a copy" 'grep -q "copy to c: complete" "$tmp/daemon.log"'
said 0 status
has "$tmp/out" "copy c: has all"
said 0 metrics
has "$tmp/out" 'kho_copy_late{target="c"} 0'
daemon_stop
copy_restore 0 verify

say "a plain copy of the files opens as well"
cp -a "$tmp/repo" "$tmp/plain"
expect 0 "$restore" --repo "$tmp/plain" --key "$key" verify --full
