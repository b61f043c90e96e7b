#!/bin/sh
# What differs between two snapshots is told, and no more.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/daemon.sh"

tmpdir
src=$tmp/src
kho_tree "$src"
mkdir -p "$src/a-b" "$src/a.b"
echo beside >"$src/a-b/file"
echo beside >"$src/a.b/file"
kho_setup "$src"
kho_backup 0 --json
first=$(kho_json snapshot)
find "$tmp/repo/packs" -type f | sort >"$tmp/packs"
rm "$src/many/17"
echo new >"$src/many/new
line"
echo other >"$src/a/file"
chmod 600 "$src/a/large"
rm "$src/a/nothing"
mkdir "$src/a/nothing"
mv "$src/a-b" "$src/a-c"
ln -sfn elsewhere "$src/a/b/symbolic"
kho_backup 0 --json
second=$(kho_json snapshot)

# lines: of the last answer, without sizes and the directory of the test.
lines() {
	sed -n "s|^\([-+mM]\) $src|\1 |p" "$tmp/out" | sed 's/  [0-9].*//'
}

say "each difference once, in the order of the tree"
expect 0 ctl snap diff "$first" "$second"
lines >"$tmp/is"
cat >"$tmp/must" <<'END'
M /a/b/link
M /a/b/symbolic
M /a/file
m /a/large
- /a/nothing
+ /a/nothing/
- /a-b/
- /a-b/file
+ /a-c/
+ /a-c/file
- /many/17
+ /many/new\x0aline
END
diff "$tmp/must" "$tmp/is" || fail "these are not the differences"
has "$tmp/out" "4 added"
has "$tmp/out" "3 changed"
has "$tmp/out" "1 with other attributes"

say "the other way round, below a path, and where nothing differs"
expect 0 ctl snap diff "$second" "$first" "$src/many"
[ "$(lines)" = '+ /many/17
- /many/new\x0aline' ] || fail "not so: $(lines)"
expect 0 ctl snap diff "$second" h
has "$tmp/out" "0 added (0 B), 0 removed (0 B), 0 changed (0 B), 0 with"
expect 0 ctl --json snap diff "$first" "$second"
[ "$(grep -c '"t":"entry"' "$tmp/out")" -eq 12 ] || fail "not 12 lines"
tail -n 1 "$tmp/out" >"$tmp/last"
has "$tmp/last" '"t":"end","code":0,"added":4'
expect 4 ctl snap diff "$first" "$second" "$src/not/there"
expect 4 ctl snap diff "$first" 00000000
expect 2 ctl snap diff "$first"

say "what a damaged list held is not told as gone"
find "$tmp/repo/packs" -type f | sort | comm -13 "$tmp/packs" - >"$tmp/new"
[ -s "$tmp/new" ] || fail "the second backup wrote no pack"
mkdir "$tmp/kept"
while read -r pack; do
	cp -p "$pack" "$tmp/kept/"
	chmod u+w "$pack"
	head -c "$(wc -c <"$pack")" /dev/zero >"$tmp/zeros"
	cat "$tmp/zeros" >"$pack"
done <"$tmp/new"
expect 9 ctl snap diff "$first" "$second"
has "$tmp/err" "its list is damaged"
[ -z "$(lines)" ] || fail "told of what cannot be known: $(lines)"
expect 9 ctl snap diff "$second" "$first"
[ -z "$(lines)" ] || fail "told of what cannot be known: $(lines)"
while read -r pack; do
	cat "$tmp/kept/${pack##*/}" >"$pack"
done <"$tmp/new"
expect 0 ctl snap diff "$first" "$second"

say "paths of a set whose names begin alike"
echo stays >"$src/a-c/also"
kho_policy "$src/a-c" "$src/a/b"
kho_backup 0 --json
third=$(kho_json snapshot)
rm "$src/a-c/file"
kho_backup 0 --json
expect 0 ctl snap diff "$third" h
[ "$(lines)" = "- /a-c/file" ] || fail "not so: $(lines)"
