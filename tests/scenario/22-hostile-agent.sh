#!/bin/sh
# An agent that lies fails its own job, in words, and nothing else.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

tmpdir
src=$tmp/src
kho_tree "$src"
# A liar may have no files.
kho_set="limits = { min_files = 0; };"
kho_setup "$src"
kho_backup
snapshots() { find "$tmp/repo/snapshots" -type f | wc -l; }
count=$(snapshots)

# A host of its own for the liar: its first copy is asked for whole.
sed -i 's/name = "h";/name = "liar";/' "$tmp/policy.cfg"

lie() {
	sshd_authorize "$top_builddir/tests/lib/hostile $1"
	timeout 50 "$backupd" -c "$tmp/policy.cfg" --once \
	    >"$tmp/out" 2>"$tmp/err"
	code=$?
}

# The second sends the first frame last, after many others.
for name in honest patient; do
	say "no liar passes: $name"
	sed -i "s/name = \"liar[^\"]*\";/name = \"liar-$name\";/" \
	    "$tmp/policy.cfg"
	lie "$name"
	[ $code -eq 0 ] || { cat "$tmp/out" "$tmp/err"; fail "$name: $code"; }
	count=$((count + 1))
	[ "$(snapshots)" -eq "$count" ] || fail "$name: no snapshot"
done

n=0
for name in banner version length-huge length-zero type-unknown type-keeper \
    done-first hello-short hello-long hello-twice eof-middle silent-end \
    error-escapes root-number root-missing root-twice root-unsaid \
    name-dotdot name-dot name-empty name-slash name-nul name-order \
    name-twice dir-number-low dir-number-twice entries-short page-dir \
    page-number page-count page-after-last page-junk nest content-dir \
    content-entry content-no-file content-type content-end-twice content-open \
    flood chunk-hash \
    batch-number batch-twice frame-bits frame-batch frame-raw frame-kind \
    frame-bomb frame-twice dirend-first dirend-unknown dirend-twice \
    done-unasked end-without-done after-done status; do
	n=$((n + 1))
	sed -i "s/name = \"liar[^\"]*\";/name = \"liar-$name\";/" \
	    "$tmp/policy.cfg"
	lie "$name"
	[ $code -ne 0 ] && [ $code -ne 124 ] && [ $code -lt 128 ] || {
		cat "$tmp/out" "$tmp/err" >&2
		fail "$name: exit $code"
	}
	[ "$(snapshots)" -eq "$count" ] || fail "$name: made a snapshot"
	[ -s "$tmp/err" ] || fail "$name: not a word"
	if grep -q "ended by signal" "$tmp/err"; then
		cat "$tmp/err" >&2
		fail "$name: the worker crashed"
	fi
	if LC_ALL=C grep -q "$(printf '\033')" "$tmp/err" "$tmp/out"; then
		fail "$name: an escape sequence got through"
	fi
done
say "$n lies told, none believed"

# second FIRST SECOND: tell SECOND after FIRST has made a snapshot.
second() {
	sed -i "s/name = \"liar[^\"]*\";/name = \"liar-$1\";/" \
	    "$tmp/policy.cfg"
	lie "$1"
	[ $code -eq 0 ] || { cat "$tmp/out" "$tmp/err"; fail "$1: $code"; }
	count=$((count + 1))
	lie "$2"
}

say "a listing comes where it was asked for, also the second time"
second wide again-unasked
[ $code -eq 1 ] || { cat "$tmp/err"; fail "again-unasked: exit $code"; }
has "$tmp/err" "not asked for"

say "what changed while it was read is read again"
second content-changed again-changed
[ $code -eq 0 ] || { cat "$tmp/err"; fail "again-changed: exit $code"; }
count=$((count + 1))
[ "$(snapshots)" -eq "$count" ] || fail "$(snapshots) snapshots, not $count"

say "the repository is as well as before"
kho_restore 0 verify --full
sed -i 's/name = "liar[^"]*";/name = "h";/' "$tmp/policy.cfg"
sshd_authorize "$agent serve --root $tmp"
kho_backup
