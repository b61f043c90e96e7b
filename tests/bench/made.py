#!/usr/bin/env python3
"""made.py: data for benchmarks that is made up, the same each time.

usage: made.py office FILE MIB      an SQLite database of about that size
       made.py office-night FILE N  2,000 rows changed, 1,500 new, per 374 MiB
       made.py logs DIR MIB         logs and a mailbox, of that size together
       made.py logs-night DIR N MIB rotation, that much more, read messages
       made.py patch FROM TO        write to files of TO, in place, the blocks
                                    in which those of FROM differ
"""

import gzip
import os
import random
import sqlite3
import sys
import uuid
from itertools import accumulate

MIB = 1 << 20
OFFICE_MIB = 374
BLOCK = 4096


class Words:
    """Text that compresses about as well as that of people."""

    def __init__(self, seed):
        spell = random.Random(1)
        syllables = [a + b + c for a in "bdfghklmnprstvw" for b in "aeiou"
                     for c in ("", "n", "r", "s", "t")]
        self.words = ["".join(spell.choices(syllables, k=spell.choice(
            (1, 2, 2, 3, 3, 4)))) for _ in range(40000)]
        self.weights = list(accumulate(1 / (i + 3) for i in range(40000)))
        self.random = random.Random(seed)

    def text(self, n):
        return " ".join(self.random.choices(
            self.words, cum_weights=self.weights, k=n))

    def name(self):
        return self.text(2).title()

    def number(self, n):
        return self.random.randrange(n)

    def id(self):
        return str(uuid.UUID(int=self.random.getrandbits(128)))


# ---- office ---------------------------------------------------------------

SCHEMA = """
CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT, mail TEXT, phone TEXT,
    address TEXT, note TEXT);
CREATE TABLE documents(id INTEGER PRIMARY KEY, uuid TEXT, person INTEGER,
    title TEXT, changed INTEGER, body TEXT);
CREATE TABLE log(id INTEGER PRIMARY KEY, at INTEGER, person INTEGER,
    document INTEGER, action TEXT, detail TEXT);
CREATE INDEX people_name ON people(name);
CREATE UNIQUE INDEX documents_uuid ON documents(uuid);
CREATE INDEX documents_person ON documents(person, changed);
CREATE INDEX documents_title ON documents(title);
CREATE INDEX log_at ON log(at);
CREATE INDEX log_document ON log(document);
"""
EPOCH = 1700000000
INSERT = {
    "people": "INSERT INTO people VALUES(?,?,?,?,?,?)",
    "documents": "INSERT INTO documents VALUES(?,?,?,?,?,?)",
    "log": "INSERT INTO log VALUES(?,?,?,?,?,?)",
}
ACTIONS = ("read", "edit", "print", "send", "sign", "archive")


def person(w, n):
    return (n, w.name(), w.text(1) + "@" + w.text(1) + ".example",
            "+%011d" % w.number(10 ** 11), w.text(6).title(), w.text(12))


def document(w, n, people, at):
    return (n, w.id(), w.number(people) + 1, w.text(5).capitalize(), at,
            w.text(20 + w.number(300)))


def entry(w, n, people, documents, at):
    return (n, at, w.number(people) + 1, w.number(documents) + 1,
            w.random.choice(ACTIONS), w.text(8))


def open_office(path):
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("page_size=%d" % BLOCK, "journal_mode=OFF",
                   "synchronous=OFF", "cache_size=-200000"):
        db.execute("PRAGMA " + pragma)
    return db


def office(path, mib):
    # Measured: one document with its share of the rest takes 2.34 kB.
    documents = int(mib) * MIB // 2335
    people, w = documents // 8, Words(2)
    db = open_office(path)
    db.executescript(SCHEMA)
    db.execute("BEGIN")
    db.executemany(INSERT["people"], (
        person(w, n) for n in range(1, people + 1)))
    db.executemany(INSERT["documents"], (
        document(w, n, people, EPOCH + n) for n in range(1, documents + 1)))
    db.executemany(INSERT["log"], (
        entry(w, n, people, documents, EPOCH + n)
        for n in range(1, 3 * documents + 1)))
    db.execute("COMMIT")
    db.close()


def office_night(path, night):
    w = Words(1000 + int(night))
    share = max(os.path.getsize(path) / MIB / OFFICE_MIB, 0.02)
    db = open_office(path)
    people, documents, logged = (db.execute(
        "SELECT max(id) FROM " + t).fetchone()[0] for t in INSERT)
    at = EPOCH + 10 ** 8 + int(night) * 86400
    db.execute("BEGIN")
    for i in range(int(1200 * share)):
        db.execute("UPDATE documents SET changed=?, body=replace(body,?,?) "
                   "WHERE id=?", (at + i, w.words[w.number(20)], w.text(2),
                                  w.number(documents) + 1))
    for _ in range(int(800 * share)):
        db.execute("UPDATE people SET phone=?, note=? WHERE id=?", (
            "+%011d" % w.number(10 ** 11), w.text(12), w.number(people) + 1))
    for i in range(int(500 * share)):
        db.execute(INSERT["documents"], document(
            w, documents + 1 + i, people, at + i))
    for i in range(int(1000 * share)):
        db.execute(INSERT["log"], entry(
            w, logged + 1 + i, people, documents, at + i))
    db.execute("COMMIT")
    db.close()


# ---- logs -----------------------------------------------------------------

def log_lines(w, night, size):
    """Lines of about SIZE bytes in all."""
    at, left = EPOCH + night * 86400, size
    while left > 0:
        at += w.number(3)
        line = "%d host%d %s[%d]: client 10.%d.%d.%d %s /%s %d %d\n" % (
            at, w.number(9), w.random.choice(("web", "mail", "db", "cron")),
            w.number(30000), w.number(20), w.number(255), w.number(255),
            w.random.choice(("GET", "POST", "HEAD", "DELETE")),
            w.text(3).replace(" ", "/"), w.random.choice((200, 200, 304, 404)),
            w.number(100000))
        left -= len(line)
        yield line


def message(w, night):
    head = "From %s@%s.example %d\nMessage-Id: <%s@office.example>\n" \
        "Subject: %s\nStatus: O\n\n" % (
            w.text(1), w.text(1), EPOCH + night * 86400, w.id(), w.text(6))
    body = w.text(30 + w.number(400)).split(" ")
    return head + "\n".join(" ".join(body[i:i + 12])
                            for i in range(0, len(body), 12)) + "\n\n"


def append(path, pieces):
    with open(path, "a", encoding="ascii") as f:
        f.writelines(pieces)


def messages(w, night, size):
    while size > 0:
        m = message(w, night)
        size -= len(m)
        yield m


def logs(top, mib):
    size, w = int(mib) * MIB, Words(3)
    for d in ("log", "mail"):
        os.makedirs(os.path.join(top, d))
    append(os.path.join(top, "log/app.log"), log_lines(w, 0, size * 45 // 100))
    append(os.path.join(top, "mail/inbox"), messages(w, 0, size * 45 // 100))
    for n in range(4):
        rotate(os.path.join(top, "log/web.log"))
        append(os.path.join(top, "log/web.log"),
               log_lines(w, n, size * 5 // 100))


def rotate(path):
    """As logrotate does with delaycompress: .1 is plain, .2.gz and on are
    not; seven are kept."""
    for n in range(7, 2, -1):
        if os.path.exists("%s.%d.gz" % (path, n - 1)):
            os.rename("%s.%d.gz" % (path, n - 1), "%s.%d.gz" % (path, n))
    if os.path.exists(path + ".1"):
        with open(path + ".1", "rb") as f, \
                gzip.GzipFile(path + ".2.gz", "wb", 6, mtime=0) as z:
            z.write(f.read())
        os.rename(path, path + ".1")
    elif os.path.exists(path):
        os.rename(path, path + ".1")


def logs_night(top, night, mib):
    night, size, w = int(night), int(float(mib) * MIB), Words(2000 + int(night))
    rotate(os.path.join(top, "log/web.log"))
    append(os.path.join(top, "log/web.log"), log_lines(w, night, size // 5))
    append(os.path.join(top, "log/app.log"), log_lines(w, night, size * 2 // 5))
    # Some messages are marked as read, and the program writes a new mailbox.
    inbox = os.path.join(top, "mail/inbox")
    with open(inbox, "rb") as f:
        parts = f.read().split(b"\nStatus: O\n")
    read = set(w.random.sample(range(1, len(parts)), 20))
    with open(inbox + ".new", "wb") as f:
        f.write(parts[0])
        for i, part in enumerate(parts[1:], 1):
            f.write(b"\nStatus: RO\n" if i in read else b"\nStatus: O\n")
            f.write(part)
    os.rename(inbox + ".new", inbox)
    append(inbox, messages(w, night, size * 2 // 5))


# ---- patch ----------------------------------------------------------------

def patch_file(source, target):
    """Without a hole filled: equal blocks are not written."""
    with open(source, "rb") as a, open(target, "r+b") as b:
        at = 0
        while True:
            new, old = a.read(MIB), b.read(MIB)
            if not new:
                break
            if new != old:
                for i in range(0, len(new), BLOCK):
                    if new[i:i + BLOCK] != old[i:i + BLOCK]:
                        os.pwrite(b.fileno(), new[i:i + BLOCK], at + i)
            at += len(new)
        b.truncate(at)


def patch(source, target):
    for top, _, names in os.walk(source):
        for name in names:
            a = os.path.join(top, name)
            b = os.path.join(target, os.path.relpath(a, source))
            if not os.path.isfile(b) or os.path.islink(b):
                continue
            x, y = os.stat(a), os.stat(b)
            if (x.st_size, x.st_mtime_ns) != (y.st_size, y.st_mtime_ns):
                patch_file(a, b)
                os.utime(b, ns=(x.st_atime_ns, x.st_mtime_ns))


COMMANDS = {
    "office": (office, 2), "office-night": (office_night, 2),
    "logs": (logs, 2), "logs-night": (logs_night, 3), "patch": (patch, 2),
}


def main(argv):
    command, wanted = COMMANDS.get(argv[1] if argv[1:] else "", (None, 0))
    if command is None or len(argv) != wanted + 2:
        sys.exit(__doc__)
    command(*argv[2:])


if __name__ == "__main__":
    main(sys.argv)
