#!/bin/sh
# A host is added, tried, given new keys and retired, by commands alone: what
# is pinned is the host's own key, and the officer's policy stays the officer's.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/daemon.sh"

need rsync ssh ssh-keyscan sftp python3
tmpdir
src=$tmp/src
kho_tree "$src"
sshd_setup "$tmp/sshd" false
sshd_extra="Subsystem sftp internal-sftp"
at_exit sshd_stop
sshd_run
# The login that the officer has there before: a key that may do anything.
cp "$sshd_dir/user.pub" "$sshd_dir/authorized_keys"
mkdir "$tmp/repo" "$tmp/keys"

# code FILE: the host code of a public key, as a host of that key shows it.
code() {
	python3 - "$1" <<-'END' || fail "no code of $1"
	import base64, hashlib, sys
	digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	key = base64.b64decode(open(sys.argv[1]).read().split()[1])
	bits = int.from_bytes(hashlib.sha256(key).digest(), "big")
	v = [bits >> (256 - 5 * (i + 1)) & 31 for i in range(15)]
	total = 0
	for i, n in enumerate(reversed(v)):
	    n = 2 * n if i % 2 == 0 else n
	    total += n // 32 + n % 32
	v.append(-total % 32)
	text = "".join(digits[n] for n in v)
	print("-".join(text[i:i + 4] for i in range(0, 16, 4)))
	END
}

cat >"$tmp/policy.cfg" <<END
// The officer's own words.
policy_version = 1;
sets = { s = { paths = [ "$src" ]; }; };   # and a remark
groups = { office = { sets = [ "s" ]; }; };
hosts = (
  /* nobody yet */
);
targets = ( { name = "t"; type = "dir"; role = "primary";
  path = "$tmp/repo"; } );
END
chmod 600 "$tmp/policy.cfg"
cp "$tmp/policy.cfg" "$tmp/first.cfg"
expect 0 ctl target init t
right=$(code "$sshd_dir/host_ed25519.pub")
here="127.0.0.1 --port $SSHD_PORT --user $SSHD_USER --group office"
install="--install --install-key $SSHD_IDENTITY --agent-path $tmp/bin/agent
    --authorized-keys $sshd_dir/authorized_keys --root $src"
mkdir "$tmp/bin"

# unchanged: nothing of the policy is other than it was.
unchanged() {
	cmp "$tmp/first.cfg" "$tmp/policy.cfg" || fail "the policy changed"
	[ ! -e "$tmp/policy.cfg.new" ] || fail "a draft was left"
}

say "no blind yes"
# shellcheck disable=SC2086 # several words
expect 2 ctl --no-input host add pc $here
has "$tmp/err" "backup-agent info --hostkey"
# A slip of one character, and what is no code at all.
slip=$(echo "$right" | tr '0123456789ABCDEFGHJKMNPQRSTVWXYZ' \
    '1032547698BADCFEHGKJNMQPSRVTXWZY')
# shellcheck disable=SC2086
expect 2 ctl host add pc $here --host-code "ABCD"
has "$tmp/err" "no host code"
# shellcheck disable=SC2086
ctl host add pc $here --host-code "$slip" >"$tmp/out" 2>&1 &&
	fail "a wrong code was taken"
ssh-keygen -q -t ed25519 -N '' -f "$tmp/other"
# shellcheck disable=SC2086
expect 8 ctl host add pc $here --host-code "$(code "$tmp/other.pub")"
has "$tmp/err" "not that of the key seen on the network"
unchanged
# shellcheck disable=SC2086
expect 2 ctl host add "a b" $here --host-code "$right"
expect 7 ctl host add pc 127.0.0.1 --port 1 --host-code "$right"
unchanged

say "a machine between, which has another key, is told nothing"
# between_stop: end it.
between_stop() {
	kill "$between_pid" 2>/dev/null
	wait "$between_pid" 2>/dev/null
}
real="$sshd_dir $sshd_pid $SSHD_PORT $SSHD_IDENTITY"
sshd_setup "$tmp/between" false
sshd_run
between=$SSHD_PORT between_pid=$sshd_pid
at_exit between_stop
# shellcheck disable=SC2086
set -- $real
sshd_dir=$1 sshd_pid=$2 SSHD_PORT=$3 SSHD_IDENTITY=$4
sshd_extra="Subsystem sftp internal-sftp"
there="127.0.0.1 --port $between --user $SSHD_USER --group office"
# shellcheck disable=SC2086
expect 8 ctl host add pc $there --host-code "$right"
[ ! -e "$tmp/keys/hosts" ] || fail "a key was made"
# Neither a login nor the agent: the key is checked before.
# shellcheck disable=SC2086
expect 8 ctl host add pc $there $install \
    --host-key "$(cat "$sshd_dir/host_ed25519.pub")"
unchanged
grep -q "user $SSHD_USER\|publickey" "$tmp/between/log" &&
	fail "it was told who we are"
between_stop

say "the host does not let us in yet: nothing is added, the key stays"
# shellcheck disable=SC2086
expect 7 ctl host add pc $here --host-code "$right"
has "$tmp/out" "restrict,command=\"/usr/local/sbin/backup-agent serve"
has "$tmp/out" "kho-pc"
has "$tmp/err" "the policy is as it was"
unchanged
cp "$tmp/keys/hosts/pc.pub" "$tmp/public"

say "a try, then for good: agent and line are placed"
# An old line of that key, and one of somebody else, without its end.
printf 'command="false" %s\n%s' "$(cat "$tmp/public")" \
    "$(cat "$sshd_dir/user.pub")" >"$sshd_dir/authorized_keys"
# shellcheck disable=SC2086
expect 0 ctl host add pc $here --host-code "$right" $install --dry-run --no-test
has "$tmp/out" '+  { name = "pc"; address = "127.0.0.1";'
grep -q "^    -" "$tmp/out" && fail "more than that would change"
unchanged
# shellcheck disable=SC2086
expect 0 ctl host add pc $here --host-code "$right" $install
has "$tmp/out" "would read"
cmp "$tmp/public" "$tmp/keys/hosts/pc.pub" || fail "another key was made"
[ "$(grep -c kho-pc "$sshd_dir/authorized_keys")" -eq 1 ] || fail "no line"
[ "$(wc -l <"$sshd_dir/authorized_keys")" -eq 2 ] || fail "lines glued or gone"
grep -qxF "$(cat "$sshd_dir/user.pub")" "$sshd_dir/authorized_keys" ||
	fail "another's line is not as it was"
grep -q "^// The officer's own words" "$tmp/policy.cfg" || fail "words gone"
grep -q "# and a remark" "$tmp/policy.cfg" || fail "the remark is gone"
grep -q "/\* nobody yet \*/" "$tmp/policy.cfg" || fail "a comment is gone"
cmp "$tmp/first.cfg" "$tmp/policy.cfg.before" || fail "the old one is not kept"
expect 0 ctl policy test
kho_backup 0
key=$tmp/keys/t.key
kho_same "$src" latest
# shellcheck disable=SC2086
expect 2 ctl host add pc $here --host-code "$right"
expect 0 ctl host test pc
has "$tmp/out" "ok      host key    as pinned"
has "$tmp/out" "ok      login       $SSHD_USER"
has "$tmp/out" "ok      agent       kho "
has "$tmp/out" "ok      set s "
has "$tmp/out" "It can be backed up"
expect 0 ctl --json host test pc
has "$tmp/out" '"step":"agent","code":0'
expect 4 ctl host test nobody
expect 0 ctl host list
has "$tmp/out" "keys/hosts/pc"
has "$tmp/out" "$(ssh-keygen -lf "$tmp/keys/hosts/pc.pub" | cut -d' ' -f2)  $src"

say "with a daemon: it knows the host at once"
daemon_start
# shellcheck disable=SC2086
expect 0 ctl host add pc2 $here --host-key "$(cat "$sshd_dir/host_ed25519.pub")" \
    $install
# A key that nobody has used for long is pointed out, and no longer once it is.
touch -d '50 days ago' "$tmp/keys/hosts/pc2.pub"
expect 0 ctl host list
has "$tmp/out" "not once used in 45 days"
expect 0 ctl run pc2
expect 0 ctl host list
grep -q "45 days" "$tmp/out" && fail "a key that was used is pointed out"
# Nothing was placed twice.
[ "$(wc -l <"$sshd_dir/authorized_keys")" -eq 3 ] || fail "lines too many"

say "paused: nothing is planned, whoever asks is told, and it lasts"
expect 2 ctl host pause pc2 --until "2001-01-01"
expect 4 ctl host pause nobody
expect 0 ctl host pause pc2 --until "2099-12-24 18:00" --reason "moves house"
expect 10 ctl run pc2
has "$tmp/err" "pc2 is paused"
expect 0 ctl --json run @office
has "$tmp/out" '"host":"pc"'
grep -q '"host":"pc2"' "$tmp/out" && fail "it ran with its group"
expect 0 ctl status
has "$tmp/out" "1 paused"
has "$tmp/out" "moves house"
daemon_stop
daemon_start
expect 10 ctl run pc2
expect 0 ctl --json status pc2
has "$tmp/out" '"state":"paused"'
has "$tmp/out" '"paused_until":"2099-12-24T18:00'
expect 0 ctl run pc2 --force
expect 0 ctl host resume pc2
expect 0 ctl run pc2
expect 0 ctl host pause @office
expect 10 ctl run pc
expect 0 ctl host resume @office

say "another key in the host's place stops it, until it is pinned"
sshd_stop
cp "$sshd_dir/host_ed25519" "$tmp/kept"
rm "$sshd_dir/host_ed25519" "$sshd_dir/host_ed25519.pub"
ssh-keygen -q -t ed25519 -N '' -f "$sshd_dir/host_ed25519"
sshd_config "$SSHD_PORT" >"$sshd_dir/config"
: >"$sshd_dir/log"
"$sshd_program" -D -e -f "$sshd_dir/config" </dev/null >/dev/null \
    2>"$sshd_dir/log" &
sshd_pid=$!
sshd_wait || fail "sshd does not start again"
expect 8 ctl run pc
expect 8 ctl host test pc
has "$tmp/out" "FAILED  host key"
has "$tmp/out" "host rekey pc"
expect 8 ctl host rekey pc --host-code "$right"
expect 0 ctl host rekey pc --host-code "$(code "$sshd_dir/host_ed25519.pub")"
has "$tmp/out" "is pinned to SHA256:"
expect 0 ctl run pc

say "a new key of ours"
expect 7 ctl host rekey pc --client-key
cp "$tmp/keys/hosts/pc+2.pub" "$tmp/public"
expect 0 ctl run pc
# shellcheck disable=SC2086
expect 0 ctl host rekey pc --client-key $install
has "$tmp/out" "take its line out"
cmp "$tmp/public" "$tmp/keys/hosts/pc+2.pub" || fail "yet another key was made"
grep -q 'identity = "keys/hosts/pc+2"' "$tmp/policy.cfg" || fail "the old key"
[ ! -e "$tmp/keys/hosts/pc" ] || fail "the old key was not destroyed"
expect 0 ctl run pc

say "retired: out of the policy, in the history"
expect 0 ctl host retire pc --dry-run
expect 0 ctl host retire pc
has "$tmp/out" "its history stay"
expect 4 ctl run pc
expect 0 ctl snap list pc
has "$tmp/out" "complete"
grep -q '"pc2"' "$tmp/policy.cfg" || fail "another host went with it"
find "$tmp/keys/hosts" -name 'pc+2*' | grep -q . && fail "the key is there"
expect 4 ctl host retire pc
expect 0 ctl host retire pc2
expect 0 ctl policy show
