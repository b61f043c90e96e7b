#!/bin/sh
# make-repository-delta.sh DIRECTORY: write a repository that holds deltas, as
# it is kept in tests/vectors, into DIRECTORY, which must not exist, with the
# programs that stand in build/ (or top_builddir), tests/lib/mkrepo among them.
# To be run as root, for its owners.
set -u
top_srcdir=$(cd "$(dirname "$0")/../.." && pwd)
: "${top_builddir:=$top_srcdir/build}"
[ $# -eq 1 ] || exit 2
mkdir "$1" || exit
out=$(cd "$1" && pwd)
. "$top_srcdir/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/manifest.sh"

# Its paths stand in the snapshots: always the same.
tmp=/tmp/golden
mkdir -m 700 "$tmp" || exit
at_exit lib_rmtmp
files=$tmp/files
mkrepo=$top_builddir/tests/lib/mkrepo

# lines SEED N: text of several chunks that is small when packed.
lines() {
	awk -v seed="$1" -v n="$2" 'BEGIN {
		srand(seed)
		for (i = 0; i < n; i++) {
			for (j = 0; j < 250; j++)
				print "one of many lines that are all the" \
				    " same, so that packs stay small"
			print rand() rand() rand()
		}
	}'
}

# put FILE AT TEXT: overwrite some bytes.
put() {
	printf %s "$3" | dd of="$files/$1" conv=notrunc bs=1 seek="$2" \
	    2>/dev/null
}

# backup HOST KEY DEPTH: a snapshot, and what it must restore to.
backup() {
	find "$files" -exec touch -d '2023-03-03 03:03:03.3Z' {} +
	"$mkrepo" "$tmp/repo" "$2" "$1" s "$files" "$files" "$3" \
	    >"$tmp/made" || fail "mkrepo"
	backup_id=$(tail -n 1 "$tmp/made")
	manifest_of / ".$files" >"$out/manifests/$backup_id"
	printf '%s\t%s\n' "$backup_id" ".$files" >>"$out/snapshots"
}

mkdir -p "$files/of random"
lines 1 60 >"$files/pages"
lines 2 40 >"$files/grows"
lines 3 40 >"$files/shifts"
head -c 40000 /dev/urandom >"$files/of random/bytes"
echo small >"$files/small"
sshd_start "$tmp/sshd" "$agent serve --root $tmp"
kho_policy "$files"
mkdir "$tmp/repo" "$out/manifests"
expect 0 "$backupctl" -c "$tmp/policy.cfg" target init t
grep -Eo '^([0-9A-Z]{6}-){10}[0-9A-Z]{6}$' "$tmp/out" >"$out/recovery.key"
(umask 077 && echo "correct horse battery staple" >"$out/passphrase")
expect 0 "$backupctl" -c "$tmp/policy.cfg" key add t \
    --passphrase-file "$out/passphrase" --label "a passphrase"
expect 0 "$backupctl" -c "$tmp/policy.cfg" key add t \
    --host "$out/second.key" --label "a second server"
cp "$tmp/keys/t.key" "$out/host.key"

# Chains of 3 deltas, and what follows them.
backup h "$out/host.key" 3
for night in 1 2 3 4 5; do
	for page in 0 20 200 380 600 900; do
		put pages $((page * 1000 + night * 100)) "night $night"
	done
	put "of random/bytes" $((night * 7000)) "night $night"
	lines "1$night" 2 >>"$files/grows"
	if [ "$night" -eq 3 ]; then
		cp "$files/shifts" "$tmp/shifts"
		{ echo "a line at the start" && cat "$tmp/shifts"; } \
		    >"$files/shifts"
	fi
	backup h "$out/host.key" 3
done
# Another server and source: deltas of chunks that the first has stored.
backup h2 "$out/second.key" 2
put pages 123456 "of the second server"
put "of random/bytes" 100 "of the second server"
backup h2 "$out/second.key" 2
rm "$files/shifts"
put pages 123456 "and later once more, by"
backup h2 "$out/second.key" 2
expect 0 "$restore" --repo "$tmp/repo" --key "$out/host.key" verify --full
rm -rf "$tmp/repo/tmp"
cp -R "$tmp/repo" "$out/repository"
find "$out" -type f -exec chmod 644 {} +
find "$out" -type d -exec chmod 755 {} +
