#!/bin/sh
# An agent that lies about deltas fails its own job, in words, and nothing
# else; a delta that is only wrong costs one chunk.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

tmpdir
src=$tmp/src
mkdir "$src"
kho_set='delta = "always";'
kho_setup "$src"
snapshots() { find "$tmp/repo/snapshots" -type f 2>/dev/null | wc -l; }
count=0

# lie NAME: one backup from a forger that tells this lie.
lie() {
	sshd_authorize "$top_builddir/tests/lib/forger $1"
	timeout 50 "$backupd" -c "$tmp/policy.cfg" --json --once \
	    >"$tmp/out" 2>"$tmp/err"
	code=$?
}

# host NAME: the policy's only host is now called so.
host() {
	sed -i "s/hosts = ( { name = \"[^\"]*\";/hosts = ( { name = \"$1\";/" \
	    "$tmp/policy.cfg"
}

passes() {
	[ $code -eq 0 ] || { cat "$tmp/out" "$tmp/err" >&2; fail "$1: $code"; }
	count=$((count + 1))
	[ "$(snapshots)" -eq "$count" ] || fail "$1: no snapshot"
}

# refused NAME WORDS: the last job failed, and says so once, in such words.
refused() {
	[ $code -ne 0 ] && [ $code -ne 124 ] && [ $code -lt 128 ] || {
		cat "$tmp/out" "$tmp/err" >&2
		fail "$1: exit $code"
	}
	[ "$(snapshots)" -eq "$count" ] || fail "$1: made a snapshot"
	case $(kho_json error) in
	*"$2"*) ;;
	*) fail "$1: says: $(kho_json error)" ;;
	esac
	if grep -q "ended by signal" "$tmp/out" "$tmp/err"; then
		fail "$1: the worker crashed"
	fi
}

say "lies at the first backup"
n=0
while read -r name words; do
	n=$((n + 1))
	host "first-$name"
	lie "$name"
	refused "$name" "$words"
done <<-'END'
	feature-more bad HELLO
	without-packed does not speak
	without-delta does not speak
	local-basis does not speak
	local-patched does not speak
	local-pace does not speak
	delta-unasked DELTA that was not asked for
	packed-raw PACKED message with a bad PAGE
	packed-short PACKED message with a bad PAGE
	packed-bomb PACKED message with a bad PAGE
	packed-junk PACKED message with a bad PAGE
	packed-other PACKED message with bad CHUNKS
	packed-type PACKED message that does not decode
	packed-packed PACKED message that does not decode
	packed-cut PACKED message that does not decode
	packed-flood names wait
END

# At the second backup there are signatures to answer.
again() {
	host "second-$1"
	lie honest
	passes "$1, first"
	lie "$1"
}

say "honest deltas are taken"
again honest
passes honest
[ "$(kho_json chunks_by_delta)" -eq 2 ] || fail "no deltas: $(cat "$tmp/out")"
[ "$(kho_json chunks_again)" -eq 0 ] || fail "asked again"
[ "$(kho_json wire_in)" -lt 20000 ] || fail "took $(kho_json wire_in)"
again delta-empty
passes delta-empty
[ "$(kho_json chunks_by_delta)" -eq 0 ] || fail "deltas out of nothing"

say "lies at the second backup"
while read -r name words; do
	n=$((n + 1))
	again "$name"
	refused "$name" "$words"
done <<-'END'
	delta-batch DELTA that was not asked for
	delta-chunk DELTA for a chunk that has no basis
	delta-twice DELTA that was not asked for
	delta-raw DELTA whose parts do not fit
	delta-cut DELTA
	delta-bomb DELTA that does not unpack
	delta-frame asked for
	again-other asked for
	again-early asked for
END
say "$n lies told, none believed"

say "a delta that is wrong costs its chunk, not the job"
for name in delta-wrong delta-much delta-far delta-none-such; do
	again "$name"
	passes "$name"
	[ "$(kho_json chunks_again)" -eq 2 ] || {
		cat "$tmp/out" >&2
		fail "$name: asked again: $(kho_json chunks_again)"
	}
	[ "$(kho_json chunks_by_delta)" -eq 0 ] || fail "$name: believed"
done

say "the repository is well"
kho_restore 0 verify --full
