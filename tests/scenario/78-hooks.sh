#!/bin/sh
# Hooks on the source: a dump before, cleaning up after; what fails, takes too
# long, is not allowed or not to be trusted; the end of the server or of the
# job while one runs.
# shellcheck disable=SC2016,SC2034 # what hooks and daemon_until evaluate
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/daemon.sh"

need rsync ps
tmpdir
src=$tmp/src
hooks=$tmp/hooks
mkdir -m 755 "$src" "$hooks"
echo here >"$src/file"
kho_setup "$src"
sshd_authorize "$agent serve --root $tmp --hooks $hooks"

# hook NAME: allow what stands on standard input, below the shell's line.
hook() {
	{
		echo '#!/bin/sh'
		echo "src=$src tmp=$tmp"
		cat
	} >"$hooks/$1"
	chmod 755 "$hooks/$1"
}

# policy BEFORE AFTER: the hooks of the set.
policy() {
	kho_set="before = ( $1 ); after = ( $2 );"
	kho_policy "$src"
}

# ended FILE: whoever wrote its process id there is gone, or soon is.
ended() {
	daemon_until "the end of $(cat "$1")" '! kill -0 "$(cat '"$1"')" 2>/dev/null'
}

hook dump <<'END'
echo "$KHO_PHASE of $KHO_SET: ${KHO_RESULT-none} ${SSH_CONNECTION-clean}" >"$src/dump"
ls /proc/self/fd | wc -l >"$tmp/descriptors"
id -u >"$tmp/who"
grep CapEff /proc/self/status >"$tmp/rights"
echo dumped
END
hook clean <<'END'
rm -f "$src/dump"
echo "$KHO_PHASE $KHO_RESULT" >>"$tmp/cleaned"
END
hook fails <<'END'
echo "disk of the database is full"
printf 'and \033[2J more\n' >&2
exit 7
END
hook slow <<'END'
echo $$ >"$tmp/slow.pid"
sleep 60 &
echo $! >"$tmp/child.pid"
echo waiting
wait
END

say "a dump is made, saved, and removed"
policy '{ use = "dump"; }' '{ use = "clean"; }'
kho_backup
[ ! -e "$src/dump" ] || fail "nobody has removed the dump"
has "$tmp/cleaned" "after ok"
kho_restore 0 run latest --to "$tmp/back"
has "$tmp/back$src/dump" "before of s: none clean"
# Its own directory, and standard input, output and error.
[ "$(cat "$tmp/descriptors")" -le 4 ] || fail "descriptors were inherited"
[ "$(id -u)" -eq 0 ] || has "$tmp/rights" "0000000000000000"

say "the job tells of its hooks"
expect 0 "$backupctl" -c "$tmp/policy.cfg" job show 1
has "$tmp/out" "hook dump, before saving: exit status 0"
has "$tmp/out" "| dumped"
has "$tmp/out" "hook clean, after saving: exit status 0"
expect 0 "$backupctl" -c "$tmp/policy.cfg" --json job show 1
has "$tmp/out" '"name":"dump","phase":"before"'

say "a dry run runs none"
rm -f "$tmp/cleaned"
kho_backup 0 --dry-run
[ ! -e "$tmp/cleaned" ] || fail "a dry run has run a hook"

say "a dump that fails: the job fails, with its words; always runs after"
policy '{ use = "fails"; }, { use = "dump"; }' \
    '{ use = "slow"; }, { use = "clean"; always = true; }'
rm -f "$tmp/slow.pid"
kho_backup 1
has "$tmp/err" "hook fails, before saving, ended with status 7"
has "$tmp/err" "disk of the database is full"
has "$tmp/err" 'full; and ?[2J more'
has "$tmp/cleaned" "after failed"
[ ! -e "$tmp/slow.pid" ] || fail "slow ran, and the job had failed"
[ ! -e "$src/dump" ] || fail "dump ran after another had failed"
kho_restore 0 list
[ "$(grep -c "h/s\|^h " "$tmp/out")" -le 1 ] || fail "a snapshot was made"

say "a dump that only warns"
policy '{ use = "fails"; on_fail = "warn"; }' '{ use = "fails"; }'
kho_backup
has "$tmp/err" "hook fails, before saving, ended with status 7"
has "$tmp/err" "hook fails, after saving, ended with status 7"
has "$tmp/out" "complete snapshot"

say "one that takes too long is ended, with all it has started"
policy '{ use = "slow"; timeout = "1 s"; }' ''
kho_backup 1
has "$tmp/err" "it took longer than 1 s: waiting"
ended "$tmp/slow.pid"
ended "$tmp/child.pid"

say "what is not allowed is refused"
policy '{ use = "nothing"; }' ''
kho_backup 1
has "$tmp/err" "was refused by the host: nothing is not allowed"
policy '{ use = "dump"; }' ''
chmod 775 "$hooks/dump"
kho_backup 1
has "$tmp/err" "dump can be written by others"
ln -s dump "$hooks/other"
: >"$hooks/plain"
expect 0 "$agent" hooks list --hooks "$hooks"
has "$tmp/out" "clean: allowed"
has "$tmp/out" "dump: refused: dump can be written by others"
has "$tmp/out" "other: refused: other is a symbolic link"
has "$tmp/out" "plain: refused: plain cannot be executed"
expect 0 "$agent" hooks list --hooks "$hooks" --json
has "$tmp/out" '{"name":"clean","allowed":true,"why":""}'
chmod 755 "$hooks/dump"
chmod 777 "$hooks"
kho_backup 1
has "$tmp/err" "$hooks can be written by others"
expect 1 "$agent" hooks list --hooks "$hooks"
chmod 755 "$hooks"
sshd_authorize "$agent serve --root $tmp"
kho_backup 1
has "$tmp/err" "has no --hooks"
sshd_authorize "$agent serve --root $tmp --hooks $hooks"
kho_backup
rm -f "$src/dump"

say "an agent that is too old"
sshd_authorize "$top_builddir/tests/lib/hostile honest"
sed -i 's/name = "h";/name = "old";/' "$tmp/policy.cfg"
kho_backup 1
has "$tmp/err" "hook dump, before saving, was not run: the agent is too old"
policy '{ use = "dump"; on_fail = "warn"; }' '{ use = "clean"; }'
sed -i 's/name = "h";/name = "old";/' "$tmp/policy.cfg"
kho_backup
has "$tmp/err" "hook dump, before saving, was not run: the agent is too old"
has "$tmp/err" "hook clean, after saving, was not run: the agent is too old"
sshd_authorize "$agent serve --root $tmp --hooks $hooks"

say "the server goes away: its hook ends"
policy '{ use = "slow"; }' ''
rm -f "$tmp/slow.pid" "$tmp/child.pid"
"$backupd" -c "$tmp/policy.cfg" --once >"$tmp/once" 2>&1 &
once=$!
daemon_until "the hook" '[ -s "$tmp/child.pid" ]'
for pid in $(ps -o pid= --ppid "$once") $once; do
	kill -KILL "$pid"
done
wait "$once" 2>/dev/null
ended "$tmp/slow.pid"
ended "$tmp/child.pid"

say "a job that is cancelled: its hook ends, and what is always run runs"
policy '{ use = "slow"; }' '{ use = "clean"; always = true; }'
rm -f "$tmp/slow.pid" "$tmp/child.pid" "$tmp/cleaned"
daemon_start
expect 0 ctl run h --detach
job=$(sed -n 's|^h/s: job \([0-9]*\) runs$|\1|p' "$tmp/out")
daemon_until "the hook" '[ -s "$tmp/child.pid" ]'
expect 0 ctl job show "$job"
has "$tmp/out" "hook slow, before saving: runs"
expect 0 ctl job cancel "$job"
daemon_until "its end" '! ctl job show "$job" | grep -q "outcome *running"'
ended "$tmp/slow.pid"
ended "$tmp/child.pid"
has "$tmp/cleaned" "after failed"
expect 0 ctl job show "$job"
has "$tmp/out" "outcome      cancelled"
has "$tmp/out" "hook slow, before saving: ended"
has "$tmp/out" "hook clean, after saving: exit status 0"
