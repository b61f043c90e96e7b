#!/bin/sh
# kill -9 at any moment of a backup loses nothing: what was there restores,
# what arrived is not fetched again, the next run succeeds.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

need rsync setsid
tmpdir
src=$tmp/src
kho_tree "$src"
kho_setup "$src"
kho_backup
cp -a "$src" "$tmp/src.1"
cp -a "$tmp/repo" "$tmp/repo.1"

# Kill backupd and its workers, all of them ours, after $1 seconds.
run_and_kill() {
	setsid "$backupd" -c "$tmp/policy.cfg" --once >"$tmp/killed" 2>&1 &
	killed=$!
	sleep "$1"
	kill -9 -"$killed" 2>/dev/null
	wait "$killed" 2>/dev/null
}

say "killed while it copies"
head -c 60000000 /dev/urandom >"$src/big"
for delay in 0.05 0.1 0.15 0.2 0.3 0.4 0.5 0.7 0.9 1.2; do
	head -c 2000000 /dev/urandom >>"$src/big"
	run_and_kill "$delay"
	kho_restore 0 verify
done
rm -rf "$tmp/old"
first=$(ls "$tmp"/repo.1/snapshots/*/0000000001)
id=$(sha256sum "$first" | cut -c 1-64)
kho_restore 0 run "$id" --to "$tmp/old"
kho_compare "$tmp/src.1" "$tmp/old$src"

say "the next run ends it"
kho_backup
kho_same "$src" latest
kho_restore 0 verify --full

say "what had arrived is not fetched again"
head -c 300000000 /dev/urandom >"$src/other"
setsid "$backupd" -c "$tmp/policy.cfg" --once >"$tmp/killed" 2>&1 &
killed=$!
size() { du -sk "$tmp/repo/packs" | cut -f 1; }
before=$(size)
tries=0
while [ $(($(size) - before)) -lt 64000 ] && [ $tries -lt 3000 ]; do
	sleep 0.01
	tries=$((tries + 1))
done
kill -9 -"$killed" 2>/dev/null
wait "$killed" 2>/dev/null
[ $tries -lt 3000 ] || fail "it stored nothing: $(cat "$tmp/killed")"
kept=$((($(size) - before) * 1024))
kho_backup 0 --json
again=$(($(kho_json wire_in) + kept - 300000000))
say "kept $kept bytes, fetched again $again"
[ "$kept" -lt 290000000 ] || fail "it was over before it could be killed"
[ "$(kho_json wire_in)" -lt 300000000 ] || fail "all was fetched again"
[ "$again" -le 67108864 ] || fail "more than 64 MiB fetched again: $again"
kho_same "$src" latest
