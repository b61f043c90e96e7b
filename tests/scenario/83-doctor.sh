#!/bin/sh
# doctor finds what keeps a server from making backups, says what helps, and
# changes nothing.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/daemon.sh"

need ps
tmpdir
src=$tmp/src
mkdir "$src"
echo one >"$src/one"
kho_setup "$src"
kho_backup
chmod 600 "$SSHD_IDENTITY"

# everything: what there is, to see that nothing of it changes.
everything() {
	find "$tmp/repo" "$tmp/state" "$tmp/keys" "$tmp/policy.cfg" \
	    -printf '%p %i %s %m %T@\n' | sort
}

# sick WHAT TEXT: doctor finds it, and only it.
sick() {
	expect 1 ctl doctor
	grep "^BAD" "$tmp/out" >"$tmp/bad"
	[ "$(wc -l <"$tmp/bad")" -eq 1 ] || fail "not one: $(cat "$tmp/bad")"
	has "$tmp/bad" "BAD   $1: "
	has "$tmp/bad" "$2"
}

say "a healthy server"
daemon_start
everything >"$tmp/before"
expect 0 ctl doctor
has "$tmp/out" "0 of these need somebody"
for what in policy state catalog daemon "open files" leftovers hosts \
    "target t" "key file"; do
	grep -q "^ok    $what: " "$tmp/out" || fail "nothing of $what"
done
expect 0 ctl -q doctor
[ ! -s "$tmp/out" ] || fail "quiet: $(cat "$tmp/out")"
everything | cmp "$tmp/before" - || fail "doctor changed something"

say "a policy that is not valid, a daemon that keeps the old one"
cp "$tmp/policy.cfg" "$tmp/good.cfg"
echo 'nonsense = 1;' >>"$tmp/policy.cfg"
sick policy "backupctl policy test"
expect 5 ctl reload
cat "$tmp/good.cfg" >"$tmp/policy.cfg"
sick daemon "goes on with an old policy"
expect 0 ctl reload

say "keys that others can read"
chmod 644 "$tmp/keys/t.key"
sick "key file" "others may read it"
chmod 600 "$tmp/keys/t.key"
chmod 644 "$SSHD_IDENTITY"
sick "key of a host" "others may read it"
chmod 600 "$SSHD_IDENTITY"

say "a target that is away, empty, or another one"
mv "$tmp/repo" "$tmp/away"
sick "target t" "see that it is mounted"
mkdir "$tmp/repo"
sick "target t" "there is no repository"
rmdir "$tmp/repo"
mv "$tmp/keys/t.key" "$tmp/keys/kept"
expect 0 ctl target init t
mv "$tmp/keys/kept" "$tmp/keys/t.key"
sick "target t" "another repository than key file"
rm -rf "$tmp/repo"
mv "$tmp/away" "$tmp/repo"
expect 0 ctl doctor

say "a state directory of everybody, a damaged catalog, no daemon"
chmod 777 "$tmp/state"
sick state "others may write it"
chmod 700 "$tmp/state"
daemon_stop
sick daemon "nothing is backed up"
dd if=/dev/urandom of="$tmp/state/catalog.db" bs=1000 seek=5 count=20 \
    conv=notrunc 2>/dev/null
expect 1 ctl doctor
grep -q "^BAD   catalog: .*catalog rebuild" "$tmp/out" ||
	fail "$(cat "$tmp/out")"
expect 0 ctl catalog rebuild
daemon_start
expect 0 ctl doctor
grep -q "^note  leftovers: .*damaged-" "$tmp/out" || fail "$(cat "$tmp/out")"
daemon_stop
