#!/bin/sh
# What a night reads back of a far target comes from this server's own copies;
# damaged, lost or no longer writable they cost nothing but the way there.  And
# no more goes to a target in a second than its limit allows.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/delta.sh"

need python3
tmpdir
src=$tmp/src
mkdir "$src"
mkdir -p "$src/tree/many"
change table "$src/db" 10000 1
kho_set='delta = "always";'
kho_setup "$src"
kho_backup

# with SIZE: the policy has a cache of that size.
with() {
	kho_target="cache = \"$1\";"
	kho_policy "$src"
}

# night N: something changes, and is saved.
night() {
	change rows "$src/db" 40 "1$1" >"$tmp/pages"
	echo "$1" >"$src/tree/many/$1"
	kho_backup 0 --json
	say "night $1: $(kho_json target_read) bytes read back," \
	    "$(kho_json cache_read) from the cache"
}
objects=$(echo "$tmp/state/cache/"*)/objects

say "without a cache"
night 1
without=$(kho_json target_read)
[ "$(kho_json cache_read)" -eq 0 ] || fail "there is a cache"
[ "$without" -ge 50000 ] || fail "nothing is read back: no measure"
[ ! -e "$objects" ] || fail "a cache was made"

say "with one"
with "64 MiB"
night 2
night 3
[ "$(kho_json target_read)" -le $((without / 10)) ] ||
	fail "too much is read back"
[ "$(kho_json cache_read)" -ge $((without / 2)) ] || fail "it is not used"
kho_same "$src" latest

say "damaged"
find "$objects" -name '=*' >"$tmp/copies"
[ -s "$tmp/copies" ] || fail "there are no copies"
while read -r copy; do
	printf 'x' | dd of="$copy" bs=1 seek=60 conv=notrunc 2>"$tmp/dd"
done <"$tmp/copies"
night 4
has "$tmp/err" "a copy is damaged and is read from the target"
[ "$(kho_json target_read)" -ge $((without / 4)) ] ||
	fail "damaged copies were used"

say "not a directory any more"
rm -rf "$objects"
echo >"$objects"
night 5
has "$tmp/err" "not used"
rm "$objects"

say "small"
with "256 KiB"
night 6
bytes=$(find "$objects" -name '=*' -printf '%s\n' |
	awk '{ n += $1 } END { print n + 0 }')
[ "$bytes" -ge 1 ] || fail "nothing is kept"
[ "$bytes" -le 262144 ] || fail "$bytes bytes are kept"

say "what is gone from the target is told, whatever is kept here"
with "64 MiB"
night 7
find "$tmp/repo/packs" -type f -printf '%T@ %p\n' | sort -n | tail -1 |
	cut -d' ' -f2 >"$tmp/last"
# The copy of it is whole.
[ -n "$(find "$objects" -name "=*$(basename "$(cat "$tmp/last")")")" ] ||
	fail "the newest pack is not kept"
mv "$(cat "$tmp/last")" "$tmp/gone"
kho_restore 9 verify
# What the next job builds on and cannot find there it stores again; or, if that
# is the list of what there was and no whole copy of it is here, it says so.
echo 8 >"$src/tree/many/8"
code=0
"$backupd" -c "$tmp/policy.cfg" --json --once >"$tmp/out" 2>"$tmp/err" ||
	code=$?
case $code in
0) [ "$(kho_json stored)" -gt 0 ] || fail "nothing was stored again" ;;
11) has "$tmp/err" "$(basename "$(cat "$tmp/last")")" ;;
*) fail "exit $code" ;;
esac
mv "$tmp/gone" "$(cat "$tmp/last")"
[ "$code" -eq 0 ] || kho_backup
kho_restore 0 verify --full
kho_same "$src" latest

say "a limit"
kho_target='bandwidth = ( { window = "always"; limit = "1 MiB/s"; } );'
kho_policy "$src"
head -c 1500000 /dev/urandom >"$src/data"
begin=$(date +%s%N)
kho_backup 0 --json
took=$((($(date +%s%N) - begin) / 1000000))
stored=$(kho_json stored)
say "$stored bytes stored in $took ms"
[ "$stored" -ge 1500000 ] || fail "that is not all"
[ $((stored * 1000 / took)) -le $((1048576 * 11 / 10)) ] || fail "too fast"
