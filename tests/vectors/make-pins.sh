#!/bin/sh
# make-pins.sh DIRECTORY: write a repository with pins with the programs that
# stand in build/ (or top_builddir), as it is kept in tests/vectors, into
# DIRECTORY, which must not exist.
set -u
top_srcdir=$(cd "$(dirname "$0")/../.." && pwd)
: "${top_builddir:=$top_srcdir/build}"
[ $# -eq 1 ] || exit 2
mkdir "$1" || exit
out=$(cd "$1" && pwd)
. "$top_srcdir/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

# Its path stands in the snapshots: always the same.
tmp=/tmp/golden
mkdir -m 700 "$tmp" || exit
at_exit lib_rmtmp
mkdir "$tmp/files"
echo one >"$tmp/files/file"
kho_setup "$tmp/files"
pin() { expect 0 "$backupctl" -c "$tmp/policy.cfg" snap "$@"; }

for n in one two three; do
	echo $n >"$tmp/files/file"
	kho_backup 0 --json
	echo "$n $(kho_json snapshot)" >>"$out/snapshots"
	pin pin h --reason "the word about $n" --until "2199-12-31 23:00"
	[ $n != two ] || pin unpin h --reason "not this one"
	[ $n != three ] || pin pin h
done
cp -r "$tmp/repo" "$out/repository"
rm -rf "$out/repository/tmp"
cp "$tmp/keys/t.key" "$out/host.key"
chmod -R u+w "$out"
chmod 644 "$out/host.key"
