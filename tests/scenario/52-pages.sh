#!/bin/sh
# Pages that are written in place cost what was written: a database, and an
# image of a file system with holes.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/delta.sh"

need rsync python3
tmpdir
src=$tmp/src
mkdir "$src"
change table "$src/db" 120000 1
truncate -s 20M "$src/image"
change noise "$src/image" 20000000 1
truncate -s 60M "$src/image"
change noise "$src/image" 10000000 2
delta_setup "$src"
kho_backup

n=0
while [ $n -lt 3 ]; do
	n=$((n + 1))
	db=$(change rows "$src/db" 200 1$n)
	change pages "$src/image" 100 1$n
	image=$((100 * 4096))
	# Half a page of a database is text of half a byte a digit; what was
	# stored some nights ago may be the base, not last night's.  Sixty
	# signatures for each of some 200 chunks are 400 KB.  Two or three
	# cuts of the image move in a night: 200 KB for each, up to a MiB.
	night "night $n, $db + $image bytes in pages" \
	    $((db + image * 5 / 4 + 1500000)) \
	    $((n * (db / 4 + image) + 1500000))
	kho_same "$src" "$snapshot"
done
kho_restore 0 verify --full
