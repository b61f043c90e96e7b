# tree.sh: trees to be backed up by tests; to be read after lib.sh.
# shellcheck shell=sh

# What the file system or the user cannot have is left out, and said.
tree_without() {
	say "left out here: $*"
}

tree_sparse() {
	truncate -s 16M "$1/all-hole" || return
	dd if=/dev/urandom of="$1/islands" bs=64k count=1 2>/dev/null
	dd if=/dev/urandom of="$1/islands" bs=64k count=2 seek=40 \
	    conv=notrunc 2>/dev/null
	truncate -s 9000001 "$1/islands"
	# Zeros that are written are data, not a hole.
	dd if=/dev/zero of="$1/zeros" bs=64k count=20 2>/dev/null
}

tree_links() {
	mkdir -p "$1/here/below" "$1/there"
	echo "one file, three names" >"$1/here/first"
	ln "$1/here/first" "$1/here/below/second"
	ln "$1/here/first" "$1/there/third"
	ln -s ../here/first "$1/there/to-first"
	ln -s /nowhere/at/all "$1/there/dangling"
	ln -s . "$1/there/loop"
	mkfifo "$1/there/pipe"
	if [ "$(id -u)" -eq 0 ]; then
		mknod "$1/there/null" c 1 3 2>/dev/null ||
			tree_without "device files"
		ln -P "$1/there/dangling" "$1/here/linked-link"
	fi
}

tree_names() {
	for tree_name in ' leading and trailing ' '-rf' '*?[a]' 'a\b' \
	    "quote'\"" "two
lines" 'Hồ sơ' "$(printf 'a\314\223')" "$(printf '%0255d' 0)"; do
		echo "$tree_name" >"$1/$tree_name"
	done
	tree_name=$(printf 'not\377\376utf8')
	echo latin >"$1/$tree_name" 2>/dev/null ||
		tree_without "names that are not UTF-8"
}

tree_times() {
	echo old >"$1/before-1970"
	echo new >"$1/after-2038"
	mkdir "$1/dated" && echo inside >"$1/dated/inside"
	ln -s inside "$1/dated/link"
	touch -h -d '1999-12-31 23:59:59.999999999Z' "$1/dated/link"
	touch -d '1961-04-12 06:07:00.123456789Z' "$1/before-1970"
	touch -d '2041-07-20 20:17:40.000000001Z' "$1/after-2038"
	touch -d '1968-12-24 00:00:00.5Z' "$1/dated"
}

tree_attributes() {
	mkdir "$1/box" && echo kept >"$1/box/kept"
	echo plain >"$1/plain"
	if setfattr -n user.kho.note -v "$(printf 'binary \001\377')" \
	    "$1/plain" 2>/dev/null; then
		setfattr -n user.kho.empty "$1/box/kept"
		setfattr -n user.kho.dir -v "of a directory" "$1/box"
	else
		tree_without "extended attributes"
	fi
	if setfacl -m u:1234:r,g:4321:rw "$1/plain" 2>/dev/null; then
		setfacl -d -m u:1234:rwx "$1/box"
	else
		tree_without "access control lists"
	fi
	echo suid >"$1/suid" && chmod 4751 "$1/suid"
	mkdir "$1/sticky" && chmod 1777 "$1/sticky"
	echo mine >"$1/readonly" && chmod 0400 "$1/readonly"
	[ "$(id -u)" -ne 0 ] || chown -h 12345:54321 "$1/readonly"
	mkdir "$1/closed" && echo x >"$1/closed/x" && chmod 0555 "$1/closed"
	mkdir "$1/empty-directory" && : >"$1/empty-file"
}

# tree_deep DIR LEVELS: directories within each other, of 100 bytes each.
tree_deep() {
	tree_step=$(printf 'deep%096d' 0)
	(
		cd "$1" || exit
		tree_level=0
		while [ "$tree_level" -lt "$2" ]; do
			mkdir "$tree_step" && cd "$tree_step" || exit
			tree_level=$((tree_level + 1))
		done
		echo bottom >bottom
	)
}

# tree_torture DIR: everything that a small tree can have.  Paths stay below
# PATH_MAX, for the tools that compare.
tree_torture() {
	mkdir -p "$1/sparse" "$1/links" "$1/names" "$1/times" \
	    "$1/attributes" &&
		tree_sparse "$1/sparse" && tree_links "$1/links" &&
		tree_names "$1/names" && tree_attributes "$1/attributes" &&
		tree_deep "$1" 30 && tree_times "$1/times"
}

tree_files() {
	find "$1" -xdev -type f 2>/dev/null | wc -l
}

# tree_copy DIR FILES: copy what this machine has below /usr into DIR until
# there are FILES files: headers and scripts before manuals, which are
# compressed; nothing that is large.
tree_copy() {
	tree_count=0 tree_number=0
	mkdir -p "$1"
	for tree_part in /usr/include /usr/share/perl /usr/lib/python3 \
	    /usr/share/doc /usr/share/locale /usr/share/[!dlm]* \
	    /usr/share/man /usr/lib/*; do
		[ "$tree_count" -lt "$2" ] || return 0
		if [ ! -d "$tree_part" ] || [ -L "$tree_part" ]; then
			continue
		fi
		tree_kib=$(du -skx "$tree_part" 2>/dev/null | cut -f 1)
		[ "${tree_kib:-0}" -lt 150000 ] || continue
		tree_number=$((tree_number + 1))
		# What others may not read is not copied.
		cp -a "$tree_part" "$1/$tree_number-${tree_part##*/}" \
		    2>/dev/null || :
		tree_count=$(tree_files "$1")
	done
	tree_fill "$1" "$2"
}

# A machine with little below /usr: the same words in many small files.
tree_fill() {
	mkdir "$1/many"
	while [ "$tree_count" -lt "$2" ]; do
		tree_count=$((tree_count + 1))
		echo "file $tree_count of a small machine" \
		    >"$1/many/$tree_count"
	done
}
