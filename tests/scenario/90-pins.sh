#!/bin/sh
# A word on keeping a snapshot is kept in the repository, is only added to,
# and holds where it cannot be read.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/daemon.sh"

tmpdir
src=$tmp/src
kho_tree "$src"
kho_setup "$src"
kho_backup 0 --json
first=$(kho_json snapshot)
echo more >>"$src/a/file"
kho_backup 0 --json
second=$(kho_json snapshot)

words() { find "$tmp/repo/pins" -type f 2>/dev/null | wc -l; }

say "a pin, seen by whoever has the repository and a key"
expect 0 ctl snap pins
has "$tmp/out" "No snapshot is pinned"
expect 0 ctl snap pin "$first" --reason "before the move" --until 2099-12-24
has "$tmp/out" "is pinned until"
expect 0 ctl --json snap pins
has "$tmp/out" "\"snapshot\":\"$first\",\"pinned\":true"
has "$tmp/out" '"reason":"before the move"'
expect 0 ctl snap pin h
rm -rf "$tmp/state"
expect 0 ctl snap pins
[ "$(grep -c "$(echo "$first" | cut -c 1-12)\|$(echo "$second" |
    cut -c 1-12)" "$tmp/out")" -eq 2 ] || fail "not both are pinned"

say "released by a word, not by taking one back"
expect 0 ctl snap unpin h --reason "a mistake"
[ "$(words)" -eq 3 ] || fail "$(words) words, not 3"
expect 0 ctl --json snap pins
grep -q "$second" "$tmp/out" && fail "it is still pinned"
expect 0 ctl snap pin h
expect 0 ctl snap pins
has "$tmp/out" "$(echo "$second" | cut -c 1-12)"

say "what is not taken"
expect 4 ctl snap pin nobody
expect 4 ctl snap pin 0000000000
expect 2 ctl snap pin h --until "2001-01-01"
expect 2 ctl snap pin h --until "soon"
expect 2 ctl snap pin h --reason "$(printf %01025d 1)"
expect 2 ctl snap pin
[ "$(words)" -eq 4 ] || fail "$(words) words, not 4"

say "a repository with pins is whole, one with a damaged pin is not"
kho_restore 0 verify --full
kho_same "$src" latest
word=$(find "$tmp/repo/pins/$second" -type f | sort | tail -n 1)
cp "$word" "$tmp/kept"
chmod u+w "$word"
printf 'X' | dd of="$word" bs=1 seek=60 conv=notrunc 2>/dev/null
kho_restore 9 verify
has "$tmp/err" "pins/$second"
expect 9 ctl snap pins
# Under another snapshot's name it means nothing.
cp "$tmp/kept" "$word"
kho_restore 0 verify
cp "$tmp/kept" "$tmp/repo/pins/$first/0000000002"
kho_restore 9 verify

say "words that were written once are read for ever"
old=$top_srcdir/tests/vectors/pins-v1
rm -rf "$tmp/repo"
cp -r "$old/repository" "$tmp/repo"
chmod -R u+w "$tmp/repo"
cp "$old/host.key" "$tmp/keys/t.key"
chmod 600 "$tmp/keys/t.key"
kho_restore 0 verify --full
expect 0 ctl --json snap pins
while read -r word id; do
	case $word in
	one) has "$tmp/out" "\"snapshot\":\"$id\",\"pinned\":true" ;;
	two) grep -q "$id" "$tmp/out" && fail "two is pinned" ;;
	three) has "$tmp/out" "\"snapshot\":\"$id\",\"pinned\":true" ;;
	esac
done <"$old/snapshots"
has "$tmp/out" '"reason":"the word about one"'
has "$tmp/out" '"until":"2199-12-31T'
