#!/usr/bin/python3
"""servers.py: what several servers have reported, against what is there.

    servers.py report JOBS TOLD ROUND    add to the file TOLD a line "ID HOST
                                         ROUND" for each snapshot that JOBS
                                         (backupctl job list --json) reports
                                         and TOLD does not have yet
    servers.py check LIST TOLD...        is each of them in LIST (restore list
                                         --json), and are the numbers of each
                                         source 1 to n?
    servers.py sample N TOLD...          N of the lines, the last of each host
                                         among them; N = 0: all
"""
import json
import os
import random
import sys


def lines(path):
    if not os.path.exists(path):
        return []
    with open(path) as f:
        return [line.split() for line in f]


def walk(value):
    """Every object in an answer, at whatever depth."""
    if isinstance(value, dict):
        yield value
        for v in value.values():
            yield from walk(v)
    elif isinstance(value, list):
        for v in value:
            yield from walk(v)


def report(jobs, told, turn):
    known = {line[0] for line in lines(told)}
    with open(jobs) as f:
        answer = json.load(f)
    with open(told, "a") as out:
        for job in walk(answer):
            name = job.get("snapshot")
            if isinstance(name, str) and name and name not in known:
                known.add(name)
                out.write("%s %s %s\n" % (name, job["host"], turn))


def check(listed, files):
    with open(listed) as f:
        there = json.load(f)["data"]["snapshots"]
    names = {s["snapshot"] for s in there}
    told = [line for path in files for line in lines(path)]
    for line in told:
        if line[0] not in names:
            sys.exit("reported and not there: " + " ".join(line))
    sources = {}
    for s in there:
        sources.setdefault((s["host"], s["set"]), []).append(s["sequence"])
    for source, numbers in sorted(sources.items()):
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            sys.exit("%s/%s: numbers %s" % (source + (sorted(numbers),)))
    print("%d snapshots of %d sources, %d reported" %
          (len(there), len(sources), len(told)))


def sample(n, files):
    told = [line for path in files for line in lines(path)]
    last = {line[1]: line for line in told}
    rest = [line for line in told if last[line[1]] != line]
    random.shuffle(rest)
    chosen = list(last.values())
    random.shuffle(chosen)
    chosen += rest
    for line in chosen[:n] if n > 0 else chosen:
        print(*line)


def main(argv):
    if argv[1] == "report":
        report(*argv[2:])
    elif argv[1] == "check":
        check(argv[2], argv[3:])
    else:
        sample(int(argv[2]), argv[3:])


main(sys.argv)
