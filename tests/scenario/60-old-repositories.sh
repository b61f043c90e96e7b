#!/bin/sh
# Every repository that a release has ever written restores, with each of its
# keys, to what its manifests say (tests/vectors/README.md).
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/manifest.sh"

need getfattr setfattr setfacl
tmpdir
restore=${top_builddir:?}/restore/restore

probe_xattrs() {
	: >"$tmp/probe"
	setfattr -n user.kho -v 1 "$tmp/probe" 2>/dev/null &&
		setfacl -m u:1234:r "$tmp/probe" 2>/dev/null
}

# What cannot be restored here is not compared, and restore may say so (3).
compared='[acox]'
short=0
probe_xattrs || {
	say "no extended attributes in $tmp: not compared"
	compared='[aco]'
	short=3
}
[ "$(id -u)" -eq 0 ] || {
	say "not root: owners are not compared, nor setuid with them"
	compared=$(printf '%s' "$compared" | tr -d o)
	short=3
}

# facts: of a manifest on stdin, those that are compared.
facts() {
	if [ "$(id -u)" -eq 0 ]; then
		grep -a "^$compared"
	else
		LC_ALL=C sed -n '/^a/s/	[4-7]\([0-7]\{3\}\)	/	\1	/
		    /^'"$compared"'/p'
	fi
}

# kho CODE KEY ARGUMENT...: restore with a key of this repository.
kho() {
	kho_code=$1
	kho_key=$2
	shift 2
	expect "$kho_code" "$restore" --repo "$old/repository" \
	    --key "$tmp/keys/$kho_key" --no-input "$@"
}

# kho_run KEY SNAPSHOT: restore all that can be restored here.
kho_run() {
	kho_got=0
	"$restore" run --repo "$old/repository" --key "$tmp/keys/$1" \
	    --no-input "$2" --to "$tmp/to" >"$tmp/out" 2>&1 || kho_got=$?
	[ "$kho_got" -eq 0 ] || [ "$kho_got" -eq "$short" ] || {
		cat "$tmp/out" >&2
		fail "$old: $2 with $1: exit $kho_got"
	}
}

# same SNAPSHOT KEY ROOT...: restore it and compare with its manifest.
same() {
	same_id=$1
	rm -rf "$tmp/to"
	kho_run "$2" "$same_id"
	shift 2
	# shellcheck disable=SC2068 # words by tabs and blanks
	manifest_of "$tmp/to" $@ | facts >"$tmp/is"
	facts <"$old/manifests/$same_id" >"$tmp/must"
	[ -s "$tmp/must" ] || fail "no manifest for $same_id"
	cmp -s "$tmp/must" "$tmp/is" || {
		diff -a "$tmp/must" "$tmp/is" | head -n 20 >&2
		fail "$old: $same_id does not restore to what it was"
	}
}

count=0
for old in "$top_srcdir"/tests/vectors/repository-v*; do
	say "${old##*/}"
	rm -rf "$tmp/keys"
	mkdir "$tmp/keys"
	cp "$old"/*.key "$old/passphrase" "$tmp/keys"
	chmod 600 "$tmp"/keys/*
	for key in host.key second.key recovery.key passphrase; do
		kho 0 "$key" list
	done
	kho 0 host.key verify --full
	kho 0 recovery.key verify --full
	while read -r id roots; do
		same "$id" host.key "$roots"
		same "$id" recovery.key "$roots"
		count=$((count + 1))
	done <"$old/snapshots"
done
[ "$count" -ge 14 ] || fail "only $count snapshots"
say "$count snapshots, each with two keys"
