#!/bin/sh
# restore from chains of deltas: every night comes back, and damage to one
# link hurts only what needs it.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "${top_srcdir:?}/tests/lib/compare.sh"

need rsync od base64
restore=$top_builddir/restore/restore
mkrepo=$top_builddir/tests/lib/mkrepo
nights=8
depth=5
deepest=6		# the night that needs those of all before

# text BYTES: so many that compress, but hold nothing twice.
text() {
	dd if=/dev/urandom bs="$1" count=1 2>/dev/null | base64 -w 0 |
	    dd bs="$1" count=1 iflag=fullblock 2>/dev/null
}

# write FILE OFFSET BYTES: new text in place of some.
write() {
	text "$3" | dd of="$1" bs=65536 seek="$2" oflag=seek_bytes \
	    conv=notrunc 2>/dev/null || fail "write $1"
}

first_night() {
	mkdir "$tmp/src" "$tmp/src/sub" || fail "mkdir"
	text 6000000 >"$tmp/src/db"
	text 900000 >"$tmp/src/sub/letter"
	text 400000 >"$tmp/src/log"
	text 800000 >"$tmp/src/still"
	truncate -s 3000000 "$tmp/src/image"
	write "$tmp/src/image" 1000000 500000
	printf 'small\n' >"$tmp/src/small"
}

# What changes: pages of a database, one near the place where it changed the
# night before; a growing log; a letter with a line before all others; an
# image with holes.
next_night() {
	write "$tmp/src/db" $((night * 700000)) 4000
	write "$tmp/src/db" $((night * 9000)) 8000
	write "$tmp/src/image" $((1000000 + night * 5000)) 3000
	text 30000 >>"$tmp/src/log"
	{
		printf 'line %s\n' "$night"
		cat "$tmp/src/sub/letter"
	} >"$tmp/letter"
	cp "$tmp/letter" "$tmp/src/sub/letter"
	# The same content again: made once for both.
	cp "$tmp/src/db" "$tmp/src/sub/db-copy"
	printf 'small %s\n' "$night" >"$tmp/src/small"
}

prepare() {
	mkdir "$tmp/repo" || fail "mkdir"
	KHO_REPO=$tmp/repo KHO_KEY_FILE=$tmp/key
	export KHO_REPO KHO_KEY_FILE
	first_night
	night=1
	while [ "$night" -le "$nights" ]; do
		[ "$night" -eq 1 ] || next_night
		cp -a "$tmp/src" "$tmp/night$night"
		touch "$tmp/before"
		"$mkrepo" "$tmp/repo" "$tmp/key" h s "$tmp/src" /src \
		    "$depth" >"$tmp/made" || fail "mkrepo"
		tail -n 1 "$tmp/made" | cut -c 1-12 >"$tmp/id$night"
		find "$tmp/repo/packs" -type f -newer "$tmp/before" \
		    >"$tmp/packs$night"
		night=$((night + 1))
	done
	stored=$(du -sk "$tmp/repo" | cut -f 1)
	# Eight times whole would be more than 50 MB.
	[ "$stored" -lt 11000 ] || fail "$stored KiB: nothing is a delta"
}

# run NIGHT CODE [OPTION...]
run() {
	run_night=$1 run_code=$2
	shift 2
	expect "$run_code" "$restore" run "$(cat "$tmp/id$run_night")" \
	    --to "$tmp/to" "$@"
}

every_night() {
	night=1
	while [ "$night" -le "$nights" ]; do
		rm -rf "$tmp/to"
		run "$night" 0
		compare_trees "$tmp/night$night" "$tmp/to/src" ||
		    fail "night $night differs"
		night=$((night + 1))
	done
	expect 0 "$restore" check "$tmp/to"
	expect 0 "$restore" verify --full
}

# Over the first night, and on after a kill.
onwards() {
	rm -rf "$tmp/to"
	run 1 0
	run "$nights" 0 --overwrite always
	compare_trees "$tmp/night$nights" "$tmp/to/src" || fail "it differs"
	has "$tmp/out" "there already"
	rm -rf "$tmp/to"
	run "$nights" 0 --path /src/sub
	cmp "$tmp/night$nights/sub/letter" "$tmp/to/src/sub/letter" ||
	    fail "the letter differs"
	for delay in 0.01 0.03 0.06; do
		rm -rf "$tmp/to"
		"$restore" run latest --to "$tmp/to" >/dev/null 2>&1 &
		pid=$!
		sleep "$delay"
		kill -9 "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
		[ -e "$tmp/to/.kho-restore/manifest" ] && continue
		run "$nights" 0
		compare_trees "$tmp/night$nights" "$tmp/to/src" ||
		    fail "it differs"
	done
}

# flip FILE OFFSET: change one bit.
flip() {
	flip_byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
	flip_byte=$(printf '\\%o' $((flip_byte ^ 1)))
	chmod u+w "$1"
	# shellcheck disable=SC2059
	printf "$flip_byte" | dd of="$1" bs=1 seek="$2" conv=notrunc \
	    2>/dev/null || fail "flip"
}

# Some files of the deepest night are missing and named, the others are right.
some_lost() {
	rm -rf "$tmp/to"
	run "$deepest" 9
	has "$tmp/out" INCOMPLETE
	has "$tmp/out" "$1"
	lost=0 right=0
	for file in db log still image small sub/letter sub/db-copy; do
		if [ ! -e "$tmp/to/src/$file" ]; then
			has "$tmp/to/.kho-restore/problems" "src/$file"
			lost=$((lost + 1))
		else
			cmp "$tmp/night$deepest/$file" "$tmp/to/src/$file" ||
			    fail "$file has wrong content"
			right=$((right + 1))
		fi
	done
	[ "$lost" -gt 0 ] || fail "nothing is lost"
	[ "$right" -gt 1 ] || fail "too much is lost"
}

# In the whole chunks of the first night; in the first delta of another one.
damaged() {
	pack=$(xargs ls -S <"$tmp/packs1" | head -n 1)
	cp "$pack" "$tmp/pack"
	flip "$pack" $(($(stat -c %s "$pack") / 2))
	some_lost "damaged in the repository"
	[ -e "$tmp/to/src/small" ] || fail "small needs no damaged chunk"
	cp "$tmp/pack" "$pack"
	for night in 3 "$deepest"; do
		pack=$(xargs ls -S <"$tmp/packs$night" | head -n 1)
		cp "$pack" "$tmp/pack"
		flip "$pack" 200
		some_lost "damaged in the repository"
		[ "$lost" -le 2 ] || fail "one delta takes $lost files along"
		expect 9 "$restore" verify --full
		cp "$tmp/pack" "$pack"
	done
	run "$deepest" 0
	compare_trees "$tmp/night$deepest" "$tmp/to/src" || fail "it differs"
}

tmpdir
prepare
every_night
onwards
damaged
