#!/bin/sh
# What is wrong is told in one line with what to do, the right exit code, and
# nothing written.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

need rsync
tmpdir
src=$tmp/src
kho_tree "$src"
kho_setup "$src"
kho_backup

# unchanged COMMAND...: the repository must be the same after it.
fingerprint() {
	(cd "$tmp/repo" && find . -type f | LC_ALL=C sort |
	    xargs sha256sum) | sha256sum
}
before=$(fingerprint)
untouched() {
	[ "$(fingerprint)" = "$before" ] || fail "$1: something was written"
}

say "another host key"
ssh-keygen -q -t ed25519 -N '' -f "$tmp/other" || fail "ssh-keygen"
kho_key=$(cat "$tmp/other.pub")
kho_policy "$src"
kho_backup 8
has "$tmp/err" "$(ssh-keygen -lf "$tmp/other.pub" | cut -d ' ' -f 2)"
has "$tmp/err" "$(ssh-keygen -lf "$tmp/sshd/host_ed25519.pub" |
    cut -d ' ' -f 2)"
untouched "host key"
kho_key=

say "nobody listens"
port=$SSHD_PORT
SSHD_PORT=1
kho_policy "$src"
kho_backup 7
has "$tmp/err" "port 1"
untouched "closed port"
SSHD_PORT=$port

say "a user key the host does not know"
identity=$SSHD_IDENTITY
SSHD_IDENTITY=$tmp/other
kho_policy "$src"
kho_backup 7
untouched "user key"
SSHD_IDENTITY=$identity
kho_policy "$src"

say "no such host, no such set"
expect 4 "$backupd" -c "$tmp/policy.cfg" --once nobody
has "$tmp/err" nobody
expect 4 "$backupd" -c "$tmp/policy.cfg" --once h/nothing
has "$tmp/err" nothing
untouched "names"

say "no policy, a bad one, one that others may write"
expect 4 "$backupd" -c "$tmp/none.cfg" --once
sed 's/sets = {/stes = {/' "$tmp/policy.cfg" >"$tmp/bad.cfg"
chmod 600 "$tmp/bad.cfg"
expect 5 "$backupd" -c "$tmp/bad.cfg" --once
has "$tmp/err" "stes"
expect 5 "$backupd" -c "$tmp/bad.cfg" -t
cp "$tmp/policy.cfg" "$tmp/open.cfg"
chmod 666 "$tmp/open.cfg"
expect 5 "$backupd" -c "$tmp/open.cfg" --once
untouched "policy"

say "target not mounted: an empty directory stays empty"
mv "$tmp/repo" "$tmp/repo.away"
mkdir "$tmp/repo"
kho_backup 11
has "$tmp/err" "is empty"
[ -z "$(ls -A "$tmp/repo")" ] || fail "wrote into an empty mount point"
rmdir "$tmp/repo"
kho_backup 11
[ ! -e "$tmp/repo" ] || fail "made the mount point"

say "another repository on the target"
mkdir "$tmp/repo"
sed 's,name = "t",name = "u",' "$tmp/policy.cfg" >"$tmp/u.cfg"
chmod 600 "$tmp/u.cfg"
expect 0 "$backupctl" -c "$tmp/u.cfg" target init u
other=$(find "$tmp/repo" -type f | wc -l)
expect 8 "$backupd" -c "$tmp/policy.cfg" --once
[ "$(find "$tmp/repo" -type f | wc -l)" -eq "$other" ] ||
	fail "wrote into another repository"
rm -r "$tmp/repo"
mv "$tmp/repo.away" "$tmp/repo"

say "no key file; one that others may read"
mv "$key" "$key.away"
kho_backup 13
mv "$key.away" "$key"
chmod 644 "$key"
kho_backup 13
chmod 600 "$key"
untouched "key file"

say "a root that is missing, empty, or outside what the agent serves"
kho_policy "$tmp/nowhere"
kho_backup 4
has "$tmp/err" "$tmp/nowhere"
mkdir "$tmp/hollow"
kho_policy "$tmp/hollow"
kho_backup 4
has "$tmp/err" "mounted"
kho_policy /etc
kho_backup 1
has "$tmp/err" "/etc"
[ "$(find "$tmp/repo/snapshots" -type f | wc -l)" -eq 1 ] ||
	fail "a failed job left a snapshot"

say "after all that it still works"
kho_policy "$src"
kho_backup
kho_same "$src" latest
