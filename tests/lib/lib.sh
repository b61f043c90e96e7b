# lib.sh: what every scenario script begins with:
#
#	. "${top_srcdir:?}/tests/lib/lib.sh"
#
# POSIX sh.  After tmpdir, $tmp is a private directory that goes when the
# script ends, however it ends; functions named with at_exit run before.
# shellcheck shell=sh

: "${top_srcdir:?run by make check}" "${top_builddir:?run by make check}"

# say TEXT...: tell what is going on.
say() {
	printf '%s: %s\n' "${0##*/}" "$*"
}

# fail TEXT...: say it and end the script as failed.
fail() {
	say "FAILED: $*" >&2
	exit 1
}

# need COMMAND...: skip the script where one is missing.
need() {
	for need_command; do
		command -v "$need_command" >/dev/null 2>&1 || {
			say "skipped: no $need_command"
			exit 77
		}
	done
}

lib_exit_list=

# at_exit FUNCTION: run it at the end, the last one named first.
at_exit() {
	lib_exit_list="$1 $lib_exit_list"
}

# Runs once, whether by exit or by a signal.
lib_exit() {
	lib_status=$?
	trap - EXIT
	trap '' HUP INT TERM
	for lib_function in $lib_exit_list; do
		"$lib_function"
	done
	exit "$lib_status"
}
trap lib_exit EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

lib_rmtmp() {
	# Directories that a test made unreadable must not keep it.
	chmod -R u+rwx "$tmp" 2>/dev/null
	rm -rf "$tmp"
}

# tmpdir: make $tmp.
tmpdir() {
	tmp=$(mktemp -d "${TMPDIR:-/tmp}/kho-test-XXXXXX") ||
		fail "cannot make a directory"
	at_exit lib_rmtmp
}

# The beginning of a file that may be anything.
lib_show() {
	dd if="$1" bs=4000 count=1 2>/dev/null | LC_ALL=C tr -cd '[:print:]\n'
}

# expect CODE COMMAND...: run it, its stdout and stderr kept in $tmp/out and
# $tmp/err, and fail unless it ends with CODE.
expect() {
	expect_code=$1
	shift
	expect_got=0
	"$@" >"$tmp/out" 2>"$tmp/err" || expect_got=$?
	[ "$expect_got" -eq "$expect_code" ] || {
		lib_show "$tmp/out" >&2
		lib_show "$tmp/err" >&2
		fail "exit $expect_got, not $expect_code: $*"
	}
}

# has FILE TEXT: fail unless TEXT stands in FILE.
has() {
	grep -qF -e "$2" "$1" || {
		lib_show "$1" >&2
		fail "$1 does not say: $2"
	}
}
