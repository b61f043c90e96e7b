#!/bin/sh
# restore run and check: everything comes back, and what changes is found.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "${top_srcdir:?}/tests/lib/tree.sh"
. "${top_srcdir:?}/tests/lib/compare.sh"

need rsync setfattr setfacl
restore=$top_builddir/restore/restore
mkrepo=$top_builddir/tests/lib/mkrepo

prepare() {
	mkdir "$tmp/repo" || fail "mkdir"
	tree_torture "$tmp/src" || fail "cannot make a tree"
	"$mkrepo" "$tmp/repo" "$tmp/key" host-1 docs "$tmp/src" /srv/docs \
	    >"$tmp/made" || fail "mkrepo"
	KHO_REPO=$tmp/repo KHO_KEY_FILE=$tmp/key
	export KHO_REPO KHO_KEY_FILE
}

comes_back() {
	expect 0 "$restore" run host-1/docs --to "$tmp/to"
	has "$tmp/out" COMPLETE
	has "$tmp/out" "every SHA-256 matches"
	compare_trees "$tmp/src" "$tmp/to/srv/docs" || fail "it differs"
	expect 0 "$restore" check "$tmp/to"
	has "$tmp/out" UNCHANGED
}

# Paths longer than PATH_MAX, and a hole that nobody could read through.
goes_far() {
	mkdir "$tmp/far" || fail "mkdir"
	tree_deep "$tmp/far" 30
	mkdir "$tmp/end"
	tree_deep "$tmp/end" 30
	# No shell goes deeper at one go: the second half is moved there.
	deepest=$(find "$tmp/far" -name bottom -printf %h)
	(cd "$deepest" && mv "$tmp/end" .) || fail "cannot go deep"
	truncate -s 4T "$tmp/far/vast"
	printf 'end' >>"$tmp/far/vast"
	"$mkrepo" "$tmp/repo" "$tmp/key" host-2 far "$tmp/far" / \
	    >/dev/null || fail "mkrepo"
	expect 0 "$restore" run host-2 --to "$tmp/far-to"
	[ "$(stat -c %s "$tmp/far-to/vast")" = 4398046511107 ] ||
	    fail "vast is not as long as it was"
	[ "$(tail -c 3 "$tmp/far-to/vast")" = end ] || fail "vast has no end"
	[ "$(stat -c %b "$tmp/far-to/vast")" -lt 1000 ] || fail "no hole"
	[ "$(find "$tmp/far-to" -name bottom | wc -l)" -eq 2 ] ||
	    fail "the deepest file is missing"
	expect 0 "$restore" check "$tmp/far-to"
	printf x | dd of="$tmp/far-to/vast" bs=1 seek=1000000000 \
	    conv=notrunc 2>/dev/null
	expect 9 "$restore" check "$tmp/far-to"
	has "$tmp/out" "vast: its content differs"
}

refuses() {
	expect 10 "$restore" run latest --to "$tmp/to"
	has "$tmp/err" "not empty"
	expect 10 "$restore" run latest --to "$tmp/repo/packs/x"
	has "$tmp/err" "inside the repository"
	expect 10 "$restore" run latest --to "$tmp/key"
	expect 4 "$restore" run nobody --to "$tmp/none"
	expect 4 "$restore" run latest --to "$tmp/none" --path /srv/docs/none
	expect 2 "$restore" run latest
	expect 2 "$restore" run latest --to "$tmp/none" --path relative
	expect 2 "$restore" run latest --to "$tmp/none" --overwrite perhaps
	expect 0 "$restore" run latest --to "$tmp/none" --dry-run
	[ ! -e "$tmp/none" ] || fail "something was written"
}

finds_changes() {
	d=$tmp/to/srv/docs
	printf 'PLAIN\n' >"$d/attributes/plain"
	touch -d '2001-01-01' "$d/attributes/suid"
	rm "$d/attributes/empty-file" "$d/links/there/dangling"
	ln -s other "$d/links/there/dangling"
	: >"$d/attributes/empty-directory/added"
	chmod 600 "$d/sparse/zeros"
	expect 9 "$restore" check "$tmp/to"
	has "$tmp/out" CHANGED
	has "$tmp/out" "srv/docs/attributes/plain: its content differs"
	has "$tmp/out" "attributes/suid: its modification time differs"
	has "$tmp/out" "attributes/empty-file: it is missing"
	has "$tmp/out" "links/there/dangling: it points somewhere else"
	has "$tmp/out" "empty-directory/added: it was not restored"
	has "$tmp/out" "srv/docs/sparse/zeros: its mode differs"
}

overwrites() {
	d=$tmp/to/srv/docs
	expect 0 "$restore" run latest --to "$tmp/to" --overwrite never
	has "$d/attributes/plain" PLAIN
	[ -f "$d/attributes/empty-file" ] || fail "never: nothing came"
	expect 0 "$restore" run latest --to "$tmp/to" --overwrite older
	has "$d/attributes/plain" PLAIN
	expect 0 "$restore" run latest --to "$tmp/to" --overwrite always
	has "$tmp/out" "files were there already"
	[ -e "$d/attributes/empty-directory/added" ] ||
	    fail "a file of somebody else is gone"
	rm "$d/attributes/empty-directory/added"
	expect 0 "$restore" run latest --to "$tmp/to" --overwrite always
	compare_trees "$tmp/src" "$d" || fail "it differs"
	# A directory where the snapshot has a file stays, and is told.
	rm "$d/attributes/plain" && mkdir "$d/attributes/plain"
	expect 3 "$restore" run latest --to "$tmp/to" --overwrite always \
	    --path /srv/docs/attributes
	has "$tmp/out" "attributes/plain: cannot replace what is there"
}

selects() {
	expect 0 "$restore" run latest --to "$tmp/part" \
	    --path /srv/docs/links --path /srv/docs/sparse/islands
	compare_trees "$tmp/src/links" "$tmp/part/srv/docs/links" ||
	    fail "it differs"
	[ "$(find "$tmp/part/srv/docs/sparse" -type f | wc -l)" -eq 1 ] ||
	    fail "more or less than was asked for"
}

safe() {
	expect 0 "$restore" run latest --to "$tmp/safe" --safe
	has "$tmp/out" "lost that bit (--safe)"
	[ ! -u "$tmp/safe/srv/docs/attributes/suid" ] || fail "setuid"
	[ ! -e "$tmp/safe/srv/docs/links/there/null" ] || fail "a device"
	expect 0 "$restore" check "$tmp/safe"
}

lists() {
	id=$(tail -n 1 "$tmp/made")
	expect 0 "$restore" list
	has "$tmp/out" "host-1/docs"
	has "$tmp/out" "$(printf %.12s "$id")"
	expect 0 "$restore" ls "$(printf %.6s "$id")" /srv/docs/links/there
	has "$tmp/out" "dangling -> /nowhere/at/all"
	expect 0 "$restore" ls latest /srv/docs/names/
	has "$tmp/out" 'two\x0alines'
	has "$tmp/out" 'a\x5cb'
	has "$tmp/out" 'Hồ sơ'
	expect 4 "$restore" ls latest /srv/docs/none
	expect 0 "$restore" verify
	expect 0 "$restore" verify --full
	has "$tmp/out" SOUND
}

json() {
	expect 0 "$restore" run latest --to "$tmp/json" --json
	tail -n 1 "$tmp/out" >"$tmp/last"
	has "$tmp/last" '{"t":"end","code":0'
	has "$tmp/last" '"sha256_ok":true'
	expect 10 "$restore" run latest --to "$tmp/json" --json
	tail -n 1 "$tmp/out" >"$tmp/last"
	has "$tmp/last" '{"t":"end","code":10'
	expect 4 "$restore" list nobody --json
	has "$tmp/out" '"code":4'
	[ ! -s "$tmp/err" ] || fail "JSON, and text beside it"
}

tmpdir
prepare
comes_back
refuses
finds_changes
overwrites
selects
if [ "$(id -u)" -eq 0 ]; then safe; fi
lists
json
goes_far
