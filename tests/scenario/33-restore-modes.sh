#!/bin/sh
# Restoring what backupd stored, in all its ways: the paper key, places that
# fill up or are changed meanwhile, being stopped, overwriting.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

need rsync perl
tmpdir
src=$tmp/src
kho_tree "$src"
head -c 30000000 /dev/urandom >"$src/a/larger"
kho_setup "$src"
cp "$tmp/out" "$tmp/init"
kho_backup 0
first=$(sha256sum "$tmp"/repo/snapshots/*/0000000001 | cut -c 1-64)

say "the recovery key, as it was printed"
(umask 077 && grep -oE '([0-9A-Z]{4,}[- ]){5,}[0-9A-Z]+' "$tmp/init" \
    >"$tmp/paper")
[ -s "$tmp/paper" ] || fail "no recovery key: $(cat "$tmp/init")"
expect 0 "$restore" --repo "$tmp/repo" --key "$tmp/paper" list
expect 0 "$restore" --repo "$tmp/repo" --key "$tmp/paper" run latest \
    --to "$tmp/paper.d"
kho_compare "$src" "$tmp/paper.d$src"
tr 0-9A-Z 1-9A-Z0 <"$tmp/paper" >"$tmp/wrong"
chmod 600 "$tmp/wrong"
expect 13 "$restore" --repo "$tmp/repo" --key "$tmp/wrong" list

say "snapshots that are not there"
kho_restore 4 run 0123456789ab --to "$tmp/none"
kho_restore 4 run h/none --to "$tmp/none"
kho_restore 4 run h/s --to "$tmp/none" --path "$src/none"
[ ! -e "$tmp/none" ] || fail "something was made"

say "what is older is replaced, what is newer is not"
to=$tmp/to
kho_restore 0 run "$first" --to "$to"
echo aged >"$to$src/many/1" && touch -d 2001-01-01 "$to$src/many/1"
echo newer >"$to$src/many/2"
kho_restore 10 run latest --to "$to"
has "$to$src/many/1" aged
kho_restore 0 run latest --to "$to" --overwrite older --dry-run
has "$to$src/many/1" aged
kho_restore 0 run latest --to "$to" --overwrite older
cmp "$to$src/many/1" "$src/many/1" || fail "the older one was kept"
has "$to$src/many/2" newer
kho_restore 0 run latest --to "$to" --overwrite always
kho_compare "$src" "$to$src"

say "inside the repository"
kho_restore 10 run latest --to "$tmp/repo/new"
[ ! -e "$tmp/repo/new" ] || fail "made in the repository"

say "stopped by SIGINT, and resumed"
tries=0 code=0
while [ $code -ne 130 ] && [ $tries -lt 10 ]; do
	rm -rf "$to"
	code=0
	# A shell starts its background jobs deaf to SIGINT.
	perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' "$restore" \
	    --repo "$tmp/repo" --key "$key" run latest --to "$to" \
	    >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	while [ ! -e "$to$src" ] && kill -0 "$pid" 2>/dev/null; do
		:
	done
	kill -INT "$pid" 2>/dev/null
	wait "$pid" || code=$?
	tries=$((tries + 1))
done
[ $code -eq 130 ] || fail "exit $code after SIGINT"
kho_restore 0 run latest --to "$to"
kho_compare "$src" "$to$src"

say "symbolic links swapped into the destination meanwhile"
mkdir "$tmp/outside"
cat >"$tmp/swap.pl" <<'END'
my ($dir, $out) = @ARGV;
while (1) {
	for my $d ("$dir/many", "$dir/a/b", "$dir/a") {
		rename $d, "$d.away" or next;
		symlink $out, $d;
		unlink $d;
		rename "$d.away", $d;
	}
}
END
swapper_stop() {
	[ -n "$swapper" ] || return 0
	kill "$swapper" 2>/dev/null
	wait "$swapper" 2>/dev/null
	swapper=
}
at_exit swapper_stop
perl "$tmp/swap.pl" "$to$src" "$tmp/outside" &
swapper=$!
round=0
while [ $round -lt 8 ]; do
	rm -rf "$to.old"
	mv "$to" "$to.old"
	"$restore" --repo "$tmp/repo" --key "$key" run latest --to "$to" \
	    >"$tmp/out" 2>"$tmp/err"
	code=$?
	[ $code -lt 128 ] || fail "exit $code while directories move"
	round=$((round + 1))
done
swapper_stop
[ -z "$(ls -A "$tmp/outside")" ] || fail "written outside"

say "a link that was there before is no way out either"
rm -rf "$to" && mkdir -p "$to${src%/*}" && ln -s "$tmp/outside" "$to$src"
"$restore" --repo "$tmp/repo" --key "$key" run latest --to "$to" \
    --overwrite always >"$tmp/out" 2>"$tmp/err"
[ -z "$(ls -A "$tmp/outside")" ] || fail "written through a link"

say "a destination that is full"
mkdir "$tmp/small"
if [ "$(id -u)" -ne 0 ] ||
    ! mount -t tmpfs -o size=15m none "$tmp/small" 2>/dev/null; then
	say "skipped in part: nothing can be mounted here"
	exit 0
fi
unmount() { umount "$tmp/small"; }
at_exit unmount
kho_restore 10 run latest --to "$tmp/small/to"
has "$tmp/err" "not enough room"
[ ! -e "$tmp/small/to$src" ] || fail "begun though there is no room"
# The room goes while it writes: the first look cannot tell.
mount -o remount,size=50m "$tmp/small"
head -c 14000000 /dev/zero >"$tmp/small/ballast"
(sleep 0.05; head -c 14000000 /dev/zero >"$tmp/small/ballast.2") &
"$restore" --repo "$tmp/repo" --key "$key" run latest --to "$tmp/small/to" \
    >"$tmp/out" 2>"$tmp/err"
code=$?
wait "$!"
case $code in
0|11) ;;
10) has "$tmp/err" "not enough room" ;;	# it went even before the look
*) fail "exit $code when it filled up: $(cat "$tmp/err")" ;;
esac
rm "$tmp"/small/ballast*
[ $code -eq 0 ] || kho_restore 0 run latest --to "$tmp/small/to"
kho_compare "$src" "$tmp/small/to$src"
