#!/bin/sh
# A host without an agent, read over plain SFTP: first, unchanged, changed,
# restored and compared with what SFTP can tell; what was read long ago is
# read again.  As root the account is chrooted and somebody else's.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

need rsync ssh
tmpdir
sshd_setup "$tmp/sshd" "internal-sftp -R"
sshd_extra="Subsystem sftp internal-sftp"
at_exit sshd_stop
if [ "$(id -u)" -eq 0 ]; then
	# A directory that nobody else may write, up to the root.
	jail=$(mktemp -d /run/kho-test-XXXXXX) || fail "no directory in /run"
	at_exit rmjail
	chmod 755 "$jail" "$tmp" "$tmp/sshd"
	chmod 644 "$tmp/sshd/authorized_keys"
	src=/data
	real=$jail/data
	SSHD_USER=nobody
	sshd_extra="$sshd_extra
ForceCommand internal-sftp -R
ChrootDirectory $jail"
else
	src=$tmp/data
	real=$src
fi
rmjail() {
	rm -rf "$jail"
}
sshd_run
kho_tree "$real"
mkdir -p "$real/left/out" "$real/cache/deep"
printf 'Signature: 8a477f597d28d172789f06886806bc55\n' \
    >"$real/cache/CACHEDIR.TAG"
echo x | tee "$real/left/out/x" "$real/cache/deep/x" "$real/a/x.tmp" \
    >/dev/null
mkfifo "$real/a/fifo"
: >"$real/a/$(printf 'odd\tname\n\377 "x')"
find "$real" -exec touch -h -d '2020-02-02 02:02:02' {} +

kho_host='agent = "none"; exclude = [ "*.tmp", "/left" ];'
kho_set='exclude_caches = true;'
kho_policy "$src"
mkdir "$tmp/repo"
expect 0 "$backupctl" -c "$tmp/policy.cfg" target init t
key=$tmp/keys/t.key

# same SNAPSHOT: restore it and compare all that SFTP tells.
same() {
	rm -rf "$tmp/restored"
	kho_restore 0 run "$1" --to "$tmp/restored"
	has "$tmp/out" COMPLETE
	rsync -rlptgoDn --numeric-ids --checksum --delete --itemize-changes \
	    --exclude /left --exclude '*.tmp' --exclude /cache/deep \
	    --exclude /cache/CACHEDIR.TAG "$real/" "$tmp/restored$src/" \
	    >"$tmp/diff" 2>&1 || fail "rsync cannot compare"
	[ ! -s "$tmp/diff" ] || {
		head -20 "$tmp/diff" >&2
		fail "not what it was"
	}
	[ ! -e "$tmp/restored$src/left" ] || fail "what is excluded is there"
	[ -d "$tmp/restored$src/cache" ] || fail "the cache's directory is gone"
	[ -z "$(ls "$tmp/restored$src/cache")" ] || fail "the cache is there"
}

# read_files N: the last job read so many files.
read_files() {
	[ "$(kho_json changed_files)" -eq "$1" ] ||
		fail "changed: $(kho_json changed_files), not $1"
}

say "host test tells what is lost"
expect 0 "$backupctl" -c "$tmp/policy.cfg" host test h
has "$tmp/out" "no agent"
has "$tmp/out" "no ACLs"

say "first"
kho_backup 0 --json
grep -q "no agent: SFTP" "$tmp/out" || fail "the record does not say how"
expect 0 "$backupctl" -c "$tmp/policy.cfg" job log 1
has "$tmp/out" "without an agent: no ACLs"
same latest

say "unchanged: nothing is read, and no directory is listed twice"
kho_backup 0 --json
read_files 0
[ "$(kho_json wire_in)" -lt 80000 ] || fail "too much for nothing"

say "changed, by the ssh program"
kho_first=$kho_host
kho_host="$kho_host"' transport = "openssh";'
kho_policy "$src"
echo more >>"$real/a/nothing"
printf 'HELLO\n' >"$real/a/file"	# as long as before
head -c 100000 /dev/zero >>"$real/a/large"
rm "$real/many/7"
mkdir "$real/new"
echo new >"$real/new/file"
chmod 600 "$real/many/8"
mv "$real/many/9" "$real/many/nine"
[ "$(id -u)" -ne 0 ] || chown -R nobody "$real/new" "$real/many/8"
kho_backup 0 --json
same latest
find "$real" -newermt 2021-01-01 -exec touch -h -d '2020-02-02 02:02:03' {} +
kho_backup 0
kho_backup 0 --json
read_files 0

kho_host=$kho_first
kho_policy "$src"

say "what size and time do not show is found when its moment comes"
printf 'hidden' >"$real/many/10"
printf 'abcdef' >"$real/many/11"
touch -d '2020-02-02 02:02:02' "$real/many/10" "$real/many/11"
touch -d '2020-02-02 02:02:02' "$real/many"
printf 'HIDDEN' >"$real/many/10"
touch -d '2020-02-02 02:02:02' "$real/many/10" "$real/many"
kho_backup 0
printf 'HIDDEn' >"$real/many/10"
touch -d '2020-02-02 02:02:02' "$real/many/10" "$real/many"
kho_backup 0 --json
read_files 0
kho_host="$kho_host"' reread = "1 s";'
kho_policy "$src"
sleep 1
kho_backup 0
kho_backup 0 --json
[ "$(kho_json changed_files)" -ge 300 ] || fail "not all was read again"
same latest

say "a file that nobody may read is told, and no more"
kho_host='agent = "none"; exclude = [ "*.tmp", "/left" ];'
kho_policy "$src"
if [ "$(id -u)" -eq 0 ]; then
	echo other >"$real/many/12"
	chmod 000 "$real/many/12"
	kho_backup 3
	has "$tmp/err" "many/12"
	chmod 644 "$real/many/12"
fi

say "a host is added, and nothing is installed there"
expect 0 "$backupctl" -c "$tmp/policy.cfg" host add other 127.0.0.1 \
    --port "$SSHD_PORT" --user "$SSHD_USER" --set s --no-agent --no-test \
    --host-key "$SSHD_HOST_KEY" --dry-run --no-input
has "$tmp/out" 'command="internal-sftp -R"'
has "$tmp/out" 'agent = "none";'

say "what an agent would have to do is refused"
kho_set='before = ( { use = "dump"; } );'
kho_policy "$src"
expect 5 "$backupctl" -c "$tmp/policy.cfg" policy test
cat "$tmp/out" "$tmp/err" >"$tmp/said"
has "$tmp/said" "no agent to run"
