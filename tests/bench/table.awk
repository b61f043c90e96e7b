# table.awk: medians of the measurements of run, and ratios to Kho's, as
# tables in Markdown.  Input, by tabs: set step tool run wall cpu resident
# anonymous wire added; "failed" or "-" for a number.  What a tool did several
# times in one step of one run is added up, but for the memory.
BEGIN {
	FS = "\t"
	nsteps = split("first unchanged changed nights restore" \
	    " restore-first restore-last verify", steps, " ")
	ncols = split("5 6 8 9 10", column, " ")
	split("1 1 1024 1000000 1000000", unit, " ")
	WALL = 1; MEMORY = 3; WIRE = 4; ADDED = 5
}
{
	if (!($1 in set_seen)) {
		set_seen[$1] = 1
		sets[++nsets] = $1
	}
	if (!($3 in tool_seen)) {
		tool_seen[$3] = 1
		tools[++ntools] = $3
	}
	key = $1 SUBSEP $2 SUBSEP $3
	if (!((key, $4) in at))
		at[key, $4] = ++n[key]
	k = at[key, $4]
	if ($5 == "failed")
		broken[key] = 1
	for (i = 1; i <= ncols; i++) {
		v = $(column[i])
		if (v == "-")
			none[key, i] = 1
		else if (i != MEMORY)
			value[key, i, k] += v
		else if (v + 0 > value[key, i, k])
			value[key, i, k] = v + 0
	}
}
function median(key, i,    k, j, t, v) {
	if (n[key] == 0 || broken[key] || (key, i) in none)
		return "-"
	for (k = 1; k <= n[key]; k++)
		v[k] = value[key, i, k] / unit[i]
	for (k = 2; k <= n[key]; k++)
		for (j = k; j > 1 && v[j] < v[j - 1]; j--) {
			t = v[j]
			v[j] = v[j - 1]
			v[j - 1] = t
		}
	k = n[key]
	return k % 2 ? v[(k + 1) / 2] : (v[k / 2] + v[k / 2 + 1]) / 2
}
function number(v) {
	return sprintf(v < 1 ? "%.3f" : v < 100 ? "%.2f" : "%.0f", v)
}
function show(v, base) {
	if (v == "-")
		return "–"
	if (base == "-" || base <= 0)
		return number(v)
	return number(v) " (" sprintf(v / base < 10 ? "%.2f" : "%.0f", \
	    v / base) ")"
}
# The wire is not used by what is done where the repository is, and that adds
# nothing to it.
function local(step, i) {
	return (i == WIRE || i == ADDED) && step ~ /^(restore|verify)/
}
function row(set, step, tool,    key, base, i) {
	key = set SUBSEP step SUBSEP tool
	base = set SUBSEP step SUBSEP "kho"
	if (n[key] == 0)
		return
	printf "| %s | %s |", step, tool
	for (i = 1; i <= ncols; i++)
		if (broken[key])
			printf " **failed** |"
		else if (local(step, i))
			printf " |"
		else
			printf " %s |", show(median(key, i),
			    tool == "kho" ? "-" : median(base, i))
	printf "\n"
}
# The best of those that are not Kho; "-" if none.
function best(set, step, i, without,    t, v, least) {
	least = "-"
	for (t = 1; t <= ntools; t++) {
		if (tools[t] ~ /^kho/ || (without != "" && \
		    tools[t] ~ without))
			continue
		v = median(set SUBSEP step SUBSEP tools[t], i)
		if (v != "-" && (least == "-" || v < least)) {
			least = v
			best_tool = tools[t]
		}
	}
	return least
}
# aim WHAT SET STEP COLUMN LIMIT: a line of the table of aims, if measured.
function aim(what, set, step, i, limit,    v, peer) {
	v = median(set SUBSEP step SUBSEP "kho", i)
	if (v == "-")
		return
	peer = best(set, step, i, i == ADDED ? "^r.*sync" : "")
	printf "| %s | %s | ≤ %s | %s | %s |\n", what, \
	    peer == "-" ? "–" : best_tool " " number(peer), number(limit),
	    number(v), v <= limit ? "yes" : "**no**"
}
# aim_share ... SHARE: of the best peer's, mirrors of no history left out.
function aim_share(what, set, step, i, share,    peer) {
	peer = best(set, step, i, i == ADDED ? "^r.*sync" : "")
	if (peer != "-")
		aim(what, set, step, i, peer * share)
}
function aim_memory(    s, p, key, v, most) {
	for (s = 1; s <= nsets; s++)
		for (p = 1; p <= nsteps; p++) {
			key = sets[s] SUBSEP steps[p] SUBSEP "kho"
			v = median(key, MEMORY)
			if (v != "-" && v > most)
				most = v
		}
	if (most > 0)
		printf "| any set and step: MiB | – | ≤ 100 | %s | %s |\n",
		    number(most), most <= 100 ? "yes" : "**no**"
}
function aims(    first) {
	print "\n### Aims\n"
	print "| work | best peer here | aim | Kho | reached |"
	print "|---|---|---|--:|---|"
	aim("source, first: s", "source", "first", WALL, 6)
	aim_than_rsync()
	aim("source, unchanged: s", "source", "unchanged", WALL, 0.6)
	aim("source, unchanged: wire MB", "source", "unchanged", WIRE, 0.02)
	aim("source, changed: s", "source", "changed", WALL, 1.2)
	aim("source, changed: wire MB", "source", "changed", WIRE, 2)
	aim("source, restore: s", "source", "restore", WALL, 4)
	aim("source, verify: s", "source", "verify", WALL, 1.5)
	aim("pg, changed: s", "pg", "changed", WALL, 4.5)
	aim("pg, changed: wire MB", "pg", "changed", WIRE, 42)
	aim("pg, changed: stored MB", "pg", "changed", ADDED, 33)
	aim("image-new, first: s", "image-new", "first", WALL, 6)
	aim("image-new, changed: s", "image-new", "changed", WALL, 7)
	aim("image-new, changed: wire MB", "image-new", "changed", WIRE, 225)
	aim("image-new, restore: s", "image-new", "restore", WALL, 4)
	aim("image-new, verify: s", "image-new", "verify", WALL, 2.5)
	aim_share("image-edit, changed: wire MB", "image-edit", "changed", \
	    WIRE, 1 / 3)
	aim_share("image-edit, changed: stored MB", "image-edit", "changed", \
	    ADDED, 1 / 3)
	aim("sqlite, changed: wire MB", "sqlite", "changed", WIRE, 10)
	aim("sqlite, changed: stored MB", "sqlite", "changed", ADDED, 2.5)
	first = median("nights" SUBSEP "nights" SUBSEP "borg", ADDED)
	if (first != "-")
		aim("nights, of borg: stored MB", "nights", "nights", ADDED, \
		    first / 15)
	first = median("nights" SUBSEP "restore-first" SUBSEP "kho", WALL)
	if (first != "-")
		aim("nights, restore of the last: s", "nights", \
		    "restore-last", WALL, 2 * first)
	aim("debs, first: s", "debs", "first", WALL, 7)
	aim_memory()
}
function aim_than_rsync(    v) {
	v = median("source" SUBSEP "first" SUBSEP "rsync", WALL)
	if (v != "-")
		aim("source, first, ahead of rsync: s", "source", "first", \
		    WALL, v)
}
END {
	for (s = 1; s <= nsets; s++) {
		printf "\n### %s\n\n", sets[s]
		print "| step | tool | wall s | CPU s | memory MiB | wire MB" \
		    " | stored MB |"
		print "|---|---|--:|--:|--:|--:|--:|"
		for (p = 1; p <= nsteps; p++)
			for (t = 1; t <= ntools; t++)
				row(sets[s], steps[p], tools[t])
	}
	if (quick == "")
		aims()
}
