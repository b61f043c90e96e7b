# files.sh: data of few and large files: databases, images, logs; to be read
# by data.sh, which sets what sizes they have.
# shellcheck shell=bash disable=SC2034,SC2154

files_made() {
	python3 "$here/made.py" "$@" || fail "made.py $*"
}

# files_now_as SET DIR: make DIR what $data/SET/changed is, writing in place,
# as a program that changes its file does.
files_now_as() {
	files_made patch "$data/$1/changed" "$2"
	rsync -aH --delete "$data/$1/changed/" "$2/" || fail "rsync of $1"
}

# ---- sqlite, nights: the database of an office ----

data_make_sqlite() {
	files_made office "$data/sqlite/tree/office.db" "$data_office"
}

data_change_sqlite() { files_made office-night "$1/office.db" "$2"; }

# The same data.
data_make_nights() {
	data_make sqlite
	cp -al "$data/sqlite/tree/." "$data/nights/tree/"
}

data_change_nights() { data_change_sqlite "$@"; }

# ---- log ----

data_make_log() {
	files_made logs "$data/log/tree" "$data_log"
}

data_change_log() { files_made logs-night "$1" "$2" "$data_log_night"; }

# ---- pg: a data directory of PostgreSQL, between two clean stops ----

# files_pg COMMAND...: as a user whom PostgreSQL serves: not as root.
files_pg() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi >>"$files_pg_dir/log" 2>&1 || {
		tail -n 20 "$files_pg_dir/log" >&2
		fail "$* (the package postgresql)"
	}
}

files_pg_start() {
	files_pg "$files_pg_bin/pg_ctl" -D "$files_pg_dir/data" -w -s \
	    -l "$files_pg_dir/server.log" -o "-c listen_addresses='' \
-c unix_socket_directories=$files_pg_dir -c fsync=off \
-c max_wal_size=128MB -c checkpoint_timeout=1h" start
}

files_pg_stop() {
	files_pg "$files_pg_bin/psql" -h "$files_pg_dir" -q -c checkpoint \
	    postgres
	files_pg "$files_pg_bin/pg_ctl" -D "$files_pg_dir/data" -w -s \
	    -m fast stop
}

data_make_pg() {
	files_pg_bin=$(find /usr/lib/postgresql/*/bin -name pgbench |
		sort -V | tail -n 1)
	files_pg_bin=${files_pg_bin%/*}
	[ -n "$files_pg_bin" ] || fail "no pgbench: the package postgresql"
	files_pg_dir=$(mktemp -d "${TMPDIR:-/tmp}/kho-bench-pg.XXXXXX")
	# shellcheck disable=SC2317 # by data_end
	files_pg_undo() {
		[ ! -e "$files_pg_dir/data/postmaster.pid" ] ||
			kill -INT "$(head -n 1 \
			    "$files_pg_dir/data/postmaster.pid")"
		rm -rf "$files_pg_dir"
	}
	data_undo=files_pg_undo
	: >"$files_pg_dir/log"
	[ "$(id -u)" -ne 0 ] || chown -R 65534:65534 "$files_pg_dir"
	files_pg "$files_pg_bin/initdb" -D "$files_pg_dir/data" -A trust \
	    -E UTF8 --no-sync
	files_pg_start
	files_pg "$files_pg_bin/pgbench" -h "$files_pg_dir" -i -q \
	    -s "$data_pg_scale" postgres
	files_pg_stop
	cp -a "$files_pg_dir/data/." "$data/pg/tree/"
	files_pg_start
	files_pg "$files_pg_bin/pgbench" -h "$files_pg_dir" -n -c 4 -j 2 \
	    -t $((data_pg_transactions / 4)) --random-seed=1 postgres
	files_pg_stop
	cp -a "$files_pg_dir/data" "$data/pg/changed"
	data_undo=
	rm -rf "$files_pg_dir"
}

data_change_pg() { files_now_as pg "$1"; }

# ---- images: one file, an ext4 file system ----

# files_mkfs DIR IMAGE: an image with what is in DIR.
files_mkfs() {
	PATH=$PATH:/sbin:/usr/sbin mkfs.ext4 -q -b 4096 -U clear \
	    -E lazy_itable_init=0,lazy_journal_init=0 -d "$1" "$2" \
	    "${data_image}M" >/dev/null ||
		fail "mkfs.ext4 (the package e2fsprogs)"
}

# files_unpack DIR PACKAGE...
files_unpack() {
	files_in=$1
	shift
	mkdir -p "$files_in/deb"
	for files_package; do
		data_download "$files_package" "$files_in/deb"
	done
	for files_deb in "$files_in"/deb/*.deb; do
		dpkg-deb -x "$files_deb" "$files_in/root"
	done
	rm -rf "$files_in/deb"
}

# A root file system is built again, with some packages less and others.
data_make_image_new() {
	files_image=$data/image-new
	mkdir "$files_image/changed"
	# shellcheck disable=SC2086 # lists
	files_unpack "$files_image/1" $data_image_common $data_image_before
	files_mkfs "$files_image/1/root" "$files_image/tree/disk.img"
	rm -rf "$files_image/1"
	# shellcheck disable=SC2086 # lists
	files_unpack "$files_image/2" $data_image_common $data_image_after
	files_mkfs "$files_image/2/root" "$files_image/changed/disk.img"
	rm -rf "$files_image/2"
}

# Written under another name, and moved to where the old one was.
data_change_image_new() {
	cp -a "$data/image-new/changed/disk.img" "$1/disk.img.new"
	mv "$1/disk.img.new" "$1/disk.img"
}

# The same image, mounted, files in it edited, unmounted.
data_make_image_edit() {
	data_make image-new
	files_image=$data/image-edit
	cp -a "$data/image-new/tree/." "$files_image/tree/"
	mkdir "$files_image/changed" "$files_image/mnt"
	cp "$data/image-new/tree/disk.img" "$files_image/changed/"
	# shellcheck disable=SC2317 # by data_end
	files_image_undo() {
		umount "$files_image/mnt" 2>/dev/null
	}
	data_undo=files_image_undo
	if [ "$(id -u)" -eq 0 ] && mount -o loop \
	    "$files_image/changed/disk.img" "$files_image/mnt" 2>/dev/null
	then
		files_image_edit "$files_image/mnt"
		umount "$files_image/mnt" || fail "umount"
	else
		say "no loop mount here: debugfs edits the image"
		files_image_debugfs "$files_image/changed/disk.img"
	fi
	data_undo=
	rmdir "$files_image/mnt"
}

data_change_image_edit() { files_now_as image-edit "$1"; }

# files_image_edit DIR: 300 edits, 50 files gone, 50 others come.
files_image_edit() {
	data_files=$work/change
	(cd "$1" && find . -type f -links 1 -size -512k | LC_ALL=C sort) |
		data_pick 350 9 >"$data_files"
	(
		cd "$1" || exit 1
		head -n 300 "$data_files" | data_edit
		mkdir new
		tail -n +301 "$data_files" | data_replace
	) || fail "editing in $1"
}

# files_image_debugfs IMAGE: the same number of files, but all of them go and
# come, as debugfs cannot edit.
files_image_debugfs() {
	files_commands=$work/debugfs
	files_from=$work/debugfs.d
	mkdir "$files_from"
	PATH=$PATH:/sbin:/usr/sbin
	debugfs -R "rdump /usr/share $files_from" "$1" >/dev/null 2>&1
	(cd "$files_from" && find share -type f -size -512k) |
		LC_ALL=C sort | data_pick 350 9 |
		awk -v from="$files_from" '
		    { print "rm \"/usr/" $0 "\""
		    print "write \"" from "/" $0 "\" \"/usr/" $0 "\"" }' \
		    >"$files_commands"
	debugfs -w -f "$files_commands" "$1" >"$files_commands.log" 2>&1 ||
		fail "debugfs"
	rm -rf "$files_from"
	# It goes on after a failure, and tells of none with its status.
	[ "$(grep -c '^Allocated inode' "$files_commands.log")" -gt 50 ] ||
		fail "debugfs: $(tail -n 5 "$files_commands.log")"
}
