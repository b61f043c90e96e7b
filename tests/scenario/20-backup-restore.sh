#!/bin/sh
# A tree goes into a repository and comes back, before and after changes.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

need rsync
tmpdir
src=$tmp/src
kho_tree "$src"
kho_setup "$src"

say "first copy"
kho_backup 0 --json
[ "$(kho_json files)" -eq 304 ] || fail "files: $(kho_json files)"
[ "$(kho_json sequence)" -eq 1 ] || fail "sequence"
kho_same "$src" latest
cp -a "$src" "$tmp/src.1"

say "nothing changed: nothing is read"
sleep 1		# what was written just now is read again
kho_backup 0 --json
kho_backup 0 --json
[ "$(kho_json read_bytes)" -eq 0 ] || fail "read: $(kho_json read_bytes)"
[ "$(kho_json wire_in)" -lt 2000 ] || fail "received: $(kho_json wire_in)"
[ "$(kho_json files)" -eq 304 ] || fail "files: $(kho_json files)"

say "changes"
echo changed >>"$src/a/file"
rm -r "$src/many/1" "$src/a/b" "$src/empty"
mkdir "$src/new"
cp -a "$src/many" "$src/new/copy"
mv "$src/a/large" "$src/new/large"
echo file >"$src/empty"
chmod 600 "$src/many/2"
kho_backup 0 --json
# New trees, but of the 3 MB that moved not a byte.
[ "$(kho_json new_bytes)" -lt 100000 ] || fail "new: $(kho_json new_bytes)"
kho_same "$src" latest

say "the first one is still what it was"
kho_restore 0 --json list
first=$(grep -o '"snapshot":"[0-9a-f]*"' "$tmp/out" | head -1 | cut -d '"' -f 4)
[ -n "$first" ] || fail "no snapshot of sequence 1 in: $(cat "$tmp/out")"
rm -rf "$tmp/old"
kho_restore 0 run "$first" --to "$tmp/old"
kho_compare "$tmp/src.1" "$tmp/old$src"

say "all is well with the repository"
kho_restore 0 verify --full
