#!/usr/bin/env python3
"""almanac.py: what lib/policy/schedule must do, told minute by minute.

Makes random schedules, outages and clock jumps, has almanac (almanac.c) drive
the library through them, and compares every line with what comes out here.
It was written from lib/policy/*.h and doc/decisions/0018-schedule.md alone.
Nothing is searched for or computed ahead: a clock is walked through minute by
minute, and each minute says which local times it is the first to reach.

	almanac.py PROGRAM DAYS CASES SEED
"""
import bisect
import datetime
import random
import subprocess
import sys
import zoneinfo

ZONES = ["Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York",
         "Australia/Lord_Howe", "UTC", "America/Havana", "Africa/Casablanca"]
NEVER = 2 ** 63 - 1
BEFORE = 20 * 1440    # clocks may be set back so far
AFTER = 60 * 1440     # and ahead; and what an rpo may reach
DAY_NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
EPOCH = datetime.date(1970, 1, 1).toordinal()
GOOD, FAILED, ASLEEP, PAUSED, STOPPED = range(5)


class Timeline:
    """The minutes of some days: labels are local minutes since 1970."""

    def __init__(self, zone, start, days):
        self.zone, self.start, self.days = zone, start, days
        self.base = start - BEFORE * 60
        self.n = BEFORE + days * 1440 + AFTER
        tz = zoneinfo.ZoneInfo(zone)
        self.labels = []
        # No zone named above changes its clocks within a quarter of an hour.
        for i in range(0, self.n, 15):
            t = self.base + i * 60
            off = datetime.datetime.fromtimestamp(t, tz).utcoffset()
            first = (t + off.days * 86400 + off.seconds) // 60
            self.labels.extend(range(first, first + 15))


def date_of(day):
    return datetime.date.fromordinal(day + EPOCH)


def spell(rng, values, low, high, digits):
    """Numbers as a calendar writes them, in one of several ways."""
    v = sorted(values)
    if v == list(range(low, high + 1)):
        return "*"
    if len(v) > 2 and v == list(range(v[0], v[-1] + 1)):
        return "%0*d..%0*d" % (digits, v[0], digits, v[-1])
    if len(v) > 1 and v == list(range(v[0], high + 1, v[1] - v[0])):
        return "%0*d/%d" % (digits, v[0], v[1] - v[0])
    return ",".join("%0*d" % (rng.choice((1, digits)), x) for x in v)


class Calendar:
    def __init__(self, rng):
        self.weekdays = set(range(7))
        self.months = set(range(1, 13))
        self.days = set(range(1, 32))
        kind = rng.random()
        self.hours = {rng.choice((0, 1, 2, 2, 3, rng.randrange(24)))}
        self.minutes = {rng.choice((0, 15, 30, 45, rng.randrange(60)))}
        words = []
        if kind < 0.15:
            self.hours = set(range(rng.randrange(3), 24, rng.choice((1, 2, 6))))
        elif kind < 0.3:
            self.hours = set(rng.sample(range(24), 3))
            self.minutes = set(rng.sample(range(60), 2))
        elif kind < 0.35:
            self.hours = set(range(24))
            self.minutes = set(range(0, 60, 20))
        if rng.random() < 0.5:
            a, b = rng.randrange(7), rng.randrange(7)
            self.weekdays = {a, b} if rng.random() < 0.4 else \
                {(a + i) % 7 for i in range((b - a) % 7 + 1)}
            words.append(self.weekday_word(rng, a, b))
        if rng.random() < 0.25:
            if rng.random() < 0.5:
                self.months = set(rng.sample(range(1, 13), 5))
            self.days = set(rng.sample(range(1, 29), 4))
            words.append("*-%s-%s" % (spell(rng, self.months, 1, 12, 2),
                                      spell(rng, self.days, 1, 31, 2)))
        words.append("%s:%s%s" % (spell(rng, self.hours, 0, 23, 2),
                                  spell(rng, self.minutes, 0, 59, 2),
                                  rng.choice(("", ":00"))))
        self.text = " ".join(words)

    def weekday_word(self, rng, a, b):
        if len(self.weekdays) == 2 and self.weekdays == {a, b}:
            return DAY_NAMES[a] + "," + DAY_NAMES[b]
        return DAY_NAMES[a] + ".." + DAY_NAMES[b]

    def on_day(self, day):
        d = date_of(day)
        return d.weekday() in self.weekdays and d.month in self.months and \
            d.day in self.days


class Window:
    def __init__(self, rng):
        self.weekdays = set(range(7))
        word = ""
        if rng.random() < 0.6:
            a, b = rng.choice(((0, 4), (0, 6), (5, 6), (1, 3)))
            self.weekdays = set(range(a, b + 1))
            word = DAY_NAMES[a] + ".." + DAY_NAMES[b]
        self.begin = rng.choice((0, 60, 120, 150, 690, 1320,
                                 rng.randrange(1440)))
        self.end = rng.choice((150, 180, 360, 1020, 1440,
                               rng.randrange(1, 1440)))
        self.text = (word + " %02d:%02d-%02d:%02d" % (
            self.begin // 60, self.begin % 60, self.end // 60,
            self.end % 60)).strip()
        if self.end <= self.begin:
            self.end += 1440


def fires(line, calendars):
    """All minutes at which any calendar comes."""
    out = []
    flags = []
    for c in calendars:
        table = bytearray(1440)
        for h in c.hours:
            for m in c.minutes:
                table[h * 60 + m] = 1
        flags.append(table)
    day_now, table = None, None
    hi = line.labels[0] - 1
    for i, x in enumerate(line.labels):
        while hi < x:       # the labels that this minute is first to reach
            hi += 1
            if hi // 1440 != day_now:
                day_now = hi // 1440
                table = bytearray(1440)
                for c, t in zip(calendars, flags):
                    if c.on_day(day_now):
                        table = bytearray(map(max, table, t))
            if table[hi % 1440] and (not out or out[-1] != i):
                out.append(i)
    return out


def openings(line, windows):
    """For each minute, is any window open?"""
    if not windows:
        return bytearray(b"\1") * line.n
    out = bytearray(line.n)
    for w in windows:
        until = 0
        hi = line.labels[0] - 1
        for i, x in enumerate(line.labels):
            while hi < x:
                hi += 1
                if hi % 1440 == w.begin:
                    day = hi // 1440
                    if date_of(day).weekday() in w.weekdays:
                        until = day * 1440 + w.end
            if hi < until:
                out[i] = 1
    return out


def next_index(wanted, n):
    """For each minute, the first one from it on that is wanted."""
    out = [0] * (n + 1)
    nearest = out[n] = NEVER
    for i in range(n - 1, -1, -1):
        if wanted[i]:
            nearest = i
        out[i] = nearest
    return out


def jitter(host, name, day, span):
    h = 14695981039346656037
    for byte in host.encode() + b"\0" + name.encode() + b"\0" + \
            day.to_bytes(8, "big", signed=True):
        h = (h ^ byte) * 1099511628211 % 2 ** 64
    h ^= h >> 33
    h = h * 0xff51afd7ed558ccd % 2 ** 64
    h ^= h >> 33
    return h % span


class Case:
    def __init__(self, rng, line):
        self.line, self.rng = line, rng
        self.calendars = [Calendar(rng) for _ in range(rng.choice((1, 1, 2)))]
        self.windows = [Window(rng) for _ in range(rng.choice((0, 1, 1, 2)))]
        self.host = "host-%d" % rng.randrange(200)
        self.set = rng.choice(("documents", "db"))
        self.at_end = rng.randrange(3)      # pause, finish, stop
        self.jitter = rng.choice((0, 600, 1200, 7200, 5))
        self.catch_up = rng.random() < 0.7
        self.retry = (rng.randrange(5), rng.choice((0, 300, 90)),
                      rng.choice((1.0, 1.5, 2.0)), rng.choice((900, 3600)))
        self.rpo = rng.choice((0, 86400, 36 * 3600, 7 * 86400))
        self.working = rng.random() < 0.5
        self.holidays = []
        for _ in range(rng.randrange(4)):
            first = line.start // 86400 + rng.randrange(line.days)
            self.holidays.append((first, first + rng.randrange(8)))
        end = line.start + line.days * 86400
        self.off = self.spans(end, 6, 8 * 1440)
        self.sleep = self.spans(end, 30, 3 * 1440)
        self.jumps = []
        for _ in range(rng.randrange(5)):
            self.jumps.append((line.start + 60 * rng.randrange(
                line.days * 1440), 60 * rng.choice((
                    -3 * 1440, -120, -7, -1, 3, 65, 1440, 4 * 1440,
                    rng.randrange(-2000, 2000)))))
        self.tries = [(int(rng.random() < 0.3), 60 * rng.choice(
            (1, 5, 30, rng.randrange(1, 900)))) for _ in range(13)]

    def spans(self, end, count, longest):
        """Spans of time that neither touch nor overlap."""
        out = []
        t = self.line.start
        for _ in range(self.rng.randrange(count)):
            t += 60 * self.rng.randrange(2, self.line.days * 1440 // count)
            b = t + 60 * self.rng.choice((
                1, 10, 600, self.rng.randrange(1, longest)))
            if b >= end:
                break
            out.append((t, b))
            t = b
        return out

    def text(self):
        rows = ["zone " + self.line.zone, "host " + self.host,
                "set " + self.set]
        rows += ["calendar " + c.text for c in self.calendars]
        rows += ["window " + w.text for w in self.windows]
        rows += ["holiday %s..%s" % (date_of(a), date_of(b))
                 for a, b in self.holidays]
        rows += ["at_end %d" % self.at_end, "jitter %d" % self.jitter,
                 "catch_up %d" % self.catch_up,
                 "retry %d %d %s %d" % self.retry,
                 "rpo %d %d" % (self.rpo, self.working),
                 "span %d %d" % (self.line.start,
                                 self.line.start + self.line.days * 86400)]
        for key, pairs in (("off", self.off), ("sleep", self.sleep),
                           ("jump", self.jumps), ("try", self.tries)):
            rows += ["%s %d %d" % (key, a, b) for a, b in pairs]
        return "\n".join(rows + ["list", "go"]) + "\n"

    def prepare(self):
        line = self.line
        self.fired = fires(line, self.calendars)
        self.open = openings(line, self.windows)
        self.next_open = next_index(self.open, line.n)
        self.next_closed = next_index(self.open.translate(
            bytes([1, 0]) + bytes(254)), line.n)
        self.came = []          # the newest planned moment of each minute
        for k, i in enumerate(self.fired):
            before = self.moment(self.fired[k - 1]) if k > 0 else 0
            self.came.extend([before] * (i - len(self.came)))
        self.came.extend([self.moment(self.fired[-1]) if self.fired else 0] *
                         (line.n - len(self.came)))
        self.worked = [0] * (line.n + 1)
        days = {}
        total = 0
        for i, x in enumerate(line.labels):
            self.worked[i] = total
            day = x // 1440
            if day not in days:
                days[day] = date_of(day).weekday() < 5 and not any(
                    a <= day <= b for a, b in self.holidays)
            if days[day]:
                total += 60
        self.worked[line.n] = total

    def index(self, t):
        return (t - self.line.base) // 60

    def moment(self, i):
        return NEVER if i == NEVER else self.line.base + i * 60

    def listed(self):
        line = self.line
        a, b = self.index(line.start), self.index(line.start) + \
            line.days * 1440
        for i in self.fired:
            if a < i < b:
                yield "calendar %d" % self.moment(i)
        i = a
        while True:
            i = self.next_open[i]
            if i >= b:
                break
            yield "opens %d" % self.moment(i)
            i = self.next_closed[i]
            if i >= b:
                break
            yield "closes %d" % self.moment(i)
        yield "done"

    def start_of(self, k, now):
        """When the k-th planned moment starts, and its window's end."""
        p = self.fired[k]
        opens = self.next_open[p]
        if opens > now:
            return NEVER, NEVER
        closes = self.next_closed[opens]
        after = bisect.bisect_right(self.fired, opens)
        following = self.fired[after] if after < len(self.fired) else NEVER
        room = (min(closes, following) - opens) * 60
        day = self.line.labels[p] // 1440
        return self.moment(opens) + jitter(
            self.host, self.set, day, min(self.jitter + 1, room)), \
            self.moment(closes)

    def age(self, st, now):
        if st["good"] == 0:
            return -1
        if not self.working:
            return max(0, now - st["good"])
        return max(0, self.worked[self.index(now)] -
                   self.worked[self.index(st["good"])])

    def late(self, st):
        since = st["good"] or st["since"]
        if self.rpo == 0:
            return NEVER
        if not self.working:
            return since + self.rpo
        return self.moment(bisect.bisect_left(
            self.worked, self.worked[self.index(since)] + self.rpo))

    def decide(self, st, now):
        """The word for what starts at this minute, or None."""
        i = self.index(now)
        base = max(st["planned"], st["since"])
        k = bisect.bisect_right(self.fired, i) - 1
        if k >= 0 and self.moment(self.fired[k]) > base:
            start, closes = self.start_of(k, i)
            if now < start:
                return None
            late = now - start > 900
            if not self.catch_up and (late or now >= closes):
                return None
            if not self.open[i]:
                return None
            st["next"] = self.moment(self.fired[k])
            return "missed" if late else "planned"
        if not self.open[i] or st["ended"] == 0:
            return None
        if st["result"] == PAUSED:
            return "resume"
        times, first, factor, most = self.retry
        asleep = st["result"] == ASLEEP
        if st["failures"] == 0 or st["result"] not in (FAILED, ASLEEP) or \
                not (st["failures"] <= times or (asleep and self.catch_up)):
            return None
        if asleep:
            most = min(most, 600)
        pause = int(min(first * factor ** min(
            st["failures"] - 1, 99), most))
        if now < st["ended"] + max(pause, 1):
            return None
        return "asleep" if asleep else "retry"

    def run(self):
        line = self.line
        jumps = {}
        for at, delta in self.jumps:
            jumps[at] = jumps.get(at, 0) + delta
        off = set()
        for a, b in self.off:
            off.update(range(a, b, 60))
        sleep = set()
        for a, b in self.sleep:
            sleep.update(range(a, b, 60))
        end = line.start + line.days * 86400
        # A jump at the start counts before anything is known.
        delta = jumps.pop(line.start, 0)
        st = dict(since=line.start + delta, planned=0, started=0, ended=0,
                  good=0, result=GOOD, failures=0, running=False)
        began = left = 0
        result = GOOD
        tries = 0
        was_off = False
        delta_before = None

        def ended(how, now):
            st.update(running=False, ended=now, result=how)
            if how == GOOD:
                st.update(good=st["started"], failures=0)
            elif how in (FAILED, ASLEEP):
                st["failures"] += 1

        for t in range(line.start, end, 60):
            delta += jumps.get(t, 0)
            now = t + delta
            if t in off:
                was_off = True
                continue
            if was_off and st["running"]:
                ended(FAILED, now)
                yield "%d crash" % now
            was_off = False
            if delta != delta_before:
                delta_before = delta
                for key, skew in (("since", 86400), ("planned", 86400),
                                  ("started", 0), ("ended", 0)):
                    if st[key] > now + skew:
                        st[key] = now
                if st["good"] > now + 86400:
                    st["good"] = 0
            if st["running"]:
                if t >= began + left:
                    ended(result, now)
                elif self.at_end != 1 and not self.open[self.index(now)]:
                    left -= t - began
                    ended(PAUSED if self.at_end == 0 else STOPPED, now)
                if st["running"]:
                    continue
                yield "%d end %d" % (now, st["result"])
            # Nothing new is planned, and nothing is to be done again.
            if self.came[self.index(now)] <= max(
                    st["planned"], st["since"]) and st["result"] in (
                        GOOD, STOPPED):
                continue
            why = self.decide(st, now)
            if why is None:
                continue
            planned = st["next"] if why in ("planned", "missed") else \
                st["planned"]
            yield "%d %s %d age %d late %d" % (
                now, why, planned, self.age(st, now), self.late(st))
            st["planned"] = planned
            if why not in ("retry", "asleep"):
                st["failures"] = 0
            st.update(started=now, running=True)
            began = t
            if t in sleep:
                result, left = ASLEEP, 60
            elif why != "resume":
                result, left = self.tries[tries % len(self.tries)]
                tries += 1
        yield "done"


def differ(case, number, said, ours):
    print("case %d differs:\n%s" % (number, case.text()))
    for k, (a, b) in enumerate(zip(said, ours)):
        if a != b:
            for j in range(max(0, k - 4), k):
                print("   both: " + said[j])
            print("program: %s\n oracle: %s" % (a, b))
            return
    print("program: %d lines, oracle: %d" % (len(said), len(ours)))


def main():
    program, days, count, seed = sys.argv[1], *map(int, sys.argv[2:5])
    rng = random.Random(seed)
    cases = []
    for zone in ZONES:
        # From 1995 to 2060: Morocco's and Havana's rules were other ones.
        start = rng.randrange(9131, 33000 - days) * 86400
        if zone == "Africa/Casablanca":
            start = rng.randrange(18000, 21000) * 86400
        line = Timeline(zone, start, days)
        cases += [Case(rng, line) for _ in range(count)]
    ran = subprocess.run([program], input="".join(c.text() for c in cases),
                         stdout=subprocess.PIPE, check=True, text=True)
    lines = ran.stdout.splitlines()
    at = tried = 0
    for number, case in enumerate(cases):
        case.prepare()
        ours = list(case.listed()) + list(case.run())
        said = lines[at:at + len(ours)]
        at += len(ours)
        tried += sum(" late " in x for x in ours)
        if said != ours:
            differ(case, number, said, ours)
            return 1
        for name in ("came", "fired", "open", "next_open", "next_closed", "worked"):
            delattr(case, name)
    if at != len(lines):
        print("the program says more than the oracle")
        return 1
    print("%d simulated days in %d zones, %d tries: the same" % (
        days * len(cases), len(ZONES), tried))
    return 0


sys.exit(main())
