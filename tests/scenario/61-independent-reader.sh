#!/bin/sh
# Another reader, written from doc/format.md alone, sees in a repository what
# went into it: so the document is enough to get one's files back.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/compare.sh"

need python3 zstd rsync
python3 -c 'import sys; sys.exit(sys.version_info < (3, 7))' || {
	say "skipped: python3 is too old"
	exit 77
}
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

reader() {
	python3 "$top_srcdir/tests/reader/reader.py" "$@"
}

# reader_same SOURCE SNAPSHOT: extract it and compare with SOURCE.
reader_same() {
	rm -rf "$tmp/out.d"
	expect 0 reader "$tmp/repo" "$key" extract "$2" "$tmp/out.d"
	kho_compare "$1" "$tmp/out.d$src"
	compare_attributes "$1" >"$tmp/compare.a"
	compare_attributes "$tmp/out.d$src" >"$tmp/compare.b"
	compare_lists "attributes of what the reader extracts" || exit 1
}

tmpdir
src=$tmp/src
kho_tree "$src"
seq 200000 >"$src/a/compressible"	# a list of many chunks
truncate -s 3000000 "$src/a/hole"
printf end >>"$src/a/hole"
name=$(printf 'not UTF-8 \377')
echo name >"$src/$name"
mkfifo "$src/fifo"
chmod 4711 "$src/a/nothing"
touch -d '1969-12-31 23:59:58.25Z' "$src/a/nothing"
setfattr -n user.kho -v value "$src/a/large" 2>/dev/null ||
	say "no extended attributes here"
kho_setup "$src"
# The only line in this shape.
grep -Eo '^([0-9A-Z]{6}-){10}[0-9A-Z]{6}$' "$tmp/out" >"$tmp/paper"
kho_backup 0
cp -a "$src" "$tmp/src.1"
echo changed >>"$src/a/file"
head -c 700000 /dev/urandom | dd of="$src/a/large" conv=notrunc bs=100000 \
    seek=7 2>/dev/null
rm "$src/many/7" "$src/a/nothing"
kho_backup 0

expect 0 reader "$tmp/repo" "$key" list
[ "$(wc -l <"$tmp/out")" -eq 2 ] || fail "not two snapshots"
first=$(head -n 1 "$tmp/out" | cut -c 1-12)
second=$(tail -n 1 "$tmp/out" | cut -c 1-64)
kho_restore 0 list --json
has "$tmp/out" "$first"
has "$tmp/out" "$second"

say "what it extracts is what was backed up"
reader_same "$tmp/src.1" "$first"
reader_same "$src" "$second"

say "all that it can check holds, with the recovery key too"
expect 0 reader "$tmp/repo" "$key" check
expect 0 reader "$tmp/repo" "$tmp/paper" check
has "$tmp/out" "2 snapshots"

say "it is a reader that sees damage"
for object in "$tmp"/repo/packs/*/* "$tmp"/repo/index/* \
    "$tmp"/repo/refs/* "$tmp"/repo/snapshots/*/* \
    "$tmp"/repo/keys/signers/* "$tmp"/repo/writers/*/*; do
	cp "$object" "$tmp/kept"
	chmod u+w "$object"
	# A byte that is not 0xff, in the middle of a box.
	printf '\377' | dd of="$object" conv=notrunc bs=1 \
	    seek=$(($(wc -c <"$object") - 20)) 2>/dev/null
	cmp -s "$object" "$tmp/kept" ||
		expect 1 reader "$tmp/repo" "$key" check
	cp "$tmp/kept" "$object"
done
tr A-Z0-9 B-Z0-9A <"$tmp/paper" >"$tmp/wrong"
expect 1 reader "$tmp/repo" "$tmp/wrong" list

say "old repositories"
for old in "$top_srcdir"/tests/vectors/repository-v*; do
	expect 0 reader "$old/repository" "$old/host.key" check
	expect 0 reader "$old/repository" "$old/recovery.key" list
done
