# table.awk: medians of the measurements of run, and ratios to Kho's.
# Input, by tabs: set step tool run wall cpu hwm anon wire repository.
BEGIN {
	FS = "\t"
	nsteps = split("first unchanged changed restore verify", steps, " ")
	nwhat = split("5 6 7 8 9 10", column, " ")
	split("wall_s cpu_s peak_MiB anon_MiB wire_MB repo_MB", what, " ")
	split("1 1 1024 1024 1000000 1000000", unit, " ")
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
	n[key]++
	for (i = 1; i <= nwhat; i++)
		value[key, i, n[key]] = $(column[i])
}
function median(key, i,    k, j, t, v) {
	if (n[key] == 0 || value[key, i, 1] == "-")
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
function show(v, base) {
	if (v == "-")
		return "-"
	if (base == "-" || base + 0 == 0)
		return sprintf("%.2f", v)
	return sprintf("%.2f (%.2f)", v, v / base)
}
END {
	for (s = 1; s <= nsets; s++)
		for (p = 1; p <= nsteps; p++) {
			base_key = sets[s] SUBSEP steps[p] SUBSEP "kho"
			printf "\n%s, %s: medians of %d; in brackets as a" \
			    " multiple of Kho's\n", sets[s], steps[p], runs
			printf "%-8s", "tool"
			for (i = 1; i <= nwhat; i++)
				printf " %17s", what[i]
			printf "\n"
			for (t = 1; t <= ntools; t++) {
				key = sets[s] SUBSEP steps[p] SUBSEP tools[t]
				if (n[key] == 0)
					continue
				printf "%-8s", tools[t]
				for (i = 1; i <= nwhat; i++)
					printf " %17s", show(median(key, i),
					    median(base_key, i))
				printf "\n"
			}
		}
}
