#!/bin/sh
# man.sh: the manual pages agree with the programs they describe.
set -eu

ctl=$top_builddir/backupctl/backupctl
pages=$top_srcdir/doc/man
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
status=0

# The keys in kho-policy.5 are those of the schema.
"$ctl" policy keys --man >"$tmp/want"
sed -n '/^\.\\" BEGIN KEYS/,/^\.\\" END KEYS/p' "$pages/kho-policy.5" |
    sed '1d;$d' >"$tmp/have"
if ! cmp -s "$tmp/want" "$tmp/have"; then
	echo "kho-policy.5: the list of keys is not that of" \
	    "'backupctl policy keys --man':"
	diff "$tmp/have" "$tmp/want" || :
	status=1
fi

# Every command and option in --help stands in backupctl.1.
"$ctl" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]* [a-z]*\).*/\1/p' \
    >"$tmp/commands"
test -s "$tmp/commands"
while read -r group command; do
	grep -q "^\.It Cm $group $command" "$pages/backupctl.1" || {
		echo "backupctl.1: no command $group $command"
		status=1
	}
	"$ctl" "$group" "$command" --help
done <"$tmp/commands" >"$tmp/help"
sed -n 's/^ .*--\([a-z-]*\).*/\1/p' "$tmp/help" | sort -u >"$tmp/options"
test -s "$tmp/options"
while read -r option; do
	grep -q -- "Fl \(Fl \|-\)$option\>" "$pages/backupctl.1" || {
		echo "backupctl.1: no option --$option"
		status=1
	}
done <"$tmp/options"
exit $status
