#!/bin/sh
# check-sizes.sh: fail on a function, a file or a line that is too long.
# In KNF a function's body begins and ends with a brace in the first column.
set -eu
export LC_ALL=C
cd "${top_srcdir:-$(dirname "$0")/..}"

# shellcheck disable=SC2016 # the dollars are awk's
find lib agents reader backupd backupctl restore tests -name '*.[ch]' |
    sort | xargs awk '
BEGIN { max_function = 80; max_file = 600; max_column = 80 }
function complain(line, text) {
	printf "%s:%d: %s\n", FILENAME, line, text
	bad++
}
# The columns that s takes: a tab goes to the next multiple of eight, and
# a byte that continues a UTF-8 character takes none.
function columns(s,   i, n, c) {
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		if (c == "\t")
			n += 8 - n % 8
		else if (c !~ /[\200-\277]/)
			n++
	}
	return n
}
FNR == 1 { files++; body = 0 }
FNR == max_file + 1 {
	complain(FNR, "the file is longer than " max_file " lines")
}
length($0) * 8 > max_column && columns($0) > max_column {
	complain(FNR, "the line is longer than " max_column " columns")
}
/^[a-z_0-9]+\(/ { name = $0; sub(/\(.*/, "", name) }
/^\{/ { body = FNR }
/^\}/ && body > 0 {
	functions++
	if (FNR - body + 1 > max_function)
		complain(body, name " has " FNR - body + 1 " lines, not " \
		    max_function)
	body = 0
}
END {
	printf "check-sizes: %d functions in %d files, %d too long\n",
	    functions, files, bad
	exit bad > 0
}'
