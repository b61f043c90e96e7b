#!/bin/sh
# check-dist.sh: fail where the archive lacks a file that git has, in the
# directory of a build that was configured; DISTDIR is the archive's.
set -eu
export LC_ALL=C
srcdir=$(cd "${top_srcdir:-$(dirname "$0")/..}" && pwd)
distdir=${DISTDIR:?}
git -C "$srcdir" rev-parse >/dev/null 2>&1 || {
	echo "check-dist: no git, passed over"
	exit 0
}
trap 'chmod -R u+w "$distdir" 2>/dev/null; rm -rf "$distdir"' EXIT
trap 'exit 130' HUP INT TERM
${MAKE:-make} -s distdir >/dev/null 2>&1 || {
	echo "check-dist: make distdir fails"
	exit 1
}
bad=0
for file in $(git -C "$srcdir" ls-files | grep -v '^\.git'); do
	[ -e "$distdir/$file" ] || {
		echo "check-dist: $file is not in the archive"
		bad=$((bad + 1))
	}
done
[ "$bad" -eq 0 ]
