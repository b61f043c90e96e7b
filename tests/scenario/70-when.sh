#!/bin/sh
# backupctl when: the coming runs of a policy over a change of clocks, and
# what it makes of calendars, right and wrong.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"

umask 022
tmpdir
ctl=${top_builddir:?}/backupctl/backupctl
key='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK2V8bUKkk1lmM7kgTBdBQQFhfr/3ejD36gqJh0qbFB7'

# policy ZONE: three sources, one of them off, one without a calendar.
policy() {
	cat >"$tmp/p.cfg" <<-END
	policy_version = 1;
	office = { timezone = "$1"; };
	defaults = { sets = [ "documents" ];
	  schedule = { calendar = [ "Mon..Fri 11:45" ];
	    window = [ "Mon..Fri 11:30-17:00" ]; jitter = "20 min"; }; };
	sets = { documents = { paths = [ "/home" ]; };
	  db = { paths = [ "/srv" ]; schedule = { calendar = [ "02:30" ];
	    window = [ "22:00-06:00" ]; jitter = "0 s";
	    at_window_end = "stop"; }; };
	  odd = { paths = [ "/odd" ]; schedule = { calendar = [ ]; }; }; };
	hosts = ( { name = "a"; address = "192.0.2.1";
	    sets_add = [ "db", "odd" ]; host_key = [ "$key" ]; },
	  { name = "off"; address = "192.0.2.2"; enabled = false;
	    host_key = [ "$key" ]; } );
	targets = ( { name = "t"; type = "dir"; path = "r"; } );
	END
}

when() {
	expect "$1" "$ctl" -c "$tmp/p.cfg" when "$2" "$3" "$4" "$5"
}

[ -e /usr/share/zoneinfo/Europe/Berlin ] || {
	say "skipped: no time zones here"
	exit 77
}
policy Europe/Berlin

say "the night when 02:30 does not exist"
when 0 --from 2026-03-27 --days 4
grep -qE '^Fri 2026-03-27 (11:4[5-9]|11:5.|12:0[0-4]) +a +documents +11:45 +17:00, then pause$' \
    "$tmp/out" || fail "the run of Friday"
has "$tmp/out" 'Sat 2026-03-28 02:30  a     db         02:30    06:00, then stop'
has "$tmp/out" 'Sun 2026-03-29 03:00  a     db         03:00    06:00, then stop'
has "$tmp/out" 'a/odd is run by hand only'
grep -q 'Sat.*documents' "$tmp/out" && fail "a run on a Saturday"
grep -q ' off ' "$tmp/out" && fail "a run of a host that is not enabled"
cp "$tmp/out" "$tmp/first"
when 0 --from 2026-03-27 --days 4
cmp -s "$tmp/first" "$tmp/out" || fail "another jitter when asked again"

say "the night when 02:30 comes twice"
when 0 --from 2026-10-25 --days 1
[ "$(grep -c ' db ' "$tmp/out")" -eq 1 ] || fail "not one run"
expect 0 "$ctl" -c "$tmp/p.cfg" --json when --from 2026-10-25 --days 1
has "$tmp/out" '"start":"2026-10-25T02:30:00+02:00"'
has "$tmp/out" '"cmd":"when"'
has "$tmp/out" '"by_hand":[{"host":"a","set":"odd"}]'

say "calendars"
when 0 --from 2026-12-24 "Mon..Fri" 11:45
has "$tmp/out" 'Europe/Berlin'
has "$tmp/out" 'Thu 2026-12-24 11:45'
has "$tmp/out" 'Wed 2026-12-30 11:45'
when 0 --from 2026-01-01 "*-01,04,07,10-05 09:00" --json
has "$tmp/out" '"2026-01-05T09:00:00+01:00","2026-04-05T09:00:00+02:00"'
when 0 --from 2026-01-01 "2020-01-01 09:00" --quiet
has "$tmp/out" 'never comes again'
when 2 --color never "30 18 * * 1-5" --no-input
has "$tmp/err" 'write "Mon..Fri 18:30"'
when 2 --color never "*-02-30 10:00" --no-input
has "$tmp/err" 'no such date'
when 2 --days 3 "daily" --no-input
when 2 --days 0 --color never
when 2 --from 2026-02-29 --color never

say "a zone that nobody knows, a policy that is not there"
policy Europe/Nowhere
expect 5 "$ctl" -c "$tmp/p.cfg" when
has "$tmp/err" Europe/Nowhere
expect 4 "$ctl" -c "$tmp/none.cfg" when
expect 0 "$ctl" -c "$tmp/none.cfg" when daily
has "$tmp/out" 'of this machine'
