#!/usr/bin/env python3
"""month.py: which jobs the month of 73-month.sh must have had.

	month.py HOSTS TIMELINE JOBS STATUS SNAPSHOTS

HOSTS has a line for each source: its name, days and time.  TIMELINE has what
the script did, in order (see class World).  From these two alone it is told
which job began when and how it ended; the jobs of the catalog, the snapshots
of the repository and the daemon's status, each as JSON, must be just that.
Prints for each source what was in its file "today" at its last good backup.

Jobs take no time, nothing waits for a window, and there is no jitter.
"""
import datetime
import json
import sys
import zoneinfo

ZONE = zoneinfo.ZoneInfo("Europe/Berlin")
UTC = datetime.timezone.utc
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
TIMES, FIRST, FACTOR, MAX = 2, 300, 2, 3600     # retry, as in the policy
KNOCK = 600             # a host that sleeps is tried at least so often
ASLEEP, GOOD = "7", ("0", "3")


def local(moment):
    return datetime.datetime.fromtimestamp(moment, UTC).astimezone(ZONE)


def epoch(day, clock):
    """When clocks show that: the first time, or the end of a gap."""
    hour, minute = clock.split(":")
    shown = datetime.datetime(day.year, day.month, day.day, int(hour),
                              int(minute))
    moment = int(shown.replace(tzinfo=ZONE).timestamp())
    if local(moment).replace(tzinfo=None) == shown:
        return moment
    while local(moment - 60).utcoffset() == local(moment).utcoffset():
        moment -= 60
    return moment


def parse(text):
    day, clock = text.split()
    return epoch(datetime.date.fromisoformat(day), clock)


class Source:
    def __init__(self, host, days, clock, since):
        self.host = host
        self.moments = []
        day = datetime.date(2027, 2, 1)
        while day.year < 2028:
            if days == "daily" or self.on(days, day.weekday()):
                self.moments.append(epoch(day, clock))
            day += datetime.timedelta(1)
        self.done = since       # what was planned until then
        self.code, self.ended, self.failures = None, None, 0
        self.good, self.today = None, ""
        self.runs = []

    @staticmethod
    def on(days, weekday):
        first, dots, last = days.partition("..")
        if dots:
            return DAYS.index(first) <= weekday <= DAYS.index(last)
        return DAYS[weekday] in days.split(",")

    def next_planned(self, now):
        return next(m for m in self.moments if m > now and m > self.done)

    def next(self, now):
        """The moment of the next run, and whether it is a planned one."""
        if any(self.done < m <= now for m in self.moments):
            return now, True
        planned = self.next_planned(now)
        if self.failures and (self.failures <= TIMES or self.code == ASLEEP):
            pause = min(FIRST * FACTOR ** (self.failures - 1), MAX)
            if self.code == ASLEEP:
                pause = min(pause, KNOCK)
            again = max(now, min(self.ended, now) + pause)
            if again < planned:
                return again, False
        return planned, True

    def run(self, now, fresh, world):
        code = world.code(self.host)
        if fresh:
            self.failures = 0
        self.code, self.ended = code, now
        self.runs.append((self.host, now, code))
        if code in GOOD:
            self.good, self.failures = now, 0
            if self.host not in world.still:
                self.today = world.today
        else:
            self.failures += 1

    def go(self, now, until, world):
        while True:
            now, planned = self.next(now)
            if now > until:
                return
            if planned:
                self.done = now
            self.run(now, planned, world)

    def forget(self):
        """The daemon ended: only the newest job is known."""
        if self.runs:
            self.done = max(self.done, self.runs[-1][1])
        self.failures = min(self.failures, 1)


class World:
    """What a line of the timeline does: one method for each first word."""

    def __init__(self, hosts):
        self.hosts, self.sources = hosts, None
        self.now, self.faults, self.today = None, {}, ""
        self.still = set()

    def code(self, host):
        return self.faults.get("*", self.faults.get(host, "0"))

    def begin(self, *when):
        """The daemon begins."""
        self.now = parse(" ".join(when))
        if self.sources is None:
            self.sources = [Source(*h, self.now) for h in self.hosts]
        for s in self.sources:
            s.forget()
        self.until(*when)

    def until(self, *when):
        """Time passes."""
        until = parse(" ".join(when))
        for s in self.sources:
            s.go(self.now, until, self)
        self.now = until

    def set(self, *when):
        """Somebody sets the clock."""
        self.now = parse(" ".join(when))
        self.until(*when)

    def asked(self, host):
        for s in self.sources:
            if s.host == host:
                s.run(self.now, True, self)

    def fault(self, host, code):
        """From now on its jobs end so."""
        self.faults[host] = code

    def well(self, host):
        del self.faults[host]

    def full(self, host):
        """Nothing can be written there."""
        self.still.add(host)

    def end(self):
        """The daemon ends; begin does the rest."""

    def wrote(self, text):
        self.today = text


def seconds(text):
    return int(datetime.datetime.fromisoformat(text).timestamp())


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)["data"]


def differ(what, got, want):
    """Tell how two lists are not the same."""
    if sorted(got) == sorted(want):
        return False
    print("what %s says is not what should be" % what, file=sys.stderr)
    for sign, a, b in ("+", got, want), ("-", want, got):
        for host, moment, code in sorted(set(a) - set(b))[:20]:
            print("  %s %s %s %s" % (sign, host, local(moment or 0), code),
                  file=sys.stderr)
    if len(set(got)) != len(got):
        print("  something is there twice", file=sys.stderr)
    return True


def main():
    hosts, timeline, jobs, status, snapshots = sys.argv[1:]
    with open(hosts, encoding="utf-8") as f:
        world = World([line.split() for line in f])
    with open(timeline, encoding="utf-8") as f:
        for line in f:
            word, *rest = line.split()
            getattr(world, word)(*rest)
    runs = [r for s in world.sources for r in s.runs]

    jobs = load(jobs)["jobs"]
    bad = differ("the catalog", [
        (j["host"], seconds(j["started"]), j["outcome"] if
         j["outcome"] == "interrupted" else str(j["code"]))
        for j in jobs], runs)
    bad |= differ("the repository", [
        (s["host"], seconds(s["started"]), s["snapshot"])
        for s in load(snapshots)["snapshots"]], [
        (j["host"], seconds(j["started"]), j["snapshot"])
        for j in jobs if j["snapshot"]])
    bad |= differ("status (last good, code)", [
        (h["host"], seconds(h["last_good"]) if h["last_good"] else None,
         str(h["code"])) for h in load(status)["hosts"]], [
        (s.host, s.good, s.code) for s in world.sources])
    bad |= differ("status (next)", [
        (h["host"], seconds(h["next"]), "") for h in load(status)["hosts"]],
        [(s.host, s.next(world.now)[0], "") for s in world.sources])
    for s in world.sources:
        print(s.host, s.today)
    print("%d jobs, %d snapshots" % (len(runs), sum(
        1 for r in runs if r[2] in GOOD)), file=sys.stderr)
    return bad


if __name__ == "__main__":
    sys.exit(main())
