#!/bin/sh
# 43-far-repository.sh: a repository on a server, by SFTP: backups and restore,
# with and without the policy, and what is said when the way there is wrong.
# shellcheck disable=SC2034,SC2154 # kho.sh, sshd.sh
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
need rsync ssh-keygen
tmpdir

# A second key of the same sshd is for SFTP alone.
sshd_setup "$tmp/sshd" "$agent serve --root $tmp"
ssh-keygen -q -t ed25519 -N '' -f "$tmp/sshd/store" || fail ssh-keygen
printf 'command="internal-sftp",restrict %s\n' \
    "$(cat "$tmp/sshd/store.pub")" >>"$tmp/sshd/authorized_keys"
sshd_extra="Subsystem sftp internal-sftp"
at_exit sshd_stop
sshd_run

# policy HOST_KEY IDENTITY PATH
policy() {
	cat >"$tmp/policy.cfg" <<-END
	policy_version = 1;
	sets = { s = { paths = [ "$tmp/src" ]; }; };
	hosts = ( { name = "h"; address = "127.0.0.1"; port = $SSHD_PORT;
	  user = "$SSHD_USER"; identity = "$SSHD_IDENTITY"; sets = [ "s" ];
	  host_key = [ "$SSHD_HOST_KEY" ]; } );
	targets = ( { name = "t"; type = "sftp"; role = "primary";
	  address = "localhost"; port = $SSHD_PORT; user = "$SSHD_USER";
	  host_key = [ "$1" ]; identity = "$2"; path = "$3"; } );
	END
	chmod 600 "$tmp/policy.cfg"
}

backupctl_c() {
	code=$1
	shift
	expect "$code" "$backupctl" -c "$tmp/policy.cfg" "$@"
}

# By name, which is looked up inside the sandbox.
url=sftp://$SSHD_USER@localhost:$SSHD_PORT$tmp/repo
policy "$SSHD_HOST_KEY" "$tmp/sshd/store" "$tmp/repo"

say "made on the server, in a directory that must be there"
backupctl_c 11 target init t
has "$tmp/err" "$url"
mkdir "$tmp/repo"
backupctl_c 0 target init t
has "$tmp/out" "of two who write one name, one is refused"
has "$tmp/out" "what is written is synced"
[ -f "$tmp/repo/config" ] || fail "nothing was made there"
backupctl_c 10 target init t	# not twice
backupctl_c 0 target test
has "$tmp/out" "find in a list"
backupctl_c 0 target list
has "$tmp/out" "$url"
key=$tmp/keys/t.key

say "backups, and what changed"
kho_tree "$tmp/src"
dd if=/dev/urandom of="$tmp/src/large" bs=1M count=40 2>/dev/null
kho_backup 0
cp "$tmp/src/large" "$tmp/src/again"
echo more >>"$tmp/src/large"
kho_backup 0
[ -z "$(find "$tmp/repo/tmp" -type f)" ] || fail "temporaries remain"

say "restored with the policy, and without anything of this server's"
rm -rf "$tmp/restored"
expect 0 "$restore" -c "$tmp/policy.cfg" --target t run latest \
    --to "$tmp/restored"
kho_compare "$tmp/src" "$tmp/restored$tmp/src"
mv "$tmp/state" "$tmp/state.lost"
rm -rf "$tmp/restored"
far="--repo $url --identity $tmp/sshd/store"
far="$far --host-key $tmp/sshd/host_ed25519.pub --key $key"
# shellcheck disable=SC2086 # words
expect 0 "$restore" $far run latest --to "$tmp/restored"
has "$tmp/out" COMPLETE
kho_compare "$tmp/src" "$tmp/restored$tmp/src"
# shellcheck disable=SC2086
expect 0 "$restore" $far verify --full
mv "$tmp/state.lost" "$tmp/state"

say "what was copied by hand opens as a directory, and the other way round"
cp -r "$tmp/repo" "$tmp/copied"
expect 0 "$restore" --repo "$tmp/copied" --key "$key" verify --full
rm -rf "$tmp/restored"
expect 0 "$restore" --repo "$tmp/copied" --key "$key" run latest \
    --to "$tmp/restored"
kho_compare "$tmp/src" "$tmp/restored$tmp/src"

say "another server's key: nothing is sent"
# shellcheck disable=SC2086
expect 8 "$restore" --repo "$url" --identity "$tmp/sshd/store" \
    --host-key "$tmp/sshd/user.pub" --key "$key" list
has "$tmp/err" "another key"
policy "$(cat "$tmp/sshd/user.pub")" "$tmp/sshd/store" "$tmp/repo"
kho_backup 8
has "$tmp/err" "nothing was sent"

say "not let in, not there, not reached, no way given"
ssh-keygen -q -t ed25519 -N '' -f "$tmp/sshd/stranger" || fail ssh-keygen
policy "$SSHD_HOST_KEY" "$tmp/sshd/stranger" "$tmp/repo"
kho_backup 11
has "$tmp/err" "does not let us in"
policy "$SSHD_HOST_KEY" "$tmp/sshd/store" "$tmp/nowhere"
kho_backup 11
has "$tmp/err" "is not there"
expect 2 "$restore" --repo "$url" --key "$key" list
has "$tmp/err" "--host-key"
policy "$SSHD_HOST_KEY" "$tmp/sshd/store" "$tmp/repo"
sshd_stop
expect 11 "$restore" -c "$tmp/policy.cfg" --target t list
has "$tmp/err" "cannot be reached"
backupctl_c 11 target test
say "done"
