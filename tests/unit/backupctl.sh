#!/bin/sh
# backupctl.sh: a repository made, its keys added, used and removed.
set -eu

ctl=${top_builddir:?}/backupctl/backupctl
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
umask 022
cat >"$tmp/p.cfg" <<EOF
policy_version = 1;
targets = ( { name = "nas"; type = "dir"; path = "repo"; } );
EOF
umask 077

run()
{
	"$ctl" -c "$tmp/p.cfg" --no-input "$@"
}

# expect CODE COMMAND...: it must end with that exit code.
expect()
{
	want=$1
	shift
	got=0
	run "$@" >"$tmp/out" 2>"$tmp/err" || got=$?
	if [ "$got" != "$want" ]; then
		echo "backupctl $*: exit $got, not $want"
		cat "$tmp/out" "$tmp/err"
		exit 1
	fi
}

expect 11 key list nas
expect 0 target init nas
grep -E '^([0-9A-Z]{6}-){10}[0-9A-Z]{6}$' "$tmp/out" >"$tmp/paper"
[ "$(stat -c %a "$tmp/keys/nas.key")" = 600 ]
expect 10 target init nas
mv "$tmp/keys/nas.key" "$tmp/kept.key"
expect 10 target init nas		# the repository is there
expect 13 key list nas			# and its key file is not
mv "$tmp/kept.key" "$tmp/keys/nas.key"

# The recovery key opens it, also in lower case and in two lines.
expect 0 key list nas --key "$tmp/paper"
grep -q 'recovery .* in use now$' "$tmp/out"
tr "[:upper:]" "[:lower:]" <"$tmp/paper" | sed 's/-/\n/5' >"$tmp/typed"
expect 0 key list nas --key "$tmp/typed"

echo 'correct horse battery' >"$tmp/pw"
echo 'short' >"$tmp/short"
expect 10 key add nas --passphrase-file "$tmp/short"
expect 0 key add nas --passphrase-file "$tmp/pw" --label ours
expect 0 --json key list nas --key "$tmp/pw"
id=$(sed 's/.*"id":"\([0-9a-f]*\)","kind":"passphrase","label":"ours".*/\1/' \
    "$tmp/out")
expect 0 key remove nas "$id"
expect 13 key list nas --key "$tmp/pw"
expect 4 key remove nas "$id"

expect 0 key add nas --host "$tmp/second.key"
expect 0 key list nas --key "$tmp/second.key"
expect 4 key list nope
expect 2 key add nas
expect 2 key remove nas

# All but one can be removed.
run key list nas >"$tmp/list"
# shellcheck disable=SC2013 # one word a line
for id in $(awk 'NR > 1 && !/in use now$/ { print $1 }' "$tmp/list"); do
	expect 0 key remove nas "$id"
done
expect 10 key remove nas "$(awk '/in use now$/ { print $1 }' "$tmp/list")"
expect 0 key list nas
