#!/bin/sh
# One kind of change after the other: each snapshot verifies, and the last
# one restores to the last attribute.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "${top_srcdir:?}/tests/lib/sshd.sh"
. "${top_srcdir:?}/tests/lib/kho.sh"
. "${top_srcdir:?}/tests/lib/tree.sh"
. "${top_srcdir:?}/tests/lib/compare.sh"

need rsync setfacl setfattr truncate
tmpdir

# step WHAT: back up what was just changed, and verify.
step() {
	say "$1"
	kho_backup 0
	kho_restore 0 verify
}

mkdir -p "$tmp/src/torture" "$tmp/src/many/below"
tree_torture "$tmp/src/torture" || fail "cannot make the tree"
for i in 1 2 3 4 5 6 7 8 9; do
	echo "number $i" >"$tmp/src/many/$i"
	echo "other $i" >"$tmp/src/many/below/$i"
done
many=$tmp/src/many torture=$tmp/src/torture
kho_setup "$tmp/src"

step "the first"
step "nothing changed"
echo "one more line" >>"$many/1"
step "a file grew"
chmod 0600 "$many/2"
step "a mode changed"
mv "$many/3" "$many/renamed"
step "a file was renamed"
rm "$many/4"
step "a file was removed"
mv "$many/below" "$many/above"
step "a directory was renamed"
rm -r "$many/above"
step "a directory was removed"
rm "$many/5" && mkdir "$many/5" && echo inside >"$many/5/file"
step "a file became a directory"
dd if=/dev/urandom of="$torture/sparse/all-hole" bs=64k count=1 seek=100 \
    conv=notrunc 2>/dev/null
step "a hole was filled in part"
setfattr -n user.kho.note -v another "$torture/attributes/plain" 2>/dev/null
setfacl -b "$torture/attributes/box" 2>/dev/null
step "attributes changed"
rm "$torture/links/here/below/second"
step "a hard link was removed"
touch -d '1961-04-12 06:07:00.000000001Z' "$torture/times/before-1970"
step "a time changed"

say "what the last one restores"
kho_restore 0 verify --full
kho_restore 0 run latest --to "$tmp/restored"
compare_trees "$tmp/src" "$tmp/restored$tmp/src" ||
	fail "the restored tree is not the source"
