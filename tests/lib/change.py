#!/usr/bin/env python3
# change.py: files that change as such files do, the same on every machine.
#
#	change.py log FILE BYTES SEED	append lines of a log
#	change.py mail FILE BYTES SEED	append messages with attachments
#	change.py text FILE BYTES SEED	append lines of prose
#	change.py noise FILE BYTES SEED	append random bytes
#	change.py pages FILE N SEED	write N pages of 4 KiB anew, in place
#	change.py sprinkle FILE STEP SEED  change 16 bytes every STEP bytes
#	change.py insert FILE OFF TEXT	insert it
#	change.py delete FILE OFF LEN	cut it out
#	change.py scatter FILE N SEED	insert or delete some bytes at N places
#	change.py each DIR N SEED	insert N bytes in every file of DIR
#	change.py table FILE N SEED	make a database of N rows
#	change.py rows FILE N SEED	update N rows, insert N / 10; print the
#					bytes of the pages that changed
import os
import random
import sqlite3
import sys

PAGE = 4096


def append(name, size, make):
    with open(name, "ab") as f:
        end = f.tell() + size
        while f.tell() < end:
            f.write(make())


def log(name, size, seed):
    rnd = random.Random(seed)

    def make():
        lines = []
        for _ in range(500):
            lines.append("2024-03-%02d %02d:%02d:%02d.%06d web-%d httpd[%d]:"
                         " 10.%d.%d.%d GET /item/%d 200 %d\n" % (
                             rnd.randrange(1, 29), rnd.randrange(24),
                             rnd.randrange(60), rnd.randrange(60),
                             rnd.randrange(1000000), rnd.randrange(9),
                             rnd.randrange(30000), rnd.randrange(256),
                             rnd.randrange(256), rnd.randrange(256),
                             rnd.randrange(100000), rnd.randrange(90000)))
        return "".join(lines).encode()
    append(name, size, make)


def mail(name, size, seed):
    rnd = random.Random(seed)

    def make():
        data = rnd.randbytes(rnd.randrange(500, 200000)).hex()
        return ("From a@example.org\nStatus: N\nSubject: %d\n\n%s\n\n" % (
            rnd.randrange(100000), data)).encode()
    append(name, size, make)


def text(name, size, seed):
    rnd = random.Random(seed)
    words = [rnd.randbytes(rnd.randrange(1, 5)).hex() for _ in range(5000)]

    def make():
        return (" ".join(rnd.choices(words, k=12)) + "\n").encode()
    append(name, size, make)


def noise(name, size, seed):
    rnd = random.Random(seed)
    append(name, size, lambda: rnd.randbytes(min(size, 1 << 20)))


def pages(name, n, seed):
    rnd = random.Random(seed)
    with open(name, "r+b") as f:
        for no in rnd.sample(range(f.seek(0, 2) // PAGE), n):
            f.seek(no * PAGE)
            f.write(rnd.randbytes(PAGE))


def sprinkle(name, step, seed):
    rnd = random.Random(seed)
    with open(name, "r+b") as f:
        for off in range(step // 2, f.seek(0, 2), step):
            f.seek(off)
            f.write(rnd.randbytes(16))


def splice(name, off, cut, data):
    with open(name, "r+b") as f:
        f.seek(off + cut)
        rest = f.read()
        f.seek(off)
        f.write(data + rest)
        f.truncate()


def scatter(name, n, seed):
    rnd = random.Random(seed)
    with open(name, "r+b") as f:
        data = f.read()
        step = len(data) // n
        f.seek(0)
        for i in range(n):
            part = data[i * step:(i + 1) * step]
            at = rnd.randrange(step // 2)
            f.write(part[:at])
            if i % 2:
                f.write(rnd.randbytes(20).hex().encode())
            f.write(part[at + (i + 1) % 2 * 300:])
        f.truncate()


def each(name, n, seed):
    rnd = random.Random(seed)
    for file in sorted(os.listdir(name)):
        file = os.path.join(name, file)
        splice(file, rnd.randrange(os.path.getsize(file)), 0,
               rnd.randbytes(n))


def body(rnd):
    return rnd.randbytes(110).hex()


def table(name, n, seed):
    rnd = random.Random(seed)
    db = sqlite3.connect(name)
    db.execute("pragma page_size = 4096")
    db.execute("create table t (id integer primary key, name text, body text)")
    db.execute("create index i on t (name)")
    db.executemany("insert into t (name, body) values (?, ?)",
                   ((rnd.randbytes(6).hex(), body(rnd)) for _ in range(n)))
    db.commit()
    db.close()


def read_pages(name):
    with open(name, "rb") as f:
        data = f.read()
    return [data[i:i + PAGE] for i in range(0, len(data), PAGE)]


def rows(name, n, seed):
    before = read_pages(name)
    rnd = random.Random(seed)
    db = sqlite3.connect(name)
    most = db.execute("select max(id) from t").fetchone()[0]
    db.executemany("update t set body = ? where id = ?",
                   ((body(rnd), rnd.randrange(1, most)) for _ in range(n)))
    db.executemany("insert into t (name, body) values (?, ?)", (
        (rnd.randbytes(6).hex(), body(rnd)) for _ in range(n // 10)))
    db.commit()
    db.close()
    after = read_pages(name)
    same = sum(a == b for a, b in zip(before, after))
    print((len(after) - same) * PAGE)


def main(what, name, *rest):
    if what == "insert":
        splice(name, int(rest[0]), 0, rest[1].encode())
    elif what == "delete":
        splice(name, int(rest[0]), int(rest[1]), b"")
    else:
        {"log": log, "mail": mail, "text": text, "noise": noise,
         "pages": pages, "sprinkle": sprinkle, "table": table,
         "rows": rows, "scatter": scatter, "each": each}[what](
             name, int(rest[0]), int(rest[1]))


main(*sys.argv[1:])
