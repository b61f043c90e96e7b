#!/bin/sh
# A source that holds more, or less, than its policy expects: said, or refused
# with nothing committed.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

need rsync
tmpdir
src=$tmp/src
mkdir -p "$src/sub"
head -c 3145728 /dev/urandom >"$src/sub/large file"
head -c 100000 /dev/urandom >"$src/small"
kho_setup "$src"

# limits TEXT: the policy with these limits.
limits() {
	kho_set="limits = { $1 };"
	kho_policy "$src"
}

snapshots() { find "$tmp/repo/snapshots" -type f 2>/dev/null | wc -l; }

# refused TEXT: the job fails for that reason, and makes no snapshot.
refused() {
	refused_before=$(snapshots)
	kho_backup 1
	has "$tmp/err" "$1"
	[ "$(snapshots)" -eq "$refused_before" ] || fail "it was committed"
}

say "larger files: refused, or named and saved"
limits 'max_file = "1 MiB"; over = "fail";'
refused "a file has 3.0 MiB, more than max_file (1.0 MiB)"
has "$tmp/err" "src/sub/large file"
limits 'max_file = "1 MiB";'
kho_backup 0 --json
has "$tmp/out" '"code":0,"snapshot":"'
has "$tmp/out" 'more than max_file (1.0 MiB)'
has "$tmp/out" 'src/sub/large file'
kho_same "$src" latest
expect 0 "$backupctl" -c "$tmp/policy.cfg" job log 2 --problems
has "$tmp/out" "large file"
# It was said; as long as it stays as it is nothing is new.
kho_backup
[ ! -s "$tmp/err" ] || fail "it is said again: $(cat "$tmp/err")"
limits 'max_file = "3 MiB";'
echo >>"$src/small"
kho_backup
[ ! -s "$tmp/err" ] || fail "exactly as large is not larger"

say "a host that holds too much"
limits 'max_host = "4 MiB"; over = "fail";'
kho_backup
echo more >>"$src/small"
limits 'max_host = "2 MiB"; over = "fail";'
refused "more than max_host (2.0 MiB)"
limits 'max_host = "2 MiB";'
kho_backup
has "$tmp/err" "the host holds 3.1 MiB, more than max_host (2.0 MiB)"
kho_same "$src" latest

say "a host that grows too fast"
head -c 2500000 /dev/urandom >"$src/new"
limits 'max_growth = "30 %"; over = "fail";'
refused "it grew from 3.1 MiB to 5.5 MiB, by more than max_growth (30.00 %)"
refused "by more than max_growth"
limits 'max_growth = "90 %"; over = "fail";'
kho_backup 0 --dry-run
kho_backup
[ ! -s "$tmp/err" ] || fail "80 % is less than 90: $(cat "$tmp/err")"
cp "$src/new" "$src/newer"
limits 'max_growth = "30 %";'
kho_backup
has "$tmp/err" "by more than max_growth"
kho_same "$src" latest
"$backupctl" -c "$tmp/policy.cfg" status >"$tmp/out" 2>"$tmp/err"
has "$tmp/out" "h/s is saved, but: it grew from"
kho_backup
"$backupctl" -c "$tmp/policy.cfg" status >"$tmp/out" 2>"$tmp/err"
! grep -q "is saved, but" "$tmp/out" || fail "it is said for ever"

say "a backup of nothing is no backup"
mkdir "$tmp/away"
mv "$src"/* "$tmp/away"
mkdir "$src/empty"
limits ''
refused "0 files, fewer than min_files (1)"
kho_backup 1 --dry-run
limits 'min_files = 4; over = "warn";'
mv "$tmp/away"/* "$src"
rm "$src/newer"
refused "3 files, fewer than min_files (4)"
limits 'min_files = 0;'
rm -rf "$src"/[!e]*
kho_backup
