#!/bin/sh
# A database changes at places, grows, and moves: what is sent and stored is
# bounded by what changed, and every night comes back.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

need perl sha256sum
tmpdir
src=$tmp/src
mkdir "$src" "$tmp/sums"

# Rows of 64 bytes, of which a third is random: 64 MB that pack to 24.
base_make() {
	perl -e 'srand 1;
	for my $n (1 .. 1_000_000) {
		my $row = "";
		$row .= sprintf "%08x", rand 2 ** 32 for 1 .. 5;
		print substr("$row the rest of row $n" . " " x 60, 0, 63), "\n";
	}'
}

# rows_change SEED: 150 pages of 4 KiB get some other rows, in place.
rows_change() {
	perl -e 'my ($name, $seed) = @ARGV; srand $seed;
	open my $f, "+<", $name or die;
	for (1 .. 150) {
		seek $f, 4096 * int rand((-s $f) / 4096), 0;
		print $f sprintf("%08x", rand 2 ** 32) for 1 .. 32;
	}' "$src/db" "$1"
}

# text N SEED: N lines that cannot be guessed.
text() {
	perl -e 'srand $ARGV[1];
	print sprintf("%08x" x 8, map { rand 2 ** 32 } 1 .. 8), "\n"
	    for 1 .. $ARGV[0]' "$1" "$2"
}

# night NAME: back it up, remember what it was.
night() {
	sleep 0.2	# or the file is racy, and read again next time
	kho_backup 0 --json
	(cd "$src" && sha256sum db) >"$tmp/sums/$(kho_json sequence)"
	wire=$(($(kho_json wire_in) + $(kho_json wire_out)))
	stored=$(kho_json stored)
	say "$delta, $1: $wire bytes sent, $stored stored, $(kho_json \
	    chunks_by_delta) of $(kho_json changed_chunks) chunks by delta"
}

# at_most WHAT GOT LIMIT
at_most() {
	[ "$2" -le "$3" ] || fail "$delta: $1: $2 bytes, more than $3"
}

# Every snapshot is what the file was in its night.
nights_same() {
	kho_restore 0 --json list
	grep -o '"snapshot":"[0-9a-f]*"\|"sequence":[0-9]*' "$tmp/out" |
	    tr -d '"' | sed 's/.*://' >"$tmp/list"
	nights=0
	while read -r one && read -r two; do
		# Whichever of the two is the number comes short.
		[ ${#one} -lt ${#two} ] || { three=$one; one=$two; two=$three; }
		rm -rf "$tmp/old"
		kho_restore 0 run "$two" --to "$tmp/old"
		(cd "$tmp/old$src" && sha256sum -c --quiet "$tmp/sums/$one") ||
			fail "$delta: night $one is not what it was"
		nights=$((nights + 1))
	done <"$tmp/list"
	[ "$nights" -eq "$1" ] || fail "$delta: $nights nights, not $1"
}

# The nights of one mode; sent bytes are bound by $1 (0: they are not).
course() {
	bound=$1
	rm -rf "$tmp/repo" "$tmp/keys" "$tmp/state" "$tmp/sums"
	mkdir "$tmp/repo" "$tmp/sums"
	cp "$tmp/base" "$src/db"
	kho_set="delta = \"$delta\";"
	kho_policy "$src"
	expect 0 "$backupctl" -c "$tmp/policy.cfg" target init t
	night "first copy"
	for seed in 1 2 3; do
		rows_change $seed
		night "rows changed"
		# 150 x 128 bytes: 19 KB, and for about 110 chunks a record;
		# where a cut moved, every tenth night, some 200 KB; more
		# than one moves in one of a hundred.  Whole: 24 MB.
		at_most "rows stored" "$stored" 600000
		[ "$bound" -eq 0 ] || at_most "rows sent" "$wire" "$bound"
		[ "$(kho_json chunks_stored)" -ge 80 ] ||
			fail "$delta: few stored as deltas"
		[ $delta != never ] || [ "$(kho_json chunks_by_delta)" -eq 0 ] ||
			fail "never: deltas were sent"
	done
	text 4000 4 >>"$src/db"
	night "appended 260 KB"
	# A chunk or two at the end, whole: 400 KB each at most.
	at_most "appended, stored" "$stored" 900000
	at_most "appended, sent" "$wire" 900000
	{ head -c 1000 "$src/db"; text 20 5; tail -c +1001 "$src/db"; } \
	    >"$tmp/new"
	cat "$tmp/new" >"$src/db"
	night "inserted near the start"
	# Some KB; but one time in a hundred the cut after it moves.
	at_most "inserted, stored" "$stored" 800000
	nights_same 6
	kho_restore 0 verify --full
}

base_make >"$tmp/base"
kho_setup "$src"
delta=never
course 0
delta=always
course 1200000
delta=auto
course 0
