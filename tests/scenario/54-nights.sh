#!/bin/sh
# Thirty nights, or KHO_NIGHTS, of the same database: the repository grows by what
# changed, and every night restores as it was.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/delta.sh"

need python3 zstd
tmpdir
src=$tmp/src
mkdir "$src"
change table "$src/db" 25000 1
kho_set='delta = "always";'
kho_setup "$src"
kho_backup 0 --json
first=$(kho_json stored)

grown=0
written=0
wire=0
n=0
nights=${KHO_NIGHTS:-30}
: >"$tmp/nights"
while [ $n -lt "$nights" ]; do
	n=$((n + 1))
	written=$((written + $(change rows "$src/db" 40 1$n)))
	kho_backup 0 --json
	grown=$((grown + $(kho_json stored)))
	wire=$((wire + $(kho_json wire_in) + $(kho_json wire_out)))
	echo "$(kho_json snapshot) $(sha256sum <"$src/db")" >>"$tmp/nights"
done
say "first $first; then $written in pages, wire $wire, stored $grown"
# The pages as text are half as long; signatures of the changed chunks come
# to less than 64 KiB a night.
[ $wire -le $((written + nights * 65536)) ] || fail "too much went over the wire"
# A row is less than a sixteenth of its page; it is stored again when a base
# some nights older is taken, log2(30) / 2 times.  A night has 16 KiB of its
# own.
[ $grown -le $((written / 6 + nights * 16384)) ] || fail "it grew too much"
[ $grown -le $((first / 2)) ] || fail "it grew by more than half a copy"
depth=$(delta_depth)
say "the deepest delta builds on $depth others"
[ "$depth" -ge 2 ] || fail "there are no chains"
[ "$depth" -le 12 ] || fail "the chains are too long"

while read -r snapshot sum rest; do
	rm -rf "$tmp/restored"
	kho_restore 0 run "$snapshot" --to "$tmp/restored"
	[ "$(sha256sum <"$tmp/restored$src/db")" = "$sum  ${rest#* }" ] ||
		fail "$snapshot is not as it was"
done <"$tmp/nights"
kho_restore 0 verify --full
