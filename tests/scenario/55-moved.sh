#!/bin/sh
# A file that was renamed or moved and then edited is compared with what it
# was, wherever it went: see doc/decisions/0016-bases-of-moved-files.md.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/delta.sh"

need rsync python3
tmpdir
src=$tmp/src
n=0
for dir in aa bb/deep dd ee/deep yy zz; do
	n=$((n + 1))
	mkdir -p "$src/$dir"
	change noise "$tmp/noise" 8000000 $n
	split -n 4 -d -a 1 "$tmp/noise" "$src/$dir/f"
	rm "$tmp/noise"
done
delta_setup "$src"
kho_backup

# edited NAME FILE...: a line is inserted in each; a night may cost two chunks
# of deltas and signatures for each, never a file; once in a thousand times a
# cut moves, and a chunk comes whole.
edited() {
	edited_name=$1
	shift
	for edited_file; do
		change insert "$edited_file" 900000 "a line of $edited_name"
	done
	night "$edited_name" $(($# * 20000 + 1120000)) \
	    $(($# * 10000 + 1120000))
	kho_same "$src" "$snapshot"
}

mv "$src/dd/f0" "$src/dd/a"
mv "$src/dd/f1" "$src/dd/z"
edited "renamed" "$src/dd/a" "$src/dd/z"

mv "$src/dd/f2" "$src/aa/new"
mv "$src/dd/f3" "$src/zz/new"
edited "moved to other directories" "$src/aa/new" "$src/zz/new"

mv "$src/bb" "$src/00"
mv "$src/ee" "$src/zzz"
edited "directories renamed" "$src/00/deep/f0" "$src/zzz/deep/f3"

mv "$src/yy" "$src/00/deep/yy"
edited "a directory moved" "$src/00/deep/yy/f0" "$src/00/deep/yy/f1"

# Logs: each takes the name of another, the newest is written to once more.
mv "$src/zz/f2" "$src/zz/f3"
mv "$src/zz/f1" "$src/zz/f2"
mv "$src/zz/f0" "$src/zz/f1"
change noise "$src/zz/f0" 1000 7
edited "rotated" "$src/zz/f1"

# An editor that writes a new file each time, with an inode that another had.
for file in f0 f1 f2; do
	cp "$src/aa/$file" "$tmp/copy"
	change insert "$tmp/copy" 1000 "of an editor"
	cp "$tmp/copy" "$src/aa/.new"
	mv "$src/aa/.new" "$src/aa/$file"
done
edited "written anew" "$src/aa/f0" "$src/aa/f1" "$src/aa/f2"
kho_restore 0 verify --full
