#!/bin/sh
# A dry run says what a job would read, and leaves repository, catalog and
# schedule as they are.
# shellcheck disable=SC2016 # what daemon_until evaluates
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/daemon.sh"

need rsync ps
tmpdir
src=$tmp/src
kho_tree "$src"
kho_setup "$src"

# What is in the repository, to the byte.
repository() {
	(cd "$tmp/repo" && find . -type f -exec sha256sum {} + | sort)
}

# says FILES BYTES ALL: what the last dry run said, with --json.
says() {
	[ "$(kho_json dry_run)" = true ] || fail "this was no dry run"
	[ "$(kho_json changed_files)" -eq "$1" ] ||
		fail "$(kho_json changed_files) changed files, not $1"
	[ "$(kho_json changed_bytes)" -eq "$2" ] ||
		fail "$(kho_json changed_bytes) changed bytes, not $2"
	[ "$(kho_json files)" -eq "$3" ] ||
		fail "$(kho_json files) files, not $3"
	[ "$(kho_json issues)" -eq 0 ] || fail "there are problems"
}

files=$(find "$src" -type f | wc -l)
bytes=$(find "$src" -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')

say "of a first copy, in the foreground"
repository >"$tmp/before"
expect 2 "$backupd" -c "$tmp/policy.cfg" --dry-run
kho_backup 0 --json --dry-run
says "$files" "$bytes" "$files"
kho_backup 0 -n
has "$tmp/out" "would read $files new or changed files"
repository | cmp - "$tmp/before" || fail "something was written"
expect 0 ctl --json job list
[ "$(grep -o '"id":' "$tmp/out" | wc -l)" -eq 0 ] ||
	fail "a dry run is in the catalog"
kho_backup

say "of what changed, asked of the daemon"
echo new >"$src/new"
echo more >>"$src/a/file"
rm "$src/many/7"
repository >"$tmp/before"
daemon_start
expect 0 ctl --json run --dry-run h
# Two links to one file, and the new one.
says 3 26 "$files"
repository | cmp - "$tmp/before" || fail "something was written"
expect 0 ctl --json job list
[ "$(grep -o '"id":' "$tmp/out" | wc -l)" -eq 1 ] ||
	fail "a dry run is in the catalog"
expect 0 ctl run h
expect 0 ctl --json run -n h
says 0 0 "$files"
kho_same "$src" latest

say "no dry run beside a job of the same source, nor a job beside it"
echo 'sleep 3; exec "$@"' >"$tmp/slow"
sshd_authorize "sh $tmp/slow $agent serve --root $tmp"
expect 0 ctl run --detach h
expect 6 ctl run --dry-run h
has "$tmp/err" "a job or a dry run of it runs"
daemon_until "its end" 'ctl --json status | grep -q "\"running\":0"'
ctl run --dry-run h >"$tmp/dry" 2>&1 &
dry=$!
daemon_until "the dry run" 'daemon_worker >/dev/null'
expect 6 ctl run h
wait $dry || fail "the dry run failed"
has "$tmp/dry" "would read 0 new or changed files"
expect 0 ctl run h

say "what cannot be done is told of a dry run too"
mv "$src" "$tmp/elsewhere"
expect 4 ctl run -n h
kho_backup 4 -n
mv "$tmp/elsewhere" "$src"
