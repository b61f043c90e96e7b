#!/bin/sh
# A file of 5 GiB and a directory of a million entries, in bounded memory.
# It takes minutes and 3 GB: only with KHO_TEST_LARGE=1.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/compare.sh"

[ "${KHO_TEST_LARGE:-}" = 1 ] || {
	say "skipped: set KHO_TEST_LARGE=1 to run it"
	exit 77
}
need rsync perl pgrep
KHO_ENTRIES=${KHO_ENTRIES:-1000000}
tmpdir
src=$tmp/src
mkdir -p "$src/big" "$src/million"

below() {
	for below_child in $(pgrep -P "$1"); do
		echo "$below_child"
		below "$below_child"
	done
}

# watch PID: until it ends, write name, RssAnon and VmHWM of all that runs
# below it and below the sshd to $tmp/memory.
watch() {
	while kill -0 "$1" 2>/dev/null; do
		for watch_pid in "$1" $(below "$1") $(below "$sshd_pid"); do
			watch_name=$(tr '\0' ' ' <"/proc/$watch_pid/cmdline")
			awk -v "name=$watch_name" '/^RssAnon/ { a = $2 }
			    /^VmHWM/ { h = $2 } END { print a, h, name }' \
			    "/proc/$watch_pid/status"
		done 2>/dev/null >>"$tmp/memory"
		sleep 0.1
	done
}

# peak PATTERN LIMIT: no process of that command line had more than LIMIT KiB
# of anonymous memory.
peak() {
	peak_kib=$(grep -e "$1" "$tmp/memory" | sort -n | tail -n 1 |
	    cut -d ' ' -f 1)
	say "$1: at most ${peak_kib:-no} KiB RssAnon, $(grep -e "$1" \
	    "$tmp/memory" | cut -d ' ' -f 2 | sort -n | tail -n 1) KiB VmHWM"
	[ -n "$peak_kib" ] || fail "$1 was not seen"
	[ "$peak_kib" -le "$2" ] || fail "$1 used more than $2 KiB"
}

# measured COMMAND...: run it; it must end well.
measured() {
	: >"$tmp/memory"
	start=$(date +%s)
	"$@" >"$tmp/out" 2>"$tmp/err" &
	job=$!
	watch "$job"
	wait "$job" || fail "exit $?: $(lib_show "$tmp/err")"
	say "$(($(date +%s) - start)) s"
}

# Names of 15 bytes: 1 MiB of names is 65,536 of them.
names_kib=$((KHO_ENTRIES * 48 / 1024))

say "a file of 5 GiB with 300 MB of data, 100 of them twice"
truncate -s 5G "$src/big/sparse"
head -c 100000000 /dev/urandom >"$tmp/random"
for at in 3 1700 4900; do
	dd if="$tmp/random" of="$src/big/sparse" bs=1M seek=$at conv=notrunc \
	    2>/dev/null
done
head -c 200000000 /dev/urandom >"$src/big/dense"
rm "$tmp/random"
kho_setup "$src"
kho_policy "$src/big"
measured "$backupd" -c "$tmp/policy.cfg" --once
peak "backup-agent serve" 65536
peak "backupd --keeper" 100000
measured "$restore" --repo "$tmp/repo" --key "$key" run latest \
    --to "$tmp/restored"
peak "restore --repo" 100000
"$top_builddir/tests/lib/holes" "$src" >"$tmp/a"
"$top_builddir/tests/lib/holes" "$tmp/restored$src" >"$tmp/b"
cmp "$tmp/a" "$tmp/b" || fail "the holes are not the same"
cmp "$src/big/sparse" "$tmp/restored$src/big/sparse" || fail "it differs"
cmp "$src/big/dense" "$tmp/restored$src/big/dense" || fail "it differs"
rm -rf "$tmp/restored" "$src/big"

say "a directory of $KHO_ENTRIES entries"
perl -e 'for my $i (1 .. $ARGV[1]) {
	open F, ">", sprintf("%s/%015d", $ARGV[0], $i) or die;
	print F $i if $i % 16 == 0; close F }' "$src/million" "$KHO_ENTRIES" ||
	fail "no large directory"
kho_policy "$src/million"
measured "$backupd" -c "$tmp/policy.cfg" --once
peak "backup-agent serve" $((65536 + names_kib))
peak "backupd --keeper" 100000
sleep 1
measured "$backupd" -c "$tmp/policy.cfg" --once
peak "backup-agent serve" $((65536 + names_kib))
peak "backupd --keeper" 100000
measured "$restore" --repo "$tmp/repo" --key "$key" run latest \
    --to "$tmp/restored"
peak "restore --repo" 100000
compare_trees "$src/million" "$tmp/restored$src/million" || fail "not the same"
