#!/bin/sh
# What a set leaves out: patterns as in gitignore(5), caches, other file
# systems; a changed pattern lists everything anew.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

need rsync
tmpdir
src=$tmp/src

# put FILE...: files of that name below $src.
put() {
	for put_file; do
		mkdir -p "$src/$(dirname "$put_file")"
		echo "$put_file" >"$src/$put_file"
	done
}

# kept NAME...: restore the latest; just these files must be there.
kept() {
	rm -rf "$tmp/restored"
	kho_restore 0 run latest --to "$tmp/restored"
	(cd "$tmp/restored$src" && find . -type f) | sed 's,^\./,,' |
		LC_ALL=C sort >"$tmp/found"
	printf '%s\n' "$@" | LC_ALL=C sort >"$tmp/wanted"
	diff "$tmp/wanted" "$tmp/found" >&2 || fail "not what was wanted (<)"
}

put a.o keep.o lib/a.o lib/b.c build/x deep/build/y deep/er/z.tmp \
    deep/er/z.txt logs/1.log logs/keep.log doc/a/b/c/d.html doc/d.html \
    'with space' '#hash' '!bang' 'br[ack]et' root-only sub/root-only \
    temp/inner/file 1x 2x ax

say "patterns"
kho_setup "$src"
kho_set='exclude = [ "# a comment", "*.o", "!keep.o", "/build", "logs/*",
    "!logs/keep.log", "**/er/*.tmp", "doc/**/d.html", "/root-only", "temp/",
    "!temp/inner/file", "[0-9]x", "\\#hash", "\\!bang", "br\\[ack\\]et" ];'
kho_policy "$src"
kho_backup 0
kept keep.o lib/b.c deep/build/y deep/er/z.txt logs/keep.log 'with space' \
    sub/root-only ax

say "other patterns, and nothing else changed"
sleep 0.2
kho_backup 0
kho_set='exclude = [ "*.o", "with space" ];'
kho_policy "$src"
kho_backup 0
kept lib/b.c build/x deep/build/y deep/er/z.tmp deep/er/z.txt logs/1.log \
    logs/keep.log doc/a/b/c/d.html doc/d.html '#hash' '!bang' 'br[ack]et' \
    root-only sub/root-only temp/inner/file 1x 2x ax
kho_set=
kho_policy "$src"
kho_backup 0
kho_same "$src" latest

say "caches"
put cache/one cache/below/two notcache/no linked/four
printf 'Signature: 8a477f597d28d172789f06886806bc55\n# more' \
    >"$src/cache/CACHEDIR.TAG"
echo 'Signature: none' >"$src/notcache/CACHEDIR.TAG"
ln -s ../cache/CACHEDIR.TAG "$src/linked/CACHEDIR.TAG"
kho_set='exclude_caches = true; exclude = [ "*.o", "*x", "[a-d]*", "l*s",
    "t*", "root-only", "!cache" ];'
kho_policy "$src"
kho_backup 0
[ ! -e "$tmp/restored$src/cache" ] || fail "stale"
kept 'with space' '#hash' '!bang' notcache/CACHEDIR.TAG notcache/no \
    linked/four
[ -d "$tmp/restored$src/cache" ] || fail "a cache is kept, empty"

say "other file systems"
if [ "$(id -u)" -ne 0 ] || ! mkdir "$src/mounted" ||
    ! mount -t tmpfs -o size=1m none "$src/mounted" 2>/dev/null; then
	say "skipped in part: nothing can be mounted here"
	exit 0
fi
unmount() { umount "$src/mounted"; }
at_exit unmount
put mounted/inside
kho_set='one_file_system = false; exclude = [ "/*", "!mounted" ];'
kho_policy "$src"
kho_backup 0
kept mounted/inside
kho_set='one_file_system = true; exclude = [ "/*", "!mounted" ];
    limits = { min_files = 0; };'
kho_policy "$src"
kho_backup 0
rm -rf "$tmp/restored"
kho_restore 0 run latest --to "$tmp/restored"
[ "$(cd "$tmp/restored$src" && find . -mindepth 1)" = ./mounted ] ||
	fail "a mount point is kept, empty"
