#!/bin/sh
# check-docs.sh: fail where documents and programs say different things.
#
# Every option that --help shows stands in the program's manual page, and
# the other way round; every file of ours that a document names is there.
set -eu
export LC_ALL=C
cd "${top_srcdir:-$(dirname "$0")/..}"
builddir=${top_builddir:-build}
work=$(mktemp -d "${TMPDIR:-/tmp}/kho-docs-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
directories='lib|agents|backupd|backupctl|restore|policies|tests|doc|tools|\.ci'
bad=0

complain() {
	printf '%s\n' "$*"
	bad=$((bad + 1))
}

# Long options of a help text.
help_options() {
	grep -o -e '--[a-z][a-z-]*' | cut -c 3-
}

# The commands that a help text lists: the words before the arguments.
help_commands() {
	awk '
	/^Commands:/ { on = 1; next }
	/^$/ { on = 0 }
	on {
		n = split($0, column, /   */)
		gsub(/^ *| *$/, "", column[2])
		name = ""
		n = split(column[2], word, " ")
		for (i = 1; i <= n && word[i] ~ /^[a-z][a-z-]*$/; i++)
			name = name " " word[i]
		print name
	}'
}

# All long options of program $1; its commands go to $work/commands.
program_options() {
	"$1" --help >"$work/help"
	help_options <"$work/help"
	help_commands <"$work/help" >"$work/commands"
	while read -r command; do
		# shellcheck disable=SC2086 # its words
		"$1" $command --help </dev/null | help_options
	done <"$work/commands"
}

# All long options that manual page $1 marks up as such.
page_options() {
	awk '/^\.(Bl|Bd|D1|Dl)/ { next }
	/^\./ || /^(Oo )?Fl / {
		for (i = 2; i <= NF; i++)
			if ($i ~ /^-[a-z][a-z-]*$/)
				print substr($i, 2)
			else if ($i == "Fl" && $(i + 1) == "Fl")
				print $(i + 2)
	}' "$1"
}

check_program() {
	[ -x "$builddir/$1" ] || {
		echo "check-docs: $builddir/$1 is not built, passed over"
		return 0
	}
	[ -f "doc/man/$2" ] || {
		complain "doc/man/$2 is missing"
		return 0
	}
	program_options "$builddir/$1" | sort -u >"$work/has"
	page_options "doc/man/$2" | sort -u >"$work/says"
	[ -s "$work/has" ] || complain "$1 --help shows no option"
	for option in $(comm -23 "$work/has" "$work/says"); do
		complain "doc/man/$2 lacks --$option of $1"
	done
	while read -r command; do
		grep -q "^\.It Cm $command\>" "doc/man/$2" ||
			complain "doc/man/$2 lacks the command $command"
	done <"$work/commands"
	for option in $(comm -13 "$work/has" "$work/says"); do
		complain "doc/man/$2 has --$option, which $1 does not know"
	done
}

# The keys of the policy in kho-policy.5 are those of the schema.
check_keys() {
	[ -x "$builddir/backupctl/backupctl" ] || return 0
	"$builddir/backupctl/backupctl" policy keys --man >"$work/has"
	sed -n '/^\.\\" BEGIN KEYS/,/^\.\\" END KEYS/p' doc/man/kho-policy.5 |
		sed '1d;$d' >"$work/says"
	diff "$work/says" "$work/has" || complain "doc/man/kho-policy.5: the" \
	    "keys are not those of: backupctl policy keys --man"
}

# The files and directories that document $1 names, without those that have
# a blank of their own, such as lib/*/<file>.c.
named_paths() {
	tr ' \t()`|,;"' '[\n*]' <"$1" | sed 's/[.:]*$//' |
		grep -E "^($directories)/[a-zA-Z0-9_./-]*\$" |
		grep -v '/NN-' | sort -u
}

check_paths() {
	for path in $(named_paths "$1"); do
		paths=$((paths + 1))
		[ -e "$path" ] || complain "$1: there is no $path"
	done
}

check_program agents/backup-agent backup-agent.8
check_program backupctl/backupctl backupctl.1
check_program backupd/backupd backupd.8
check_program restore/restore restore.1
check_keys
paths=0
for document in ./*.md doc/*.md doc/decisions/*.md; do
	check_paths "$document"
done
if command -v mandoc >/dev/null; then
	mandoc -T lint -W warning doc/man/*.[1-8] >"$work/lint" || :
	grep -v 'referenced manual not found' "$work/lint" &&
		complain "mandoc has complaints"
fi
echo "check-docs: $paths named paths, $bad complaints"
[ "$bad" -eq 0 ]
