#!/bin/sh
# check-headers.sh: fail where a header leaves a prototype without a comment.
# A comment covers the prototypes below it up to the next empty line.
set -eu
export LC_ALL=C
cd "${top_srcdir:-$(dirname "$0")/..}"

# shellcheck disable=SC2016 # the dollars are awk's
find lib agents reader backupd backupctl restore -name '*.h' | sort |
    xargs awk '
function complain(line, text) {
	printf "%s:%d: %s\n", FILENAME, line, text
	bad++
}
function start_file(   name) {
	name = FILENAME
	sub(/.*\//, "", name)
	if (index($0, "/* " name ": ") != 1)
		complain(1, "the first line is not /* " name \
		    ": one sentence. */")
	in_comment = in_macro = covered = depth = 0
	text = ""
}
# A statement has ended: is it a prototype, and is it covered?
function statement(   name) {
	if (text ~ /\(/ && text !~ /^[ \t]*typedef/ && !was_body) {
		prototypes++
		if (!covered) {
			name = text
			sub(/[ \t]*\(.*/, "", name)
			sub(/.*[ \t*]/, "", name)
			complain(begun, name " has no comment")
		}
		if (text ~ /\(\)/)
			complain(begun, "() is not (void)")
	}
	text = ""
	was_body = 0
}
function code(line,   i, c) {
	for (i = 1; i <= length(line); i++) {
		c = substr(line, i, 1)
		if (c == "{") {
			depth++
			was_body = 1
		} else if (c == "}") {
			depth--
			# The body of an inline function ends a statement.
			if (depth == 0 && text ~ /\)[ \t]*$/) {
				was_body = 0
				statement()
			}
		} else if (depth == 0 && c == ";") {
			statement()
		} else if (depth == 0) {
			if (text == "" && c ~ /[ \t]/)
				continue
			if (text == "")
				begun = FNR
			text = text c
		}
	}
	if (text != "")
		text = text " "
}
FNR == 1 { start_file() }
/^[ \t]*$/ && !in_comment && text == "" { covered = 0; next }
in_macro || (/^[ \t]*#/ && !in_comment) {
	in_macro = /\\$/
	next
}
{
	line = $0
	while (line != "") {
		if (in_comment) {
			if ((i = index(line, "*/")) == 0)
				next
			line = substr(line, i + 2)
			in_comment = 0
			if (depth == 0)
				covered = 1
		} else if ((i = index(line, "/*")) != 0) {
			code(substr(line, 1, i - 1))
			line = substr(line, i + 2)
			in_comment = 1
		} else {
			code(line)
			next
		}
	}
}
END {
	printf "check-headers: %d prototypes, %d complaints\n",
	    prototypes, bad
	exit bad > 0
}'
