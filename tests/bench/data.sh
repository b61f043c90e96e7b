# data.sh: real data for benchmarks, from Debian packages, and changes to it;
# to be read by run, which sets $here, $quick, $data and $work.
# shellcheck shell=bash disable=SC2034,SC2154

# What each set is made of, and its size in MiB; quick ones fit into five
# minutes with all else.
data_deb_later=libgtk-4-1		# comes with the change
data_all=source,debs,pg,sqlite,image-new,image-edit,log,nights
if [ -n "$quick" ]; then
	data_debs="libllvm14 vim-runtime perl-modules-5.36 git"
	data_debs_more=
	data_source="linux-source-6.1/kernel linux-source-6.1/mm"
	data_image=160			# MiB
	data_image_common="vim-runtime perl-modules-5.36"
	data_image_before=git
	data_image_after=libqt5gui5
	data_office=16			# MiB
	data_log=16 data_log_night=0.5	# MiB
	data_pg_scale=1 data_pg_transactions=500
	data_nights=6
	data_sizes="source 20 debs 40 usr 200 pg 60 sqlite 16 nights 16
	    image-new 160 image-edit 160 log 14"
else
	data_debs="firefox-esr thunderbird chromium openjdk-17-jdk-headless
	    libreoffice-core fonts-noto-cjk linux-doc-6.1 libllvm14"
	data_debs_more="texlive-fonts-extra golang-1.19-go"
	data_source=			# all of it
	data_image=2048
	data_image_common="firefox-esr fonts-noto-cjk libreoffice-core
	    linux-doc-6.1 libllvm14 openjdk-17-jdk-headless"
	data_image_before="chromium thunderbird"
	data_image_after="libqt6webenginecore6 golang-1.19-go libllvm15"
	data_office=374
	data_log=200 data_log_night=5
	data_pg_scale=75 data_pg_transactions=20000
	data_nights=30
	data_sizes="source 1500 debs 1000 usr 1500 pg 1300 sqlite 380 nights 380
	    image-new 2048 image-edit 2048 log 210"
fi

# shellcheck source=tests/bench/files.sh
. "$here/files.sh"

# data_size SET: about how many MiB.
data_size() {
	# shellcheck disable=SC2086 # words
	printf '%s %s\n' $data_sizes | awk -v set="$1" '
	    $1 == set { print $2; found = 1 } END { exit !found }' ||
		fail "no set is called $1"
}

# data_make SET: make $data/SET, unless it is there.
data_make() {
	[ ! -e "$data/$1/complete" ] || return 0
	say "making the data of $1 in $data"
	rm -rf "${data:?}/$1"
	mkdir -p "$data/$1/tree"
	"data_make_${1//-/_}"
	: >"$data/$1/complete"
}

# data_change SET DIR N: what a day does to it, the N-th.
data_change() {
	"data_change_${1//-/_}" "$2" "$3"
}

# data_end: what is under way when all must end.
data_undo=
data_end() {
	[ -z "$data_undo" ] || "$data_undo"
}

# data_make_source: the Linux source, 78,579 files in all.
data_make_source() {
	data_tar=/usr/src/linux-source-6.1.tar.xz
	if [ ! -e "$data_tar" ]; then
		data_download linux-source-6.1 "$data/source"
		dpkg-deb -x "$data"/source/*.deb "$data/source/deb"
		data_tar=$data/source/deb/usr/src/linux-source-6.1.tar.xz
	fi
	rm -rf "$data/source/tree"
	data_top=linux-source-6.1
	# shellcheck disable=SC2086 # a list, empty for all of it
	tar -xJf "$data_tar" -C "$data/source" \
	    ${data_source:-$data_top} || fail "tar -xJf $data_tar"
	mv "$data/source/$data_top" "$data/source/tree"
	rm -rf "$data/source/deb" "$data"/source/*.deb
}

# data_download PACKAGE DIR: its .deb, by apt.
data_download() {
	(cd "$2" && apt-get -qq -o APT::Sandbox::User=root download "$1") ||
		fail "apt-get download $1 (apt-get update may be due)"
}

# data_make_debs: files that are compressed already.
data_make_debs() {
	mkdir -p "$data/debs/later"
	# shellcheck disable=SC2086 # a list
	for data_package in $data_debs $data_debs_more; do
		data_download "$data_package" "$data/debs/tree"
	done
	data_download "$data_deb_later" "$data/debs/later"
}

# data_make_usr: most of them, unpacked: programs, libraries, fonts.
data_make_usr() {
	data_make debs
	for data_package in $data_debs; do
		dpkg-deb -x "$data/debs/tree/${data_package}"_*.deb \
		    "$data/usr/tree"
	done
}

# data_pick N SEED: N lines of stdin, the same ones each time, in an order
# of their own.
data_pick() {
	awk -v n="$1" -v seed="$2" 'BEGIN { srand(seed) }
	    { print rand() "\t" $0 }' | sort -n | head -n "$1" | cut -f 2-
}

# data_change_tree DIR: what a day of work does, in the proportions of 78,579
# files: 766 edits, 200 renames, 100 deleted, 100 new, a directory moved.
data_change_tree() {
	data_files=$work/change
	(cd "$1" && find . -type f -links 1 -size -256k | LC_ALL=C sort) \
	    >"$data_files"
	data_n=$(wc -l <"$data_files")
	data_share() { echo $((data_n * $1 / 78579 + 1)); }
	data_pick "$(data_share 1166)" 7 <"$data_files" >"$data_files.all"
	data_edit=$(data_share 766)
	data_move=$(data_share 200)
	data_gone=$(data_share 100)
	(
		cd "$1" || exit 1
		head -n "$data_edit" "$data_files.all" | data_edit
		tail -n "+$((data_edit + 1))" "$data_files.all" |
			head -n "$data_move" |
			while read -r f; do mv "$f" "$f.renamed"; done
		mkdir new
		tail -n "+$((data_edit + data_move + 1))" "$data_files.all" |
			head -n "$data_gone" | data_replace
		data_move_dir
	) || fail "changing $1"
}

# data_edit: stdin names files; half of them grow at the end, half at the
# start, the latter by an editor that writes a new file.
data_edit() {
	awk 'NR % 2 { print > "/dev/stderr"; next } { print }' \
	    2>"$data_files.end" >"$data_files.start"
	while read -r f; do
		echo "/* changed at the end */" >>"$f"
	done <"$data_files.end"
	tr '\n' '\0' <"$data_files.start" |
		xargs -0 -r sed -i '1i /* changed at the start */'
}

# data_replace: stdin names files that go; for each another comes.
data_replace() {
	data_i=0
	while read -r f; do
		data_i=$((data_i + 1))
		tr 'a-yA-Y' 'b-zB-Z' <"$f" | head -c 15000 >"new/$data_i"
		rm "$f"
	done
}

# data_move_dir: move a directory with about a fortieth of all files.
data_move_dir() {
	data_dir=$(awk -F / -v want=$((data_n / 40)) '
	    { p = $1; for (i = 2; i < NF; i++) { p = p "/" $i; n[p]++ } }
	    END { for (p in n) { d = n[p] - want; if (d < 0) d = -d
		if (best == "" || d < least || (d == least && p < best)) {
		    best = p; least = d } } print best }' "$data_files")
	mkdir -p moved/here
	mv "$data_dir" moved/here/
}

data_change_source() { data_change_tree "$1"; }
data_change_usr() { data_change_tree "$1"; }

# data_change_debs DIR: one package goes, another comes.
data_change_debs() {
	find "$1" -name '*.deb' | LC_ALL=C sort | head -n 1 | xargs rm
	cp -a "$data"/debs/later/*.deb "$1/"
}
