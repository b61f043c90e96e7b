#!/bin/sh
# What is inserted or deleted shifts the rest, and costs little: a large
# document, and many small ones.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/delta.sh"

need rsync python3
tmpdir
src=$tmp/src
mkdir -p "$src/small"
change text "$src/large" 40000000 1
change noise "$tmp/noise" 9000000 2
split -a 3 -b 30000 "$tmp/noise" "$src/small/"
delta_setup "$src"
kho_backup

# A signature and a delta for a chunk at each place, and 36 bytes for each chunk
# of the rest.  One time in a hundred a cut moves, and part of a chunk is new:
# half a MB of this text at most.
change insert "$src/large" 100 "a new beginning"
night "inserted near the start" 900000 860000
kho_same "$src" "$snapshot"

change scatter "$src/large" 40 3
night "inserted and deleted at 40 places" 2200000 2000000
[ "$(kho_json chunks_by_delta)" -ge 36 ] || fail "few came as deltas"
kho_same "$src" "$snapshot"

change delete "$src/large" 50 9000000
change sprinkle "$src/large" 9000000 3
# Where it was cut, a chunk of up to 1 MiB may come whole, and one beside it.
night "nine million bytes deleted" 2200000 2100000
kho_same "$src" "$snapshot"

n=$(find "$src/small" -type f | wc -l)
change each "$src/small" 6 4
# A file of 30,000 bytes has 1.5 KB of signature and a block or two of delta.
night "$n small files edited" $((n * 2500)) $((n * 300 + 30000))
[ "$(kho_json chunks_by_delta)" -ge $((n * 95 / 100)) ] ||
	fail "few came as deltas"
kho_same "$src" "$snapshot"
kho_restore 0 verify --full
