#!/bin/sh
# What older versions are stored in has rotted: the next backup says so, stores
# what changed whole, and from then on deltas are made of that.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

need perl cmp
tmpdir
src=$tmp/src
mkdir "$src"
warning="older versions of some chunks cannot be read"

# change SEED: 8 bytes in each 16 KiB, and the last 8, so in every chunk.
change() {
	perl -e 'my ($name, $seed) = @ARGV; srand $seed;
	open my $f, "+<", $name or die;
	for (map({ 16384 * $_ + int rand 16000 } 0 .. 243), 3_999_992) {
		seek $f, $_, 0;
		print $f sprintf("%08x", rand 2 ** 32);
	}' "$src/db" "$1"
}

# rot FILE FROM STEP END: a byte in each STEP is another.
rot() {
	chmod u+w "$1"
	perl -e 'my ($name, $at, $step, $end) = @ARGV;
	open my $f, "+<", $name or die;
	for (; $at < $end; $at += $step) {
		seek $f, $at, 0;
		read $f, my $byte, 1;
		seek $f, $at, 0;
		print $f chr(255 ^ ord $byte);
	}' "$@"
}

# packs: all there are; the new ones since the last call in $new.
packs() {
	find "$tmp/repo" -type f -path "*/packs/*" | sort >"$tmp/packs"
	new=$(comm -13 "$tmp/packs.old" "$tmp/packs")
	mv "$tmp/packs" "$tmp/packs.old"
}

# night: back up; is the newest snapshot what is there?
night() {
	sleep 0.2	# or the file is racy, and read again next time
	kho_backup 0 --json
	whole=$(($(kho_json changed_chunks) - $(kho_json chunks_stored)))
	say "$delta: $(kho_json stored) stored, $whole of" \
	    "$(kho_json changed_chunks) changed chunks whole," \
	    "$(kho_json chunks_by_delta) came by delta"
	grep -c "$warning" "$tmp/err" >"$tmp/warned"
	warned=$(cat "$tmp/warned")
	rm -rf "$tmp/new"
	cp "$tmp/out" "$tmp/night"
	kho_restore 0 run h/s --to "$tmp/new"
	cp "$tmp/night" "$tmp/out"
	cmp "$src/db" "$tmp/new$src/db" || fail "$delta: not what it was"
}

# said N WHAT
said() {
	[ "$warned" -eq "$1" ] || fail "$delta: $2: $warned warnings"
}

course() {
	rm -rf "$tmp/repo" "$tmp/keys" "$tmp/state"
	mkdir "$tmp/repo"
	kho_set="delta = \"$delta\";"
	kho_policy "$src"
	expect 0 "$backupctl" -c "$tmp/policy.cfg" target init t
	: >"$tmp/packs.old"
	night
	packs

	# The data comes first in the pack; its end holds the tree.
	for pack in $new; do
		rot "$pack" 1000 20000 3990000
		rot "$pack" 3999990 1 3999991
	done
	change 1
	night
	packs
	said 1 "all whole chunks rotten"
	[ "$(kho_json chunks_stored)" -eq 0 ] || fail "$delta: deltas of rot"
	[ "$(kho_json chunks_by_delta)" -eq 0 ] || fail "$delta: rot was sent"

	change 2
	night
	packs
	said 0 "what was stored anew"
	# The last chunk may be too short for a delta.
	[ "$whole" -le 1 ] || fail "$delta: $whole whole, without need"

	for pack in $new; do
		rot "$pack" 200 300 1400
	done
	change 3
	night
	said 1 "some deltas rotten"
	{ [ "$whole" -ge 2 ] && [ "$(kho_json chunks_stored)" -ge 1 ]; } ||
		fail "$delta: all or none were rotten"
	change 4
	night
	said 0 "healed"
	[ "$whole" -le 1 ] || fail "$delta: $whole whole after that"
	kho_restore 9 verify --full
}

kho_setup "$src"
for delta in always never; do
	head -c 4000000 /dev/urandom >"$src/db"
	course
done
