#!/bin/sh
# Two disks take turns at one place: each is known, none is taken for the
# other, and what each source has of copies is told, and missed.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"

tmpdir
src=$tmp/src
mkdir "$src" "$tmp/a" "$tmp/b"
echo one >"$src/file"
disk() {
	printf '{ name = "%s"; role = "copy"; type = "removable"; %s
	    min_free = "0 %%"; max_age = "8 days"; path = "%s/usb"; }' \
	    "$1" "$2" "$tmp"
}
kho_target="min_free = \"0 %\"; }, $(disk usb-a ""),
	  { offsite = true;$(disk usb-b "" | sed 's/^{//; s/}$//')"
kho_setup "$src"
cat >>"$tmp/policy.cfg" <<'END'
require_copies = { total = 3; media = 2; offsite = 1; offline = 1; };
END
ctl() {
	ctl_code=$1
	shift
	expect "$ctl_code" "$backupctl" -c "$tmp/policy.cfg" "$@"
}
# plug DIR: it is mounted where disks are.
plug() { ln -sfn "$tmp/$1" "$tmp/usb"; }
# score N: the only source has so many of five.
score() {
	ctl 0 posture
	has "$tmp/out" "$1/5"
}

say "without a backup there is no copy"
expect 0 "$backupctl" -c "$tmp/policy.cfg" policy test
kho_backup 0
score 0
has "$tmp/out" "usb-a: holds nothing of it"
ctl 4 posture nobody

say "each disk gets its label, and none is taken for the other"
plug a
ctl 10 target attach usb-a
ctl 0 target sync usb-a
[ -n "$(ls "$tmp/a/gc")" ] || fail "no label"
ctl 8 target sync usb-b
has "$tmp/err" "that of target usb-a"
ctl 0 target attach usb-a
has "$tmp/out" "usb-a is here"
plug b
ctl 11 target attach usb-a
has "$tmp/err" "not mounted"
ctl 0 target sync usb-b
ctl 8 target attach usb-a
has "$tmp/err" "that of target usb-b"
ctl 8 target sync usb-a
expect 0 "$restore" --repo "$tmp/b" --key "$tmp/keys/usb-b.key" verify --full

say "another repository is refused"
mkdir "$tmp/p2" "$tmp/other"
sed "s|\"$tmp/repo\"|\"$tmp/other\"|" "$tmp/policy.cfg" >"$tmp/p2/policy.cfg"
chmod 600 "$tmp/p2/policy.cfg"
expect 0 "$backupctl" -c "$tmp/p2/policy.cfg" target init t
plug other
ctl 8 target attach usb-a
has "$tmp/err" "another repository"
ctl 8 target sync usb-a
plug b

say "what was ejected is away; removing one copy is missed"
ctl 0 target eject usb-b
has "$tmp/out" "safe to unplug"
ctl 11 target sync usb-b
has "$tmp/err" "was ejected"
ctl 0 verify
ctl 0 verify --target usb-b
plug a
ctl 0 verify --target usb-a
score 5
ctl 0 --json posture
has "$tmp/out" '"score":5'
ctl 7 status
has "$tmp/out" "all 1 sources have the copies"
echo two >"$src/file"
kho_backup 0
score 5

say "a damaged copy does not count"
pack=$(find "$tmp/a/packs" -type f | head -1)
mv "$pack" "$tmp/pack"
expect 9 "$backupctl" -c "$tmp/policy.cfg" verify --target usb-a
score 4
has "$tmp/out" "usb-a: damaged"
ctl 7 --json status
has "$tmp/out" '"posture":{"sources":1,"short":1}'
mv "$tmp/pack" "$pack"
ctl 0 verify --target usb-a
score 5

say "plugged in again it is known, and its age with it"
rm "$tmp/usb"
ctl 11 target sync usb-b
plug b
ctl 0 target attach usb-b
ctl 0 --json target attach usb-b
has "$tmp/out" '"last_here":"2'
score 4
has "$tmp/out" "no disk that is away"
ctl 0 target sync usb-b
ctl 0 target eject usb-b
score 5
rm "$tmp/usb"
ctl 11 target sync usb-b
plug b
ctl 0 target sync usb-b
score 4
