#!/bin/sh
# A backup that is stopped or killed in the middle of deltas leaves nothing
# half done: what was there restores, what arrived is not sent again, and the
# next run ends it.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

need perl setsid
tmpdir
src=$tmp/src
mkdir "$src"
perl -e 'srand 1;
for my $n (1 .. 1_000_000) {
	print sprintf("%08x" x 4, map { rand 2 ** 32 } 1 .. 4),
	    " and the rest of row ", sprintf("%010d", $n), "\n";
}' >"$src/db"
kho_set='delta = "always";'
kho_setup "$src"
kho_backup
cp "$src/db" "$tmp/db.1"

# Every chunk changes a little.
change() {
	perl -e 'my ($name, $seed) = @ARGV; srand $seed;
	open my $f, "+<", $name or die;
	for (my $at = 0; $at < -s $f; $at += 65536) {
		seek $f, $at + int rand 60000, 0;
		print $f sprintf("%08x" x 4, map { rand 2 ** 32 } 1 .. 4);
	}' "$src/db" "$1"
}

# stopped SIGNAL DELAY: run a backup and end it, all its processes, early.
stopped() {
	setsid "$backupd" -c "$tmp/policy.cfg" --once >"$tmp/stopped" 2>&1 &
	run=$!
	sleep "$2"
	kill -"$1" -"$run" 2>/dev/null
	wait "$run" 2>/dev/null
}

restored() {
	rm -rf "$tmp/r"
	kho_restore 0 run "$1" --to "$tmp/r"
	cmp "$2" "$tmp/r$src/db" || fail "$1 is not what was saved"
}

kho_restore 0 --json list
first=$(grep -o '"snapshot":"[0-9a-f]*"' "$tmp/out" | cut -d '"' -f 4)
seed=1
change $seed
for signal in TERM KILL; do
	say "ended by $signal"
	for delay in 0.05 0.15 0.25 0.35 0.5 0.7; do
		stopped $signal $delay
		seed=$((seed + 1))
		change $seed
		kho_restore 0 verify --full
	done
	restored "$first" "$tmp/db.1"
done

say "the next run ends it"
sleep 0.2
seed=$((seed + 1))
change $seed
kho_backup 0 --json
[ "$(kho_json chunks_stored)" -gt 0 ] || fail "no deltas were made"
all=$(kho_json changed_chunks)
restored latest "$src/db"

say "what arrived is not sent again"
rest=$all
for delay in 0.3 0.4 0.5 0.6 0.7 0.8 1 1.3 1.7 2.5; do
	seed=$((seed + 1))
	change $seed
	sleep 0.2
	stopped TERM $delay
	kho_backup 0 --json
	rest=$(kho_json changed_chunks)
	restored latest "$src/db"
	grep -q cancelled "$tmp/stopped" || {
		say "this machine is too fast to be stopped"
		exit 77
	}
	[ "$rest" -ge $((all * 9 / 10)) ] || break
done
say "$rest of about $all chunks were still to come"
[ "$rest" -lt $((all * 9 / 10)) ] || fail "it began anew each time"
kho_restore 0 verify --full
