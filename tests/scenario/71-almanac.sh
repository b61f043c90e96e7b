#!/bin/sh
# Random schedules through simulated days, outages and clock jumps: the
# library and an oracle that walks minute by minute say the same.
# KHO_ALMANAC_DAYS=10000 takes so many days of every zone: some minutes.
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"

need python3
python3 -c 'import zoneinfo; zoneinfo.ZoneInfo("Australia/Lord_Howe")' \
    2>/dev/null || {
	say "skipped: python3 has no zones"
	exit 77
}
days=${KHO_ALMANAC_DAYS:-400}
cases=${KHO_ALMANAC_CASES:-1}
seed=${KHO_ALMANAC_SEED:-1}
say "days $days, cases $cases, seed $seed"
python3 "$top_srcdir/tests/lib/almanac.py" \
    "${top_builddir:?}/tests/lib/almanac" "$days" "$cases" "$seed" ||
	fail "KHO_ALMANAC_DAYS=$days KHO_ALMANAC_CASES=$cases" \
	    "KHO_ALMANAC_SEED=$seed"
