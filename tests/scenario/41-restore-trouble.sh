#!/bin/sh
# restore run when it is killed, when packs are damaged, and with wrong keys.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "${top_srcdir:?}/tests/lib/compare.sh"

need rsync od
restore=$top_builddir/restore/restore
mkrepo=$top_builddir/tests/lib/mkrepo

prepare() {
	mkdir "$tmp/repo" "$tmp/src" || fail "mkdir"
	i=0
	while [ "$i" -lt 40 ]; do
		mkdir "$tmp/src/d$i"
		for name in a b c d e f g h; do
			printf '%s %s\n' "$i" "$name" >"$tmp/src/d$i/$name"
		done
		i=$((i + 1))
	done
	i=0
	while [ "$i" -lt 12 ]; do
		dd if=/dev/urandom of="$tmp/src/big$i" bs=65536 count=24 \
		    2>/dev/null
		i=$((i + 1))
	done
	KHO_REPO=$tmp/repo KHO_KEY_FILE=$tmp/key
	export KHO_REPO KHO_KEY_FILE
	"$mkrepo" "$tmp/repo" "$tmp/key" h s "$tmp/src" /src >"$tmp/made" ||
	    fail "mkrepo"
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

# Whenever it is killed, the same command goes on and ends well.
killed() {
	for delay in 0.01 0.03 0.06 0.1; do
		rm -rf "$tmp/to"
		"$restore" run latest --to "$tmp/to" >/dev/null 2>&1 &
		pid=$!
		sleep "$delay"
		kill -9 "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
		# Done already: then it may not be done again.
		[ -e "$tmp/to/.kho-restore/manifest" ] && continue
		expect 0 "$restore" run latest --to "$tmp/to"
		compare_trees "$tmp/src" "$tmp/to/src" || fail "it differs"
		expect 0 "$restore" check "$tmp/to"
	done
}

# A half-written file and one that was changed are found when it goes on.
resumed() {
	rm -rf "$tmp/to"
	expect 0 "$restore" run latest --to "$tmp/to"
	id=$(tail -n 1 "$tmp/made")
	printf 'KHO-RESTORE-1\nsnapshot %s\n' "$id" \
	    >"$tmp/to/.kho-restore/state"
	printf 'zz' | dd of="$tmp/to/src/big3" bs=1 seek=700000 conv=notrunc \
	    2>/dev/null
	truncate -s 100000 "$tmp/to/src/big4"
	rm "$tmp/to/src/d7/c"
	chmod 0 "$tmp/to/src/d8/c"
	expect 0 "$restore" run latest --to "$tmp/to"
	compare_trees "$tmp/src" "$tmp/to/src" || fail "it differs"
	# Another selection is another restore.
	printf 'KHO-RESTORE-1\nsnapshot %s\n' "$id" \
	    >"$tmp/to/.kho-restore/state"
	expect 10 "$restore" run latest --to "$tmp/to" --path /src/d1
	has "$tmp/err" "interrupted restore of another"
}

# One flipped bit of data: named, not restored, and the rest is there.
damaged() {
	pack=$(find "$tmp/repo/packs" -type f -size +1000k | head -n 1)
	cp "$pack" "$tmp/pack"
	size=$(stat -c %s "$pack")
	for part in 1 3 5 7; do
		flip "$pack" $((size * part / 10))
		rm -rf "$tmp/to"
		expect 9 "$restore" run latest --to "$tmp/to"
		has "$tmp/out" INCOMPLETE
		has "$tmp/out" "damaged in the repository"
		find "$tmp/to/src" -type f >"$tmp/files"
		while read -r file; do
			cmp -s "$file" "$tmp/src/${file#"$tmp/to/src/"}" ||
			    fail "$file has wrong content"
		done <"$tmp/files"
		[ -s "$tmp/to/.kho-restore/problems" ] || fail "no problems"
		expect 9 "$restore" verify --full
		cp "$tmp/pack" "$pack"
	done
	# With the pack mended, the same command brings what was missing.
	expect 0 "$restore" run latest --to "$tmp/to"
	compare_trees "$tmp/src" "$tmp/to/src" || fail "it differs"
	[ ! -e "$tmp/to/.kho-restore/problems" ] || fail "old problems stay"
	truncate -s $((size / 2)) "$pack"
	rm -rf "$tmp/to"
	expect 9 "$restore" run latest --to "$tmp/to"
	rm "$pack"
	rm -rf "$tmp/to"
	expect 9 "$restore" run latest --to "$tmp/to"
	cp "$tmp/pack" "$pack"
}

# Asked to stop, it leaves whole files only, and can go on.
stopped() {
	rm -rf "$tmp/to"
	"$restore" run latest --to "$tmp/to" >/dev/null 2>"$tmp/err" &
	pid=$!
	# A background job of sh ignores SIGINT, so this is SIGTERM.
	sleep 0.03
	kill -TERM "$pid" 2>/dev/null
	code=0
	wait "$pid" || code=$?
	[ "$code" -eq 0 ] && return 0	# it was too quick for us
	[ "$code" -eq 143 ] || fail "exit $code after SIGTERM"
	[ -d "$tmp/to/src" ] || return 0
	has "$tmp/err" "run the same command again"
	find "$tmp/to/src" -type f >"$tmp/files"
	while read -r file; do
		cmp -s "$file" "$tmp/src/${file#"$tmp/to/src/"}" ||
		    fail "$file is not whole"
	done <"$tmp/files"
	expect 0 "$restore" run latest --to "$tmp/to"
}

# Another user than root gets the content, and is told what is missing.
not_root() {
	need setpriv
	chmod 755 "$tmp"
	cp -R "$tmp/repo" "$tmp/theirs"
	cp "$tmp/key" "$tmp/their-key"
	mkdir "$tmp/their-dir"
	chown -R 65534 "$tmp/theirs" "$tmp/their-key" "$tmp/their-dir"
	expect 3 setpriv --reuid=65534 --regid=65534 --clear-groups \
	    "$restore" run latest --to "$tmp/their-dir/to" \
	    --repo "$tmp/theirs" --key "$tmp/their-key"
	has "$tmp/out" "could not be given their owner"
	has "$tmp/out" "every SHA-256 matches"
	diff -r "$tmp/src" "$tmp/their-dir/to/src" >"$tmp/differs" ||
	    fail "content differs"
	expect 0 setpriv --reuid=65534 --regid=65534 --clear-groups \
	    "$restore" check "$tmp/their-dir/to"
	expect 1 setpriv --reuid=65534 --regid=65534 --clear-groups \
	    "$restore" list --repo "$tmp/repo" --key "$tmp/their-key"
	has "$tmp/err" "not permitted to read the repository"
	# A key that may not be tried is not a wrong one.
	chown -R 0 "$tmp/theirs/keys"
	chmod 700 "$tmp/theirs/keys/slots"
	expect 1 setpriv --reuid=65534 --regid=65534 --clear-groups \
	    "$restore" list --repo "$tmp/theirs" --key "$tmp/their-key"
	has "$tmp/err" "ermission denied"
}

keys() {
	head -n 1 "$tmp/made" >"$tmp/recovery"
	chmod 600 "$tmp/recovery"
	expect 0 "$restore" list --key "$tmp/recovery"
	sed 's/^\(.\)\(.\)/\2\1/' "$tmp/recovery" >"$tmp/typo"
	cmp -s "$tmp/typo" "$tmp/recovery" || {
		expect 13 "$restore" list --key "$tmp/typo"
		has "$tmp/err" mistyped
	}
	sed 's/^host ....../host 000000/' "$tmp/key" >"$tmp/wrong"
	expect 13 "$restore" list --key "$tmp/wrong"
	expect 11 "$restore" list --repo "$tmp/src"
	expect 11 "$restore" list --repo "$tmp/nowhere"
	expect 4 "$restore" list --key "$tmp/nowhere"
	(
		unset KHO_KEY_FILE
		expect 2 "$restore" list --no-input
	) || exit 1
	for copy in config config.2 config.3; do
		flip "$tmp/repo/$copy" 40
	done
	expect 9 "$restore" list
}

tmpdir
prepare
killed
stopped
resumed
damaged
if [ "$(id -u)" -eq 0 ]; then not_root; fi
keys
