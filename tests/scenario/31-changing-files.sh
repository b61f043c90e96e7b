#!/bin/sh
# Files that change while they are read, and what cannot be read: each is
# named, the rest is there, nothing hangs.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

need rsync perl timeout
tmpdir
src=$tmp/src
kho_tree "$src/still"
# What no test may block on.
mkfifo "$src/fifo"
if [ "$(id -u)" -eq 0 ]; then
	mknod "$src/zero" c 1 5 2>/dev/null ||
		say "left out here: a device without end"
fi
mkdir "$src/moving"
for name in grows shrinks replaced; do
	head -c 20000000 /dev/urandom >"$src/moving/$name"
done

# One process changes everything, all the time, until it is stopped.
cat >"$tmp/writer.pl" <<'END'
use strict;
chdir $ARGV[0] or die;
my ($n, $big, $one) = (0, "z" x 20_000_000, "x" x 5000);
sub put { open my $f, $_[0], $_[1] or die; print $f $_[2]; close $f }
while (1) {
	put(">>", "grows", $one);
	truncate "grows", 20_000_000 if -s "grows" > 25_000_000;
	truncate "shrinks", (-s "shrinks") - 3000;
	put(">", "shrinks", $big) if -s "shrinks" < 1_000_000;
	if ($n++ % 20 == 0) {
		put(">", "new", $big);
		rename "new", "replaced";
	}
	put(">", "comes$_", $one) for 1 .. 50;
	mkdir "dir$_" and put(">", "dir$_/in", $one) for 1 .. 20;
	unlink "comes$_" for 1 .. 50;
	unlink "dir$_/in" and rmdir "dir$_" for 1 .. 20;
	# A name changes its kind: directory, symbolic link, FIFO.
	put(">", "kind", $one); unlink "kind";
	mkdir "kind"; rmdir "kind";
	symlink "/etc", "kind"; unlink "kind";
	system("mkfifo", "kind") if $n % 20 == 1; unlink "kind";
}
END
writer_stop() {
	[ -n "$writer" ] || return 0
	kill "$writer" 2>/dev/null
	wait "$writer" 2>/dev/null
	writer=
}
writer=
at_exit writer_stop

# backup_moving: a job beside the writer; 0 or 3, and never a hang.
backup_moving() {
	code=0
	timeout 60 "$backupd" -c "$tmp/policy.cfg" --json --once \
	    >"$tmp/out" 2>"$tmp/err" || code=$?
	[ $code -eq 0 ] || [ $code -eq 3 ] || {
		cat "$tmp/out" "$tmp/err" >&2
		fail "exit $code beside a writer"
	}
}

say "files that change while they are read"
kho_setup "$src"
perl "$tmp/writer.pl" "$src/moving" &
writer=$!
changed=0 round=0
while [ $round -lt 4 ]; do
	backup_moving
	cat "$tmp/out" >>"$tmp/out.all"
	[ $code -eq 0 ] || changed=$((changed + 1))
	if grep -q "etc/" "$tmp/out" "$tmp/err"; then
		fail "a symbolic link was followed"
	fi
	# Whoever asks for something that vanished is not told of a problem.
	if grep -o '"path":"[^"]*\(comes\|dir\)[0-9]*"' "$tmp/out"; then
		fail "what vanished is called a problem"
	fi
	kho_restore 0 verify
	round=$((round + 1))
done
[ $changed -gt 0 ] || fail "no file was caught while it changed"
kill -0 "$writer" || fail "the writer has died"
writer_stop

say "all that stood still is there, and the rest once it stands still"
rm -rf "$tmp/restored"
kho_restore 0 run latest --to "$tmp/restored"
kho_compare "$src/still" "$tmp/restored$src/still"
kho_restore 0 verify --full
sleep 0.2
kho_backup 0 --json
kho_same "$src" latest

say "a file that was caught changing is named"
grep -q '"path":"[^"]*\(grows\|shrinks\|replaced\)"' "$tmp/out.all" ||
	fail "not named: $(cat "$tmp/out.all")"

say "what may not be read"
[ "$(id -u)" -ne 0 ] || need setpriv
mkdir -p "$src/shut/dir/below" "$src/shut/open"
echo secret >"$src/shut/file" && echo in >"$src/shut/dir/below/in"
echo kept >"$src/shut/open/kept"
chmod 000 "$src/shut/file" "$src/shut/dir"
if [ "$(id -u)" -eq 0 ]; then
	chmod 755 "$tmp" "$src"
	# A user that none of these files belong to.
	other="setpriv --reuid 65534 --regid 65534 --clear-groups"
	$other test -x "$agent" || {
		say "skipped in part: others cannot reach $agent"
		exit 0
	}
	sshd_authorize "$other $agent serve --root $tmp"
fi
kho_backup 3 --json
for name in shut/file shut/dir; do
	has "$tmp/out" "$src/$name"
done
[ "$(kho_json issues)" -eq 2 ] || fail "issues: $(cat "$tmp/out")"
kho_backup 3	# in words too
has "$tmp/err" "$src/shut/file"
rm -rf "$tmp/restored"
kho_restore 3 run latest --to "$tmp/restored"
has "$tmp/out" "shut/file: its content could not be read"
kho_compare "$src/still" "$tmp/restored$src/still"
[ "$(cat "$tmp/restored$src/shut/open/kept")" = kept ] || fail "not kept"
[ ! -s "$tmp/restored$src/shut/file" ] || fail "who could read that?"
[ ! -e "$tmp/restored$src/shut/dir/below" ] || fail "who could list that?"
chmod 700 "$src/shut/dir"
