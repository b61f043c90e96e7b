#!/bin/sh
# Every kind of file, name and attribute comes back as it was, the first time
# and after each kind of change; what did not change is not read again.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/compare.sh"

need rsync perl setfattr setfacl truncate
tmpdir
src=$tmp/src
root=$([ "$(id -u)" -eq 0 ] && echo yes || echo no)

random() { head -c "$1" /dev/urandom; }

make_types() {
	mkdir -p "$1/empty" "$1/full/below" && : >"$1/nothing"
	echo one >"$1/full/below/file"
	ln -s full "$1/to-directory"
	ln -s /nowhere/at/all "$1/dangling"
	ln -s "$(printf '%04000d' 7)" "$1/long"
	ln -s "$(printf 'odd\n\377\033[1m target')" "$1/odd"
	mkfifo -m 0620 "$1/fifo"
	(cd "$1" && perl -MIO::Socket::UNIX -e \
	    'IO::Socket::UNIX->new(Local => "socket") or die') ||
		fail "no socket"
	touch -h -d '1999-12-31 23:59:59.999999999Z' "$1/dangling"
	[ "$root" = yes ] || return 0
	if ! mknod -m 0640 "$1/char" c 1 5 ||
	    ! mknod "$1/block" b 259 1048575; then
		say "left out here: devices"
		rm -f "$1/char"
	fi
	chown -h 3000000001:4000000002 "$1/odd" "$1/fifo"
}

make_names() {
	# shellcheck disable=SC2016 # nothing here is to be expanded
	for name in ' leading' 'trailing ' '-rf' '--help' '*?[a]' 'a\b' '\x41' \
	    "'" '"' '$(x)' '`x`' "$(printf 'two\nlines')" "$(printf '\033[2J')" \
	    "$(printf '\007\177\001')" "$(printf '\377\376')" \
	    "$(printf 'H\341\273\223 s\306\241')" \
	    "$(printf 'Ho\314\202\314\200 so\314\233')" '...' '.hidden' '~' \
	    "$(printf '%0255d' 0)"; do
		printf %s "$name" >"$1/$name" || fail "cannot make a name"
		below=$1/d${name%0}
		mkdir "$below" || fail "cannot make a directory"
		ln -s "./$name" "$below/l"
	done
}

make_links() {
	mkdir -p "$1/a" "$1/b/below" "$1/c"
	random 100000 >"$1/a/1"
	ln "$1/a/1" "$1/b/below/2"
	ln "$1/a/1" "$1/c/3"
	ln -P "$(printf '%s/a/l' "$1")" "$1/c/l" 2>/dev/null
	ln -s nowhere "$1/a/link"
	ln -P "$1/a/link" "$1/c/link"
	mkfifo "$1/b/pipe" && ln "$1/b/pipe" "$1/a/pipe"
	: >"$1/a/empty" && ln "$1/a/empty" "$1/c/empty"
}

# data FILE AT COUNT: random blocks of 64 KiB at that block.
data() {
	dd if=/dev/urandom of="$1" bs=64k seek="$2" count="$3" conv=notrunc \
	    2>/dev/null
}

make_holes() {
	truncate -s 16M "$1/all-hole"
	truncate -s 1 "$1/all-hole-of-one"
	data "$1/leading" 40 3
	data "$1/trailing" 0 3 && truncate -s 9000001 "$1/trailing"
	data "$1/islands" 1 1 && data "$1/islands" 3 1
	data "$1/islands" 100 40 && truncate -s 20M "$1/islands"
	head -c 1000000 /dev/zero >"$1/zeros"
	# One hole of one block, and attributes that take a block.
	random 40960 >"$1/hidden"
	dd if=/dev/urandom of="$1/hidden" bs=4k seek=11 count=1 conv=notrunc \
	    2>/dev/null
	setfattr -n user.large -v "$(printf '%03000d' 1)" "$1/hidden"
	# Data that ends within a block, and where a hole follows.
	printf x | dd of="$1/last-byte" bs=1 seek=999999 2>/dev/null
}

make_sizes() {
	for size in 4096 65536 131072 1048576 2097152 3145728; do
		for by in -1 0 1; do
			random $((size + by)) >"$1/$size$by"
		done
	done
	head -c 3000000 /dev/zero | tr '\0' a >"$1/same"
	cp "$1/3145728-1" "$1/copy"
}

make_attributes() {
	mkdir -m 0777 "$1/box" "$1/sticky" "$1/setgid" && chmod 1777 "$1/sticky"
	chmod 2755 "$1/setgid"
	for file in plain many suid sgid none capable listed box/in; do
		echo "$file" >"$1/$file"
	done
	setfattr -n user.binary -v 0x00ff0a001b5b "$1/plain" ||
		fail "no extended attributes"
	setfattr -n user.empty "$1/plain"
	setfattr -n "user.$(printf '%0200d' 0)" -v long "$1/plain"
	setfattr -n user.box -v "of a directory" "$1/box"
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		setfattr -n "user.n$i" -v "$i" "$1/many"
	done
	setfacl -m u:1234:r,g:4321:rw,m::r "$1/listed"
	setfacl -m u:1234:rwx -d -m u:1234:rwx,g:99:r,o::- "$1/box"
	echo below >"$1/box/inherits"
	chmod 4755 "$1/suid" && chmod 2711 "$1/sgid" && chmod 0 "$1/none"
	[ "$root" = yes ] || { chmod 0400 "$1/none"; return 0; }
	mkdir -m 0 "$1/closed" && echo x >"$1/closed/x"
	chown 12345:54321 "$1/plain" "$1/setgid" && chmod 2755 "$1/setgid"
	chown 4294967294:1 "$1/suid" && chmod 4755 "$1/suid"
	setfattr -n trusted.kho -v trust "$1/plain"
	setcap cap_net_raw,cap_chown=ep "$1/capable" 2>/dev/null ||
		say "left out here: capabilities"
}

make_times() {
	mkdir "$1/dir" && echo x >"$1/dir/x" && ln -s x "$1/dir/l"
	for t in 1901-12-14T00:00:00.5 1961-04-12T06:07:00.123456789 \
	    1969-12-31T23:59:59.999999999 1970-01-01T00:00:00 \
	    2038-01-19T03:14:08.000000001 2106-02-07T06:28:16.7 \
	    2200-01-01T00:00:00.1; do
		echo "$t" >"$1/$t" && touch -d "${t}Z" "$1/$t"
		mkdir "$1/d$t" && touch -d "${t}Z" "$1/d$t"
	done
	touch -h -d '1955-11-05 06:00:00.25Z' "$1/dir/l"
	touch -d '1968-12-24 00:00:00.000000007Z' "$1/dir"
}

make_many() {
	(cd "$1" && seq 1 20000 | xargs touch)
	echo content >"$1/10000"
}

say "a tree"
for part in types names links holes sizes attributes times many; do
	mkdir -p "$src/$part" && "make_$part" "$src/$part"
done

# What rsync and find cannot reach, or would read for hours.
deep=$tmp/beyond/deep huge=$tmp/beyond/huge
mkdir -p "$deep" "$huge"
perl -e 'chdir $ARGV[0] or die; $d = "d" x 250;
    for (1 .. 40) { mkdir $d or die; chdir $d or die }
    open F, ">", "bottom" or die; print F "of all\n"; close F or die;
    symlink "bottom", "link" or die; utime 1, 1, "bottom"' "$deep" ||
	fail "no deep path"
data "$huge/tera" 0 2 && data "$huge/tera" 10000000 3
data "$huge/tera" 16777200 1
truncate -s 1T "$huge/tera" || fail "no huge file"

# deep_list DIR: what lies deeper than PATH_MAX.
deep_list() {
	perl -e 'chdir $ARGV[0] or die; $d = "d" x 250;
	    for (1 .. 40) { chdir $d or last; push @l, (lstat ".")[2, 9] }
	    open F, "<", "bottom" or die "no bottom"; print @l, <F>,
		readlink("link"), (lstat "bottom")[2, 9], "\n"' "$1"
}

same_beyond() {
	for side in "$1" "$2"; do
		deep_list "$side/deep" || fail "the deep path is not there"
		"$top_builddir/tests/lib/holes" "$side/huge" ||
			fail "no holes in the huge file"
		for at in 0 10000000 16777200; do
			dd if="$side/huge/tera" bs=64k skip=$at count=4 \
			    2>/dev/null | sha256sum
		done
	done >"$tmp/beyond.list"
	lines=$(($(wc -l <"$tmp/beyond.list") / 2))
	head -n $lines "$tmp/beyond.list" >"$tmp/beyond.a"
	tail -n $lines "$tmp/beyond.list" >"$tmp/beyond.b"
	cmp "$tmp/beyond.a" "$tmp/beyond.b" || {
		cat "$tmp/beyond.list" >&2
		fail "the deep path or the huge file is not the same"
	}
}

# round WHAT: restore the latest, compare with the sources.
round() {
	rm -rf "$tmp/out.d"
	kho_restore 0 run latest --to "$tmp/out.d"
	has "$tmp/out" COMPLETE
	compare_trees "$src" "$tmp/out.d$src" || fail "$1: not the same"
	same_beyond "$tmp/beyond" "$tmp/out.d$tmp/beyond"
}

say "the first copy"
kho_setup "$src" "$tmp/beyond"
kho_backup 0 --json
[ "$(kho_json issues)" -eq 0 ] || fail "issues: $(kho_json issues)"
round "first copy"
expect 0 "$restore" check "$tmp/out.d"
kho_restore 0 verify --full

say "part of it: hard links to what stays away"
rm -rf "$tmp/out.d"
kho_restore 0 run latest --to "$tmp/out.d" --path "$src/links/a" \
    --path "$src/links/c"
out=$tmp/out.d$src/links
[ "$(stat -c %h "$out/a/1")" -eq 2 ] || fail "links: $(stat -c %h "$out/a/1")"
[ "$(stat -c %i "$out/a/1")" = "$(stat -c %i "$out/c/3")" ] ||
	fail "not one file"
cmp "$src/links/b/below/2" "$out/c/3" || fail "content of a link"
[ ! -e "$out/b" ] || fail "more than was asked for"

say "changes"
sleep 1
kho_backup 0	# so that nothing is racy
cd "$src" || exit
echo more >>sizes/65536-1
touch -d '1950-01-01 00:00:00.000000001Z' types/nothing
mv sizes/2097152-1 sizes/renamed
mv types/full types/moved
rm times/1970* && rmdir times/d1970*
rm names/-rf && mkdir names/-rf && echo in >names/-rf/in
rm -r names/d... && echo file >names/d...
rm types/fifo && mkfifo types/long2 && rm types/long && mkdir types/long
ln -sfn elsewhere types/dangling
chmod 0751 sizes/3145728-1
setfattr -n user.binary -v 0x01 attributes/plain
setfattr -x user.n3 attributes/many
setfacl -m u:1234:rwx,m::rwx attributes/listed
setfacl -k attributes/box
rm links/b/below/2 && ln links/a/1 links/b/new
cp sizes/131072-1 sizes/131072-1.new && mv sizes/131072-1.new sizes/131072-1
data holes/islands 200 1
truncate -s 12M holes/all-hole
fallocate -p -o 65536 -l 65536 holes/zeros 2>/dev/null
rm many/19*
cd / || exit
kho_backup 0 --json
# What was written or got another ctime is read, 9.5 MB, the rest is not.
[ "$(kho_json read_bytes)" -lt 10500000 ] ||
	fail "read again: $(kho_json read_bytes)"
[ "$(kho_json issues)" -eq 0 ] || fail "issues: $(kho_json issues)"
round "changes"
kho_restore 0 verify --full
