# delta.sh: files that change, and what a night of them may cost; to be read
# after lib.sh, sshd.sh and kho.sh.
# shellcheck shell=sh disable=SC2034 # what others use

# change WHAT FILE ARGUMENT...: see change.py.
change() {
	python3 "${top_srcdir:?}/tests/lib/change.py" "$@" ||
		fail "change.py $*"
}

# squeezed FILE FIRST: how long zstd makes what follows its first bytes.
squeezed() {
	tail -c "+$(($2 + 1))" "$1" | zstd -q -3 -c | wc -c
}

# delta_setup PATH...: kho_setup with a relay that counts what the agent says
# and hears, and a policy that always asks for deltas.
delta_setup() {
	kho_set='delta = "always";'
	kho_setup "$@"
	# The stream to the agent stays open: what counts it must be asked.
	cat >"${tmp:?}/relay" <<-END
	#!/bin/sh
	exec 3<&0
	mkfifo "$tmp/to.\$\$"
	dd bs=64k <&3 >"$tmp/to.\$\$" 2>"$tmp/heard" &
	"${agent:?}" serve --root "$tmp" <"$tmp/to.\$\$" |
	    dd bs=64k 2>"$tmp/said"
	while ! grep -q bytes "$tmp/heard"; do
		kill -USR1 \$!
		sleep 0.02
	done
	kill \$!
	rm "$tmp/to.\$\$"
	END
	chmod 755 "$tmp/relay"
	sshd_authorize "$tmp/relay"
}

# The bytes that a dd of the relay has passed on.
relayed() {
	delta_try=0
	while ! grep -q bytes "$1" 2>/dev/null; do
		[ $delta_try -lt 100 ] || fail "the relay counted nothing"
		delta_try=$((delta_try + 1))
		sleep 0.05
	done
	sed -n 's/ bytes.*//p' "$1" | tail -n 1
}

# night NAME WIRE STORED: a job that may send and store so many bytes; sets
# $wire (both ways), $stored and $snapshot.  What the job tells of the wire is
# what the relay has counted.
night() {
	rm -f "$tmp/heard" "$tmp/said"
	kho_backup 0 --json
	stored=$(kho_json stored)
	snapshot=$(kho_json snapshot)
	wire=$(($(kho_json wire_in) + $(kho_json wire_out)))
	night_counted=$(($(relayed "$tmp/heard") + $(relayed "$tmp/said")))
	say "$1: wire $wire of $2, stored $stored of $3," \
	    "$(kho_json chunks_by_delta) of $(kho_json changed_chunks) chunks"
	[ "$wire" -eq "$night_counted" ] ||
		fail "$1: the relay counted $night_counted"
	[ "$wire" -le "$2" ] || fail "$1: too much went over the wire"
	[ "$stored" -le "$3" ] || fail "$1: too much was stored"
}

# delta_depth: on how many others the deepest delta of the repository builds,
# as the reader of tests/reader sees it.
delta_depth() {
	PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$top_srcdir/tests/reader \
	    python3 - "$tmp/repo" "${key:?}" <<-'END' || fail "no footers"
	import sys
	from repository import Repository

	repo = Repository(*sys.argv[1:])
	packs = (bytes.fromhex(n.rsplit("/", 1)[1]) for n in repo.names("packs"))
	print(max(c.depth for pack in packs for frame in repo.footer(pack)[2]
	          for c in frame.chunks))
	END
}
