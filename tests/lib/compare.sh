# compare.sh: tell whether two trees are the same to the last attribute; to
# be read after lib.sh, with $tmp made.
# shellcheck shell=sh

COMPARE_SHOWN=20	# differences that are printed

# What find sees, one entry a record: times to the nanosecond, and of
# directories neither size nor links, which are the file system's affair.
compare_attributes() {
	(cd "$1" && LC_ALL=C TZ=UTC0 find . \
	    -type d -printf '%P %y %m %U %G %T@\0' -o \
	    -printf '%P %y %m %U %G %T@ %s %n %l\0') |
		LC_ALL=C sort -z | tr '\n\0' '?\n'
}

# compare_lists WHAT: say what differs between $tmp/compare.a and .b.
compare_lists() {
	cmp -s "${tmp:?}/compare.a" "$tmp/compare.b" && return 0
	say "$1 differ:" >&2
	diff "$tmp/compare.a" "$tmp/compare.b" >"$tmp/compare.diff"
	head -n "$COMPARE_SHOWN" "$tmp/compare.diff" >&2
	return 1
}

# compare_rsync A B: content, owners, hard links, ACLs, extended attributes.
compare_rsync() {
	rsync -aHAXn --numeric-ids --modify-window=-1 --checksum --delete \
	    --itemize-changes "$1/" "$2/" >"$tmp/compare.rsync" 2>&1 ||
		echo "rsync: exit $?" >>"$tmp/compare.rsync"
	[ -s "$tmp/compare.rsync" ] || return 0
	say "rsync sees differences:" >&2
	head -n "$COMPARE_SHOWN" "$tmp/compare.rsync" >&2
	return 1
}

# compare_trees A B: 0 if B is what A is; else 1, and tell the differences.
compare_trees() {
	compare_result=0
	compare_rsync "$1" "$2" || compare_result=1
	compare_attributes "$1" >"$tmp/compare.a"
	compare_attributes "$2" >"$tmp/compare.b"
	[ -s "$tmp/compare.a" ] || compare_result=1
	compare_lists attributes || compare_result=1
	compare_holes=${top_builddir:?}/tests/lib/holes
	"$compare_holes" "$1" >"$tmp/compare.a" || compare_result=1
	"$compare_holes" "$2" >"$tmp/compare.b" || compare_result=1
	compare_lists "holes of sparse files" || compare_result=1
	return "$compare_result"
}
