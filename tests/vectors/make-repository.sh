#!/bin/sh
# make-repository.sh DIRECTORY: write a repository with the programs that
# stand in build/ (or top_builddir), as it is kept in tests/vectors, into
# DIRECTORY, which must not exist.  To be run as root, for its owners.
set -u
top_srcdir=$(cd "$(dirname "$0")/../.." && pwd)
: "${top_builddir:=$top_srcdir/build}"
[ $# -eq 1 ] || exit 2
mkdir "$1" || exit
out=$(cd "$1" && pwd)
. "$top_srcdir/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/manifest.sh"

# Its paths stand in the snapshots: always the same.
tmp=/tmp/golden
mkdir -m 700 "$tmp" || exit
at_exit lib_rmtmp
files=$tmp/files
letters=$tmp/letters
note=$tmp/note.txt

# Long, with several chunks, but packed it is small.
compressible() {
	awk -v seed="$1" 'BEGIN {
		srand(seed)
		for (i = 0; i < 400; i++) {
			for (j = 0; j < 250; j++)
				print "one of many lines that are all the" \
				    " same, so that packs stay small"
			print rand() rand() rand()
		}
	}'
}

# cuts NAME: whether a node may end after it: the 9 low bits of FNV-1a are 0.
cuts() {
	fnv=$((0x125))
	for byte in $(printf %s "$1" | od -An -v -tu1); do
		fnv=$(((fnv ^ byte) * 0x1b3 & 0x1ff))
	done
	[ "$fnv" -eq 0 ]
}

# A directory of empty files in several nodes: many, one that cuts, and more.
make_many() {
	for i in $(seq 1001 1600); do
		: >"$files/many/one of a directory in nodes $i"
	done
	i=2000
	until cuts "one of a directory in nodes $i"; do
		i=$((i + 1))
	done
	: >"$files/many/one of a directory in nodes $i"
	for i in $(seq 8001 8010); do
		: >"$files/many/one of a directory in nodes $i"
	done
}

make_files() {
	mkdir -p "$files/deep/er" "$files/empty" "$files/many" "$files/shut"
	compressible 1 >"$files/large"
	printf 'hello\n' >"$files/small"
	: >"$files/nothing"
	ln "$files/small" "$files/deep/er/same as small"
	ln -s ../small "$files/deep/symbolic"
	ln -s /nowhere "$files/dangling"
	mkfifo "$files/fifo"
	printf begin >"$files/hole"
	truncate -s 3000000 "$files/hole"
	printf end >>"$files/hole"
	truncate -s 5000000 "$files/only a hole"
	echo Latin-1 >"$files/$(printf 'caf\351')"
	echo newline >"$files/$(printf 'two\nlines')"
	echo Vietnamese >"$files/Kế toán"
	echo setuid >"$files/setuid"
	chmod 4711 "$files/setuid"
	chmod 1777 "$files/empty"
	chmod 700 "$files/shut"
	echo owned >"$files/owned"
	chown 1234:5678 "$files/owned"
	echo attributes >"$files/attributes"
	setfattr -n user.kho -v value "$files/attributes"
	setfattr -n user.empty "$files/attributes"
	setfacl -m u:1234:r,g:5678:rw "$files/attributes"
	setfacl -d -m u:1234:rx "$files/shut"
	echo old >"$files/before 1970"
	echo new >"$files/after 2106"
	make_many
	find "$files" -exec touch -h -d '2020-02-02 02:02:02.123456789Z' {} +
	touch -d '1969-12-31 23:59:58Z' "$files/before 1970"
	touch -d '2107-01-01 00:00:00.000000001Z' "$files/after 2106"
}

make_letters() {
	mkdir -p "$letters"
	for i in 1 2 3 4; do
		echo "Dear $i" >"$letters/$i"
	done
	echo "A root that is a file" >"$note"
	touch -d '2021-03-04 05:06:07.000000008Z' "$letters"/* "$letters" \
	    "$note"
}

change_files() {
	compressible 2 | head -c 1500000 >>"$files/large"
	rm "$files"/many/*[1-9]
	mv "$files/many" "$files/deep/moved"
	echo more >>"$files/small"
	rm "$files/nothing" "$files/fifo"
	chmod 600 "$files/setuid"
	echo again >"$files/again"
	find "$files" -newermt 2022-01-01 ! -name 'after*' \
	    -exec touch -h -d '2022-02-02 02:02:02.2Z' {} +
}

policy() {
	kho_policy "$files"
	sed -i "s|^sets = {|& l = { paths = [ \"$letters\", \"$note\" ]; };|
	    s|sets = \[ \"s\" \]|sets = [ \"s\", \"l\" ]|" "$tmp/policy.cfg"
}

# backup SET ROOT...: a snapshot, and what it must restore to.
backup() {
	backup_set=$1
	shift
	sleep 1		# nothing is racy
	expect 0 "$backupd" -c "$tmp/policy.cfg" --once "h/$backup_set"
	# shellcheck disable=SC2012 # our own names
	backup_id=$(ls -t "$tmp"/repo/snapshots/*/* | head -n 1)
	backup_id=$(sha256sum "$backup_id" | cut -c 1-64)
	manifest_of / "$@" >"$out/manifests/$backup_id"
	printf '%s\t%s\n' "$backup_id" "$*" >>"$out/snapshots"
}

# A job that is given up when something is stored, and whose end is lost as if
# the power had failed before.
interrupt() {
	yes "the same, again and again" | head -c 3000000000 >"$files/long"
	expect_packs=$(find "$tmp/repo/packs" -type f | wc -l)
	"$backupd" -c "$tmp/policy.cfg" --once h/s >"$tmp/cut" 2>&1 &
	cut=$!
	sleep 1.5
	kill "$cut"
	wait "$cut"
	[ "$(find "$tmp/repo/packs" -type f | wc -l)" -gt "$expect_packs" ] ||
		fail "nothing was stored: $(cat "$tmp/cut")"
	rm "$files/long"
	touch -d '2022-02-02 02:02:02.2Z' "$files"
	for writer in "$tmp"/repo/writers/*/*.1; do
		rm -f "${writer%.1}.end"
	done
}

make_files
make_letters
sshd_start "$tmp/sshd" "$agent serve --root $tmp"
policy
mkdir "$tmp/repo" "$out/manifests"
expect 0 "$backupctl" -c "$tmp/policy.cfg" target init t
grep -Eo '^([0-9A-Z]{6}-){10}[0-9A-Z]{6}$' "$tmp/out" >"$out/recovery.key"
(umask 077 && echo "correct horse battery staple" >"$out/passphrase")
expect 0 "$backupctl" -c "$tmp/policy.cfg" key add t \
    --passphrase-file "$out/passphrase" --label "a passphrase"
expect 0 "$backupctl" -c "$tmp/policy.cfg" key add t \
    --host "$out/second.key" --label "a second server"
backup s ".$files"
backup l ".$letters" ".$note"
change_files
backup s ".$files"
interrupt
rm -r "$files/deep/moved"
touch -d '2022-02-02 02:02:02.2Z' "$files/deep"
backup s ".$files"
cp "$tmp/keys/t.key" "$out/host.key"
cp "$out/second.key" "$tmp/keys/t.key"
rm -rf "$tmp/state"
echo "Dear 5" >"$letters/5"
touch -d '2022-02-02 02:02:02.2Z' "$letters/5" "$letters"
backup l ".$letters" ".$note"
expect 0 "$restore" --repo "$tmp/repo" --key "$out/host.key" verify --full
rmdir "$tmp/repo/tmp"
cp -R "$tmp/repo" "$out/repository"
find "$out" -type f -exec chmod 644 {} +
find "$out" -type d -exec chmod 755 {} +
