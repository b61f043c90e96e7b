#!/bin/sh
# What only grows costs what it grew by: a log, a mailbox.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/delta.sh"

need rsync python3 zstd
tmpdir
src=$tmp/src
mkdir "$src"
change log "$src/log" 40000000 1
change mail "$src/mail" 20000000 1
delta_setup "$src"
kho_backup

size() { wc -c <"$1"; }

n=0
while [ $n -lt 4 ]; do
	n=$((n + 1))
	log=$(size "$src/log")
	mail=$(size "$src/mail")
	change log "$src/log" 700000 1$n
	change mail "$src/mail" 400000 1$n
	# An old message was read.
	change sprinkle "$src/mail" 9000000 1$n
	new=$(($(squeezed "$src/log" "$log") + $(squeezed "$src/mail" "$mail")))
	# The chunk at the end of each may come and be stored whole once more,
	# now and then one whose cut has moved.
	night "night $n, $new new bytes" $((new + new / 4 + 1200000)) \
	    $((new + new / 4 + 1100000))
	kho_same "$src" "$snapshot"
done
kho_restore 0 verify --full
