#!/bin/sh
# check-layers.sh: fail where a file includes what its layer may not know.
# The rules are those of doc/design.md, "Layers"; change both together.
set -eu
export LC_ALL=C
cd "${top_srcdir:-$(dirname "$0")/..}"

# shellcheck disable=SC2016 # the dollars are awk's
find lib agents reader backupd backupctl restore -name '*.[ch]' | sort |
    xargs awk '
function rule(dir, allowed) {
	may[dir] = " " dir " " allowed " "
}
function third(dir, headers,   i, n, h) {
	n = split(headers, h, " ")
	for (i = 1; i <= n; i++)
		owner[h[i]] = dir
}
function complain(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	bad++
}
BEGIN {
	libs = "base hash crypto codec ssh sftp http wire store repo policy" \
	    " catalog control cli"
	rule("base", "")
	rule("hash", "base")
	rule("crypto", "base hash")
	rule("ssh", "base hash")
	rule("sftp", "base ssh")
	rule("http", "base")
	rule("policy", "base hash")
	rule("catalog", "base hash")
	rule("codec", "base hash")
	rule("wire", "base hash")
	rule("store", "base hash ssh sftp http")
	rule("repo", "base hash crypto codec store")
	rule("cli", "base")
	rule("control", "base")
	rule("agents", "base hash codec wire")
	rule("reader", "base hash wire ssh sftp agents")
	rule("backupd", libs " reader")
	rule("backupctl", libs " backupd")
	rule("restore", libs)

	third("base", "seccomp.h")
	third("hash", "openssl/evp.h")
	third("crypto", "sodium.h")
	third("codec", "zstd.h zstd_errors.h librsync.h xxhash.h")
	third("ssh", "libssh2.h libssh2_sftp.h")
	third("http", "curl/curl.h")
	third("store", "expat.h")
	third("policy", "libconfig.h")
	third("catalog", "sqlite3.h")
	third("cli", "jansson.h")
	third("backupd", "event2/event.h")

	# Of the system: libc, POSIX and the kernel.
	n = split("assert ctype dirent dlfcn endian err errno fcntl " \
	    "float fnmatch ftw getopt glob grp inttypes langinfo libgen " \
	    "limits locale malloc math netdb nl_types paths poll pthread pwd " \
	    "regex sched semaphore setjmp signal spawn stdalign stdarg " \
	    "stdatomic stdbool stddef stdint stdio stdlib stdnoreturn " \
	    "string strings syslog termios threads time uchar ucontext " \
	    "unistd utime wchar wctype wordexp", words, " ")
	for (i = 1; i <= n; i++)
		system_header[words[i] ".h"] = 1
}
FNR == 1 {
	n = split(FILENAME, part, "/")
	dir = part[1] == "lib" ? part[2] : part[1]
	if (!(dir in may))
		complain("directory " dir " has no rule in check-layers.sh")
}
/^[ \t]*#[ \t]*include/ {
	includes++
	what = $0
	sub(/^[ \t]*#[ \t]*include[ \t]*/, "", what)
	open = substr(what, 1, 1)
	what = substr(what, 2)
	sub(/[">].*/, "", what)
	if (open == "<") {
		if (what in system_header ||
		    what ~ /^(sys|linux|netinet|arpa|net|asm)\//)
			next
		if (!(what in owner))
			complain("unknown header <" what ">")
		else if (owner[what] != dir)
			complain("<" what "> belongs to " owner[what])
		next
	}
	if (what == "config.h")
		next
	if (what !~ /\//) {
		complain("\"" what "\": write it as \"layer/file.h\"")
		next
	}
	to = what
	sub(/\/.*/, "", to)
	if (index(may[dir], " " to " ") == 0)
		complain(dir " may not include " to " (\"" what "\")")
	else if (to != dir && what ~ /\/internal\.h$/)
		complain("\"" what "\" is private to " to)
}
END {
	printf "check-layers: %d includes, %d against the rules\n",
	    includes, bad
	exit bad > 0
}'
