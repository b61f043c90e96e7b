#!/bin/sh
# The officer's commands around the policy: show, edit, sample, completion.
# shellcheck disable=SC2016 # texts of scripts, and backquotes of messages
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"

tmpdir
ctl=${top_builddir:?}/backupctl/backupctl
case $ctl in /*) ;; *) ctl=$PWD/$ctl ;; esac
policy=${tmp:?}/p.cfg
cp "$top_srcdir/tests/policies/good/whole.cfg" "$policy"
chmod 640 "$policy"

# run CODE COMMAND...: it must end so; its output is $tmp/out and $tmp/err.
run() {
	run_want=$1
	shift
	run_got=0
	"$ctl" -c "$policy" "$@" >"$tmp/out" 2>"$tmp/err" || run_got=$?
	[ "$run_got" = "$run_want" ] ||
		fail "$*: exit $run_got: $(cat "$tmp/out" "$tmp/err")"
}

# has TEXT FILE: the file has it.
has() {
	grep -qF -e "$1" "$tmp/$2" || fail "no \"$1\" in: $(cat "$tmp/$2")"
}

# editor SED: what the officer does to the text.
editor() {
	printf '#!/bin/sh\nsed -i "%s" "$1"\n' "$1" >"$tmp/editor"
	chmod 755 "$tmp/editor"
	VISUAL=$tmp/editor
	export VISUAL
}

say "show: each value with the line that said it"
run 0 policy show ketoan-01 --explain
line=$(grep -n 'rpo = "24 h"' "$policy" | cut -d: -f1)
grep -q "^schedule.rpo = \"24 h\"; *# $policy:$line group ke_toan$" \
    "$tmp/out" || fail "rpo: $(grep rpo "$tmp/out")"
has 'sets = [ "documents", "accounting_db" ];' out
has 'before = ( { use = "mssql-dump";' out
run 0 --json policy show ketoan-01
has '{"key":"schedule.rpo","set":null,"value":"24 h","from":[{"line":'"$line" \
    out
has '"limit_now":{"bytes_per_second":' out
run 0 policy show ketoan-01
has '# the link now: ' out
run 0 policy show
[ "$(cat "$tmp/out")" = ketoan-01 ] || fail "hosts: $(cat "$tmp/out")"
run 4 policy show nobody

say "edit: what is wrong is not saved, and not lost either"
cp -p "$policy" "$tmp/before"
editor 's/daily = 14/kep_daily = 14/'
run 5 policy edit
has 'did you mean `daily`?' err
has '= effect: none, nothing is saved; policy of ' err
cmp -s "$policy" "$tmp/before" || fail "a wrong policy was saved"
[ -f "$policy.edit" ] || fail "the text is lost"
editor 's/kep_daily = 14/daily = 21/'
run 0 policy edit
has 'Saved.' out
grep -q 'daily = 21' "$policy" || fail "not saved"
[ "$(stat -c '%a %u %g' "$policy")" = "$(stat -c '%a %u %g' \
    "$tmp/before")" ] || fail "mode or owner: $(stat -c '%a' "$policy")"
[ ! -e "$policy.edit" ] || fail "the text was left"
editor ''
run 0 policy edit
has 'Nothing was changed.' out

say "edit: one at a time, and only what nobody changed meanwhile"
printf '#!/bin/sh\n"%s" -c "%s" policy edit\necho $? >"%s"\n' "$ctl" \
    "$policy" "$tmp/inner" >"$tmp/editor"
run 0 policy edit
[ "$(cat "$tmp/inner")" = 6 ] || fail "two edits: $(cat "$tmp/inner")"
printf '#!/bin/sh\necho "# mine" >>"$1"\necho "# other" >>"%s"\n' \
    "$policy" >"$tmp/editor"
run 10 policy edit
grep -q '# mine' "$policy" && fail "what another wrote was replaced"
grep -q '# mine' "$policy.edit" || fail "the text is lost"
rm "$policy.edit"
printf '#!/bin/sh\nexit 3\n' >"$tmp/editor"
run 1 policy edit
rm -f "$policy.edit"
editor 's/daily = 21/daily = 28/'
run 0 --json policy edit
has '"changed":true,"saved":true,"left":null,"errors":[]' out

say "the sample has every key and loads"
run 0 policy sample
(umask 022 && cat "$tmp/out" >"$tmp/sample.cfg")
run 0 policy keys
sed -n '/^[a-z]/s/.*[.]//p' "$tmp/out" | sort -u >"$tmp/keys"
while read -r key; do
	grep -qw -- "$key" "$tmp/sample.cfg" || fail "the sample lacks $key"
done <"$tmp/keys"
run 0 policy test "$tmp/sample.cfg"

say "errors of a test say that nothing has changed"
echo 'prot = 1;' >>"$tmp/sample.cfg"
run 5 policy test "$tmp/sample.cfg"
has '= effect: none; backupd goes on' err
run 0 policy explain rpo
has 'sample: 36 h' out

say "completion"
run 2 completion tcsh
run 0 completion bash
command -v bash >/dev/null || exit 0
cat >"$tmp/try" <<'EOT'
. "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_backupctl
echo "${COMPREPLY[*]}"
EOT
# completes WANT WORDS...: the last word is completed so.
completes() {
	want=$1
	shift
	got=$(bash "$tmp/try" "$tmp/out" "$@") || fail "bash: $*"
	[ "$got" = "$want" ] || fail "$*: $got"
}
completes "policy" backupctl pol
completes "sample" backupctl -c /x policy sa
completes "daily" backupctl policy explain dai
completes "P030 P031 P032 P033 P034 P035 P036" backupctl policy explain P03
completes "--explain" backupctl policy show --e
exit 0
